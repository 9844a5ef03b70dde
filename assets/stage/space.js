import { honestyAt, hoverText, paleness, stemSteps } from "./honest.js";
import { columns } from "./path.js";
import { forPrint, pictureHeight } from "./picture.js";
import { cells, reach, span } from "./scene.js";
import { columnsOf, createSketches } from "./sketch.js";
import { blend } from "./theme.js";

// One pixel a pixel: at Plotly's usual two, software WebGL takes four times as long for every frame.
const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false, plotGlPixelRatio: Math.min(devicePixelRatio || 1, 2) };
const GLIDE = 300; // milliseconds for which Plotly lets a camera glide on after its last word about it
const STILL = 5; // pixels: a pointer that moved further was turning the camera
const LIFT = 0.012; // of the drawn height: lines exactly on the surface would sink into its facets
const GLASS = 0.5; // a slice's surface lets the paths below it be seen
const FAR = 1e4; // sizes of the box: Plotly scales by the farthest point, and single precision ends at 1e38
const SLACK = 0.1; // of the height: room below, so that falling losses do not move the axis each time
const EYE = { eye: { x: -0.55, y: -1.25, z: 1.3 }, center: { x: 0, y: 0, z: -0.14 }, up: { x: 0, y: 0, z: 1 } };

/**
 * The 3D view: one scene with every path, or one scene a path (at most four), all sharing their camera.
 * @param {{each: boolean, onStart: (point: number[], live: boolean) => void, onLook: (look: object) => void,
 *   onLost: () => void}} options
 */
export function createSpace(Plotly, { each, onStart, onLook, onLost }) {
  const element = document.createElement("div");
  element.className = "view space";
  let scene = null;
  let runs = [];
  let theme = null;
  let heights = null;
  let range = [0, 1];
  let ground = [0, 1]; // of the surface alone
  let pressed = null;
  let hit = null;
  let travelled = 0;
  let linking = false;
  let gliding = 0;
  let shown = Infinity; // the step that is drawn
  let plotted = []; // the paths that Plotly's own drawing, and so its hover, knows
  const sketches = createSketches();
  let sketched = 0; // traces of sketches, the last ones

  const panels = () => (each && runs.length ? runs.map((run, i) => ({ id: sceneId(i), runs: [run] })) : [{ id: "scene", runs }]);
  const lift = () => (scene.fixed ? 0 : LIFT * (range[1] - range[0]));
  const room = () => 2 * LIFT * (range[1] - range[0]);

  async function setScene(nextScene, nextRuns, nextTheme, camera, same = false) {
    const connected = scene !== null;
    [scene, runs, theme] = [nextScene, nextRuns, nextTheme];
    heights = cells(scene, scene.height);
    ground = span(heights);
    range = reach(scene, heights, runs);
    const size = { width: element.clientWidth, height: heightFor(element.clientWidth) };
    plotted = runs.map((run) => run.path);
    await Plotly.react(element, data(), layout(size, (same ? null : camera) ?? currentCamera()), CONFIG);
    if (!connected) connect();
  }

  function connect() {
    // After the event: Plotly listens to it too, and must still find its scene.
    element.addEventListener("webglcontextlost", () => setTimeout(onLost), true);
    element.addEventListener("pointerdown", (event) => { [pressed, travelled, hit] = [[event.clientX, event.clientY], 0, null]; }, true);
    addEventListener("pointermove", (event) => {
      if (pressed) travelled = Math.max(travelled, Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]));
    }, true);
    addEventListener("pointerup", () => { pressed = null; choose(); }, true);
    element.on("plotly_click", ({ points: [point] }) => {
      hit = point ? [Number(point.x), Number(point.y)] : null;
      choose();
    });
    element.on("plotly_relayouting", (change) => link(change));
    element.on("plotly_relayout", (change) => {
      link(change);
      if (!linking && Object.keys(change).some((key) => key.includes("camera"))) onLook({ camera: flatten(currentCamera()) });
    });
  }

  /** Plotly reports a click with the press or a slow frame after the release; only then is it known to be no rotation. */
  function choose() {
    if (pressed || !hit) return;
    const point = hit;
    hit = null;
    if (travelled < STILL) onStart(point, false);
  }

  /** The other scenes take the camera of the one that is being turned, and once more when it has come to rest. */
  function link(change) {
    if (!each || linking) return;
    const key = Object.keys(change).find((name) => name.endsWith(".camera"));
    if (!key) return;
    const turned = key.slice(0, -".camera".length);
    share(turned, change[key]);
    clearTimeout(gliding);
    gliding = setTimeout(() => {
      const view = element._fullLayout?.[turned]?._scene;
      if (view && !pressed) share(turned, view.getCamera());
    }, GLIDE);
  }

  function share(turned, camera) {
    linking = true;
    for (const { id } of panels()) {
      const full = element._fullLayout[id];
      if (id !== turned) full._scene?.setViewport({ ...full, camera });
      element.layout[id].camera = camera;
    }
    linking = false;
  }

  function heightFor(width) {
    if (!each) return pictureHeight(width);
    return Math.max(300, Math.ceil(runs.length / (width < 560 ? 1 : 2)) * Math.min(400, width * 0.5));
  }

  function layout({ width, height }, camera) {
    const base = {
      width, height, paper_bgcolor: "transparent", showlegend: false, font: { color: theme.text, family: theme.font },
      uirevision: "kept", margin: { l: 0, r: 0, t: each ? 26 : 0, b: 0 }, annotations: [],
    };
    const wide = each && width >= 560 && runs.length > 1 ? 2 : 1;
    const rows = Math.ceil(panels().length / wide);
    const axis = { gridcolor: theme.ridge, zeroline: false, showbackground: false, color: theme.text, showspikes: false, tickfont: { size: 11 } };
    const count = width / wide < 520 ? 3 : 5;
    panels().forEach(({ id, runs: [run] }, i) => {
      const [row, column] = [Math.floor(i / wide), i % wide];
      const domain = { x: [column / wide, (column + 1) / wide], y: [(rows - 1 - row) / rows, (rows - row) / rows] };
      base[id] = {
        domain, camera, aspectmode: "manual", aspectratio: { x: 1, y: 1, z: 0.62 }, uirevision: "kept",
        xaxis: { ...axis, ...ticks(scene.window[0], count), title: { text: brief(scene.axes[0]) }, range: [...scene.window[0]] },
        yaxis: { ...axis, ...ticks(scene.window[1], count), title: { text: brief(scene.axes[1]) }, range: [...scene.window[1]] },
        // Its title would be written along the axis, across the numbers: it stands in a corner instead.
        zaxis: { ...axis, ...ticks(range, count), title: { text: "" }, range: drawnRange() },
      };
      const corner = { x: domain.x[0] + 0.01, y: domain.y[1], xref: "paper", yref: "paper", xanchor: "left", showarrow: false };
      if (each) base.annotations.push({ ...corner, yanchor: "bottom", text: run?.title ?? "", font: { color: theme.text, size: 14 } });
      else base.annotations.push({ ...corner, yanchor: "top", text: `height: ${scene.heightTitle}`, font: { color: theme.text, size: 12 } });
    });
    return base;
  }

  const drawnRange = () => [range[0] - room(), range[1] + room()];

  /** Paths that have grown below the axis make it longer. */
  function fit() {
    if (!scene.fixed || pressed) return;
    const [low, high] = reach(scene, heights, runs);
    if (low >= range[0] && high <= range[1]) return;
    range = [Math.min(range[0], low - (low < range[0] ? SLACK * (high - low) : 0)), Math.max(range[1], high)];
    Plotly.relayout(element, Object.fromEntries(panels().map(({ id }) => [`${id}.zaxis.range`, drawnRange()])));
  }

  function data() {
    const losses = cells(scene, Number);
    const tints = cells(scene, scene.colour);
    const grounds = panels().map(({ id }) => ({
      type: "surface", name: "loss", scene: id, x: scene.x, y: scene.y, z: heights, surfacecolor: tints, customdata: losses,
      colorscale: theme.scale, showscale: false, ...(scene.fixed && { opacity: GLASS }), lighting: { ambient: 0.75, diffuse: 0.5, specular: 0.05, roughness: 0.9 },
      contours: { z: { show: true, usecolormap: false, color: theme.ridge, width: 1, start: ground[0], end: ground[1], size: (ground[1] - ground[0]) / 18 || 1 } },
      hovertemplate: `${scene.axes[0]} %{x:.4g}<br>${scene.axes[1]} %{y:.4g}<br>loss %{customdata:.6g}<extra></extra>`,
    }));
    const marks = panels().flatMap(({ id, runs: here }) => [minima(id), heads(id, here)]);
    const behind = panels().flatMap(({ id, runs: here }) => here.map((run) => line(run, id, "ahead")));
    const lines = panels().flatMap(({ id, runs: here }) => here.map((run) => line(run, id, "path")));
    const below = scene.fixed ? panels().flatMap(({ id, runs: here }) => [stems(id, stemsOf(here)), stems(id, stemsAt(here, Infinity))]) : [];
    const extra = solids();
    sketched = extra.length;
    return [...grounds, ...marks, ...below, ...behind, ...lines, ...extra];
  }

  const raised = (loss) => scene.height(loss) + lift();

  /** Nothing to see: without one finite height Plotly cannot place its scene. */
  function anchor(id) {
    const [x, y, z] = [...scene.window, range].map(([low, high]) => [(low + high) / 2]);
    return { type: "scatter3d", mode: "markers", name: "known minima", scene: id, hoverinfo: "skip", x, y, z, marker: { size: 1, opacity: 0 } };
  }

  function minima(id) {
    if (scene.empty || !heights.some((row) => row.some((height) => height !== null))) return anchor(id);
    const marks = scene.minima.filter((mark) => Number.isFinite(scene.height(mark.value)));
    return {
      type: "scatter3d", mode: "markers", name: scene.minimaTitle, scene: id, x: marks.map((m) => m.position[0]),
      y: marks.map((m) => m.position[1]), z: marks.map((m) => raised(m.value)), customdata: marks.map((m) => [m.word, m.value]),
      marker: { symbol: "diamond", size: 4, color: theme.background, line: { color: theme.text, width: 1.5 } },
      hovertemplate: "%{customdata[0]} minimum<br>(%{x:.6g}, %{y:.6g})<br>loss %{customdata[1]:.6g}<extra></extra>",
    };
  }

  function heads(id, here) {
    return {
      type: "scatter3d", mode: "markers", name: "current step", scene: id, hoverinfo: "skip", ...headsAt(here, Infinity),
      marker: { size: 5.5, color: here.map((run) => run.colour), line: { color: theme.background, width: 1 } },
    };
  }

  function headsAt(here, step) {
    const at = here.map(({ path }) => [path, Math.min(step, path.end)]);
    return nearer({
      x: at.map(([path, k]) => path.xy[2 * k]),
      y: at.map(([path, k]) => path.xy[2 * k + 1]),
      z: at.map(([path, k]) => raised(path.loss[k])),
    });
  }

  /** Stems from the true loss of a path to the slice's loss at the same place. */
  function stems(id, columns) {
    return { type: "scatter3d", mode: "lines", name: "stems", scene: id, hoverinfo: "skip", connectgaps: false, ...columns };
  }

  const stemsOf = (here) => standing(here.flatMap((run) => stemSteps(run.path).map((k) => [run, k])), 2);
  const stemsAt = (here, step) => standing(here.map((run) => [run, Math.min(step, run.path.end)]), 6);

  function standing(places, width) {
    const columns = { x: [], y: [], z: [], line: { width, dash: "solid", color: [] } };
    for (const [run, k] of places) {
      const { truth, slice, off } = honestyAt(run.path, k);
      const colour = blend(run.colour, theme.background, 0.8 * paleness(off));
      columns.x.push(run.path.xy[2 * k], run.path.xy[2 * k], NaN);
      columns.y.push(run.path.xy[2 * k + 1], run.path.xy[2 * k + 1], NaN);
      columns.z.push(raised(truth), scene.height(slice), NaN);
      columns.line.color.push(colour, colour, colour);
    }
    return columns;
  }

  function line(run, id, part) {
    const path = part === "path";
    return {
      type: "scatter3d", mode: "lines", name: path ? run.title : `${run.title}, to the current step`, scene: id, ...spoken(run),
      // Opaque on purpose: one transparent object makes Plotly draw the whole scene twice.
      line: { color: path || run.kept ? blend(run.colour, theme.background, path && run.kept ? 0.7 : 0.45) : run.colour, dash: path ? "solid" : run.dash, width: (path ? 4 : 7) - (run.kept ? 2 : 0) }, // a pale line holds the dashes together
      hovertemplate: scene.fixed ? "%{text}<extra></extra>" : `${run.title}, step %{pointNumber}<br>(%{x:.6g}, %{y:.6g})<br>loss %{customdata:.6g}<extra></extra>`,
    };
  }

  function coordinates(run) {
    const { x, y, loss } = columns(run.path);
    return { ...nearer({ x, y, z: loss.map(raised) }), customdata: loss };
  }

  /** Points farther than `FAR` boxes away come as near as that, in their direction: in the box nothing moves by a pixel. */
  function nearer({ x, y, z }) {
    const axes = [[x, scene.window[0]], [y, scene.window[1]], [z, range]];
    const centres = axes.map(([, [low, high]]) => (low + high) / 2);
    const sizes = axes.map(([, [low, high]]) => high - low || 1);
    x.forEach((_, k) => {
      const away = Math.max(...axes.map(([values], axis) => Math.abs(values[k] - centres[axis]) / sizes[axis]));
      if (away > FAR) axes.forEach(([values], axis) => { values[k] = centres[axis] + (values[k] - centres[axis]) * (FAR / away); });
    });
    return { x, y, z };
  }

  /** The same with what is said beside the pointer: too slow for every frame. */
  function spoken(run) {
    const places = coordinates(run);
    return scene.fixed ? { ...places, text: places.x.map((_, k) => hoverText(run, k)) } : places;
  }

  /** The same up to and including `step`. */
  function upTo(columns, step) {
    if (step >= columns.x.length - 1) return columns;
    return Object.fromEntries(Object.entries(columns).map(([key, values]) => [key, values.slice(0, step + 1)]));
  }

  const firstLine = () => element.data.length - sketched - runs.length;

  /** What panels draw in space. */
  function solids() {
    return sketches.items(runs, each).filter((item) => item.solid).map((item) => ({
      type: "scatter3d", mode: "lines", name: item.name, scene: panels()[item.panel].id, hoverinfo: "skip", connectgaps: false,
      ...columnsOf(item, scene.height), line: { color: item.colour, width: 4 },
    }));
  }

  /** A sketch that only moved goes straight to WebGL; another one draws the figure anew. */
  async function point(next) {
    sketches.put(next);
    if (!scene || !element._fullData) return;
    const wanted = solids();
    const old = element.data.slice(element.data.length - sketched);
    const alike = wanted.length === old.length && wanted.every((trace, k) => trace.name === old[k].name && trace.scene === old[k].scene);
    const first = element.data.length - sketched;
    if (alike && wanted.every((trace, k) => feed(first + k, { x: trace.x, y: trace.y, z: trace.z }))) return;
    if (!wanted.length && !sketched) return;
    const size = { width: element.layout.width, height: element.layout.height };
    await Plotly.react(element, data(), layout(size, currentCamera()), CONFIG);
    draw(shown, null);
  }

  /**
   * Feeds `index` of Plotly's traces straight to its WebGL object, which Plotly's own frame loop then draws once;
   * false where Plotly does not allow it any more.
   */
  function feed(index, change) {
    const full = element._fullData?.[index];
    const holder = element._fullLayout?.[full?.scene]?._scene;
    const drawn = holder?.traces?.[full.uid];
    if (!drawn?.update) return false;
    Object.assign(full, change, { _length: change.x.length });
    Object.assign(element.data[index], change);
    drawn.update(full);
    return true;
  }

  /** @param {number[] | null} moved which runs changed their whole path; null: only the step did */
  function draw(step, start, moved = null) {
    if (!scene || !element._fullData) return;
    shown = step;
    const first = firstLine();
    let done = true;
    (moved ?? runs.map((_, i) => i)).forEach((i) => {
      const whole = coordinates(runs[i]);
      if (moved) done = feed(first + i, whole) && done;
      done = feed(first - runs.length + i, upTo(whole, step)) && done;
    });
    const count = panels().length;
    panels().forEach(({ runs: here }, i) => {
      done = feed(count + 2 * i + 1, headsAt(here, step)) && done;
      if (!scene.fixed) return;
      if (moved) done = feed(3 * count + 2 * i, stemsOf(here)) && done;
      done = feed(3 * count + 2 * i + 1, stemsAt(here, step)) && done;
    });
    if (!done) restyle();
    if (moved) fit();
  }

  async function settle(redraw) {
    if (redraw && runs.some((run, i) => plotted[i] !== run.path)) await restyle();
  }

  /** The lines through Plotly's public way: hover and export follow. */
  async function restyle() {
    plotted = runs.map((run) => run.path);
    const first = firstLine();
    const whole = runs.map((run) => spoken(run));
    const both = [...whole.map((columns) => upTo(columns, shown)), ...whole];
    const indices = both.map((_, i) => first - runs.length + i);
    const update = Object.fromEntries(Object.keys(both[0] ?? {}).map((key) => [key, both.map((c) => c[key])]));
    await Plotly.restyle(element, update, indices);
  }

  function currentCamera() {
    const holder = element._fullLayout?.[panels()[0]?.id]?._scene;
    return holder?.getCamera?.() ?? EYE;
  }

  function zoom(factor) {
    const camera = factor === null ? EYE : currentCamera();
    const eye = Object.fromEntries(Object.entries(camera.eye).map(([key, value]) => [key, value * (factor ?? 1)]));
    return Plotly.relayout(element, Object.fromEntries(panels().map(({ id }) => [`${id}.camera`, { ...camera, eye }])));
  }

  async function resize() {
    if (!element._fullLayout || !element.clientWidth) return;
    const size = { width: element.clientWidth, height: heightFor(element.clientWidth) };
    if (size.width !== element.layout.width || size.height !== element.layout.height) await Plotly.relayout(element, size);
  }

  return {
    element, setScene, draw, point, settle, zoom, resize,
    get ready() { return scene !== null; },
    picture: (caption) => forPrint(element, { theme, caption, marks: [] }),
    destroy: () => Plotly.purge(element),
  };
}

/**
 * Few round numbers, none near an end of the axis: there two axes meet, and their numbers would overprint each other.
 * @param {[number, number]} range @param {number} count about how many
 */
export function ticks([low, high], count) {
  const room = (high - low) * 0.07;
  const rough = (high - low) / (count + 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const first = Math.ceil((low + room) / step);
  const last = Math.floor((high - room) / step);
  const tickvals = Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => (first + k) * step);
  return { tickmode: "array", tickvals, ticktext: tickvals.map(short) };
}

/** At most four digits, thousands and more as powers of ten. */
function short(value) {
  const number = Number(value.toPrecision(4));
  return Math.abs(number) >= 1e4 ? number.toExponential().replace("e+", "e") : String(number).replace("-", "−");
}

const brief = (name) => name.replace(/ \(.*\)$/, ""); // a turned title has no room for more; the contour has
const sceneId = (index) => (index ? `scene${index + 1}` : "scene");

/** Nine numbers (eye, center, up), as the link keeps them. */
function flatten({ eye, center, up }) {
  return [eye, center, up].flatMap(({ x, y, z }) => [x, y, z]);
}

/** @param {number[] | null} numbers nine of them @returns {object | null} Plotly's camera */
export function unflatten(numbers) {
  if (!numbers) return null;
  const [eye, center, up] = [0, 3, 6].map((k) => ({ x: numbers[k], y: numbers[k + 1], z: numbers[k + 2] }));
  return { eye, center, up };
}

/** Whether this browser can draw in 3D at all. */
export function hasWebGL() {
  const context = document.createElement("canvas").getContext("webgl");
  context?.getExtension("WEBGL_lose_context")?.loseContext(); // give the probe's context back
  return context !== null;
}
