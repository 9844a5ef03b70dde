import { DASHES } from "./dom.js";

const GRID = 64; // pixels: a canvas grows and shrinks by whole cells, so that it seldom needs new memory
const ROOM = 9; // pixels around a line for its halo and the mark at its end
// Canvas loses precision for coordinates far outside; beyond this the segment's direction is all that shows.
const FAR = 1e5;

/**
 * What is drawn over a Plotly figure, in pixels of the figure: `box` [left, top, right, bottom] around it, `clip` the
 * rectangle it stays in.
 * @typedef {{box: number[], below?: boolean, clip: {left: number, top: number, width: number, height: number},
 *   draw: (context: CanvasRenderingContext2D) => void, top?: (context: CanvasRenderingContext2D) => void}} Mark
 */

/**
 * Two canvases over a Plotly figure. Plotly takes tens of milliseconds to redraw lines over a contour; this takes a
 * fraction of one. What a drag moves has a canvas of its own, no larger than the line: where graphics are software,
 * every pixel of a canvas that changed costs on its way to the screen.
 * @param {HTMLElement} graph a drawn Plotly figure
 */
export function createOverlay(graph) {
  const still = createLayer(graph);
  const moving = createLayer(graph);
  let shown = null;

  /**
   * @param {number} count of runs @param {(i: number) => Mark | null} mark of the i-th
   * @param {{moved?: number[] | null, key?: string, others?: (Mark | null)[]}} options `moved`: the runs that are not as
   *   they were, null for all; `key` names everything else the marks depend on
   */
  function paint(count, mark, { moved = null, key = "", others = [] } = {}) {
    const alone = moved?.length === 1 ? moved[0] : null;
    const wanted = alone === null ? null : `${alone} ${key}`;
    if (wanted === null || wanted !== shown) {
      const rest = Array.from({ length: count }, (_, i) => (i === alone ? null : mark(i)));
      still.show([...rest, ...others].filter(Boolean));
    }
    moving.show([alone === null ? null : mark(alone)].filter(Boolean));
    shown = wanted;
  }

  return { paint };
}

function createLayer(graph) {
  const canvas = document.createElement("canvas");
  canvas.className = "overlay";
  canvas.setAttribute("aria-hidden", "true");
  canvas.hidden = true;
  graph.append(canvas);
  // Kept in main memory: where graphics are software, dashed lines take far longer on the graphics side.
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let placed = "";

  /** @param {Mark[]} marks everything that this layer shows */
  function show(marks) {
    const box = around(marks);
    if (canvas.hidden !== !box) canvas.hidden = !box;
    if (!box) return;
    cover(box);
    paintMarks(context, marks);
  }

  function cover([left, top, right, bottom]) {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [right - left, bottom - top];
    const next = [left, top, width, height, ratio].join();
    if (next !== placed) {
      placed = next;
      [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
      Object.assign(canvas.style, { width: `${width}px`, height: `${height}px`, transform: `translate(${left}px, ${top}px)` });
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio, 0, 0, ratio, -left * ratio, -top * ratio);
  }

  /** The cells that hold all marks, within the figure; null when nothing would be seen. */
  function around(marks) {
    const { width, height } = graph._fullLayout; // asking the page for its sizes would make it lay itself out
    const low = (side, most) => Math.max(0, Math.min(most, Math.floor(Math.min(...marks.map(({ box }) => box[side])) / GRID) * GRID));
    const high = (side, most) => Math.max(0, Math.min(most, Math.ceil(Math.max(...marks.map(({ box }) => box[side])) / GRID) * GRID));
    const box = [low(0, width), low(1, height), high(2, width), high(3, height)];
    return marks.length && box[2] > box[0] && box[3] > box[1] ? box : null;
  }

  return { show };
}

/** Each within its own rectangle, those that lie below the others first, and what lies on `top` last. @param {Mark[]} marks */
export function paintMarks(context, marks) {
  const ordered = [...marks].sort((one, other) => Boolean(other.below) - Boolean(one.below));
  for (const layer of ["draw", "top"]) {
    for (const mark of ordered) {
      if (!mark[layer]) continue;
      const { clip } = mark;
      context.save();
      context.beginPath();
      context.rect(clip.left, clip.top, clip.width, clip.height);
      context.clip();
      mark[layer](context);
      context.restore();
    }
  }
}

/** Pixels of data and back, for linear axes and axes of logarithms alike (Plotly keeps log ranges as exponents). */
export function mapping(graph, id) {
  const xaxis = graph._fullLayout?.[`xaxis${id}`];
  const yaxis = graph._fullLayout?.[`yaxis${id}`];
  if (!(xaxis?._length > 0 && yaxis?._length > 0)) return null;
  const [x0, x1] = xaxis.range.map(Number);
  const [y0, y1] = yaxis.range.map(Number);
  const perX = xaxis._length / (x1 - x0);
  const perY = yaxis._length / (y1 - y0);
  const bottom = yaxis._offset + yaxis._length;
  const logX = xaxis.type === "log" ? Math.log10 : Number;
  const logY = yaxis.type === "log" ? Math.log10 : Number;
  return {
    left: xaxis._offset,
    top: yaxis._offset,
    width: xaxis._length,
    height: yaxis._length,
    x: (value) => xaxis._offset + (logX(value) - x0) * perX,
    y: (value) => bottom - (logY(value) - y0) * perY,
    data: (px, py) => [x0 + (px - xaxis._offset) / perX, y0 + (bottom - py) / perY],
  };
}

/** The rectangle of a pair of axes, `margin` pixels wider so that marks on the edge stay whole. */
export function frameOf(map, margin = 0) {
  return { left: map.left - margin, top: map.top - margin, width: map.width + 2 * margin, height: map.height + 2 * margin };
}

/**
 * Pixels of the points `(x(k), y(k))`, k = 0..last, and the box around those within `clip`.
 * @returns {{pixels: Float64Array, box: number[]}}
 */
export function pixelsOf(map, x, y, last, clip) {
  const pixels = new Float64Array(2 * (last + 1));
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = 0; k <= last; k += 1) {
    const px = near(map.x(x(k)), map.left, map.width);
    const py = near(map.y(y(k)), map.top, map.height);
    pixels[2 * k] = px;
    pixels[2 * k + 1] = py;
    if (px < left) left = px;
    if (px > right) right = px;
    if (py < top) top = py;
    if (py > bottom) bottom = py;
  }
  const box = [
    Math.max(left - ROOM, clip.left), Math.max(top - ROOM, clip.top),
    Math.min(right + ROOM, clip.left + clip.width), Math.min(bottom + ROOM, clip.top + clip.height),
  ];
  return { pixels, box };
}

/** A line through the pixels of steps 0..last, over a halo of the background. */
export function strokeLine(context, pixels, last, { colour, dash, halo, width = 2.5, alpha = 1 }) {
  context.beginPath();
  let drawing = false;
  for (let k = 0; k <= last; k += 1) {
    const px = pixels[2 * k];
    const py = pixels[2 * k + 1];
    if (Number.isNaN(px) || Number.isNaN(py)) drawing = false;
    else if (drawing) context.lineTo(px, py);
    else {
      context.moveTo(px, py);
      drawing = true;
    }
  }
  context.lineJoin = "round";
  context.globalAlpha = alpha;
  if (halo) {
    context.setLineDash([]);
    context.strokeStyle = halo;
    context.lineWidth = width + 2;
    context.stroke();
  }
  context.setLineDash(DASHES[dash] ?? []);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** The mark at the current step: a disc, or a cross where the run left the finite numbers. */
export function drawHead(context, px, py, { colour, halo }, lost) {
  context.lineWidth = 2;
  context.strokeStyle = halo;
  context.fillStyle = colour;
  context.beginPath();
  if (lost) {
    context.strokeStyle = colour;
    context.lineWidth = 3;
    context.moveTo(px - 5, py - 5);
    context.lineTo(px + 5, py + 5);
    context.moveTo(px - 5, py + 5);
    context.lineTo(px + 5, py - 5);
  } else {
    context.arc(px, py, 5.5, 0, 2 * Math.PI);
    context.fill();
  }
  context.stroke();
}

/** The box around a mark at one point. */
export const boxAt = (px, py) => [px - ROOM, py - ROOM, px + ROOM, py + ROOM];

const near = (pixel, from, length) => (pixel < from - FAR ? from - FAR : pixel > from + length + FAR ? from + length + FAR : pixel);
