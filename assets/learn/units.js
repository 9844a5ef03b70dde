import { format, h } from "../stage/dom.js";
import { ellipses } from "./ellipses.js";
import { createLegend } from "./legend.js";
import { createPlot } from "./plot.js";
import { createChoice } from "./rail.js";

const KINDS = [
  { key: "raw", text: "as measured", tone: "two", dash: "" },
  { key: "centred", text: "mean subtracted", tone: "three", dash: "dash" },
  { key: "standardised", text: "standardised", tone: "one", dash: "longdash" },
];
const LEVELS = Array.from({ length: 8 }, (_, i) => 3 * 0.5 ** i);
const FIRST = 0.3; // where the start stands, as a logarithmic axis has no step 0: clear of the axis
const LOWEST = 1e-6; // of the loss above the lowest that the chart reaches

/** Chapter 2: one regression in three units of its input: its valley, and the steps down. */
export function create(element, { tensors, state, ran, host }) {
  let key = "standardised";
  const seen = new Set(ran ? KINDS.map((kind) => kind.key) : [key]);
  const pair = h("div.pair");
  element.append(pair);
  const bowl = createPlot(pair, {
    label: "The valley", equal: true, ratio: 0.95, x: { low: -3, high: 5, title: "intercept" }, y: { low: -3, high: 4, title: "slope" },
  });
  const chart = createPlot(pair, {
    label: "The loss", ratio: 0.95,
    x: { low: FIRST, high: 60000, log: true, title: "step of gradient descent" },
    y: { low: LOWEST, high: 2, log: true, title: "loss above the lowest, share" },
  });
  const lines = bowl.mark("path", { class: "isoline" });
  const path = bowl.mark("path", { class: "line" });
  const ends = bowl.mark("path", { class: "dots text" });
  const curves = KINDS.map(({ tone, dash }) => chart.mark("path", { class: `line ${tone} ${dash}` }));
  const goal = chart.mark("path", { class: "line thin text dot" });
  const numbers = h("div.numbers");
  element.append(numbers);
  createChoice(element, { label: "Body mass index", choices: KINDS, value: key, onChoose: choose });
  createLegend(element, [...KINDS.map(({ text, tone, dash }) => ({ name: text, look: `line ${tone} ${dash}` })), { name: "a thousandth left", look: "line thin text dot" }]);
  bowl.onDraw(paintBowl);
  chart.onDraw(paintChart);
  describe();

  function choose(chosen) {
    key = chosen;
    seen.add(key);
    paintBowl();
    paintChart();
    describe();
    if (seen.has("raw")) host.ran();
  }

  function paintBowl() {
    const { minimum, hessian } = state.scalings[key];
    const { tone } = KINDS.find((kind) => kind.key === key);
    const walk = tensors[`${key}_path`].data;
    const [xs, ys] = [0, 1].map((axis) => walk.filter((_, i) => i % 2 === axis));
    lines.setAttribute("d", ellipses(bowl, { minimum, hessian, levels: LEVELS }));
    path.setAttribute("class", `line ${tone}`);
    path.setAttribute("d", bowl.d(xs, ys));
    ends.setAttribute("d", [[0, 0], minimum].map(([x, y]) => `M${bowl.x(x)} ${bowl.y(y)}h0.01`).join(""));
  }

  function paintChart() {
    KINDS.forEach((kind, i) => {
      const above = tensors[`${kind.key}_above`].data.map((value) => Math.max(value, LOWEST / 1e3));
      const steps = tensors[`${kind.key}_steps`].data;
      curves[i].setAttribute("d", seen.has(kind.key) ? chart.d([FIRST, ...steps], [1, ...above]) : "");
      curves[i].style.opacity = kind.key === key ? 1 : 0.45;
    });
    goal.setAttribute("d", chart.d([FIRST, 60000], [state.share, state.share]));
  }

  function describe() {
    const { kappa, steps } = state.scalings[key];
    const { text } = KINDS.find((kind) => kind.key === key);
    const count = steps.toLocaleString("en");
    numbers.replaceChildren(
      h("span", {}, "κ ", h("b", {}, Number(format(kappa, kappa < 100 ? 3 : 5)).toLocaleString("en"))),
      h("span", {}, "steps ", h("b", {}, count)),
    );
    bowl.label(`Contours of the loss over intercept and slope, both axes to the same scale; body mass index ${text}: condition number ${format(kappa, 5)}.`);
    chart.label(`What is left of the loss above the lowest, against the steps, both axes logarithmic. Body mass index ${text}: a thousandth is left after ${count} steps.`);
  }

  return { destroy() { bowl.destroy(); chart.destroy(); } };
}
