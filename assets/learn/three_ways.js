import { h } from "../stage/dom.js";
import { createLegend } from "./legend.js";
import { createPainter, createPlot } from "./plot.js";
import { createChoice, createRail } from "./rail.js";
import { power } from "./small.js";
import { createVisited } from "./visited.js";

const WAYS = [
  { key: "forward", name: "forward difference", tone: "two", dash: "" },
  { key: "central", name: "central difference", tone: "three", dash: "dash" },
];
const LOWEST = 1e-16;
const ENOUGH = 1.1e-6; // a nudge from which the errors have been seen to fall and to rise again

/** Chapter 6: the slope by forward and central differences and by automatic differentiation: error against nudge. */
export function create(element, { tensors, state, ran, host }) {
  const epsilons = Array.from(tensors.epsilons.data, (epsilon) => Number(epsilon.toPrecision(6)));
  let precision = "single";
  let index = epsilons.length - 1;
  const visited = createVisited(epsilons.length, index, ran);
  const plot = createPlot(element, {
    label: "Error of the slope", ratio: 0.62,
    x: { low: 1e-10, high: 1, log: true, title: "nudge ε" }, y: { low: LOWEST, high: 1e3, log: true, title: "error of the slope" },
  });
  const marks = WAYS.map(({ tone, dash }) => [plot.mark("path", { class: `line thin ${tone} ${dash}` }), plot.mark("path", { class: `dots small ${tone}` })]);
  const automatic = plot.mark("path", { class: "line one longdash result" });
  const size = plot.mark("path", { class: "line thin text dot" });
  const here = plot.mark("path", { class: "line thin text" });
  const rings = WAYS.map(({ tone }) => plot.mark("circle", { class: `fill ${tone}`, r: 8 }));
  const numbers = h("div.numbers");
  element.append(numbers);
  createChoice(element, {
    label: "Precision", value: precision, onChoose: (key) => { precision = key; paint(); rest(); },
    choices: ["single", "double"].map((key) => ({ key, text: state.names[key] })),
  });
  createRail(element, {
    label: "Nudge ε", value: epsilons[index], values: epsilons, format: power,
    onInput: (_, at) => { index = at; visited.add(at); host.begin(); ask(); }, onRest: rest,
  });
  createLegend(element, [
    ...WAYS.map(({ name, tone, dash }) => ({ name, look: `line ${tone} ${dash}` })),
    { name: "automatic differentiation", look: "line one longdash" }, { name: "the slope itself", look: "line thin text dot" },
  ]);
  const ask = createPainter(paint);
  plot.onDraw(paint);
  describe();

  function errors(way) {
    return tensors[`${precision}_${way}`].data;
  }

  function paint() {
    const epsilon = epsilons[index];
    const seen = visited.of(epsilons);
    WAYS.forEach(({ key }, way) => {
      const found = visited.of(errors(key)).map((error) => Math.max(error, LOWEST));
      marks[way][0].setAttribute("d", plot.d(seen, found));
      marks[way][1].setAttribute("d", seen.map((at, i) => `M${plot.x(at).toFixed(1)} ${plot.y(found[i]).toFixed(1)}h0.01`).join(""));
      rings[way].setAttribute("cx", plot.x(epsilon));
      rings[way].setAttribute("cy", plot.y(Math.max(errors(key)[index], LOWEST)));
    });
    const exact = Math.max(state.automatic[precision], LOWEST);
    automatic.setAttribute("d", plot.d([1e-10, 1], [exact, exact]));
    size.setAttribute("d", plot.d([1e-10, 1], [Math.abs(state.truth), Math.abs(state.truth)]));
    here.setAttribute("d", `M${plot.x(epsilon)} ${plot.box.top}V${plot.box.top + plot.box.height}`);
    numbers.replaceChildren(
      ...WAYS.map(({ key, name }) => h("span", {}, `${name} off by `, h("b", {}, power(errors(key)[index])))),
      h("span.result", {}, "automatic ", h("b", {}, state.automatic[precision] ? power(state.automatic[precision]) : "taken as the truth")),
    );
  }

  function rest() {
    describe();
    if (epsilons[visited.first] < ENOUGH) host.ran();
  }

  function describe() {
    const said = WAYS.map(({ key, name }) => `${name} ${power(errors(key)[index])}`).join(", ");
    plot.label(`The error of the slope in ${state.names[precision]} against the nudge, both axes logarithmic${host.begun ? ": falling, then rising again towards small nudges for both differences; level for automatic differentiation" : ""}. At ε = ${power(epsilons[index])}: ${said}. The slope itself is ${power(Math.abs(state.truth))} in size.`);
  }

  return { destroy: plot.destroy };
}
