import { h } from "../stage/dom.js";
import { createContours } from "./contours.js";
import { arrow, nearest } from "./grid.js";
import { createLegend } from "./legend.js";
import { createPainter, createPlot, signed, written } from "./plot.js";
import { createPoint } from "./point.js";
import { createRail } from "./rail.js";

/** Chapter 4: the change of the loss in every direction of a small step, as lobes, with the straight line's g.d. */
export function create(element, { tensors, state, host }) {
  const axis = tensors.axis.data;
  const [, sizes, angles] = tensors.change.shape;
  let size = state.size;
  let point = state.start;
  const run = h("button.primary", { type: "button", click: begin }, "Step in every direction");
  run.hidden = host.begun;
  const pair = h("div.pair");
  element.append(h("div.row", {}, run), pair);
  const map = createPlot(pair, {
    label: "The landscape", ratio: 0.9, x: { low: axis[0], high: axis[axis.length - 1], title: state.axes[0] },
    y: { low: axis[0], high: axis[axis.length - 1], title: state.axes[1] },
  });
  const round = createPlot(pair, {
    label: "Change of the loss by direction", ratio: 0.9, equal: true,
    x: { low: -1.3, high: 1.3, title: "along the bias", ticks: [] }, y: { low: -1.3, high: 1.3, title: "along the weight", ticks: [] },
  });
  createContours(map, { x: tensors.x.data, y: tensors.y.data, values: tensors.loss.data }, { host });
  const slope = map.mark("path", { class: "line text" });
  const falls = round.mark("path", { class: "fill three solid result" });
  const rises = round.mark("path", { class: "fill two solid result" });
  const straight = round.mark("path", { class: "line text dash thin result" });
  const down = round.mark("path", { class: "line text" });
  const name = round.mark("text", { class: "note text", "text-anchor": "middle" }, "minus gradient");
  const numbers = h("div.numbers.result");
  element.append(numbers);
  createLegend(element, [{ name: "loss falls", look: "fill three" }, { name: "loss rises", look: "fill two" }, { name: "straight line g·d", look: "line text dash thin" }]);
  const step = axis[1] - axis[0];
  const handle = createPoint(map, {
    name: "Where you stand", value: point, step: [step, step], say: ([bias, weight]) => `bias ${written(bias)}, weight ${written(weight)}`,
    onMove: (next) => { point = next.map((value) => axis[nearest(axis, value)]); handle.put(point); ask(); }, onRest: describe,
  });
  const ask = createPainter(paint);
  createRail(element, { label: "Size of the step", values: state.sizes, value: state.sizes[size], onInput: (_, index) => { size = index; ask(); }, onRest: describe });
  map.onDraw(paint);
  round.onDraw(paint);
  describe();

  function here() {
    const at = nearest(axis, point[1]) * axis.length + nearest(axis, point[0]);
    const from = (at * sizes + size) * angles;
    return { gradient: tensors.gradient.data.subarray(2 * at, 2 * at + 2), change: tensors.change.data.subarray(from, from + angles) };
  }

  function paint() {
    const { gradient, change } = here();
    const length = Math.hypot(...gradient);
    const most = Math.max(...change.map(Math.abs), 1e-300);
    let [lower, higher] = ["", ""];
    const [cx, cy] = [round.x(0), round.y(0)];
    for (let i = 0; i < angles; i += 1) {
      // Each direction is a wedge as wide as the measured directions are apart: nothing is drawn between them.
      const reach = Math.abs(change[i]) / most;
      const corner = (turn) => { const angle = (2 * Math.PI * (i + turn)) / angles; return `${round.x(reach * Math.cos(angle)).toFixed(1)} ${round.y(reach * Math.sin(angle)).toFixed(1)}`; };
      // Neighbours share one outline, or a seam would be seen between them.
      const wedge = `${i && change[i] < 0 === change[i - 1] < 0 ? "L" : `M${cx.toFixed(1)} ${cy.toFixed(1)}L`}${corner(-0.5)}L${corner(0.5)}`;
      if (change[i] < 0) lower += wedge;
      else higher += wedge;
    }
    falls.setAttribute("d", lower);
    rises.setAttribute("d", higher);
    const turns = Array.from({ length: 181 }, (_, i) => (2 * Math.PI * i) / 180);
    const reach = turns.map((angle) => (state.sizes[size] * Math.abs(gradient[0] * Math.cos(angle) + gradient[1] * Math.sin(angle))) / most);
    straight.setAttribute("d", round.d(turns.map((angle, i) => reach[i] * Math.cos(angle)), turns.map((angle, i) => reach[i] * Math.sin(angle))));
    const [ux, uy] = length > 0 ? [-gradient[0] / length, -gradient[1] / length] : [0, 0];
    down.setAttribute("d", arrow([cx, cy], [round.x(1.02 * ux), round.y(1.02 * uy)]));
    // Beyond the tip, or it would hide the lobe.
    name.setAttribute("x", round.x(1.12 * ux));
    name.setAttribute("y", round.y(1.12 * uy) + (uy > 0 ? 0 : 12));
    const from = [map.x(point[0]), map.y(point[1])];
    slope.setAttribute("d", arrow(from, [map.x(point[0] + 0.9 * ux), map.y(point[1] + 0.9 * uy)]));
    numbers.replaceChildren(
      h("span", {}, "length of the gradient: ", h("b", {}, written(length, 2))),
      h("span", {}, "best of all directions: ", h("b", {}, signed(Math.min(...change), 2))),
      h("span", {}, "straight line says: ", h("b", {}, signed(-state.sizes[size] * length, 2))),
    );
  }

  function begin() {
    host.ran();
    describe();
    handle.button.focus({ preventScroll: true });
    run.hidden = true;
  }

  function describe() {
    const { gradient, change } = here();
    const words = `bias ${written(point[0])} and weight ${written(point[1])}`;
    map.label(`Contours of the loss of one neuron over bias and weight, with an arrow downhill at ${words}.`);
    if (!host.begun) return;
    round.label(`The change of the loss for steps of ${written(state.sizes[size])} in all directions from ${words}: from ${signed(Math.min(...change), 2)} to ${signed(Math.max(...change), 2)}; the gradient's length is ${written(Math.hypot(...gradient), 2)}.`);
  }

  return { destroy() { map.destroy(); round.destroy(); } };
}
