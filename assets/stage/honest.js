import { format, h } from "./dom.js";
import { placeAt, stepAt } from "./path.js";

/**
 * How a run of many parameters is drawn truthfully on a slice through them: its path runs at its true loss, a stem leads
 * to the slice's own loss at the same place, and both pale as the run leaves the plane. A path that may be drawn so has
 * `slice`, the slice's loss at the projection of each step, and `off`, the share of its way that lies off the plane.
 */

const STEMS = 24; // a run: more would be a curtain in front of the surface
const EVERY = 100; // milliseconds between two writings of the numbers
const UNKNOWN = "not known yet";

/** One sentence that explains the picture. */
export const LEGEND =
  "Each path runs at its true loss; its stems lead to the slice's own loss at the same place, and the further a run has left this plane, the paler its stems and the emptier the disc at its current step.";

/** @param {import("./path.js").Path} path @param {number} k a place of it @returns {{truth: number, slice: number, off: number}} */
export function honestyAt(path, k) {
  return { truth: path.loss[k], slice: path.slice?.[k] ?? NaN, off: path.off?.[k] ?? NaN };
}

/** The three numbers of a step in a few words. */
export function numbersAt(path, tick) {
  const k = placeAt(path, tick);
  const { truth, slice, off } = honestyAt(path, k);
  if (Number.isNaN(truth)) return ""; // a place at the start, and nothing known yet
  const below = path.slice ? ` · slice ${Number.isFinite(slice) ? format(slice, 3) : UNKNOWN}` : "";
  return `Step ${stepAt(path, k)}: true loss ${format(truth, 3)}${below}${Number.isFinite(off) ? ` · ${percent(off)} off the plane` : ""}`;
}

/** How far every run has left the plane, for a file that has no cards beside it. */
export function awayAt(runs, tick, step) {
  const shares = runs.map((run) => [run.title, honestyAt(run.path, placeAt(run.path, tick)).off]).filter(([, off]) => Number.isFinite(off));
  return `Off this plane at step ${step}: ${shares.map(([title, off]) => `${title} ${percent(off).replace(" ", "\u00a0")}`).join(", ") || UNKNOWN}`;
}

/** What Plotly shows beside the pointer; the words are ours, so nothing in them is parsed. */
export function hoverText(run, k) {
  const { truth, slice, off } = honestyAt(run.path, k);
  return [
    `${run.title}, step ${stepAt(run.path, k)}`, `true loss ${format(truth, 4)}`, `slice loss here ${Number.isFinite(slice) ? format(slice, 4) : UNKNOWN}`,
    `off-plane share ${Number.isFinite(off) ? percent(off) : UNKNOWN}`,
  ].join("<br>");
}

/** A share without false precision: none and all are said only where they are true. */
export function percent(share) {
  if (share > 0 && share < 0.01) return "under 1 %";
  if (share < 1 && share > 0.99) return "over 99 %";
  return `${Math.round(100 * share)} %`;
}

/** How pale something is drawn: from 0 on the plane to 1 for a run that has left it; unknown shares pale nothing. */
export const paleness = (off) => (Number.isFinite(off) ? Math.min(Math.max(off, 0), 1) : 0);

/** Steps with a stem: the first, the last and evenly between, and only where the slice is known. */
export function stemSteps(path) {
  const count = Math.min(STEMS, path.end + 1);
  const steps = Array.from({ length: count }, (_, j) => Math.round((j * path.end) / Math.max(1, count - 1)));
  return steps.filter((k) => Number.isFinite(path.slice?.[k]));
}

/** The current step of a run on a slice: a disc that empties as the run leaves the plane. */
export function drawDisc(context, px, py, { colour, halo }, off) {
  const circle = (radius) => { context.beginPath(); context.arc(px, py, radius, 0, 2 * Math.PI); };
  circle(7.5);
  context.fillStyle = halo;
  context.fill();
  circle(5);
  context.globalAlpha = 1 - paleness(off);
  context.fillStyle = colour;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = colour;
  context.lineWidth = 2.5;
  context.stroke();
}

/** The three numbers of one run as a line of text that follows the timeline. */
export function createNumbers() {
  const element = h("p.numbers", { hidden: true });
  let latest = null;
  let waiting = 0;

  function write() {
    waiting = 0;
    const text = numbersAt(...latest);
    if (element.textContent !== text) element.textContent = text;
  }

  /** @param {import("./path.js").Path} path @param {number} tick of the timeline */
  function show(path, tick) {
    latest = [path, tick];
    element.hidden = false;
    waiting ||= setTimeout(write, EVERY);
  }

  return { element, show };
}
