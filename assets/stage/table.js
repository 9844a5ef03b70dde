import { counted, format, h } from "./dom.js";
import { stepAt } from "./path.js";

/** The numbers of the picture, for a page that has no other table; it follows the rails. */
export function createTable() {
  const caption = h("caption");
  const head = h("tr");
  const body = h("tbody");
  const element = h("div.numbers-table", { role: "region", "aria-label": "Results", tabindex: 0 },
    h("table", {}, caption, h("thead", {}, head), body));

  /** @param {object} state the wire's state @param {object[]} runs what is drawn @param {number} last step */
  function update(state, runs, last) {
    const columns = (state.landscape.fixed ? SLICE : PLANE).filter(({ known }) => known?.(state) ?? true);
    const also = (run) => state.optimizers.find(({ key }) => key === run.key)?.also;
    const equal = runs.every(({ path }) => stepAt(path, path.loss.length - 1) === last);
    caption.textContent = `${equal ? `After ${counted(last)}` : "After each one's last step"}${runs.some((run) => run.lost) ? ", or where a run diverged" : ""}.`;
    const heads = columns.map(({ title }) => title(state));
    head.replaceChildren(...["Optimizer", ...heads].map((text) => h("th", { scope: "col" }, text)));
    body.replaceChildren(...runs.map((run) => h("tr", {}, h("th", { scope: "row" }, run.title), ...columns.map(({ cell }, k) => h("td", { "data-head": heads[k] }, cell(run, state, also(run)))))));
  }

  return { element, update };
}

const rate = { title: () => "Rate", cell: ({ railLabel, value }, state, also) => [railLabel && `${railLabel} ${number(value)}`, also].filter(Boolean).join(", ") || "–" };
const final = { title: () => "Final loss", cell: (run) => (run.lost ? "–" : number(run.path.loss[run.path.end])) };
const diverged = { title: () => "Diverged", cell: (run) => (run.lost ? `at step ${stepAt(run.path, run.path.end + 1)}` : "no") };
const PLANE = [
  rate, final,
  { title: () => "To nearest minimum", known: ({ landscape }) => landscape.minima.length > 0, cell: (run, state) => (run.lost ? "–" : number(distance(run.path, state.landscape.minima))) },
  { title: ({ target }) => `Steps to ${number(target)}`, known: ({ target }) => target !== null, cell: ({ path }, { target }) => reached(path, target) },
  { title: () => "Path length", cell: ({ path }) => number(lengthOf(path)) },
  diverged,
];
const SLICE = [
  rate, final,
  { title: () => "Slice's loss there", cell: ({ path }) => number(path.slice?.[path.end] ?? NaN) },
  { title: () => "Off the plane", cell: ({ path }) => (Number.isFinite(path.off?.[path.end]) ? `${Math.round(100 * path.off[path.end])} %` : "–") },
  diverged,
];

const number = (value) => (Number.isFinite(value) ? format(value, 4) : "–");

function distance({ xy, end }, minima) {
  return Math.min(...minima.map(({ position: [x, y] }) => Math.hypot(xy[2 * end] - x, xy[2 * end + 1] - y)));
}

function reached(path, target) {
  const place = path.loss.findIndex((value, k) => k <= path.end && value <= target);
  return place < 0 ? "not reached" : String(stepAt(path, place));
}

function lengthOf({ xy, end }) {
  let length = 0;
  for (let k = 1; k <= end; k += 1) length += Math.hypot(xy[2 * k] - xy[2 * k - 2], xy[2 * k + 1] - xy[2 * k - 1]);
  return length;
}
