import { frameOf, pixelsOf, strokeLine } from "./overlay.js";

/**
 * What a panel beside the stage draws into its pictures: an arrow, a line on the contour, or a line in space.
 * @typedef {{from: number[], by: number[], colour: string, fixed: boolean, label: string}
 *   | {line: (number[] | null)[], colour: string, dash: string, width?: number}
 *   | {solid: (number[] | null)[], name: string, colour: string}} Item null parts a line
 */

/** The sketches of all panels: each has its own. */
export function createSketches() {
  const sketches = new Map();
  let version = 0;

  return {
    /** @param {{source?: string, card: string, list: Item[]}} next */
    put({ source = "", card, list }) {
      sketches.set(source, { card, list });
      version += 1;
    },
    get version() { return version; },
    /** What is drawn where every path has a panel of its own, at the place of its run; else all of it in the one there is. */
    items: (runs, each) => [...sketches.values()].flatMap(({ card, list }) => {
      const panel = each ? runs.findIndex((run) => run.key === card) : 0;
      return panel < 0 ? [] : list.map((item) => ({ ...item, panel }));
    }),
  };
}

/** A line on the contour, as the overlay draws it. */
export function lineMark(map, { line, colour, dash, width = 2 }, halo) {
  const clip = frameOf(map);
  const last = line.length - 1;
  const { pixels, box } = pixelsOf(map, (k) => line[k]?.[0] ?? NaN, (k) => line[k]?.[1] ?? NaN, last, clip);
  return { clip, box, draw: (context) => strokeLine(context, pixels, last, { colour, dash, width, halo: dash === "solid" ? halo : null }) };
}

/** Columns for Plotly of a line in space, its heights through `height`. */
export function columnsOf({ solid }, height) {
  const column = (axis, apply = Number) => solid.map((point) => (point ? apply(point[axis]) : NaN));
  return { x: column(0), y: column(1), z: column(2, height) };
}
