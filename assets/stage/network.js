import { createBoundary } from "./boundary.js";
import { createConfusion } from "./confusion.js";
import { whenSeen } from "./charts.js";
import { h } from "./dom.js";
import { createWeights, createWorst } from "./images.js";

/**
 * What the network of one optimizer does, in step with the timeline. The blob holds snapshots at `steps`; the newest
 * one that is not ahead of the timeline is shown.
 * @typedef {{info: object, steps: Int32Array, tensors: Object<string, import("./wire.js").Tensor>}} Probe
 */
export function createNetwork() {
  const who = h("select", { change: () => draw(step) });
  const parts = [createBoundary(), createConfusion(), createWorst(), createWeights()];
  const inside = h("div.probes", {}, ...parts.map((part) => part.element));
  const element = h("section.network", { "aria-label": "What the network does", hidden: true },
    h("div.row", {}, h("h3", {}, "What the network does"), h("label", {}, "Network of ", who)), inside);
  let probe = null;
  let runs = [];
  let theme = null;
  let step = 0;
  let shown = "";

  const paint = whenSeen(element, show);

  function show() {
    const run = { ...runs[Math.max(0, who.selectedIndex)], index: Math.max(0, who.selectedIndex) };
    const m = snapshotAt(probe.steps, step);
    const wanted = [run.key, m, theme.background].join();
    if (wanted === shown) return;
    shown = wanted;
    for (const part of parts) part.draw(probe, m, run, theme);
  }

  /** @param {object | null} info the wire's description @param {import("./wire.js").Message | null} message its blob */
  function update(info, message, nextRuns, nextTheme) {
    [runs, theme, shown] = [nextRuns, nextTheme, ""];
    probe = info && message ? { info, steps: message.tensors.steps.data, tensors: message.tensors } : null;
    element.hidden = !probe || runs.length === 0;
    choose();
    if (!element.hidden) show(); // at once, seen or not: it takes its place on the page
  }

  /** The optimizers to choose from; the chosen one stays chosen. */
  function choose() {
    const titles = runs.map((run) => run.title);
    if (titles.join() === [...who.options].map((option) => option.textContent).join()) return;
    const before = who.value;
    who.replaceChildren(...titles.map((title) => h("option", {}, title)));
    who.value = titles.includes(before) ? before : titles[0] ?? "";
  }

  function draw(next) {
    step = next;
    if (probe && runs.length) paint(null);
  }

  return { element, update, draw };
}

/** The last snapshot at or before `step`, or the first. */
export function snapshotAt(steps, step) {
  let m = 0;
  while (m + 1 < steps.length && steps[m + 1] <= step) m += 1;
  return m;
}
