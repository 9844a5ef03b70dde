import { drawDisc, honestyAt, hoverText } from "./honest.js";
import { columns, placeAt } from "./path.js";
import { cells } from "./scene.js";
import { boxAt, createOverlay, drawHead, frameOf, mapping, paintMarks, pixelsOf, strokeLine } from "./overlay.js";
import { createHandle } from "./handle.js";
import { forPrint, marksOf, pictureHeight } from "./picture.js";
import { arrowMark, createSketches, lineMark } from "./sketch.js";
import { onTap } from "./tap.js";

const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false, scrollZoom: false };
const GAP = 0.06;
const KEPT = 0.65; // opacity of a run that only stands for comparison

/**
 * The contour view: one panel with every path, or one panel a path, all sharing their zoom.
 * @param {{each: boolean, onStart: (point: number[], live: boolean) => void, onLook: (look: object) => void}} options
 */
export function createFlat(Plotly, { each, onStart, onLook }) {
  const element = document.createElement("div");
  element.className = "view flat";
  let scene = null;
  let runs = [];
  let theme = null;
  let overlay = null;
  let handle = null;
  let last = { step: 0, start: [0, 0] };
  const sketches = createSketches();
  let plotted = []; // the paths that Plotly's own drawing, and so its hover, knows

  const panels = () => (each && runs.length ? runs.map((run, i) => ({ id: i ? String(i + 1) : "", runs: [run] })) : [{ id: "", runs }]);

  /** Draws everything anew through Plotly: another landscape, other optimizers, another theme or size. */
  async function setScene(nextScene, nextRuns, nextTheme, zoom, same = false) {
    [scene, runs, theme] = [nextScene, nextRuns, nextTheme];
    const size = { width: element.clientWidth, height: heightFor(element.clientWidth) };
    plotted = runs.map((run) => run.path);
    await Plotly.react(element, data(), layout(size, same ? ranges() : zoom), CONFIG);
    if (!overlay) connect();
    element.classList.add("live"); // from here on the overlay shows the lines, Plotly keeps them for hover and export
  }

  function connect() {
    overlay = createOverlay(element);
    handle = each ? null : createHandle(element, { name: scene.axes, place: () => mapping(element, ""), onStart });
    element.on("plotly_relayouting", () => draw(last.step, last.start));
    element.on("plotly_afterplot", () => draw(last.step, last.start));
    element.on("plotly_relayout", (change) => {
      draw(last.step, last.start);
      if (Object.keys(change).some((key) => key.includes("axis"))) onLook({ zoom: ranges() });
    });
    onTap(element, (px, py) => {
      for (const { id } of panels()) {
        const map = mapping(element, id);
        if (map && inside(map, px, py)) return onStart(map.data(px, py), false);
      }
    });
  }

  function heightFor(width) {
    if (!each) return pictureHeight(width);
    const [rows, wide] = grid(runs.length, width);
    return Math.max(260, rows * Math.min(380, (width / wide) * 0.85));
  }

  function layout({ width, height }, zoom) {
    const base = {
      width, height, paper_bgcolor: "transparent", plot_bgcolor: "transparent", showlegend: false,
      font: { color: theme.text, family: theme.font }, hovermode: "closest", dragmode: coarse() ? false : "pan",
      uirevision: scene.key, margin: { l: scene.fixed ? 64 : 48, r: 12, t: each ? 28 : 12, b: 40 }, annotations: [],
    };
    const [rows, wide] = grid(runs.length, width);
    panels().forEach(({ id, runs: [run] }, i) => {
      const [row, column] = [Math.floor(i / wide), i % wide];
      const cell = each ? { x: slot(column, wide), y: slot(rows - 1 - row, rows, rows > 1 ? 0.16 : 0) } : { x: [0, 1], y: [0, 1] };
      const common = { gridcolor: theme.faint, zeroline: false, constrain: "domain", fixedrange: coarse() };
      const [xRange, yRange] = zoom ?? scene.window;
      base[`xaxis${id}`] = { ...common, domain: cell.x, anchor: `y${id}`, range: [...xRange], ...(id && { matches: "x" }) };
      base[`yaxis${id}`] = { ...common, domain: cell.y, anchor: `x${id}`, range: [...yRange], ...(id && { matches: "y" }) };
      if (each) {
        const place = { x: cell.x[0], y: cell.y[1], xref: "paper", yref: "paper", xanchor: "left", yanchor: "bottom" };
        base.annotations.push({ ...place, text: run?.title ?? "", showarrow: false, font: { color: theme.text, size: 14 } });
      } else {
        base.xaxis.title = { text: scene.axes[0], standoff: 4 };
        base.yaxis.title = { text: scene.axes[1], standoff: 4 };
      }
    });
    return base;
  }

  function data() {
    const heights = cells(scene, scene.colour);
    const losses = cells(scene, Number);
    const grounds = panels().map(({ id }, i) => ({
      type: "contour", name: "loss", x: scene.x, y: scene.y, z: heights, customdata: losses, xaxis: `x${id}`, yaxis: `y${id}`,
      colorscale: theme.scale, ncontours: each ? 14 : 24, line: { width: 0.6, color: theme.faint, smoothing: 0 }, connectgaps: false,
      showscale: !each && i === 0 && !scene.empty && element.clientWidth > 480,
      colorbar: { title: { text: scene.colourTitle, side: "right" }, thickness: 10, outlinewidth: 0 },
      hovertemplate: `${scene.axes[0]} %{x:.4g}<br>${scene.axes[1]} %{y:.4g}<br>loss %{customdata:.6g}<extra></extra>`,
    }));
    const lines = panels().flatMap(({ id, runs: inside }) => inside.map((run) => line(run, id)));
    return [...grounds, ...panels().map(({ id }) => minima(id)), ...lines];
  }

  function minima(id) {
    const marks = scene.minima;
    return {
      type: "scatter", mode: "markers", name: scene.minimaTitle, xaxis: `x${id}`, yaxis: `y${id}`,
      x: marks.map((mark) => mark.position[0]), y: marks.map((mark) => mark.position[1]),
      customdata: marks.map((mark) => [mark.word, mark.value]),
      marker: { symbol: "star", size: marks.map((mark) => (mark.kind === "global" ? 12 : 8)), color: theme.background, line: { color: theme.text, width: 1.3 } },
      hovertemplate: "%{customdata[0]} minimum<br>(%{x:.6g}, %{y:.6g})<br>loss %{customdata[1]:.6g}<extra></extra>",
    };
  }

  function line(run, id) {
    return {
      type: "scatter", mode: "lines", name: run.title, ...coordinates(run), xaxis: `x${id}`, yaxis: `y${id}`,
      line: { color: run.colour, dash: run.dash, width: run.kept ? 1.5 : 2.5 }, hoverlabel: { bgcolor: run.colour, font: { color: "#fff" } },
      hovertemplate: scene.fixed ? "%{text}<extra></extra>" : `${run.title}, step %{${run.path.steps ? "text" : "pointNumber"}}<br>(%{x:.6g}, %{y:.6g})<br>loss %{customdata:.6g}<extra></extra>`,
    };
  }

  function coordinates(run) {
    const { x, y, loss } = columns(run.path);
    return { x, y, customdata: loss, ...beside(run, x) };
  }

  /** What is said beside the pointer at every place, where that is more than its number. */
  function beside({ path, ...run }, places) {
    if (scene.fixed) return { text: places.map((_, k) => hoverText({ ...run, path }, k)) };
    return path.steps && { text: Array.from(path.steps) };
  }

  /** Every path up to `step` in full, the rest of it faint. Cheap: called for every frame of a drag or of Play. */
  function draw(step, start, moved = null) {
    last = { step, start };
    if (!overlay || !scene || !mapping(element, "")) return;
    const maps = panels().map(({ id }) => mapping(element, id));
    const mark = (i) => runMark(maps[each ? i : 0], runs[i], step, theme.background, scene.fixed);
    const others = handle && scene.movable ? [] : maps.map((map, i) => startMark(map, each && runs[i]?.kept ? runs[i].path.xy : start, theme)); // a kept run has its own
    const taken = []; // by words, which must not lie on one another
    for (const item of sketches.items(runs, each)) {
      if (item.line) others.push(lineMark(maps[item.panel], item, theme.background));
      else if (item.from) others.push(arrowMark(maps[item.panel], item, theme.background, taken));
    }
    overlay.paint(runs.length, mark, { moved, others, key: `${step} ${start} ${sketches.version}` });
    if (scene.movable) handle?.move(start);
    else handle?.hide();
  }

  /** What a panel draws at a point, see sketch.js. */
  function point(next) {
    sketches.put(next);
    draw(last.step, last.start);
  }

  /** The numbers in Plotly's data follow at once; hover follows when `redraw` says the hand is off the rail. */
  async function settle(redraw) {
    const first = element.data.length - runs.length;
    const fresh = runs.map(coordinates);
    runs.forEach((run, i) => Object.assign(element.data[first + i], fresh[i]));
    const late = runs.map((_, i) => i).filter((i) => plotted[i] !== runs[i].path);
    if (!redraw || !late.length) return; // a redraw takes as long as a new landscape
    plotted = runs.map((run) => run.path);
    const update = Object.fromEntries(Object.keys(fresh[0] ?? {}).map((key) => [key, late.map((i) => fresh[i][key])]));
    await Plotly.restyle(element, update, late.map((i) => first + i));
  }

  function ranges() {
    const { xaxis, yaxis } = element._fullLayout;
    return [xaxis.range.map(Number), yaxis.range.map(Number)];
  }

  /** @param {number} factor below 1 comes nearer; null shows the whole window again */
  function zoom(factor) {
    const [x, y] = factor === null ? scene.window : ranges().map((range) => scaled(range, factor));
    return Plotly.relayout(element, { "xaxis.range": [...x], "yaxis.range": [...y] });
  }

  /** The figure as it is now, for a file. */
  function picture(caption) {
    return printed(caption, panels().flatMap((panel) => marksOn(panel)));
  }

  function printed(caption, marks) {
    const { data, layout } = forPrint(element, { theme, caption, marks });
    return { layout, data: data.map((trace, k) => (k === 0 && !each && !scene.empty ? { ...trace, showscale: true } : trace)) }; // narrow screens show none
  }

  const marksOn = ({ id, runs: here }) => marksOf(here, last.step, last.start, { xaxis: `x${id}`, yaxis: `y${id}` }, theme);

  /** The figure for a film: what stands still as Plotly's, what moves to be drawn at any step by the painters of the page. */
  function film(caption) {
    const shown = runs.map((run) => ({ ...run }));
    const figure = printed(caption, panels().flatMap((panel) => marksOn(panel).filter(({ name }) => name === "start")));
    const titles = new Set(shown.map((run) => run.title));
    const data = figure.data.map((trace) => (titles.has(trace.name) ? { ...trace, x: [null], y: [null] } : trace));
    const places = panels().map(({ id, runs: here }) => ({ id, run: each ? shown[runs.indexOf(here[0])] : null }));
    const draw = (context, graph, step) => places.forEach(({ id, run }) => {
      const map = mapping(graph, id);
      paintMarks(context, (run ? [run] : shown).map((one) => runMark(map, one, step, theme.background, scene.fixed)));
    });
    return { data, layout: figure.layout, draw };
  }

  async function resize() {
    if (!element._fullLayout || !element.clientWidth) return;
    const size = { width: element.clientWidth, height: heightFor(element.clientWidth) };
    if (size.width !== element.layout.width || size.height !== element.layout.height) await Plotly.relayout(element, size);
  }

  return { element, setScene, draw, point, settle, zoom, resize, picture, film, get ready() { return scene !== null; }, destroy: () => Plotly.purge(element) };
}

function runMark(map, run, step, halo, fixed) {
  const { path } = run;
  const clip = frameOf(map);
  const now = placeAt(path, step);
  const { pixels, box } = pixelsOf(map, (k) => path.xy[2 * k], (k) => path.xy[2 * k + 1], path.end, clip);
  return {
    clip, box, below: run.kept,
    draw(context) {
      if (now < path.end) strokeLine(context, pixels, path.end, { ...run, width: 1.5, alpha: run.kept ? 0.3 : 0.45 });
      strokeLine(context, pixels, now, run.kept ? { ...run, width: 2, alpha: KEPT } : { ...run, halo });
    },
    top(context) {
      const [px, py, lost] = [pixels[2 * now], pixels[2 * now + 1], run.lost && now === path.end];
      if (fixed && !lost) drawDisc(context, px, py, { ...run, halo }, honestyAt(path, now).off);
      else drawHead(context, px, py, run.kept && !lost ? { colour: halo, halo: run.colour } : { ...run, halo }, lost); // a kept one is hollow
    },
  };
}

function startMark(map, start, theme) {
  const [px, py] = [map.x(start[0]), map.y(start[1])];
  return { clip: frameOf(map), box: boxAt(px, py), draw: (context) => drawRing(context, px, py, theme) };
}

function drawRing(context, px, py, theme) {
  context.beginPath();
  context.arc(px, py, 5, 0, 2 * Math.PI);
  context.strokeStyle = theme.text;
  context.lineWidth = 2;
  context.stroke();
}

/** Rows and columns for so many panels. */
function grid(panels, width) {
  const count = Math.max(1, panels);
  const most = width < 560 ? 1 : width < 900 ? 2 : 4;
  const wide = Math.min(most, count <= 4 ? Math.min(2, count) : Math.ceil(count / 2));
  return [Math.ceil(count / wide), wide];
}

const slot = (index, count, gap = GAP) => [index / count + (index ? gap / 2 : 0), (index + 1) / count - (index < count - 1 ? gap / 2 : 0)];
const scaled = ([low, high], factor) => [(low + high) / 2 - ((high - low) / 2) * factor, (low + high) / 2 + ((high - low) / 2) * factor];
const inside = (map, px, py) => px >= map.left && px <= map.left + map.width && py >= map.top && py <= map.top + map.height;
const coarse = () => matchMedia("(pointer: coarse)").matches;
