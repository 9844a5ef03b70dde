import { boxAt, createOverlay, drawHead, frameOf, mapping, pixelsOf, strokeLine } from "./overlay.js";
import { placeAt, stepAt } from "./path.js";

const CONFIG = { displayModeBar: false, responsive: false, staticPlot: false, doubleClick: false };
const HEIGHT = 240;
const MARGIN = 7;
const LOSS_TITLE = "Loss at each step";

/** Loss against step for every optimizer, the current step marked. Live: lines are drawn over Plotly's axes. */
export function createLossChart(Plotly) {
  const { element, frame, rename } = createFrame(LOSS_TITLE);
  let overlay = null;
  let latest = null;

  async function update(runs, shift, theme, steps) {
    const traces = runs.map((run) => {
      const y = Array.from(run.path.loss.subarray(0, run.path.end + 1), shift.apply);
      return {
        type: "scatter", mode: "lines", name: run.title, x: y.map((_, k) => stepAt(run.path, k)), y, line: { color: run.colour, dash: run.dash, width: 2 },
        hovertemplate: `${run.title}, step %{x}<br>${shift.title} %{y:.6g}<extra></extra>`,
      };
    });
    const layout = frameLayout(frame, theme, "step", `${shift.title}, log scale`);
    layout.xaxis.range = [0, steps];
    layout.yaxis.range = usable(traces.flatMap((trace) => trace.y), Math.max(...runs.map((run) => shift.apply(run.path.loss[0]))));
    layout.yaxis.dtick = decades(layout.yaxis.range);
    layout.hovermode = "closest";
    await Plotly.react(frame, [...traces, ...runs.filter(({ spread }) => spread).flatMap((run) => bandTraces(run, shift))], layout, CONFIG);
    if (!overlay) {
      overlay = createOverlay(frame);
      frame.classList.add("live");
      frame.on("plotly_afterplot", () => latest && draw(...latest));
    }
    if (latest) draw(runs, shift, theme, ...latest.slice(3));
  }

  /** @param {number} tick of the timeline, which stands at `step` @param {number[] | null} [moved] the runs that changed; null: any may have */
  function draw(runs, shift, theme, tick, step, moved = null) {
    latest = [runs, shift, theme, tick, step];
    if (overlay) paint(moved);
  }

  const paint = whenSeen(frame, (moved) => {
    const [runs, shift, theme, tick, step] = latest;
    const map = mapping(frame, "");
    if (!map) return;
    const clip = frameOf(map, MARGIN);
    const others = [stepMark(map, step, theme)];
    overlay.paint(runs.length, (i) => lossMark(map, clip, runs[i], shift, theme, tick), { moved, others, key: `${step}` });
  });

  return { element, update, draw, rename: (title) => rename(title ?? LOSS_TITLE), resize: () => resize(Plotly, frame) };
}

/** Under noise, a band between the quartiles of many draws. */
function bandTraces({ title, colour, spread: { data, shape: [, length] } }, shift) {
  const [low, high] = [0, 2].map((k) => Array.from(data.subarray(k * length, (k + 1) * length), (value) => positive(shift.apply(value))));
  const edge = { type: "scatter", mode: "lines", x: low.map((_, k) => k), line: { width: 0 }, hoverinfo: "skip" };
  return [
    { ...edge, name: `${title}, lower quartile`, y: low },
    { ...edge, name: `${title}, upper quartile`, y: high, fill: "tonexty", fillcolor: `${colour}38` },
  ];
}

/** Final loss against the rail's value for every optimizer, the current values marked. */
export function createSweepChart(Plotly) {
  const { element, frame, rename } = createFrame("Final loss for every learning rate");
  let overlay = null;
  let latest = null;

  async function update(runs, shift, theme) {
    const traces = runs.map((run) => ({
      type: "scatter", mode: "lines", name: run.title, x: run.stops, y: Array.from(run.sweep, shift.apply).map(positive),
      line: { color: run.colour, dash: run.dash, width: 2 }, connectgaps: false,
      hovertemplate: `${run.title}, ${run.railLabel} %{x}<br>final ${shift.title} %{y:.6g}<extra></extra>`,
    }));
    const labels = [...new Set(runs.map((run) => run.railLabel).filter(Boolean))];
    rename(`Final loss for every ${labels.length === 1 ? labels[0] : "value"}`);
    const layout = frameLayout(frame, theme, labels.slice(0, 3).join(", "), `final ${shift.title}, log scale`);
    layout.xaxis.type = "log";
    layout.xaxis.nticks = 6;
    layout.yaxis.range = usable(traces.flatMap((trace) => trace.y), Math.max(...runs.map((run) => shift.apply(run.path.loss[0]))));
    layout.yaxis.dtick = decades(layout.yaxis.range);
    await Plotly.react(frame, traces, layout, CONFIG);
    if (!overlay) {
      overlay = createOverlay(frame);
      frame.on("plotly_afterplot", () => latest && draw(...latest));
    }
    draw(runs, shift, theme);
  }

  /** @param {number[] | null} [moved] the runs that changed; null: any may have */
  function draw(runs, shift, theme, moved = null) {
    latest = [runs, shift, theme];
    if (overlay) paint(moved);
  }

  const paint = whenSeen(frame, (moved) => {
    const [runs, shift, theme] = latest;
    const map = mapping(frame, "");
    if (map) overlay.paint(runs.length, (i) => finalMark(map, runs[i], shift, theme), { moved });
  });

  return { element, update, draw, resize: () => resize(Plotly, frame) };
}

function lossMark(map, clip, run, shift, theme, tick) {
  const { path } = run;
  const now = placeAt(path, tick);
  const { pixels, box } = pixelsOf(map, (k) => stepAt(path, k), (k) => shift.apply(path.loss[k]), path.end, clip);
  const mean = run.spread && pixelsOf(map, Number, (k) => shift.apply(run.spread.data[run.spread.shape[1] + k]), path.end, clip);
  return {
    clip, below: run.kept, box: mean ? [0, 1, 2, 3].map((side) => (side < 2 ? Math.min : Math.max)(box[side], mean.box[side])) : box,
    draw(context) {
      if (mean) strokeLine(context, mean.pixels, path.end, { ...run, dash: "solid", width: 1, alpha: 1 });
      strokeLine(context, pixels, path.end, { ...run, width: 1.2, alpha: run.kept ? 0.35 : 0.5 });
      strokeLine(context, pixels, now, run.kept ? { ...run, width: 1.7, alpha: 0.65 } : { ...run, width: 2.2 });
      if (!run.kept) drawHead(context, pixels[2 * now], pixels[2 * now + 1], { ...run, halo: theme.background }, run.lost && now === path.end);
    },
  };
}

/** A line at the current step. */
export function stepMark(map, step, theme) {
  const [px, bottom] = [map.x(step), map.top + map.height];
  return {
    clip: frameOf(map, 1), box: [px - 1, map.top, px + 1, bottom],
    draw(context) {
      context.strokeStyle = theme.text;
      context.globalAlpha = 0.5;
      context.beginPath();
      context.moveTo(px, map.top);
      context.lineTo(px, bottom);
      context.stroke();
      context.globalAlpha = 1;
    },
  };
}

function finalMark(map, run, shift, theme) {
  const final = run.lost ? Infinity : shift.apply(run.path.loss.at(-1)); // a loss of zero lies below any log axis
  const px = map.x(run.value);
  const py = Math.min(Math.max(final > 0 ? map.y(final) : Infinity, map.top + 8), map.top + map.height - 8);
  return { clip: frameOf(map, MARGIN), box: boxAt(px, py), draw: (context) => drawHead(context, px, py, { ...run, halo: theme.background }, run.lost) };
}

/** Calls `draw` at once while the frame is on the screen, otherwise once and for everything when it comes there. */
export function whenSeen(frame, draw) {
  let seen = true;
  let waits = false;
  new IntersectionObserver((entries) => {
    seen = entries.at(-1).isIntersecting;
    if (seen && waits) {
      waits = false;
      draw(null);
    }
  }).observe(frame);
  return (moved) => {
    if (seen) draw(moved);
    else waits = true;
  };
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
  const rename = (text) => { if (heading.textContent !== text) heading.textContent = text; };
  return { element, frame, rename };
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
  if (frame.data && frame.clientWidth && frame.clientWidth !== frame.layout.width) await Plotly.relayout(frame, { width: frame.clientWidth });
}

/** Log range from the lowest value to a decade above the start: a diverged run leaves at the top. */
function usable(values, start) {
  const good = values.filter((value) => value > 0 && value <= start * 10);
  const low = Math.min(...good, start);
  return [Math.floor(Math.log10(Math.max(low, start * 1e-18))) - 0.3, Math.log10(start) + 0.5];
}

/** Whole powers of ten only, about six of them: the digits between would overprint each other. */
const decades = ([low, high]) => (high - low > 1.5 ? Math.ceil((high - low) / 6) : undefined);

const positive = (value) => (value > 0 && Number.isFinite(value) ? value : null);
