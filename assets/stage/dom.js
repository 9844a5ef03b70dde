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

const COPY = Math.random().toString(36).slice(2, 8); // a page of widgets holds several copies of this module
let named = 0;

/** A name that nothing else on the page has. @param {string} prefix */
export function unique(prefix) {
  named += 1;
  return `${prefix}-${COPY}-${named}`;
}

/** A number as a person would write it: six digits, no trailing zeros. */
export function format(value, digits = 6) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "infinite" : "minus infinity";
  return String(Number(value.toPrecision(digits)));
}

/** A number of steps in words. */
export const counted = (steps) => `${steps} step${steps === 1 ? "" : "s"}`;

const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 2.5h3v11H4zM9.5 2.5h3v11h-3z",
  restart: "M3 2.5h2v11H3zM13.5 2.5v11L5.5 8z",
  back: "M11 2.5v11L4 8z",
  forward: "M5 2.5v11L12 8z",
};

/** @param {keyof ICONS} name drawn in the text's colour; the button around it carries the accessible name */
export function icon(name) {
  const svg = vector("svg", { width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": true });
  svg.append(vector("path", { d: ICONS[name], fill: "currentColor" }));
  return svg;
}

/** An SVG element. */
export function vector(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** A path's colour and dash as a short line; the name beside it says the rest. */
export function swatch({ colour, dash }) {
  const svg = vector("svg", { width: 34, height: 12, "aria-hidden": true });
  const line = vector("line", { x1: 1, x2: 33, y1: 6, y2: 6, stroke: colour, "stroke-width": 3, "stroke-dasharray": DASHES[dash].join(" ") });
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
