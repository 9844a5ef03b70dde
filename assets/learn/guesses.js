import { h } from "../stage/dom.js";
import { createPlot, signed } from "./plot.js";

/** Chapter 3: random changes of all weights, one at a time. */
export function create(element, { tensors, state, ran, host }) {
  const change = tensors.change.data;
  const reach = 1.15 * Math.max(...change.map(Math.abs));
  let made = ran ? change.length : 0;
  const plot = createPlot(element, {
    label: "Random changes", ratio: 0.5,
    x: { low: 0.5, high: change.length + 0.5, title: "number of the random change" },
    y: { low: -reach, high: reach, title: "change of the loss" },
  });
  const level = plot.mark("path", { class: "line text thin" });
  const higher = plot.mark("path", { class: "line two" });
  const lower = plot.mark("path", { class: "line three" });
  const labels = [plot.mark("text", { class: "note two", "text-anchor": "end" }, "higher: worse"), plot.mark("text", { class: "note three", "text-anchor": "end" }, "lower: better")];
  const words = h("div.numbers", { role: "status" });
  const once = h("button.primary", { type: "button", click: () => make(1) }, "Change all weights at random");
  const rest = h("button", { type: "button", click: () => make(change.length) }, `Make all ${change.length}`);
  element.append(h("div.row", {}, once, rest), words);
  plot.onDraw(draw);

  function make(count) {
    made = Math.min(change.length, made + count);
    draw();
    if (made >= 10) host.ran();
  }

  function draw() {
    const { left, top, width, height } = plot.box;
    level.setAttribute("d", `M${left} ${plot.y(0)}h${width}`);
    const bars = [...change.keys()].slice(0, made).map((i) => [change[i] < 0, `M${plot.x(i + 1).toFixed(1)} ${plot.y(0).toFixed(1)}V${plot.y(change[i]).toFixed(1)}`]);
    higher.setAttribute("d", bars.filter(([below]) => !below).map(([, d]) => d).join(""));
    lower.setAttribute("d", bars.filter(([below]) => below).map(([, d]) => d).join(""));
    [top + 20, top + height - 10].forEach((y, i) => { labels[i].setAttribute("x", left + width - 8); labels[i].setAttribute("y", y); });
    const better = change.slice(0, made).filter((value) => value < 0).length;
    once.disabled = rest.disabled = made >= change.length;
    words.replaceChildren(...(made ? [h("span", {}, "this change: ", h("b", {}, signed(change[made - 1], 2))), h("span", {}, "lower: ", h("b", {}, `${better} of ${made}`))] : ["Nothing is changed yet."]));
    plot.label(`${made} random changes of all weights: ${better} lowered the loss.`);
  }

  return { destroy: plot.destroy };
}
