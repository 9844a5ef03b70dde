import { h } from "../stage/dom.js";
import { createLegend } from "./legend.js";
import { createPainter, createPlot } from "./plot.js";
import { createRail } from "./rail.js";
import { createVisited } from "./visited.js";

/** Chapter 5: the measured price of a gradient as a multiple of one loss, against the number of parameters. */
export function create(element, { tensors, state, ran, host }) {
  const dimensions = Array.from(tensors.dimension.data);
  const ratios = tensors.ratio.data;
  let index = 0;
  const visited = createVisited(dimensions.length, index, ran);
  const plot = createPlot(element, {
    label: "Price of a gradient", ratio: 0.6,
    x: { low: 200, high: 2e6, log: true, title: "parameters of the network" }, y: { low: 0.5, high: 5e6, log: true, title: "price, in losses" },
  });
  const nudging = plot.mark("path", { class: "line two dash" });
  const line = plot.mark("path", { class: "line thin one" });
  const dots = plot.mark("path", { class: "dots one" });
  const here = plot.mark("path", { class: "line thin text dot" });
  const rings = ["one", "two"].map((tone) => plot.mark("circle", { class: `fill ${tone}`, r: 9 }));
  const numbers = h("div.numbers");
  element.append(numbers);
  createRail(element, {
    label: "Parameters", value: dimensions[index], values: dimensions, format: whole,
    onInput: (_, at) => { index = at; visited.add(at); ask(); },
    onRest: () => { describe(); if (visited.last === dimensions.length - 1) host.ran(); },
  });
  createLegend(element, [
    { name: "loss and gradient, measured", look: "line one" }, { name: "nudging each parameter, reckoned", look: "line two dash" },
  ]);
  const ask = createPainter(paint);
  plot.onDraw(paint);
  describe();

  function paint() {
    const count = dimensions[index];
    const seen = visited.of(dimensions);
    const prices = visited.of(ratios);
    const ends = [plot.shown.x.low, host.begun ? plot.shown.x.high : seen[seen.length - 1]];
    nudging.setAttribute("d", plot.d(ends, ends.map((end) => end + 1)));
    line.setAttribute("d", plot.d(seen, prices));
    dots.setAttribute("d", seen.map((x, i) => `M${plot.x(x)} ${plot.y(prices[i])}h0.01`).join(""));
    here.setAttribute("d", `M${plot.x(count)} ${plot.box.top}V${plot.box.top + plot.box.height}`);
    [ratios[index], count + 1].forEach((price, i) => { rings[i].setAttribute("cx", plot.x(count)); rings[i].setAttribute("cy", plot.y(price)); });
    const { loss, gradient, nudging: slow } = state.rows[index];
    numbers.replaceChildren(
      h("span", {}, `one loss ${loss}`), h("span", {}, "all slopes ", h("b", {}, `${gradient}, ${ratios[index].toFixed(1)} losses`)),
      h("span", {}, "by nudging ", h("b", {}, `${slow}, ${whole(count + 1)} losses`)),
    );
  }

  function describe() {
    plot.label(`The price of a gradient in losses against the number of parameters, both axes logarithmic${host.begun ? `: a level line near ${ratios[ratios.length - 1].toFixed(0)}, while nudging rises with the parameters` : ""}. With ${whole(dimensions[index])} parameters the gradient costs ${ratios[index].toFixed(1)} losses.`);
  }

  return { destroy: plot.destroy };
}

function whole(value) {
  return value.toLocaleString("en");
}
