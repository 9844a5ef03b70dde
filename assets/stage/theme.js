/**
 * Colours of the page around the stage, read from its CSS variables.
 * @typedef {{text: string, background: string, font: string, faint: string, ridge: string, dark: boolean, scale: [number, string][]}} Theme
 */

// The lowest loss has the page's own tone, so that paths stand out where they end.
const LIGHT = [[0, "#fbfaf6"], [0.25, "#dfe6e6"], [0.5, "#b9cad2"], [0.75, "#8ba6b8"], [1, "#5d7f99"]];
const DARK = [[0, "#11161c"], [0.25, "#1d2a36"], [0.5, "#2d4254"], [0.75, "#426177"], [1, "#62869f"]];

/** @param {HTMLElement} element @returns {Theme} */
export function readTheme(element) {
  const style = getComputedStyle(element);
  const background = opaqueBackground(element);
  const dark = luminance(background) < 0.5;
  return {
    text: style.color,
    background,
    font: style.fontFamily, // spelled out: a downloaded picture inherits nothing
    faint: dark ? "rgba(255,255,255,0.16)" : "rgba(20,30,40,0.14)",
    ridge: dark ? "#1c2935" : "#8fa5b3", // WebGL lines know no transparency
    dark,
    scale: dark ? DARK : LIGHT,
  };
}

/** Okabe and Ito's blue is hard to see on dark; their sky blue is not. */
export const seen = (colour, { dark }) => (dark && colour === "#0072B2" ? "#56B4E9" : colour);

/** Calls back as soon as the page's colours change: a transition starts on a probe that inherits them. */
export function watchTheme(element, onChange) {
  const probe = document.createElement("span");
  probe.className = "theme-probe";
  probe.setAttribute("aria-hidden", "true");
  probe.addEventListener("transitionend", onChange);
  element.append(probe);
}

function opaqueBackground(element) {
  for (let node = element; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    if (channels(colour)[3] !== 0) return colour;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? "rgb(14, 17, 23)" : "rgb(255, 255, 255)";
}

/** `colour` mixed with a `share` of another one. @param {string} colour hex @param {string} other rgb(...) */
export function blend(colour, other, share) {
  const from = rgbOf(colour);
  const to = channels(other);
  return `rgb(${from.map((value, k) => Math.round(value * (1 - share) + to[k] * share)).join(", ")})`;
}

/** Red, green and blue of `#rrggbb` or `rgb(...)`. @param {string} colour */
export function rgbOf(colour) {
  if (colour.startsWith("#")) return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return channels(colour).slice(0, 3).map(Math.round);
}

function channels(colour) {
  const [red, green, blue, alpha = 1] = (colour.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return [red, green, blue, alpha];
}

function luminance(colour) {
  const [red, green, blue] = channels(colour);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}
