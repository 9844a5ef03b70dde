import { h } from "../stage/dom.js";
import { createLegend } from "./legend.js";
import { calm, createPainter, createPlot, signed, written } from "./plot.js";
import { createChoice, createRail } from "./rail.js";

const BINS = 50;
const FRAMES = 45; // over which the changes are made before the eyes

/** Chapter 3: the histogram of many random changes, its theory, and the change along the slope. */
export function create(element, { tensors, state, ran, host }) {
  const { sizes, dimensions, kind } = state;
  const count = tensors["change.0"].shape[1];
  let dimension = kind === "spread" ? 0 : dimensions.length - 1; // of fewer weights where these are asked about
  let size = state.size;
  let shown = ran ? count : 0;
  let slope = kind !== "downhill" || ran; // whether the change along the slope may be seen
  let frame = 0;
  const table = kind === "spread" ? createShares() : null;
  const plot = createPlot(element, {
    label: "Histogram", ratio: 0.52, x: { low: -1, high: 1, title: "change of the loss", ticks: null }, y: { low: 0, high: 1, title: "random changes", format: (value) => Math.round(value).toLocaleString("en") },
  });
  const worse = plot.mark("path", { class: "fill two" });
  const better = plot.mark("path", { class: "fill three" });
  const theory = plot.mark("path", { class: "line text dash" });
  const zero = plot.mark("path", { class: "line text thin" });
  const along = plot.mark("path", { class: "line one" });
  const note = plot.mark("text", { class: "note one" }, "against the slope");
  createLegend(element, [
    { name: "loss falls", look: "fill three" }, { name: "loss rises", look: "fill two" }, { name: "theory", look: "line text dash" },
    ...(kind === "downhill" ? [{ name: "against the slope, same length", look: "line one" }] : []),
  ]);
  const numbers = h("div.numbers");
  element.append(numbers);
  const ask = createPainter(draw);
  const button = h("button.primary", { type: "button", click: go }, kind === "downhill" ? "Step against the slope" : `Make ${count.toLocaleString("en")} changes`);
  element.append(h("div.row", {}, button));
  if (dimensions.length > 1) {
    createChoice(element, {
      label: "Weights that change", value: String(dimension),
      choices: dimensions.map((value, i) => ({ key: String(i), text: i === dimensions.length - 1 ? `all ${value.toLocaleString("en")}` : value.toLocaleString("en") })),
      onChoose: (key) => { dimension = Number(key); ask(); },
    });
  }
  createRail(element, {
    label: "Size of the change", values: sizes.map((share) => 100 * share), value: 100 * sizes[size], unit: "%",
    onInput: (_, index) => { size = index; ask(); },
  });
  const gains = kind === "downhill" ? createGains() : null;
  if (kind === "downhill") shown = count;
  plot.onDraw(paint);
  draw();

  function go() {
    if (kind === "downhill") { slope = true; gains.show(); draw(); return host.ran(); }
    cancelAnimationFrame(frame);
    shown = 0;
    const grow = () => {
      shown = Math.min(count, shown + Math.ceil(count / (calm() ? 1 : FRAMES)));
      draw();
      if (shown < count) frame = requestAnimationFrame(grow);
      else host.ran();
    };
    grow();
  }

  function values() {
    return tensors[`change.${dimension}`].data.subarray(size * count, size * count + count);
  }

  /** Axes that hold nearly all changes, zero and, once it may be seen, the slope's. */
  function draw() {
    const sorted = Float32Array.from(values()).sort();
    const ends = [sorted[Math.floor(0.001 * count)], sorted[Math.ceil(0.999 * count) - 1], 0];
    if (kind === "downhill" && slope) ends.push(1.08 * state.downhill[dimension][size]);
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    // A border between two bars lies at zero, so that none is half better and half worse.
    const width = (1.08 * (high - low)) / (BINS - 1);
    const first = Math.floor((low - 0.04 * (high - low)) / width);
    const axis = { low: first * width, high: (first + BINS) * width, ticks: undefined, format: (value) => signed(value, 2) };
    const [, deviation] = state.theory[dimension][size];
    const bell = dimensions[dimension] >= state.gaussianFrom ? (count * width) / (deviation * Math.sqrt(2 * Math.PI)) : 0;
    const full = Math.max(...bins(values(), count, axis));
    plot.setAxes({ x: axis, y: { low: 0, high: 1.1 * Math.max(full, bell, 1) } });
    const share = sharing(dimension, size, shown);
    const said = [h("span", {}, "loss falls: ", h("b", {}, shown ? `${percent(share)} of ${shown.toLocaleString("en")}` : "not yet made"))];
    if (slope && kind === "downhill") {
      const gain = state.downhill[dimension][size];
      const lower = values().filter((change) => change < gain).length;
      said.push(h("span", {}, "against the slope: ", h("b", {}, signed(gain, 2))), h("span", {}, "lower than that: ", h("b", {}, lower ? `${lower.toLocaleString("en")} of ${count.toLocaleString("en")}` : "none")));
      if (gain > 0) said.push(h("span", {}, "The slope holds nearby only: so long a step crosses the valley."));
    }
    numbers.replaceChildren(...said);
    table?.mark();
    plot.label(`Histogram of the change of loss after ${shown} random changes of ${dimensions[dimension]} weights by ${written(100 * sizes[size])} % of their length: ${percent(share)} lower it.`
      + (slope && kind === "downhill" ? ` The same length against the slope changes it by ${signed(state.downhill[dimension][size], 2)}.` : ""));
  }

  function paint() {
    const axis = plot.shown.x;
    const counts = bins(values(), shown, axis);
    const step = (axis.high - axis.low) / counts.length;
    let [left, right] = ["", ""];
    counts.forEach((number, i) => {
      if (!number) return;
      const from = axis.low + i * step;
      const d = `M${plot.x(from).toFixed(1)} ${plot.y(0).toFixed(1)}V${plot.y(number).toFixed(1)}H${plot.x(from + step).toFixed(1)}V${plot.y(0).toFixed(1)}Z`;
      if (from + step / 2 < 0) left += d;
      else right += d;
    });
    better.setAttribute("d", left);
    worse.setAttribute("d", right);
    const { top, height } = plot.box;
    zero.setAttribute("d", `M${plot.x(0)} ${top}v${height}`);
    const [mean, deviation] = state.theory[dimension][size];
    const xs = Array.from({ length: 121 }, (_, i) => axis.low + ((axis.high - axis.low) * i) / 120);
    const bell = (x) => ((count * step) / (deviation * Math.sqrt(2 * Math.PI))) * Math.exp(-0.5 * ((x - mean) / deviation) ** 2);
    theory.setAttribute("d", dimensions[dimension] >= state.gaussianFrom && shown ? plot.d(xs, xs.map(bell)) : "");
    const at = plot.x(state.downhill[dimension][size]);
    const seen = kind === "downhill" && slope;
    along.setAttribute("d", seen ? `M${at} ${top}v${height}` : "");
    note.style.display = seen ? "" : "none";
    note.setAttribute("x", at + 8);
    note.setAttribute("y", top + 18);
  }

  function sharing(which, far, first = count) {
    const all = tensors[`change.${which}`].data;
    let lower = 0;
    for (let i = 0; i < first; i += 1) if (all[far * count + i] < 0) lower += 1;
    return first ? lower / first : 0;
  }

  /** Shares for every number of weights and every size; a cell is chosen by a press. */
  function createShares() {
    const cells = [];
    const body = h("tbody", {}, ...dimensions.map((weights, i) => h("tr", {}, h("th", { scope: "row" }, weights.toLocaleString("en")), ...sizes.map((share, k) => {
      const value = sharing(i, k);
      const cell = h("td", { style: `--share: ${Math.round(100 * value)}%` }, percent(value));
      cells.push([i, k, cell]);
      return cell;
    }))));
    const head = h("tr", {}, h("th", { scope: "col" }, "weights"), ...sizes.map((share) => h("th", { scope: "col" }, `${written(100 * share)} %`)));
    const root = h("table.shares", {}, h("caption", {}, "Share of changes that lower the loss, by size"), h("thead", {}, head), body);
    root.hidden = !ran;
    return {
      root,
      mark() {
        root.hidden = root.hidden && shown < count;
        if (!root.parentElement) element.append(root);
        for (const [i, k, cell] of cells) cell.classList.toggle("chosen", i === dimension && k === size);
      },
    };
  }

  /** The best guess as a share of the slope's gain, against the number of weights. */
  function createGains() {
    const box = h("div", { hidden: !slope });
    element.append(box);
    const chart = createPlot(box, {
      label: `The best of ${count} random changes as a share of the slope's gain, at the smallest size: ${dimensions.map((n, i) => `${percent(state.best[i])} with ${n} weights`).join(", ")}.`,
      ratio: 0.42, least: 220, x: { low: 1.6, high: 3200, log: true, title: "weights that change" },
      y: { low: 0.03, high: 1.3, log: true, title: "best guess / slope", ticks: [0.05, 0.1, 0.2, 0.5, 1], format: (share) => `${written(100 * share)} %` },
    });
    const law = chart.mark("path", { class: "line text dash" });
    const dots = chart.mark("path", { class: "dots three" });
    createLegend(box, [{ name: "best of the random changes at the smallest size", look: "dots three" }, { name: "theory", look: "line text dash" }]);
    chart.onDraw(() => {
      law.setAttribute("d", chart.d(state.law.dimensions, state.law.shares));
      dots.setAttribute("d", dimensions.map((n, i) => `M${chart.x(n)} ${chart.y(state.best[i])}h0.01`).join(""));
    });
    return { show: () => { box.hidden = false; }, destroy: chart.destroy };
  }

  return { destroy() { cancelAnimationFrame(frame); plot.destroy(); gains?.destroy(); } };
}

function bins(values, first, { low, high }) {
  const counts = new Array(BINS).fill(0);
  for (let i = 0; i < first; i += 1) {
    const bin = Math.floor((BINS * (values[i] - low)) / (high - low));
    if (bin >= 0 && bin < BINS) counts[bin] += 1;
  }
  return counts;
}

function percent(share) {
  return `${(100 * share).toFixed(share === 1 ? 0 : 1)} %`;
}
