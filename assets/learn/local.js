import { h } from "../stage/dom.js";
import { createContours, isoline } from "./contours.js";
import { arrow, nearest } from "./grid.js";
import { createLegend } from "./legend.js";
import { createPainter, createPlot, written } from "./plot.js";
import { createPoint } from "./point.js";
import { createChoice } from "./rail.js";

const REACH = 1.6; // how far around the point plane and bowl are drawn
const FINE = 33;
const COLUMNS = 12;
const KINDS = [{ key: "slope", text: "Slope arrow" }, { key: "plane", text: "Tangent plane" }, { key: "bowl", text: "Quadratic bowl" }];

/** Chapter 4: what slope, tangent plane and bowl say from one point, and what is true where they lead. */
export function create(element, { tensors, state, host }) {
  const axis = tensors.axis.data;
  let point = state.start.map((value) => axis[nearest(axis, value)]);
  let kind = "slope";
  const seen = new Set([kind]);
  const [low, high, ticks] = [axis[0], axis[axis.length - 1], [-4, -2, 0, 2, 4]];
  const map = createPlot(element, {
    label: "The landscape", ratio: 0.72, x: { low, high, ticks, title: state.axes[0] }, y: { low, high, ticks, title: state.axes[1] },
  });
  createContours(map, { x: tensors.x.data, y: tensors.y.data, values: tensors.loss.data }, { host });
  const model = map.mark("path", { class: "line one thin" });
  const way = map.mark("path", { class: "line two" });
  const goal = map.mark("path", { class: "dots two" });
  const words = h("div.numbers");
  const verdict = h("p", { role: "status" });
  const step = axis[1] - axis[0];
  const handle = createPoint(map, {
    name: "Where you stand", value: point, step: [step, step], say: ([bias, weight]) => `bias ${written(bias)}, weight ${written(weight)}`,
    onMove: (next) => { point = next.map((value) => axis[nearest(axis, value)]); handle.put(point); ask(); }, onRest: () => rest(),
  });
  const ask = createPainter(paint);
  createChoice(element, { label: "What it sees", choices: KINDS, value: kind, onChoose: (key) => { kind = key; seen.add(key); paint(); rest(); } });
  createLegend(element, [{ name: "where it leads", look: "line two" }, { name: "its lines of equal height", look: "line one thin" }]);
  element.append(words, verdict);
  map.onDraw(paint);
  rest();

  function here() {
    const at = nearest(axis, point[1]) * axis.length + nearest(axis, point[0]);
    const [loss, gx, gy, hxx, hxy, hyy, dx, dy, downLoss, bx, by, bowlLoss] = tensors.views.data.subarray(at * COLUMNS, (at + 1) * COLUMNS);
    return { loss, gradient: [gx, gy], hessian: [hxx, hxy, hyy], downhill: [dx, dy], downLoss, bottom: [bx, by], bowlLoss };
  }

  function paint() {
    const now = here();
    const [gx, gy] = now.gradient;
    const [hxx, hxy, hyy] = kind === "bowl" ? now.hessian : [0, 0, 0];
    model.setAttribute("d", kind === "slope" ? "" : lines((u, v) => now.loss + gx * u + gy * v + 0.5 * (hxx * u * u + 2 * hxy * u * v + hyy * v * v)));
    const length = Math.hypot(gx, gy);
    // The plane has no lowest place: its arrow leaves the map.
    const far = length > 0 ? 12 / length : 0;
    const to = kind === "slope" ? now.downhill : kind === "plane" ? [point[0] - far * gx, point[1] - far * gy] : now.bottom;
    const from = [map.x(point[0]), map.y(point[1])];
    const end = [map.x(to[0]), map.y(to[1])];
    way.setAttribute("d", end.every(Number.isFinite) ? arrow(from, shortened(from, end)) : "");
    goal.setAttribute("d", kind !== "plane" && end.every(Number.isFinite) && inside(end) ? `M${end[0].toFixed(1)} ${end[1].toFixed(1)}h0.01` : "");
    const after = kind === "slope" ? now.downLoss : kind === "bowl" ? now.bowlLoss : null;
    const parts = [h("span", {}, "loss here: ", h("b", {}, written(now.loss)))];
    if (after !== null) parts.push(h("span", {}, "where it says to go: ", h("b", {}, Number.isFinite(after) ? written(after) : "nowhere")));
    words.replaceChildren(...parts);
    verdict.textContent = said(now);
  }

  function said(now) {
    const better = (after) => (after < now.loss ? "lower" : "not lower");
    if (kind === "slope") return `Step ${written(state.rate)} times the slope: ${better(now.downLoss)} there.`;
    if (kind === "plane") return "The plane falls for ever: it says which way, never where to stop.";
    const [hxx, hxy, hyy] = now.hessian;
    const determinant = hxx * hyy - hxy * hxy;
    const shape = determinant > 0 ? (hxx > 0 ? "opens upwards, its middle is a bottom" : "is upside down, its middle is a top") : "is a saddle, its middle is neither bottom nor top";
    const [px, py] = [map.x(now.bottom[0]), map.y(now.bottom[1])];
    return `The bowl ${shape}: the loss is ${better(now.bowlLoss)} there${inside([px, py]) ? "" : ", far off the map"}.`;
  }

  /** Isolines of a model around the point. */
  function lines(height) {
    const offsets = Array.from({ length: FINE }, (_, i) => -REACH + (2 * REACH * i) / (FINE - 1));
    const values = new Float64Array(FINE * FINE);
    offsets.forEach((v, j) => offsets.forEach((u, i) => { values[j * FINE + i] = Math.hypot(u, v) <= REACH ? height(u, v) : NaN; }));
    const finite = values.filter(Number.isFinite);
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    const local = { x: offsets.map((u) => point[0] + u), y: offsets.map((v) => point[1] + v), values };
    return Array.from({ length: 9 }, (_, i) => isoline(map, local, low + ((high - low) * (i + 0.5)) / 9)).join("");
  }

  function inside([px, py]) {
    const { left, top, width, height } = map.box;
    return px >= left && px <= left + width && py >= top && py <= top + height;
  }

  function rest() {
    map.label(`Contours of the loss of one neuron. At bias ${written(point[0])} and weight ${written(point[1])} the loss is ${written(here().loss)}. ${said(here())}`);
    if (seen.has("bowl")) host.ran();
  }

  return { destroy: map.destroy };
}

/** Far ends are brought near in the same direction: a path's numbers must stay drawable. */
function shortened([fx, fy], [tx, ty]) {
  const length = Math.hypot(tx - fx, ty - fy);
  const most = Math.min(length, 3000);
  return length > 0 ? [fx + ((tx - fx) * most) / length, fy + ((ty - fy) * most) / length] : [tx, ty];
}
