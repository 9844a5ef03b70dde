import { boxAt, frameOf, pixelsOf, strokeLine } from "./overlay.js";

const ARROW = 60; // pixels of a direction whose length is not the point
const LINE = 18; // pixels from words to words below them

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

/** An arrow by its true length, or, where only its direction counts, by a fixed one. `taken` are the boxes of words already there. */
export function arrowMark(map, { from, by, colour, fixed, label }, halo, taken) {
  const [x0, y0] = [map.x(from[0]), map.y(from[1])];
  const [dx, dy] = [map.x(from[0] + by[0]) - x0, map.y(from[1] + by[1]) - y0];
  const length = Math.hypot(dx, dy);
  const share = length > 0 && Number.isFinite(length) ? (fixed ? ARROW : length) / length : 0;
  const [x1, y1] = [x0 + dx * share, y0 + dy * share];
  const clip = frameOf(map);
  const words = share && label ? room(clip, label, [x1, y1], [dx / length, dy / length], taken) : boxAt(x1, y1);
  const within = [Math.min(x0 - 12, x1 - 12, words[0]), Math.min(y0 - 12, y1 - 12, words[1]), Math.max(x0 + 12, x1 + 12, words[2]), Math.max(y0 + 12, y1 + 12, words[3])]
    .map((value, side) => (side < 2 ? Math.max(value, [clip.left, clip.top][side]) : Math.min(value, [clip.left + clip.width, clip.top + clip.height][side - 2])));
  return {
    clip, box: within[0] < within[2] && within[1] < within[3] ? within : boxAt(x0, y0),
    draw(context) {
      if (!share) return;
      const angle = Math.atan2(dy, dx);
      for (const [stroke, width] of [[halo, 6], [colour, 3]]) {
        context.beginPath();
        context.moveTo(x0, y0);
        context.lineTo(x1, y1);
        for (const turn of [2.6, -2.6]) {
          context.moveTo(x1, y1);
          context.lineTo(x1 + 9 * Math.cos(angle + turn), y1 + 9 * Math.sin(angle + turn));
        }
        Object.assign(context, { strokeStyle: stroke, lineWidth: width, lineCap: "round" });
        context.setLineDash([]);
        context.stroke();
      }
    },
    top(context) {
      if (share && label) write(context, label, words, { colour, halo });
    },
  };
}

/** The box for words beyond an arrow's head: inside the picture where the head is, and on no other words. */
function room({ left, top, width, height }, words, [px, py], [across, down], taken) {
  const half = 4 * words.length + 4;
  let [x, y] = [px + across * (10 + half), py + down * 16];
  if (px > left && px < left + width && py > top && py < top + height) {
    x = Math.min(Math.max(x, left + half), left + width - half);
    y = Math.min(Math.max(y, top + LINE), top + height - LINE);
  }
  const clash = () => taken.some(([l, t, r, b]) => x - half < r && x + half > l && y - LINE / 2 < b && y + LINE / 2 > t);
  const turn = y + 4 * LINE < top + height ? LINE : -LINE;
  for (let tries = 0; tries < 8 && clash(); tries += 1) y += turn;
  const box = [x - half, y - LINE / 2, x + half, y + LINE / 2];
  taken.push(box);
  return box;
}

/** Words in the middle of a box: the colour of what they name, on a halo of the background. */
function write(context, words, [left, top, right, bottom], { colour, halo }) {
  Object.assign(context, { font: "600 13px sans-serif", textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: 4, strokeStyle: halo, fillStyle: colour });
  context.strokeText(words, (left + right) / 2, (top + bottom) / 2);
  context.fillText(words, (left + right) / 2, (top + bottom) / 2);
}

/** Columns for Plotly of a line in space, its heights through `height`. */
export function columnsOf({ solid }, height) {
  const column = (axis, apply = Number) => solid.map((point) => (point ? apply(point[axis]) : NaN));
  return { x: column(0), y: column(1), z: column(2, height) };
}
