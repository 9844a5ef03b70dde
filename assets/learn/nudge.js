import { h } from "../stage/dom.js";
import { createLegend } from "./legend.js";
import { createNudged } from "./nudged.js";
import { createPainter, createPlot, signed, written } from "./plot.js";
import { createRail } from "./rail.js";
import { createWeights } from "./weights.js";

const POINTS = 33; // of the curve

/** Chapter 6: one weight is chosen from its picture and nudged: the predicted change of the loss against the true one. */
export function create(element, { tensors, state, host }) {
  const weights = tensors.weights.data;
  const [, height, width] = tensors.weights.shape;
  const slopes = tensors.slopes.data;
  const change = createNudged(tensors);
  const [low, high] = state.window;
  const epsilons = Array.from({ length: POINTS }, (_, i) => low + ((high - low) * i) / (POINTS - 1));
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  let chosen = state.which;
  let epsilon = 0;
  const pair = h("div.pair");
  element.append(pair);
  const side = h("div");
  pair.append(side);
  const each = height * width;
  const pictures = createWeights(side, {
    shape: tensors.weights.shape, host, chosen, columns: 8, most: 4, label: "Weights of the first layer, 8 by 8 for each of 32 neurons.",
    say: where, onChoose: choose, onRest: describe,
  });
  pictures.show((i) => weights[i] / largest);
  const large = createWeights(side, {
    shape: [1, height, width], host, chosen: chosen % each, columns: 1, most: matchMedia("(pointer: coarse)").matches ? 44 : 30, label: "The chosen neuron, enlarged.",
    say: (inside) => where(neuron() * each + inside), onChoose: (inside) => choose(neuron() * each + inside), onRest: describe,
  });
  const box = h("div");
  pair.append(box);
  const plot = createPlot(box, {
    label: "Change of the loss", ratio: 0.85,
    x: { low, high, title: "nudge ε", ticks: [-0.8, -0.4, 0, 0.4, 0.8] }, y: { low: -1, high: 1, title: "change of the loss" },
  });
  const zero = plot.still("path", { class: "line thin text dot" });
  const curve = plot.still("path", { class: "line one result" });
  const line = plot.still("path", { class: "line two dash result" });
  const gap = plot.mark("path", { class: "line text" });
  const dots = ["one", "two"].map((tone) => plot.mark("circle", { class: `fill ${tone}`, r: 8 }));
  createLegend(box, [{ name: "true change", look: "line one" }, { name: "predicted g ε", look: "line two dash" }]);
  const numbers = h("div.numbers.result");
  box.append(numbers);
  createRail(box, {
    label: "Nudge ε", value: epsilon, low, high, step: 0.01, onInput: (value) => { epsilon = value; host.begin(); ask(); }, onRest: rest,
  });
  const ask = createPainter(paint);
  enlarge();
  fit();
  plot.onDraw(() => { still(); paint(); });
  describe();

  function neuron() {
    return Math.floor(chosen / each);
  }

  function choose(next) {
    chosen = next;
    pictures.put(chosen);
    enlarge();
    fit();
    ask();
  }

  /** A finger finds a weight here. */
  function enlarge() {
    large.put(chosen % each);
    large.show((inside) => weights[neuron() * each + inside] / largest);
  }

  function where(i) {
    const inside = i % each;
    const slope = host.begun ? `, slope ${signed(slopes[i], 2)}` : "";
    return `Neuron ${Math.floor(i / each) + 1}, row ${Math.floor(inside / width) + 1}, column ${(inside % width) + 1}: weight ${written(weights[i])}${slope}`;
  }

  function fit() {
    const most = epsilons.reduce((most, at) => Math.max(most, Math.abs(change(chosen, at)), Math.abs(slopes[chosen] * at)), 1e-9);
    plot.setAxes({ y: { low: -1.1 * most, high: 1.1 * most, format: (value) => written(value, 2) } });
  }

  function still() {
    zero.setAttribute("d", `${plot.d([low, high], [0, 0])}${plot.d([0, 0], [plot.shown.y.low, plot.shown.y.high])}`);
    curve.setAttribute("d", plot.d(epsilons, epsilons.map((at) => change(chosen, at))));
    line.setAttribute("d", plot.d([low, high], [slopes[chosen] * low, slopes[chosen] * high]));
  }

  function paint() {
    const both = [change(chosen, epsilon), slopes[chosen] * epsilon];
    gap.setAttribute("d", plot.d([epsilon, epsilon], both));
    both.forEach((value, i) => {
      dots[i].setAttribute("cx", plot.x(epsilon));
      dots[i].setAttribute("cy", plot.y(value));
    });
    numbers.replaceChildren(
      h("span", {}, "slope g ", h("b", {}, signed(slopes[chosen], 2))),
      h("span", {}, "predicted ", h("b", {}, signed(both[1], 2))),
      h("span", {}, "true ", h("b.true", {}, signed(both[0], 2))),
    );
  }

  function rest() {
    describe();
    if (epsilon !== 0) host.ran();
  }

  function describe() {
    plot.label(`The change of the loss against the nudge. ${where(chosen)}. Nudged by ${written(epsilon)}: predicted ${signed(slopes[chosen] * epsilon, 2)}, true ${signed(change(chosen, epsilon), 2)}.`);
  }

  return { destroy() { plot.destroy(); pictures.destroy(); large.destroy(); } };
}
