/**
 * A picture with two axes, as SVG at the size of its place, so that letters keep theirs.
 *
 * `plot.mark("path", {class: "one"})` adds an element to the drawing area; set its "d" in the function given to
 * `plot.onDraw`, which runs now and after every change of size: there `plot.x`, `plot.y` map numbers to pixels.
 * `plot.still` adds one that hardly ever changes, behind the others. Axes and what is still are an image of their own
 * below, a layer that the browser keeps: to paint what moves over a thousand strokes costs no stroke of theirs.
 * @typedef {{low: number, high: number, title: string, log?: boolean, ticks?: number[], format?: (value: number) => string}} Axis
 */

import { format, h } from "../stage/dom.js";

const SPACE = "http://www.w3.org/2000/svg";
// At a page's usual size of type; a projector's is larger.
const MARGIN = { right: 14, top: 12, bottom: 50 };
const TALLEST = 0.38; // of the window
const LETTER = 7.6; // pixels of a digit on the axes
const DOT = 10; // pixels by which a dot or ring at the edge of a picture may stand out: it is not cut in half
let plots = 0;

/**
 * @param {HTMLElement} parent
 * @param {{label: string, x: Axis, y: Axis, ratio?: number, least?: number, equal?: boolean}} options `ratio` is height by
 *   width, `least` the least height in pixels; `equal` gives both axes the same scale by widening one of them
 */
export function createPlot(parent, { label, x, y, ratio = 0.66, least = 260, equal = false }) {
  const root = h("div.plot");
  const id = `learn-clip-${(plots += 1)}`;
  const image = svg("svg", { role: "img", "aria-label": label });
  const below = svg("svg", { class: "still", "aria-hidden": true });
  const [window, wider] = [svg("rect"), svg("rect")];
  const clips = [[id, window], [`${id}-dots`, wider]].map(([name, rect]) => {
    const clip = svg("clipPath", { id: name });
    clip.append(rect);
    return clip;
  });
  const axes = svg("g", { class: "axes" });
  const [ground, area, dots] = [id, id, `${id}-dots`].map((name) => svg("g", { "clip-path": `url(#${name})`, "aria-hidden": true }));
  below.append(...clips, ground, axes);
  image.append(area, dots);
  root.append(below, image);
  parent.append(root);
  const draws = [];
  const plot = {
    root, image, box: { left: 0, top: 0, width: 1, height: 1, size: 1 }, axes: { x, y },
    mark: (...what) => mark(isDot(...what) ? dots : area, ...what), still: (...what) => mark(ground, ...what), d, onDraw, draw, place, invert, label: (text) => image.setAttribute("aria-label", text), setAxes,
    x: (value) => plot.box.left + share(plot.shown.x, value) * plot.box.width,
    y: (value) => plot.box.top + (1 - share(plot.shown.y, value)) * plot.box.height,
    shown: { x, y }, destroy: () => observer.disconnect(),
  };
  const observer = new ResizeObserver(() => draw());
  observer.observe(root);

  /** An element in the drawing area. @param {string} tag */
  function mark(group, tag, attributes = {}, text = "") {
    const element = svg(tag, attributes);
    element.textContent = text;
    group.append(element);
    return element;
  }

  /** The path of a line through numbers; a gap where one is not finite. */
  function d(xs, ys, from = 0, to = xs.length) {
    let text = "";
    let pen = "M";
    for (let i = from; i < to; i += 1) {
      const [px, py] = [plot.x(xs[i]), plot.y(ys[i])];
      if (!Number.isFinite(px) || !Number.isFinite(py)) { pen = "M"; continue; }
      text += `${pen}${bound(px)} ${bound(py)}`;
      pen = "L";
    }
    return text;
  }

  function onDraw(callback) {
    draws.push(callback);
    if (plot.box.width > 1) callback(plot);
  }

  function setAxes(changed) {
    plot.axes = { x: { ...plot.axes.x, ...changed.x }, y: { ...plot.axes.y, ...changed.y } };
    draw();
  }

  function draw() {
    const width = root.clientWidth;
    if (!width) return;
    const height = Math.max(least, Math.round(Math.min(width * ratio, innerHeight * TALLEST))); // what is dragged below it is seen as well
    const size = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const left = size * Math.max(width < 480 ? 44 : 56, 32 + LETTER * longest(plot.axes.y, height, size));
    const [right, bottom] = [size * MARGIN.right, size * MARGIN.bottom];
    plot.box = { left, top: MARGIN.top, width: width - left - right, height: height - MARGIN.top - bottom, size };
    plot.shown = equal ? evened(plot.axes, plot.box) : plot.axes;
    for (const layer of [below, image]) set(layer, { width, height, viewBox: `0 0 ${width} ${height}` });
    for (const [rect, more] of [[window, 0], [wider, DOT]]) {
      set(rect, { x: plot.box.left - more, y: plot.box.top - more, width: plot.box.width + 2 * more, height: plot.box.height + 2 * more });
    }
    drawAxes(axes, plot);
    for (const callback of draws) callback(plot);
  }

  /** The numbers at a pixel of the picture. */
  function invert(px, py) {
    return [
      unshare(plot.shown.x, (px - plot.box.left) / plot.box.width),
      unshare(plot.shown.y, 1 - (py - plot.box.top) / plot.box.height),
    ];
  }

  /** A pointer's place in pixels of the picture. */
  function place(event) {
    const box = image.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  draw();
  return plot;
}

/** Coalesces repaints to one an animation frame, each with a User Timing measure `learn:paint`. */
export function createPainter(paint) {
  let asked = false;
  return function ask() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      const start = performance.now();
      paint();
      performance.measure("learn:paint", { start, end: performance.now() });
    });
  };
}

/** Whether this visitor asked for less motion: what moves by itself is then at its end at once. */
export function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** An SVG element. */
export function svg(tag, attributes = {}) {
  const element = document.createElementNS(SPACE, tag);
  set(element, attributes);
  return element;
}

function isDot(tag, attributes = {}) {
  return tag === "circle" || /\bdots\b/.test(attributes.class ?? "");
}

export function set(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
}

/** A number with its sign, for changes. */
export function signed(value, digits = 3) {
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${format(Math.abs(value), digits)}`;
}

/** A number as a person writes it, with a true minus sign. */
export function written(value, digits = 3) {
  return raised(format(value, digits)).replace("-", "−");
}

/** 3e-9 as 3 × 10^-9, the power in small raised digits; other numbers as they are. @param {string} text */
export function raised(text) {
  const [digits, exponent] = text.split("e");
  if (exponent === undefined) return text;
  const power = [...exponent.replace("+", "")].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign] ?? "⁻").join("");
  return `${digits === "1" ? "" : `${digits} × `}10${power}`;
}

/** Steps that are read easily between two numbers: 1, 2 or 5 times a power of ten; of a logarithmic axis the decades. */
export function ticks(axis, most) {
  if (axis.ticks) return axis.ticks;
  const [low, high] = [Math.min(axis.low, axis.high), Math.max(axis.low, axis.high)];
  if (axis.log) {
    const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const every = Math.max(1, Math.ceil((last - first + 1) / most));
    return Array.from({ length: Math.max(0, Math.floor((last - first) / every) + 1) }, (_, i) => 10 ** (first + i * every));
  }
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const spaced = (step) => {
    const first = Math.ceil(low / step - 1e-9);
    return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, i) => (first + i) * step);
  };
  const fitting = spaced(power * [1, 2, 5, 10].find((k) => k * power >= rough));
  return fitting.length > 1 ? fitting : spaced(power * [0.5, 1, 2, 5].findLast((k) => k * power < rough)); // one number alone is no scale
}

const SMALL = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** 0.01, 1, 100, 10⁵. */
export function decade(value) {
  const power = Math.round(Math.log10(value));
  if (power >= -2 && power <= 3) return written(value).replace(/^1000$/, "1,000");
  return `10${[...String(power)].map((letter) => SMALL[letter]).join("")}`;
}

function drawAxes(group, plot) {
  const { box, shown } = plot;
  const [bottom, right] = [box.top + box.height, box.left + box.width];
  const parts = [];
  const text = (words, attributes) => {
    const element = svg("text", attributes);
    element.textContent = words;
    parts.push(element);
  };
  for (const value of ticks(shown.x, acrossOf(box))) {
    const px = plot.x(value);
    parts.push(svg("path", { class: "grid", d: `M${px} ${box.top}V${bottom}` }));
    const words = labelled(shown.x)(value);
    const beyond = px + (words.length * LETTER * box.size) / 2 > right + MARGIN.right * box.size;
    text(words, { x: beyond ? right + MARGIN.right * box.size : px, y: bottom + 18 * box.size, "text-anchor": beyond ? "end" : "middle" });
  }
  for (const value of ticks(shown.y, upwardsOf(box.height, box.size))) {
    const py = plot.y(value);
    parts.push(svg("path", { class: "grid", d: `M${box.left} ${py}H${right}` }));
    text(labelled(shown.y)(value), { x: box.left - 7, y: py + 5 * box.size, "text-anchor": "end" });
  }
  parts.push(svg("path", { class: "frame", d: `M${box.left} ${box.top}V${bottom}H${right}` }));
  text(shown.x.title, { class: "title", x: box.left + box.width / 2, y: bottom + 41 * box.size, "text-anchor": "middle" });
  const [cx, cy] = [14 * box.size, box.top + box.height / 2];
  text(shown.y.title, { class: "title", x: cx, y: cy, "text-anchor": "middle", transform: `rotate(-90 ${cx} ${cy})` });
  group.replaceChildren(...parts);
}

function acrossOf(box) {
  return Math.max(2, Math.floor(box.width / (65 * box.size)));
}

function upwardsOf(height, size) {
  return Math.max(2, Math.floor(height / (50 * size)));
}

function labelled(axis) {
  return axis.format ?? (axis.log ? decade : (value) => written(value, 4));
}

/** Letters of the longest number at the axis. */
function longest(axis, height, size) {
  return Math.max(1, ...ticks(axis, upwardsOf(height - MARGIN.top - size * MARGIN.bottom, size)).map((value) => labelled(axis)(value).length));
}

function share(axis, value) {
  if (!axis.log) return (value - axis.low) / (axis.high - axis.low);
  return value > 0 ? Math.log(value / axis.low) / Math.log(axis.high / axis.low) : NaN;
}

function unshare(axis, part) {
  return axis.log ? axis.low * (axis.high / axis.low) ** part : axis.low + part * (axis.high - axis.low);
}

/** Browsers draw nothing of a path with numbers far outside what a float holds. */
function bound(pixel) {
  return Math.round(Math.min(Math.max(pixel, -5000), 9000) * 100) / 100;
}

function evened({ x, y }, box) {
  const per = Math.max((x.high - x.low) / box.width, (y.high - y.low) / box.height);
  return { x: widened(x, per * box.width), y: widened(y, per * box.height) };
}

function widened(axis, span) {
  const middle = (axis.low + axis.high) / 2;
  return { ...axis, low: middle - span / 2, high: middle + span / 2 };
}
