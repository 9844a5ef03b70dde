import { h } from "../stage/dom.js";

const GAP = 1; // cells between two pictures
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * First-layer weights as pictures, one a neuron, side by side; with `onChoose`, one of them can be chosen by a click, a
 * drag or the arrow keys, which go on to the next picture at an edge.
 * @param {HTMLElement} parent
 * @param {{shape: number[], host: import("./host.js").Host, label: string, columns?: number, most?: number, chosen?: number,
 *   say?: (chosen: number) => string, onChoose?: (chosen: number) => void, onRest?: () => void}} options `shape` is
 *   (pictures, height, width), `most` the largest size of a weight in pixels
 */
export function createWeights(parent, { shape: [count, height, width], host, label, columns = 4, most = 8, chosen = 0, say = String, onChoose, onRest }) {
  const canvas = h("canvas", { "aria-hidden": true });
  const root = h("div.weights", onChoose ? { tabindex: 0, role: "application", "aria-roledescription": "pictures of weights", keydown: key, keyup } : { role: "img" }, canvas);
  parent.append(root);
  let tone = () => 0;
  let marked = () => false;
  let [across, cell, held] = [1, 1, false];
  const observer = new ResizeObserver(draw);
  observer.observe(root);
  host.onTheme(draw);
  if (onChoose) {
    canvas.addEventListener("pointerdown", (event) => { held = true; canvas.setPointerCapture(event.pointerId); point(event); });
    canvas.addEventListener("pointermove", (event) => held && point(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { if (held) { held = false; onRest?.(); } });
  }
  name();

  /** `value(i)` from -1 to 1 tints the i-th weight; `mark(i)` frames it. */
  function show(value, mark = () => false) {
    [tone, marked] = [value, mark];
    draw();
  }

  function draw() {
    const space = root.clientWidth;
    if (!space) return;
    across = columns;
    cell = Math.max(4, Math.min(most, Math.floor(space / (across * (width + GAP)))));
    const rows = Math.ceil(count / across);
    const [w, tall] = [across * (width + GAP) * cell, rows * (height + GAP) * cell];
    const ratio = window.devicePixelRatio || 1;
    Object.assign(canvas, { width: w * ratio, height: tall * ratio });
    Object.assign(canvas.style, { width: `${w}px`, height: `${tall}px` });
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const { dark, text } = host.theme();
    const ground = dark ? [38, 48, 56] : [236, 239, 240];
    const ends = dark ? [[255, 154, 82], [120, 205, 255]] : [[176, 66, 0], [0, 92, 150]];
    for (let i = 0; i < count * height * width; i += 1) {
      const value = Math.max(-1, Math.min(1, tone(i)));
      const end = ends[value > 0 ? 1 : 0];
      context.fillStyle = `rgb(${ground.map((from, k) => Math.round(from + Math.abs(value) * (end[k] - from))).join(",")})`;
      const [x, y] = corner(i);
      context.fillRect(x, y, cell, cell);
    }
    context.strokeStyle = text;
    context.lineWidth = 1;
    for (let i = 0; i < count * height * width; i += 1) {
      if (marked(i)) context.strokeRect(corner(i)[0] + 0.5, corner(i)[1] + 0.5, cell - 1, cell - 1);
    }
    if (onChoose) frame(context, text, dark);
  }

  function frame(context, text, dark) {
    const [x, y] = corner(chosen);
    for (const [colour, lineWidth, out] of [[dark ? "#12181d" : "#fcfcfb", 5, 2.5], [text, 3, 2.5]]) {
      Object.assign(context, { strokeStyle: colour, lineWidth });
      context.strokeRect(x - out, y - out, cell + 2 * out, cell + 2 * out);
    }
  }

  function corner(i) {
    const [picture, inside] = [Math.floor(i / (height * width)), i % (height * width)];
    return [
      ((picture % across) * (width + GAP) + (inside % width)) * cell,
      (Math.floor(picture / across) * (height + GAP) + Math.floor(inside / width)) * cell,
    ];
  }

  function point(event) {
    const box = canvas.getBoundingClientRect();
    const [column, row] = [Math.floor((event.clientX - box.left) / cell), Math.floor((event.clientY - box.top) / cell)];
    const picture = Math.floor(row / (height + GAP)) * across + Math.floor(column / (width + GAP));
    const [x, y] = [column % (width + GAP), row % (height + GAP)];
    if (column < 0 || row < 0 || column >= across * (width + GAP) || x >= width || y >= height || picture >= count) return;
    choose(picture * height * width + y * width + x);
  }

  function key(event) {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const [picture, inside] = [Math.floor(chosen / (height * width)), chosen % (height * width)];
    const rows = Math.ceil(count / across);
    const x = wrap((picture % across) * width + (inside % width) + move[0], across * width);
    const y = wrap(Math.floor(picture / across) * height + Math.floor(inside / width) + move[1], rows * height);
    const next = Math.floor(y / height) * across + Math.floor(x / width);
    if (next < count) choose(next * height * width + (y % height) * width + (x % width));
  }

  function keyup(event) {
    if (MOVES[event.key]) onRest?.();
  }

  function choose(next) {
    if (next === chosen) return;
    put(next);
    onChoose(chosen);
  }

  /** Choose without telling anybody. */
  function put(next) {
    chosen = next;
    name();
    draw();
  }

  function name() {
    root.setAttribute("aria-label", onChoose ? `${label} ${say(chosen)}. Arrow keys choose another one.` : label);
  }

  return { show, put, label: (text) => { label = text; name(); }, destroy: () => observer.disconnect() };
}

function wrap(value, size) {
  return (value + size) % size;
}
