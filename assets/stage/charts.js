import { createOverlay, drawHead, mapping, strokeLine } from "./overlay.js";

const CONFIG = { displayModeBar: false, responsive: false, staticPlot: false, doubleClick: false };
const HEIGHT = 240;
const MARGIN = 7;

/** Loss against step for every optimizer, the current step marked. Live: lines are drawn over Plotly's axes. */
export function createLossChart(Plotly) {
  const { element, frame } = createFrame("Loss at each step");
  let overlay = null;
  let latest = null;

  async function update(runs, shift, theme, steps) {
    const traces = runs.map((run) => {
      const y = Array.from(run.path.loss.subarray(0, run.path.end + 1), shift.apply);
      return {
        type: "scatter", mode: "lines", name: run.title, x: y.map((_, k) => k), y, line: { color: run.colour, dash: run.dash, width: 2 },
        hovertemplate: `${run.title}, step %{x}<br>${shift.title} %{y:.6g}<extra></extra>`,
      };
    });
    const layout = frameLayout(frame, theme, "step", `${shift.title}, log scale`);
    layout.xaxis.range = [0, steps];
    layout.yaxis.range = usable(traces.flatMap((trace) => trace.y), Math.max(...runs.map((run) => shift.apply(run.path.loss[0]))));
    layout.hovermode = "closest";
    await Plotly.react(frame, traces, layout, CONFIG);
    if (!overlay) {
      overlay = createOverlay(frame);
      frame.classList.add("live");
      frame.on("plotly_afterplot", () => latest && draw(...latest));
    }
    if (latest) draw(runs, shift, theme, latest[3]);
  }

  function draw(runs, shift, theme, step) {
    latest = [runs, shift, theme, step];
    if (!overlay) return;
    overlay.clear();
    overlay.within("", (context, map) => {
      context.strokeStyle = theme.text;
      context.globalAlpha = 0.5;
      context.beginPath();
      context.moveTo(map.x(step), map.top);
      context.lineTo(map.x(step), map.top + map.height);
      context.stroke();
      for (const run of runs) {
        const { path } = run;
        const now = Math.min(step, path.end);
        const y = (k) => shift.apply(path.loss[k]);
        strokeLine(context, map, Number, y, path.end, { ...run, width: 1.2, alpha: 0.5 });
        strokeLine(context, map, Number, y, now, { ...run, width: 2.2 });
        drawHead(context, map.x(now), map.y(y(now)), { ...run, halo: theme.background }, run.lost && now === path.end);
      }
    }, MARGIN);
  }

  return { element, update, draw, resize: () => resize(Plotly, frame) };
}

/** Final loss against the rail's value for every optimizer, the current values marked. */
export function createSweepChart(Plotly) {
  const { element, frame } = createFrame("Final loss for every learning rate");
  let overlay = null;
  let latest = null;

  async function update(runs, shift, theme) {
    const traces = runs.map((run) => ({
      type: "scatter", mode: "lines", name: run.title, x: run.stops, y: Array.from(run.sweep, shift.apply).map(positive),
      line: { color: run.colour, dash: run.dash, width: 2 }, connectgaps: false,
      hovertemplate: `${run.title}, ${run.railLabel} %{x}<br>final ${shift.title} %{y:.6g}<extra></extra>`,
    }));
    const layout = frameLayout(frame, theme, "learning rate (or what the optimizer has instead)", `final ${shift.title}, log scale`);
    layout.xaxis.type = "log";
    layout.yaxis.range = usable(traces.flatMap((trace) => trace.y), Math.max(...runs.map((run) => shift.apply(run.path.loss[0]))));
    await Plotly.react(frame, traces, layout, CONFIG);
    if (!overlay) {
      overlay = createOverlay(frame);
      frame.on("plotly_afterplot", () => latest && draw(...latest));
    }
    draw(runs, shift, theme);
  }

  function draw(runs, shift, theme) {
    latest = [runs, shift, theme];
    if (!overlay) return;
    overlay.clear();
    const map = mapping(frame, "");
    if (!map) return;
    overlay.within("", (context) => {
      for (const run of runs) {
        const final = run.lost ? Infinity : shift.apply(run.path.loss.at(-1)); // a loss of zero lies below any log axis
        const py = Math.min(Math.max(final > 0 ? map.y(final) : Infinity, map.top + 8), map.top + map.height - 8);
        drawHead(context, map.x(run.value), py, { ...run, halo: theme.background }, run.lost);
      }
    }, MARGIN);
  }

  return { element, update, draw, resize: () => resize(Plotly, frame) };
}

/** How the charts keep a loss positive for their log axis: nothing added, or a stated amount. */
export function makeShift(floor) {
  if (!(floor < 0)) return { title: "loss", apply: Number };
  const amount = Number((-floor).toPrecision(6));
  return { title: `loss + ${Number(amount.toPrecision(4))}`, apply: (loss) => loss + amount };
}

/** A figure with a heading, kept out of the way of keyboard and screen reader: the table beside it has the numbers. */
export function createFrame(title) {
  const element = document.createElement("figure");
  element.className = "chart";
  const heading = document.createElement("figcaption");
  heading.textContent = title;
  const frame = document.createElement("div");
  frame.className = "frame";
  frame.setAttribute("role", "img");
  frame.setAttribute("aria-label", `${title}; the table below holds its numbers.`);
  element.append(heading, frame);
  return { element, frame };
}

export function frameLayout(frame, theme, xTitle, yTitle) {
  const axis = { gridcolor: theme.faint, zeroline: false, exponentformat: "power", fixedrange: true };
  return {
    width: frame.clientWidth, height: HEIGHT, paper_bgcolor: "transparent", plot_bgcolor: "transparent", showlegend: false,
    font: { color: theme.text, family: theme.font, size: 11 }, margin: { l: 58, r: 10, t: 6, b: 38 }, dragmode: false,
    xaxis: { ...axis, title: { text: xTitle, standoff: 4 } },
    yaxis: { ...axis, type: "log", title: { text: yTitle, standoff: 4 }, nticks: 6 },
  };
}

export async function resize(Plotly, frame) {
  if (frame.data && frame.clientWidth) await Plotly.relayout(frame, { width: frame.clientWidth });
}

/** Log range from the lowest value to a decade above the start: a diverged run leaves at the top. */
function usable(values, start) {
  const good = values.filter((value) => value > 0 && value <= start * 10);
  const low = Math.min(...good, start);
  return [Math.floor(Math.log10(Math.max(low, start * 1e-18))) - 0.3, Math.log10(start) + 0.5];
}

const positive = (value) => (value > 0 && Number.isFinite(value) ? value : null);
