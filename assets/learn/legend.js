import { h } from "../stage/dom.js";
import { svg } from "./plot.js";

/**
 * Names beside what they stand for: `look` is the class of the mark, "line one dash" or "fill two".
 * @param {HTMLElement} parent @param {{name: string, look: string}[]} entries
 */
export function createLegend(parent, entries) {
  const root = h("div.legend", {}, ...entries.map(({ name, look }) => h("span", {}, sample(look), name)));
  parent.append(root);
  return root;
}

function sample(look) {
  const image = svg("svg", { width: 38, height: 14, "aria-hidden": true });
  const solid = look.includes("fill");
  image.append(solid ? svg("rect", { class: look, x: 8, y: 1, width: 22, height: 12 }) : svg("path", { class: look, d: look.includes("dots") ? "M19 7h0.01" : "M1 7H37" }));
  return image;
}
