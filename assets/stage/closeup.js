import { format, h } from "./dom.js";
import { boxAt, drawHead, paintMarks } from "./overlay.js";
import { arrowMark, lineMark } from "./sketch.js";
import { readTheme, watchTheme } from "./theme.js";

const SIDE = 260; // pixels
const REACH = 0.36; // of the side: how far the farthest end is drawn from the middle

/**
 * What a panel draws into the contour, close up beside its numbers: on a page that is longer than the window the contour
 * may be out of sight. Both coordinates have one scale, so angles are true.
 * @param {string} label what it shows
 */
export function createCloseup(label) {
  const canvas = h("canvas", { role: "img", "aria-label": `${label}, close up; the table beside it has the numbers.` });
  const caption = h("figcaption");
  const element = h("figure.closeup", {}, canvas, caption);
  let latest = null;
  watchTheme(element, paint);

  /** @param {import("./sketch.js").Item[]} list @param {number[]} middle @param {number} reach the farthest end's distance @param {string[]} axes */
  function draw(list, middle, reach, axes) {
    latest = { list, middle, reach };
    const usable = reach > 0 && Number.isFinite(reach) && middle.every(Number.isFinite);
    element.hidden = !usable;
    if (!usable) return;
    caption.textContent = `${axes[0]} to the right, ${axes[1]} upwards; ${format(reach / REACH, 2)} wide.`;
    paint();
  }

  function paint() {
    if (!latest || element.hidden) return;
    const { list, middle: [x, y], reach } = latest;
    const [scale, theme] = [devicePixelRatio || 1, readTheme(element)];
    canvas.width = canvas.height = SIDE * scale;
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    const per = (REACH * SIDE) / reach;
    const map = { left: 0, top: 0, width: SIDE, height: SIDE, x: (value) => SIDE / 2 + (value - x) * per, y: (value) => SIDE / 2 - (value - y) * per };
    const taken = []; // by words, which must not lie on one another
    const point = { clip: map, box: boxAt(SIDE / 2, SIDE / 2), draw: (where) => drawHead(where, SIDE / 2, SIDE / 2, { colour: theme.text, halo: theme.background }, false) };
    const marks = list.filter((item) => !item.solid).map((item) => (item.line ? lineMark(map, item, theme.background) : arrowMark(map, item, theme.background, taken)));
    paintMarks(context, [point, ...marks]);
  }

  return { element, draw };
}
