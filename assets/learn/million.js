import { format, h } from "../stage/dom.js";
import { createContours } from "./contours.js";
import { createPainter, createPlot } from "./plot.js";
import { createRail } from "./rail.js";

/** Chapter 2: two slices through one network of a million parameters, with the path of its training on both. */
export function create(element, { tensors, state, ran, host }) {
  const steps = Array.from(tensors.steps.data);
  const losses = tensors.losses.data;
  let index = ran ? steps.length - 1 : 0;
  const pair = h("div.pair");
  element.append(pair);
  const views = Object.entries(state.names).map(createView);
  const numbers = h("div.numbers");
  element.append(numbers);
  createRail(element, {
    label: "Step of the training", value: steps[index], values: steps, format: String,
    onInput: (_, at) => { index = at; ask(); }, onRest: () => { describe(); if (index === steps.length - 1) host.ran(); },
  });
  const ask = createPainter(paint);
  views.forEach(({ plot }) => plot.onDraw(paint));
  describe();

  function createView([key, name]) {
    const box = h("div", {}, h("p", {}, h("b", {}, name)));
    pair.append(box);
    const [xs, ys] = [tensors[`${key}_x`].data, tensors[`${key}_y`].data];
    const plot = createPlot(box, {
      label: name, ratio: 0.9,
      x: { low: xs[0], high: xs[xs.length - 1], title: "first direction" }, y: { low: ys[0], high: ys[ys.length - 1], title: "second direction" },
    });
    createContours(plot, { x: xs, y: ys, values: tensors[`${key}_surface`].data }, { host });
    const path = plot.mark("path", { class: "line two" });
    const dots = plot.mark("path", { class: "dots two small" });
    const here = plot.mark("circle", { class: "fill one", r: 9 });
    const shown = h("div.numbers");
    box.append(shown);
    return { key, name, plot, path, dots, here, shown };
  }

  function place(key, at) {
    return tensors[`${key}_path`].data.subarray(2 * at, 2 * at + 2);
  }

  function paint() {
    for (const { key, plot, path, dots, here, shown } of views) {
      const places = steps.map((_, at) => place(key, at)).slice(0, index + 1);
      path.setAttribute("d", plot.d(places.map(([x]) => x), places.map(([, y]) => y)));
      dots.setAttribute("d", places.map(([x, y]) => `M${plot.x(x).toFixed(1)} ${plot.y(y).toFixed(1)}h0.01`).join(""));
      const [x, y] = place(key, index);
      here.setAttribute("cx", plot.x(x));
      here.setAttribute("cy", plot.y(y));
      shown.replaceChildren(h("span", {}, "this slice shows ", h("b", {}, format(tensors[`${key}_shown`].data[index], 3))));
    }
    numbers.replaceChildren(h("span", {}, `step ${steps[index]}, true loss `, h("b", {}, format(losses[index], 3))));
  }

  function describe() {
    for (const { key, name, plot } of views) {
      plot.label(`Contours of the loss on ${name} through ${state.dimension.toLocaleString("en")} dimensions, and the path of the training: at step ${steps[index]} the true loss is ${format(losses[index], 3)}, and the slice shows ${format(tensors[`${key}_shown`].data[index], 3)}.`);
    }
  }

  return { destroy: () => views.forEach(({ plot }) => plot.destroy()) };
}
