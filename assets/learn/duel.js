import { format, h } from "../stage/dom.js";
import { createLegend } from "./legend.js";
import { createPainter, createPlot, written } from "./plot.js";
import { createRail } from "./rail.js";

/** Chapter 5: gradient descent against whole grids: loss above the lowest against the losses that were paid. */
export function create(element, { tensors, state, ran, host }) {
  const [cost, above, points, grid] = ["cost", "above", "points", "grid"].map((name) => Array.from(tensors[name].data));
  const steps = above.map((_, step) => step);
  let step = ran ? state.steps : 0;
  const plot = createPlot(element, {
    label: "Loss against cost", ratio: 0.6,
    x: { low: 1, high: 200000, log: true, title: "cost in losses" }, y: { low: 1e-9, high: 20, log: true, title: "loss above the lowest" },
  });
  const level = plot.mark("path", { class: "line thin text dot" });
  const dots = plot.mark("path", { class: "dots two" });
  const walked = plot.mark("path", { class: "line one" });
  const marks = plot.mark("path", { class: "dots one small" });
  const here = plot.mark("circle", { class: "fill one", r: 9 });
  const numbers = h("div.numbers");
  element.append(numbers);
  createRail(element, {
    label: "Step of the descent", value: step, values: steps, format: String,
    onInput: (_, at) => { step = at; ask(); }, onRest: () => { describe(); if (step >= state.steps) host.ran(); },
  });
  createLegend(element, [
    { name: "gradient descent", look: "line one" }, { name: "the best of a whole grid", look: "dots two" }, { name: "the best of 100,000", look: "line thin text dot" },
  ]);
  const ask = createPainter(paint);
  plot.onDraw(paint);
  describe();

  function paint() {
    level.setAttribute("d", plot.d([1, 200000], [state.beaten, state.beaten]));
    dots.setAttribute("d", points.map((x, i) => `M${plot.x(x)} ${plot.y(grid[i])}h0.01`).join(""));
    // The start costs one look; a logarithmic axis has no place for nothing.
    const xs = cost.slice(0, step + 1).map((paid) => Math.max(paid, 1));
    walked.setAttribute("d", plot.d(xs, above));
    marks.setAttribute("d", xs.map((x, i) => `M${plot.x(x)} ${plot.y(above[i])}h0.01`).join(""));
    here.setAttribute("cx", plot.x(xs[step]));
    here.setAttribute("cy", plot.y(above[step]));
    numbers.replaceChildren(
      h("span", {}, `gradient descent, price ${cost[step]}: `, h("b", {}, written(above[step], 2)), " above"),
      h("span", {}, `best grid point, price ${points[points.length - 1].toLocaleString("en")}: `, h("b", {}, written(state.beaten, 2)), " above"),
    );
  }

  function describe() {
    plot.label(`Loss above the lowest against cost, both axes logarithmic. After step ${step}, at the price of ${cost[step]} losses, gradient descent lies ${format(above[step], 2)} above; the best of 100,000 grid points lies ${format(state.beaten, 2)} above.`);
  }

  return { destroy: plot.destroy };
}
