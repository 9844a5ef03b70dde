import { format, h } from "../stage/dom.js";
import { createPainter, createPlot } from "./plot.js";
import { createRail } from "./rail.js";
import { power } from "./small.js";
import { createVisited } from "./visited.js";
import { createWeights } from "./weights.js";

/** Chapter 6: the size of every first-layer weight's slope, at each step of a training. */
export function create(element, { tensors, state, ran, host }) {
  const heat = tensors.heat.data;
  const [count, size] = tensors.heat.shape;
  const losses = Array.from(tensors.losses.data);
  const steps = losses.map((_, step) => step);
  let step = ran ? count - 1 : 0;
  const visited = createVisited(count, step, ran);
  const tops = steps.map((at) => top(at));
  const kept = tops.map((set) => [...tops[0]].filter((weight) => set.has(weight)).length);
  const pair = h("div.pair");
  element.append(pair);
  const pictures = createWeights(pair, { shape: [size / 64, 8, 8], host, label: "" });
  const box = h("div");
  pair.append(box);
  // Right below the pictures on a phone: what is moved and what moves are seen together.
  const numbers = h("div.numbers");
  box.append(numbers);
  createRail(box, {
    label: "Step of the training", value: step, values: steps, format: String,
    onInput: (_, at) => { step = at; visited.add(at); ask(); }, onRest: () => { describe(); if (visited.last === count - 1) host.ran(); },
  });
  const plot = createPlot(box, {
    label: "Loss and slopes", ratio: 0.8,
    x: { low: 0, high: count - 1, title: "step of the training" },
    y: { low: 0, high: state.most, title: `of the first ${state.most} still on top` },
  });
  const line = plot.mark("path", { class: "line four" });
  const here = plot.mark("circle", { class: "fill four", r: 9 });
  const each = h("p");
  box.append(each);
  const ask = createPainter(paint);
  plot.onDraw(paint);
  describe();

  function row(at) {
    return heat.subarray(at * size, (at + 1) * size);
  }

  function top(at) {
    const values = row(at);
    return new Set(Array.from(values.keys()).sort((i, j) => values[j] - values[i]).slice(0, state.most));
  }

  function paint() {
    const values = row(step);
    const largest = values.reduce((most, value) => Math.max(most, value), 0);
    // The root, so that middling slopes are seen too.
    pictures.show((i) => Math.sqrt(values[i] / largest), (i) => tops[0].has(i));
    line.setAttribute("d", plot.d(visited.of(steps), visited.of(kept)));
    here.setAttribute("cx", plot.x(step));
    here.setAttribute("cy", plot.y(kept[step]));
    numbers.replaceChildren(
      h("span", {}, "loss ", h("b", {}, format(losses[step], 3))),
      h("span", {}, "largest slope ", h("b", {}, power(largest))),
      h("span", {}, `still in the top ${state.most}: `, h("b", {}, String(kept[step]))),
    );
    each.textContent = `Tint: the root of |slope|, from 0 to the largest of this step, ${power(largest)}. Framed: the ${state.most} most sensitive weights before training.`;
  }

  function describe() {
    pictures.label(`The size of the slope of each first-layer weight at step ${step}, as pictures of 8 by 8 for 32 neurons; framed are the ${state.most} largest of step 0.`);
    plot.label(`How many of the ${state.most} most sensitive weights before training are among them at each step: ${kept[step]} at step ${step}.`);
  }

  return { destroy() { plot.destroy(); pictures.destroy(); } };
}
