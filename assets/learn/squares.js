import { h } from "../stage/dom.js";
import { createLegend } from "./legend.js";
import { createPainter, createPlot, written } from "./plot.js";
import { createRail } from "./rail.js";
import { INPUT, TARGET, createScatter, lineWords, lossOf } from "./regression.js";

/** Chapter 1: a line through data, the errors and their squares. */
export function create(element, { tensors, state, host }) {
  const [inputs, targets] = [tensors.inputs.data, tensors.targets.data];
  const loss = lossOf(tensors.quadratic.data);
  let point = [...state.start];
  let whole = false;
  const plot = createPlot(element, {
    label: "Patients and a line that predicts them", equal: true, ratio: 0.56,
    x: { low: -1.8, high: 3.6, title: INPUT }, y: { low: -0.2, high: 3.8, title: TARGET },
  });
  const scatter = createScatter(plot, { inputs, targets });
  const mean = plot.mark("rect", { class: "fill four" });
  const name = plot.mark("text", { class: "note four", "text-anchor": "end" }, "mean square");
  const numbers = h("div.numbers");
  element.append(numbers);
  createLegend(element, [{ name: "patient", look: "dots one" }, { name: "prediction", look: "line text" }, { name: "error and its square", look: "fill two" }, { name: "mean of all squares", look: "fill four" }]);
  const ask = createPainter(paint);
  const rail = (label, axis) => createRail(element, {
    label, value: point[axis], low: state.window[axis][0], high: state.window[axis][1], step: 0.01,
    onInput: (value) => { point[axis] = value; ask(); }, onRest: rest,
  });
  rail("Intercept b", 0);
  rail("Slope w", 1);
  const all = h("input", { type: "checkbox", change: () => { whole = all.checked; ask(); } });
  element.append(h("label.row", {}, all, "squares of all 442 patients"));
  plot.onDraw(paint);
  rest(false);

  function paint() {
    scatter.show(point, whole);
    const side = Math.abs(plot.y(0) - plot.y(Math.sqrt(loss(point))));
    const { left, top, width } = plot.box;
    for (const [key, value] of Object.entries({ x: left + width - side - 8, y: top + 8, width: side, height: side })) mean.setAttribute(key, value);
    name.setAttribute("x", left + width - side - 16);
    name.setAttribute("y", top + 24);
    numbers.replaceChildren(h("span", {}, "loss, the mean square: ", h("b", {}, written(loss(point), 3))));
  }

  function rest(moved = true) {
    plot.label(`442 patients and the line with ${lineWords(point)}: the mean of the squared errors is ${written(loss(point))}.`);
    if (moved) host.ran();
  }

  return { destroy: plot.destroy };
}
