import { h } from "../stage/dom.js";
import { createLegend } from "./legend.js";
import { createPainter, createPlot } from "./plot.js";
import { createChoice, createRail } from "./rail.js";

const MODELS = [
  { key: "line", text: "a regression" },
  { key: "digits", text: "a digits network" },
];

/** Chapter 5: the time a grid search takes against the number of parameters; measured up to 5, reckoned beyond. */
export function create(element, { tensors, state, ran, host }) {
  const most = state.said.line[0].length;
  const dimensions = Array.from({ length: most }, (_, i) => i + 1);
  let model = "line";
  let row = state.perAxes.indexOf(state.perAxis);
  let dimension = tensors.seconds.data.length;
  let farthest = ran ? most : dimension; // how far the line is drawn
  const plot = createPlot(element, {
    label: "Time of a grid search", ratio: 0.6,
    x: { low: 0.5, high: most + 0.5, title: "parameters" }, y: { low: 1e-7, high: 1e40, log: true, title: "seconds" },
  });
  const marks = Object.entries(state.marks).map(([name, seconds]) => ({
    seconds, line: plot.mark("path", { class: "line thin text dot" }), note: plot.mark("text", { class: "note text", "text-anchor": "end" }, name),
  }));
  const line = plot.mark("path", { class: "line one" });
  const measured = plot.mark("path", { class: "dots two" });
  const here = plot.mark("circle", { class: "fill one", r: 9 });
  const numbers = h("div.numbers");
  element.append(numbers);
  const rail = (label, value, values, onInput) => createRail(element, {
    label, value, values, format: String, onInput: (chosen, at) => { onInput(chosen, at); ask(); }, onRest: rest,
  });
  rail("Parameters", dimension, dimensions, (chosen) => { dimension = chosen; farthest = Math.max(farthest, chosen); });
  rail("Values for each", state.perAxis, state.perAxes, (_, at) => { row = at; });
  createChoice(element, { label: "One try is a loss of", choices: MODELS, value: model, onChoose: (key) => { model = key; paint(); rest(); } });
  createLegend(element, [{ name: "reckoned from one try", look: "line one" }, { name: `measured: ${state.perAxis} values for each, 1,024 tries at a time`, look: "dots two" }]);
  const ask = createPainter(fit);
  plot.onDraw(paint);
  describe();

  function seconds(count) {
    return state.times[model].seconds * state.perAxes[row] ** count;
  }

  function said() {
    return state.said[model][row][dimension - 1];
  }

  /** The axis reaches as far as the line. */
  function fit() {
    plot.setAxes({ y: { high: Math.max(1e40, 10 * seconds(most)) } });
  }

  function paint() {
    const { low, high } = plot.shown.x;
    for (const { seconds: height, line: level, note } of marks) {
      level.setAttribute("d", plot.d([low, high], [height, height]));
      note.setAttribute("x", plot.x(high) - 8);
      note.setAttribute("y", plot.y(height) + 17); // below: the line comes from there
    }
    line.setAttribute("d", plot.d(dimensions.slice(0, farthest), dimensions.slice(0, farthest).map(seconds)));
    const shown = model === "line" && state.perAxes[row] === state.perAxis;
    measured.setAttribute("d", shown ? Array.from(tensors.seconds.data, (time, i) => `M${plot.x(i + 1)} ${plot.y(time)}h0.01`).join("") : "");
    here.setAttribute("cx", plot.x(dimension));
    here.setAttribute("cy", Math.max(plot.y(seconds(dimension)), plot.box.top));
    numbers.replaceChildren(
      h("span", {}, `one try ${state.times[model].said}`),
      h("span", {}, `${state.perAxes[row]}`, h("sup", {}, String(dimension)), " tries ", h("b", {}, said())),
    );
  }

  function rest() {
    describe();
    if (seconds(dimension) > Math.max(...Object.values(state.marks))) host.ran();
  }

  function describe() {
    plot.label(`The time of a grid search against the number of parameters, on a logarithmic axis: a straight line. ${dimension} parameters with ${state.perAxes[row]} values each take ${said()}.`);
  }

  return { destroy: plot.destroy };
}
