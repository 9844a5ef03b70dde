import { DASHES } from "./dom.js";

/**
 * A canvas over a Plotly figure that maps data to pixels through the figure's own axes. Plotly takes tens of
 * milliseconds to redraw lines over a contour; this takes a fraction of one.
 * @param {HTMLElement} graph a drawn Plotly figure
 */
export function createOverlay(graph) {
  const canvas = document.createElement("canvas");
  canvas.className = "overlay";
  canvas.setAttribute("aria-hidden", "true");
  graph.append(canvas);
  // Kept in main memory: where graphics are software, dashed lines take far longer on the graphics side.
  const context = canvas.getContext("2d", { willReadFrequently: true });

  function clear() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = graph;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
  }

  /**
   * Runs `draw(context, map)` clipped to one pair of axes.
   * @param {string} id "" for x and y, "2" for x2 and y2
   * @param {number} [margin] pixels around them, so that marks on the edge stay whole
   */
  function within(id, draw, margin = 0) {
    const map = mapping(graph, id);
    if (!map) return;
    context.save();
    context.beginPath();
    context.rect(map.left - margin, map.top - margin, map.width + 2 * margin, map.height + 2 * margin);
    context.clip();
    draw(context, map);
    context.restore();
  }

  return { canvas, clear, within, mapping: (id) => mapping(graph, id) };
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

/** A line through the points `(x(k), y(k))`, k = 0..last, over a halo of the background. */
export function strokeLine(context, map, x, y, last, { colour, dash, halo, width = 2.5, alpha = 1 }) {
  context.beginPath();
  let drawing = false;
  for (let k = 0; k <= last; k += 1) {
    const px = near(map.x(x(k)), map.left, map.width);
    const py = near(map.y(y(k)), map.top, map.height);
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

// Canvas loses precision for coordinates far outside; beyond this the segment's direction is all that shows.
const FAR = 1e5;
const near = (pixel, from, length) => (pixel < from - FAR ? from - FAR : pixel > from + length + FAR ? from + length + FAR : pixel);
