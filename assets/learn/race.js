import { h } from "../stage/dom.js";
import { createLegend } from "./legend.js";
import { createPainter, createPlot, written } from "./plot.js";
import { createChoice } from "./rail.js";
import { createSpending } from "./spending.js";

const FLOOR = 1e-7;

/** Chapter 4: six optimizers that may spend the same; the way still to go against what was spent. */
export function create(element, { tensors, state, ran, host }) {
  const { budget, racers, finish, dimensions } = state;
  let dimension = state.dimension;
  let spent = ran ? budget : 0;
  const plot = createPlot(element, {
    label: "Race", ratio: 0.62, x: { low: 1, high: budget, log: true, title: "cost, in loss evaluations" },
    y: { low: FLOOR, high: 2, log: true, title: "way still to go", ticks: [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6], format: share },
  });
  const line = plot.mark("path", { class: "line text thin dash" });
  const word = plot.mark("text", { class: "note" }, "home");
  const paths = racers.map(({ look }) => plot.mark("path", { class: look }));
  createLegend(element, racers.map(({ title, look }) => ({ name: title, look })));
  const board = h("p", { role: "status" });
  const start = h("button.primary", { type: "button", click: go }, "Start the race");
  const row = h("div.row", {}, start);
  element.append(row);
  createChoice(element, {
    label: "Dimensions", value: String(dimension), choices: dimensions.map((n) => ({ key: String(n), text: n.toLocaleString("en") })),
    onChoose: (key) => { dimension = Number(key); if (spent) go(); else paint(); },
  });
  element.append(board);
  const ask = createPainter(paint);
  const spending = createSpending({ onSpend: (now) => { spent = now; ask(); }, onOver: () => host.ran() });
  plot.onDraw(paint);

  function go() {
    spent = 1;
    spending.go(budget);
  }

  function paint() {
    const homes = [];
    racers.forEach(({ key, title }, i) => {
      const cost = tensors[`cost.${dimension}.${key}`].data;
      const left = tensors[`to_go.${dimension}.${key}`].data;
      let to = 0;
      while (to < cost.length && cost[to] <= spent) to += 1;
      // A step is paid before it is seen: flat until then, and flat after the last one.
      const [xs, ys] = [[1], [left[0]]];
      for (let k = 1; k < to; k += 1) { xs.push(Math.max(1, cost[k]), Math.max(1, cost[k])); ys.push(ys[ys.length - 1], Math.max(left[k], FLOOR)); }
      xs.push(Math.max(1, spent));
      ys.push(ys[ys.length - 1]);
      paths[i].setAttribute("d", spent ? plot.d(xs, ys) : "");
      const home = left.findIndex((value) => value <= finish);
      if (home >= 0 && cost[home] <= spent) homes.push([cost[home], title]);
    });
    const { left, width } = plot.box;
    line.setAttribute("d", `M${left} ${plot.y(finish)}h${width}`);
    word.setAttribute("x", left + 8);
    word.setAttribute("y", plot.y(finish) + 18);
    homes.sort(([a], [b]) => a - b);
    board.textContent = !spent ? `${dimension.toLocaleString("en")} dimensions. On your marks …`
      : homes.length ? `Home: ${homes.map(([cost, title]) => `${title} (${Math.round(cost).toLocaleString("en")})`).join(", ")}.` : "Nobody is home yet.";
    plot.label(`The way still to go of six optimizers in ${dimension} dimensions against their cost, both logarithmic, up to ${written(Math.round(spent), 5)} of ${budget}. ${board.textContent}`);
  }

  return { destroy() { spending.stop(); plot.destroy(); } };
}

function share(value) {
  return value >= 1e-3 ? `${written(100 * value)} %` : `10${{ 4: "⁻⁴", 5: "⁻⁵", 6: "⁻⁶" }[Math.round(-Math.log10(value))]}`;
}
