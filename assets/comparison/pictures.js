import { frameLayout, makeShift } from "../stage/charts.js";
import { format } from "../stage/dom.js";

const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false };
const LEAST = 1e-12; // share of the highest loss below which differences are rounding
const LEGEND = { orientation: "h", y: -0.28, yanchor: "top", x: 0 };

/** The median loss of every optimizer against what was spent, and between its quartiles a band. */
export async function drawBands(Plotly, box, { optimizers, tensors, floor, known, budget }, which, theme) {
  const shift = makeShift(known ? floor : Math.min(floor, 0));
  const marks = Array.from(tensors.marks.data);
  const rows = optimizers.map((_, i) => quartiles(tensors[`${which}.${i}`].data, marks.length).map((row) => row.map(shift.apply)));
  const high = Math.max(...rows.flat(2).filter(Number.isFinite));
  const least = Math.max(high * LEAST, Number.MIN_VALUE);
  const low = Math.max(least, Math.min(...rows.flat(2).filter((value) => value > least)));
  const traces = optimizers.flatMap(({ title, colour, dash }, i) => {
    const [lower, middle, upper] = rows[i].map((row) => row.map((value) => Math.max(value, least)));
    const edge = { type: "scatter", mode: "lines", x: marks, line: { width: 0 }, hoverinfo: "skip", showlegend: false };
    return [
      { ...edge, y: lower },
      { ...edge, y: upper, fill: "tonexty", fillcolor: `${colour}33` },
      { type: "scatter", mode: "lines", name: title, x: marks, y: middle, line: { color: colour, dash, width: 2.2 }, hovertemplate: `${title}, ${"%{x:.0f}"} spent<br>median ${shift.title} %{y:.4g}<extra></extra>` },
    ];
  });
  const layout = frameLayout(box, theme, "cost, in loss evaluations", `lowest ${shift.title} so far, log scale`);
  Object.assign(layout, { height: 330, showlegend: true, legend: LEGEND });
  layout.xaxis.range = [0, Math.max(budget, 1)];
  layout.yaxis.range = high > 0 ? [Math.log10(low) - 0.2, Math.log10(high) + 0.2] : [-1, 1];
  layout.hovermode = "closest";
  await Plotly.react(box, traces, layout, CONFIG);
  box.setAttribute("aria-label", `Loss against cost, medians with bands between the quartiles: ${optimizers.map(({ title }, i) => `${title} ends at ${format(rows[i][1].at(-1), 3)}`).join("; ")}.`);
}

const quartiles = (flat, length) => [0, 1, 2].map((k) => Array.from(flat.subarray(k * length, (k + 1) * length)));

/** The share of the tuning starts that succeed with each learning rate: the wider, the easier to tune. */
export async function drawShares(Plotly, box, { optimizers, tensors }, theme) {
  const traces = optimizers.map(({ title, colour, dash, tuned }, i) => ({
    type: "scatter", mode: "lines+markers", name: title, x: Array.from(tensors[`values.${i}`].data), y: Array.from(tensors[`shares.${i}`].data, (share) => 100 * share),
    line: { color: colour, dash, width: 2 }, marker: { color: colour, line: { width: 0 }, size: Array.from(tensors[`values.${i}`].data, (value) => (Math.abs(value / tuned.value - 1) < 1e-5 ? 11 : 4)) },
    hovertemplate: `${title}, rate %{x}<br>%{y:.0f} % of the tuning starts succeed<extra></extra>`,
  }));
  const rails = [...new Set(optimizers.map(({ rail }) => rail))];
  const layout = frameLayout(box, theme, `${rails.join(" or ")}; large dot: tuned`, "successes of tuning, %");
  Object.assign(layout, { height: 330, showlegend: true, legend: LEGEND, hovermode: "closest" });
  Object.assign(layout.xaxis, { type: "log", nticks: 6 });
  Object.assign(layout.yaxis, { type: "linear", range: [-4, 104] });
  await Plotly.react(box, traces, layout, CONFIG);
  box.setAttribute("aria-label", `Which learning rates succeed: ${optimizers.map(({ title, good }) => `${title} ${good ? `from ${format(good.low, 2)} to ${format(good.high, 2)}` : "none"}`).join("; ")}.`);
}

/** Successes for every pair of a learning rate and a second knob. */
export async function drawMap(Plotly, box, { title, rail, over, tensors }, theme) {
  const [values, others] = [tensors.values, tensors.others].map(({ data }) => Array.from(data, (value) => format(value, 5))); // 0.9999 is not 1
  const rows = others.map((_, j) => Array.from(tensors.shares.data.subarray(j * values.length, (j + 1) * values.length), (share) => 100 * share));
  const trace = {
    type: "heatmap", x: values, y: others, z: rows, zmin: 0, zmax: 100, colorscale: [[0, theme.dark ? "#1d2a36" : "#eef1ef"], [1, theme.dark ? "#7cc4f2" : "#0b4f7d"]],
    colorbar: { title: { text: "successes, %", side: "right" }, thickness: 12 }, hovertemplate: `${rail} %{x}, ${over} %{y}<br>%{z:.0f} % succeed<extra></extra>`,
  };
  const layout = frameLayout(box, theme, rail, over);
  Object.assign(layout, { height: 330 });
  Object.assign(layout.xaxis, { type: "category", nticks: box.clientWidth < 500 ? 4 : 8, tickangle: 0 });
  Object.assign(layout.yaxis, { type: "category", nticks: 9 });
  await Plotly.react(box, [trace], layout, CONFIG);
  const best = rows.flat().reduce((a, b) => Math.max(a, b));
  const at = rows.flat().indexOf(best);
  box.setAttribute("aria-label", `${title}: most successes, ${format(best, 3)} %, with ${rail} ${values[at % values.length]} and ${over} ${others[Math.floor(at / values.length)]}.`);
}
