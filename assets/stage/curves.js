import { createFrame, frameLayout, resize, stepMark, whenSeen } from "./charts.js";
import { format, h } from "./dom.js";
import { boxAt, createOverlay, drawHead, frameOf, mapping } from "./overlay.js";

const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false };
const MARGIN = 7;
const BEYOND = { log: 100, linear: 1.5 }; // how far above every line a limit may lie and still be shown

/** Further charts against the step, as the state lists them: accuracy, sharpness with its limits, ... */
export function createCurves(Plotly) {
  const element = h("div.curves");
  const charts = new Map(); // by title, so that a chart keeps its place while its lines grow

  /** @param {object[]} curves the wire's @param {Object<string, import("./wire.js").Tensor>} tensors */
  async function update(curves, tensors, runs, theme, steps) {
    const titles = curves.map(({ title }) => title);
    for (const [title, chart] of charts) {
      if (titles.includes(title)) continue;
      chart.destroy();
      charts.delete(title);
    }
    const before = [...charts.keys()].join();
    titles.forEach((title) => { if (!charts.has(title)) charts.set(title, createChart(Plotly, title)); });
    if ([...charts.keys()].join() !== before || !element.children.length) element.replaceChildren(...titles.map((title) => charts.get(title).element));
    for (const curve of curves) await charts.get(curve.title).update(curve, tensors, runs, theme, steps);
  }

  return {
    element, update,
    draw: (step) => charts.forEach((chart) => chart.draw(step)),
    resize: () => Promise.all([...charts.values()].map((chart) => chart.resize())),
  };
}

function createChart(Plotly, title) {
  const { element, frame } = createFrame(title);
  const note = h("p.caption");
  element.append(note);
  let overlay = null;
  let lines = [];
  let theme = null;
  let step = 0;

  async function update(curve, tensors, runs, nextTheme, steps) {
    theme = nextTheme;
    lines = curve.lines.filter((line) => runs[line.optimizer] && tensors[line.y]).map((line) => ({ ...line, run: runs[line.optimizer], xs: tensors[line.x].data, ys: tensors[line.y].data }));
    const limits = (curve.limits ?? []).filter(({ optimizer }) => runs[optimizer]);
    const range = rangeOf(curve, lines, limits);
    const layout = frameLayout(frame, theme, "step", curve.log ? `${curve.y}, log scale` : curve.y);
    layout.xaxis.range = [0, steps];
    Object.assign(layout.yaxis, { type: curve.log ? "log" : "linear", range, autorange: false });
    layout.hovermode = "closest";
    await Plotly.react(frame, [...lines.map((line) => lineTrace(line, curve)), ...limits.map((limit) => limitTrace(limit, runs, steps))], layout, CONFIG);
    frame.setAttribute("aria-label", `${title}. ${lines.map(lastValue).join("; ")}.`);
    note.textContent = explain(lines, limits, runs, curve.log ? range.map((exponent) => 10 ** exponent) : range);
    overlay ??= connect();
    draw(step);
  }

  function connect() {
    const made = createOverlay(frame);
    frame.on("plotly_afterplot", () => draw(step));
    return made;
  }

  function draw(next) {
    step = next;
    if (overlay) paint(null);
  }

  const paint = whenSeen(frame, () => {
    const map = mapping(frame, "");
    if (map) overlay.paint(lines.length, (i) => headMark(map, lines[i], step, theme), { others: [stepMark(map, step, theme)] });
  });

  return { element, update, draw, resize: () => resize(Plotly, frame), destroy: () => Plotly.purge(frame) };
}

function lineTrace({ run, dash, xs, ys }, { log }) {
  const thin = dash === "test";
  return {
    type: "scatter", mode: "lines", name: run.title, x: Array.from(xs), y: Array.from(ys, (value) => (Number.isFinite(value) && (!log || value > 0) ? value : null)),
    line: { color: run.colour, dash: run.dash, width: thin ? 1.1 : 2.2 }, connectgaps: false,
    hovertemplate: `${run.title}${thin ? ", test data" : ""}, step %{x}<br>%{y:.4g}<extra></extra>`,
  };
}

function limitTrace({ optimizer, value, name }, runs, steps) {
  const { title, colour } = runs[optimizer];
  return {
    type: "scatter", mode: "lines", name: `${title}: ${name}`, x: [0, steps / 2, steps], y: [value, value, value],
    line: { color: colour, dash: "dash", width: 1.2 }, hovertemplate: `${title}: ${name} = %{y:.4g}<extra></extra>`,
  };
}

function lastValue({ run, dash, xs, ys }) {
  const last = ys.findLastIndex(Number.isFinite);
  return `${run.title}${dash === "test" ? " on test data" : ""}: ${last < 0 ? "not known yet" : `${format(ys[last], 3)} at step ${xs[last]}`}`;
}

/** What the thin and the dashed lines are, and the limits that lie outside. */
function explain(lines, limits, runs, [low, high]) {
  const words = lines.some(({ dash }) => dash === "test") ? ["Thick: training data; thin: test data."] : [];
  const named = new Map();
  for (const { optimizer, value, name } of limits) {
    const beyond = value >= low && value <= high ? "" : " (outside)";
    named.set(name, [...(named.get(name) ?? []), `${runs[optimizer].title} ${format(value, 3)}${beyond}`]);
  }
  for (const [name, each] of named) words.push(`Dashed, ${name}: ${each.join(", ")}.`);
  return words.join(" ");
}

/** From the lowest to the highest value, with the limits that are not far above. @returns {number[]} exponents on a log axis */
function rangeOf({ log, y }, lines, limits) {
  const values = lines.flatMap(({ ys }) => Array.from(ys)).filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (!values.length) return log ? [-1, 1] : [0, 1];
  const highest = values.reduce((a, b) => Math.max(a, b));
  const near = limits.map(({ value }) => value).filter((value) => value > 0 && value <= highest * BEYOND[log ? "log" : "linear"]);
  const low = [...values, ...near].reduce((a, b) => Math.min(a, b));
  const high = Math.max(highest, ...near);
  if (log) return [Math.log10(low) - 0.15, Math.log10(high) + 0.15];
  if (y === "accuracy") return [Math.min(0.5, low) - 0.02, 1.02];
  const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

function headMark(map, { run, xs, ys, dash }, step, theme) {
  let k = 0;
  while (k + 1 < xs.length && xs[k + 1] <= step) k += 1;
  const [px, py] = [map.x(xs[k]), map.y(ys[k])];
  if (dash === "test" || !Number.isFinite(py)) return null; // no number, or none that a log axis has
  return { clip: frameOf(map, MARGIN), box: boxAt(px, py), draw: (context) => drawHead(context, px, py, { ...run, halo: theme.background }, false) };
}
