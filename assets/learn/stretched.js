import { format, h } from "../stage/dom.js";
import { ellipses } from "./ellipses.js";
import { createLegend } from "./legend.js";
import { createPainter, createPlot } from "./plot.js";
import { createRail } from "./rail.js";
import { createVisited } from "./visited.js";

const METHODS = [
  { name: "gradient descent", tone: "one", dash: "" },
  { name: "heavy ball (momentum)", tone: "two", dash: "dash" },
];
const LEVELS = Array.from({ length: 9 }, (_, i) => 6 * 0.42 ** i);

/** Chapter 2: the condition number as a knob; paths in the bowl, and the steps that they take. */
export function create(element, { tensors, state, ran, host }) {
  const kappas = Array.from(tensors.kappa.data);
  const [taken, theory] = [tensors.taken.data, tensors.theory.data];
  const [, , kept] = tensors.paths.shape;
  let index = nearest(kappas, state.kappa);
  const visited = createVisited(kappas.length, index, ran);
  const pair = h("div.pair");
  element.append(pair);
  const [x, y] = state.window;
  const bowl = createPlot(pair, {
    label: "The valley", equal: true, ratio: 0.9, x: { low: x[0], high: x[1], title: "x" }, y: { low: y[0], high: y[1], title: "y" },
  });
  const chart = createPlot(pair, {
    label: "Steps", ratio: 0.9,
    x: { low: 1, high: 1000, log: true, title: "condition number κ", format: plain },
    y: { low: 0.8, high: 6000, log: true, title: "steps to 0.1 % of the way", format: plain },
  });
  const lines = bowl.mark("path", { class: "isoline" });
  const paths = METHODS.map(({ tone, dash }) => bowl.mark("path", { class: `line thin ${tone} ${dash}` }));
  const bottom = bowl.mark("path", { class: "dots text" });
  const start = bowl.mark("path", { class: "dots text" });
  const lanes = METHODS.map(({ tone, dash }) => [chart.mark("path", { class: `line thin ${tone} ${dash}` }), chart.mark("path", { class: `dots small ${tone}` })]);
  const here = chart.mark("path", { class: "line thin text dot" });
  const rings = METHODS.map(({ tone }) => chart.mark("circle", { class: `fill ${tone}`, r: 8 }));
  const numbers = h("div.numbers");
  element.append(numbers);
  createRail(element, {
    label: "Condition number κ", value: kappas[index], values: kappas, format: plain,
    onInput: (_, at) => { index = at; visited.add(at); ask(); },
    onRest: () => { describe(); if (kappas[visited.last] >= state.asked) host.ran(); },
  });
  createLegend(element, [
    ...METHODS.map(({ name, tone, dash }) => ({ name, look: `line ${tone} ${dash}` })), { name: "steps taken", look: "dots text" },
  ]);
  const ask = createPainter(paint);
  for (const plot of [bowl, chart]) plot.onDraw(paint);
  describe();

  function paint() {
    const kappa = kappas[index];
    lines.setAttribute("d", ellipses(bowl, { minimum: [0, 0], hessian: hessian(kappa, state.rotation), levels: LEVELS.map((level) => level * Math.sqrt(kappa)) }));
    const [seen, counts] = [visited.of(kappas), visited.of(kappas.keys())];
    METHODS.forEach((_, method) => {
      lanes[method][0].setAttribute("d", chart.d(seen, counts.map((i) => theory[2 * i + method])));
      lanes[method][1].setAttribute("d", counts.map((i) => dot(chart, kappas[i], taken[2 * i + method])).join(""));
      const from = (index * 2 + method) * kept * 2;
      const path = tensors.paths.data.subarray(from, from + 2 * kept);
      const steps = Math.min(kept - 1, taken[2 * index + method]);
      const [xs, ys] = [0, 1].map((axis) => Array.from({ length: steps + 1 }, (__, i) => path[2 * i + axis]));
      paths[method].setAttribute("d", bowl.d(xs, ys));
      rings[method].setAttribute("cx", chart.x(kappa));
      rings[method].setAttribute("cy", chart.y(taken[2 * index + method]));
    });
    bottom.setAttribute("d", dot(bowl, 0, 0));
    start.setAttribute("d", dot(bowl, ...state.start));
    here.setAttribute("d", `M${chart.x(kappa)} ${chart.box.top}V${chart.box.top + chart.box.height}`);
    numbers.replaceChildren(...METHODS.map(({ name }, method) => h("span", {}, `${name}: `, h("b", {}, String(taken[2 * index + method])), taken[2 * index + method] === 1 ? " step" : " steps")),
      ...(taken.slice(2 * index, 2 * index + 2).some((steps) => steps >= kept) ? [h("span", {}, `drawn: the first ${kept - 1}`)] : []));
  }

  function describe() {
    const kappa = plain(kappas[index]);
    const said = METHODS.map(({ name }, method) => `${name} takes ${taken[2 * index + method]} steps`).join(", ");
    bowl.label(`Contours of a valley with condition number ${kappa}, and the ways of gradient descent and a heavy ball to its bottom.`);
    chart.label(`Steps needed against the condition number, both axes logarithmic: at κ = ${kappa} ${said}.`);
  }

  return { destroy() { bowl.destroy(); chart.destroy(); } };
}

function hessian(kappa, degrees) {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [[c * c + kappa * s * s, (1 - kappa) * c * s], [(1 - kappa) * c * s, s * s + kappa * c * c]];
}

function dot(plot, x, y) {
  return `M${plot.x(x).toFixed(1)} ${plot.y(y).toFixed(1)}h0.01`;
}

function plain(value) {
  return format(value, value < 10 ? 2 : 3);
}

function nearest(values, number) {
  return values.reduce((best, value, i) => (Math.abs(value - number) < Math.abs(values[best] - number) ? i : best), 0);
}
