import { h } from "../stage/dom.js";
import { createLegend } from "./legend.js";
import { createPainter, createPlot, raised } from "./plot.js";
import { createRail } from "./rail.js";
import { createVisited } from "./visited.js";

const KINDS = [
  { key: "double", tone: "one", dash: "" },
  { key: "single", tone: "two", dash: "dash" },
];
const LOWEST = 1e-19; // errors of exactly 0 stand at the bottom

/** Chapter 6: how far the predicted change is off, against the nudge, in two precisions. */
export function create(element, { tensors, state, ran, host }) {
  const epsilons = Array.from(tensors.epsilons.data, (epsilon) => Number(epsilon.toPrecision(6)));
  let index = epsilons.length - 4; // an eighth: from there the error is seen to fall to a quarter
  const visited = createVisited(epsilons.length, index, ran);
  const plot = createPlot(element, {
    label: "Error of the prediction", ratio: 0.62,
    x: { low: 1e-10, high: 1, log: true, title: "nudge ε" }, y: { low: LOWEST, high: 1, log: true, title: "error of the predicted change" },
  });
  const errors = KINDS.map(({ key }) => tensors[`${key}_error`].data.map((error) => Math.max(error, LOWEST)));
  const two = plot.mark("path", { class: "line thin text dot result" });
  const note = plot.mark("text", { class: "note text result" }, "slope 2");
  const marks = KINDS.map(({ tone, dash }) => [plot.mark("path", { class: `line thin ${tone} ${dash}` }), plot.mark("path", { class: `dots small ${tone}` })]);
  const here = plot.mark("path", { class: "line thin text" });
  const rings = KINDS.map(({ tone }) => plot.mark("circle", { class: `fill ${tone}`, r: 8 }));
  const numbers = h("div.numbers");
  element.append(numbers);
  createRail(element, {
    label: "Nudge ε", value: epsilons[index], values: epsilons, format: power,
    onInput: (_, at) => { index = at; visited.add(at); host.begin(); ask(); }, onRest: () => { describe(); host.ran(); },
  });
  createLegend(element, [...KINDS.map(({ key, tone, dash }) => ({ name: state.names[key], look: `line ${tone} ${dash}` })), { name: "proportional to ε²", look: "line thin text dot" }]);
  const ask = createPainter(paint);
  plot.onDraw(() => { still(); paint(); });
  describe();

  function still() {
    // Through the error in float64 at ε = 0.01, where neither rounding nor higher terms are seen.
    const at = epsilons.findIndex((epsilon) => epsilon > 0.009);
    const parabola = (epsilon) => errors[0][at] * (epsilon / epsilons[at]) ** 2;
    two.setAttribute("d", plot.d([1e-9, 1], [parabola(1e-9), parabola(1)]));
    note.setAttribute("x", plot.x(1e-5) - 72);
    note.setAttribute("y", plot.y(parabola(1e-5)) - 8);
  }

  function paint() {
    const epsilon = epsilons[index];
    const seen = visited.of(epsilons);
    marks.forEach(([line, dots], kind) => {
      const found = visited.of(errors[kind]);
      line.setAttribute("d", plot.d(seen, found));
      dots.setAttribute("d", seen.map((at, i) => `M${plot.x(at).toFixed(1)} ${plot.y(found[i]).toFixed(1)}h0.01`).join(""));
    });
    here.setAttribute("d", `M${plot.x(epsilon)} ${plot.box.top}V${plot.box.top + plot.box.height}`);
    rings.forEach((ring, kind) => { ring.setAttribute("cx", plot.x(epsilon)); ring.setAttribute("cy", plot.y(errors[kind][index])); });
    numbers.replaceChildren(
      h("span", {}, "predicted ", h("b", {}, signed(state.slope * epsilon))),
      h("span", {}, "true ", h("b", {}, signed(state.change[index]))),
      ...KINDS.map(({ key }, kind) => h("span", {}, `off in ${state.names[key]} `, h("b", {}, power(errors[kind][index])))),
      host.begun && index > 0 ? h("span", {}, "half of it leaves ", h("b", {}, `${power((100 * errors[0][index - 1]) / errors[0][index])} %`), " of the error") : "",
    );
  }

  function describe() {
    const said = KINDS.map(({ key }, kind) => `${power(errors[kind][index])} in ${state.names[key]}`).join(", ");
    plot.label(`The error of the predicted change against the nudge, both axes logarithmic${host.begun ? ": it falls with slope 2 until rounding takes over, earlier in float32 than in float64" : ""}. At a nudge of ${power(epsilons[index])} the error is ${said}.`);
  }

  return { destroy: plot.destroy };
}

function signed(value) {
  return `${value < 0 ? "−" : "+"}${power(Math.abs(value), 4)}`;
}

/** 3e-9 as 3 × 10^-9 in small raised digits. */
export function power(value, most = 1) {
  if (value >= 0.001 || value === 0) return String(Number(value.toPrecision(most + 1)));
  return raised(value.toExponential(most - 1));
}
