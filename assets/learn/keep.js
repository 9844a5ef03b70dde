import { format, h } from "../stage/dom.js";
import { createLegend } from "./legend.js";
import { createPainter, createPlot } from "./plot.js";
import { createSpending } from "./spending.js";

/** Chapter 3: random changes, kept where they help, beside gradient descent that may spend the same. */
export function create(element, { tensors, state, ran, host }) {
  const luck = Array.from(tensors.luck.data);
  const slope = Array.from(tensors.slope.data);
  const tries = luck.length - 1;
  let spent = ran ? tries : 0;
  const plot = createPlot(element, {
    label: "Loss against cost", ratio: 0.6,
    x: { low: 1, high: 1.2 * tries, log: true, title: "cost, in losses" }, y: { low: 0.003, high: 3, log: true, title: "loss" },
  });
  const level = plot.mark("path", { class: "line thin text dot" });
  const paths = ["line two", "line one dash"].map((look) => plot.mark("path", { class: look }));
  createLegend(element, [{ name: "random changes, kept where they help", look: "line two" }, { name: "gradient descent", look: "line one dash" }]);
  const words = h("div.numbers", { role: "status" });
  const one = h("button", { type: "button", click: () => { spent = Math.min(tries, spent + 1); paint(); } }, "Try one change");
  const all = h("button.primary", { type: "button", click: () => spending.go(tries) }, `Try ${tries.toLocaleString("en")}, keep what helps`);
  element.append(h("div.row", {}, all, one), words);
  const ask = createPainter(paint);
  const spending = createSpending({ onSpend: (now) => { spent = Math.round(now); ask(); }, onOver: () => host.ran() });
  plot.onDraw(paint);

  function kept(count) {
    let better = 0;
    for (let i = 1; i <= count; i += 1) better += luck[i] < luck[i - 1];
    return better;
  }

  function paint() {
    const steps = Math.floor(spent / state.price);
    [[luck, spent, 1], [slope, steps, state.price]].forEach(([losses, last, price], i) => {
      // What was paid is seen at its end: level until then. The start stands at the left edge.
      const [xs, ys] = [[1], [losses[0]]];
      for (let k = 1; k <= last; k += 1) { xs.push(price * k, price * k); ys.push(losses[k - 1], losses[k]); }
      xs.push(Math.max(1, spent));
      ys.push(losses[last]);
      paths[i].setAttribute("d", spent ? plot.d(xs, ys) : "");
    });
    const over = spent === tries;
    level.setAttribute("d", over ? plot.d([1, tries], [luck[tries], luck[tries]]) : "");
    one.disabled = over;
    const last = luck[spent] < luck[spent - 1] ? "lower: kept" : "not lower: taken back";
    words.replaceChildren(...(spent ? [
      ...(over ? [] : [h("span", {}, `change ${spent} `, h("b", {}, last))]),
      h("span", {}, `kept ${kept(spent)} of ${spent.toLocaleString("en")}, loss `, h("b", {}, format(luck[spent], 3))),
      h("span", {}, `gradient descent, ${steps} ${steps === 1 ? "step" : "steps"}, loss `, h("b", {}, format(slope[steps], 3))),
    ] : [h("span", {}, "Nothing is changed yet. Loss ", h("b", {}, format(luck[0], 3)))]));
    plot.label(`Loss against cost, both axes logarithmic. For the price of ${spent} losses ${kept(spent)} random changes were kept, which leaves a loss of ${format(luck[spent], 3)}; gradient descent, ${steps} steps for the same, is at ${format(slope[steps], 3)}.`);
  }

  return { destroy() { spending.stop(); plot.destroy(); } };
}
