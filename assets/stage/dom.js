/**
 * A DOM element. Text is always set as text, never parsed as HTML.
 * @param {string} tag "button.primary" sets a class
 * @param {Object<string, any>} [attributes] functions become listeners
 * @param {...(Node | string | null)} children
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** A number as a person would write it: six digits, no trailing zeros. */
export function format(value, digits = 6) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "infinite" : "minus infinity";
  return String(Number(value.toPrecision(digits)));
}

/** A path's colour and dash as a short line; the name beside it says the rest. */
export function swatch({ colour, dash }) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  for (const [key, value] of Object.entries({ width: 34, height: 12, "aria-hidden": true })) svg.setAttribute(key, value);
  const look = { x1: 1, x2: 33, y1: 6, y2: 6, stroke: colour, "stroke-width": 3, "stroke-dasharray": DASHES[dash].join(" ") };
  for (const [key, value] of Object.entries(look)) line.setAttribute(key, value);
  svg.append(line);
  return svg;
}

/** Plotly's dash names as lengths in pixels, for what is drawn beside Plotly. */
export const DASHES = {
  solid: [],
  dot: [2, 4],
  dash: [9, 4],
  longdash: [16, 5],
  dashdot: [9, 4, 2, 4],
  longdashdot: [16, 4, 2, 4],
};
