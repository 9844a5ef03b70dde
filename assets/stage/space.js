import { brief, ticks } from "./axis.js";
import { EYE, flatten, within } from "./camera.js";
import { forPrint, pictureHeight } from "./picture.js";
import { cells, reach, span } from "./scene.js";
import { columnsOf, createSketches } from "./sketch.js";
import { coordinates, heads, headsAt, line, minima, roomOf, spoken, stems, stemsAt, stemsOf, surfaces, upTo } from "./solids.js";

// One pixel a pixel: at Plotly's usual two, software WebGL takes four times as long for every frame.
const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false, plotGlPixelRatio: Math.min(devicePixelRatio || 1, 2) };
const GLIDE = 300; // milliseconds for which Plotly lets a camera glide on after its last word about it
const UNTURNED = 1e-4; // of a camera's numbers, of which the address keeps four digits
const STILL = 5; // pixels: a pointer that moved further was turning the camera
const SLACK = 0.1; // of the height: room below, so that falling losses do not move the axis each time

/**
 * The 3D view: one scene with every path, or one scene a path (at most four), all sharing their camera.
 * @param {{each: boolean, onStart: (point: number[], live: boolean) => void, onLook: (look: object) => void,
 *   onLost: () => void}} options
 */
export function createSpace(Plotly, { each, onStart, onLook, onLost }) {
  const element = document.createElement("div");
  element.className = "view space";
  let world = null; // what is drawn, see solids.js
  let runs = [];
  let pressed = null;
  let armed = false; // a press has not chosen a start yet
  let hit = null;
  let travelled = 0;
  let linking = false;
  let reported = []; // the camera that the address knows
  let gliding = 0;
  let shown = Infinity; // the step that is drawn
  let plotted = []; // the paths that Plotly's own drawing, and so its hover, knows
  let straying = 0;
  const sketches = createSketches();
  let sketched = 0; // traces of sketches, the last ones

  const panels = () => (each && runs.length ? runs.map((run, i) => ({ id: sceneId(i), runs: [run] })) : [{ id: "scene", runs }]);

  async function setScene(scene, nextRuns, theme, camera, same = false) {
    const connected = world !== null;
    runs = nextRuns;
    const heights = cells(scene, scene.height);
    world = { scene, theme, heights, ground: span(heights), range: reach(scene, heights, runs) };
    const size = { width: element.clientWidth, height: heightFor(element.clientWidth) };
    plotted = runs.map((run) => run.path);
    await Plotly.react(element, data(), layout(size, (same ? null : camera) ?? currentCamera()), CONFIG);
    if (!pressed) reported = flatten(within(currentCamera()));
    if (!connected) connect();
  }

  function connect() {
    // After the event: Plotly listens to it too, and must still find its scene.
    element.addEventListener("webglcontextlost", () => setTimeout(onLost), true);
    element.addEventListener("pointerdown", (event) => { [pressed, armed, travelled, hit] = [[event.clientX, event.clientY], true, 0, null]; }, true);
    addEventListener("pointermove", (event) => {
      if (pressed) travelled = Math.max(travelled, Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]));
    }, true);
    addEventListener("pointerup", () => { pressed = null; choose(); }, true);
    addEventListener("pointercancel", () => { [pressed, armed] = [null, false]; }, true); // the finger scrolls the page
    element.on("plotly_click", ({ points: [point] }) => {
      hit = point ? [Number(point.x), Number(point.y)] : null;
      choose();
    });
    element.on("plotly_relayouting", (change) => link(change));
    element.on("plotly_relayout", (change) => {
      link(change);
      if (linking || !Object.keys(change).some((key) => key.includes("camera"))) return;
      report(flatten(within(currentCamera())));
      clearTimeout(straying);
      straying = setTimeout(comeBack, GLIDE);
    });
  }

  /** Plotly ends every press with a word about the camera, a tap's too, which turned nothing. */
  function report(camera) {
    if (camera.every((number, i) => Math.abs(number - reported[i]) < UNTURNED)) return;
    reported = camera;
    onLook({ camera });
  }

  /**
   * Plotly reports a click with the press or a slow frame after the release; only then is it known to be no rotation.
   * After a finger's it reports the click again with every redraw, and a start redraws: a press chooses once.
   */
  function choose() {
    if (pressed || !armed || !hit) return;
    const point = hit;
    [armed, hit] = [false, null];
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
    const { scene, theme, range } = world;
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

  const drawnRange = ({ range } = world) => [range[0] - roomOf(range), range[1] + roomOf(range)];

  /** Paths that have grown below the axis make it longer. */
  function fit() {
    const { scene, heights, range } = world;
    if (!scene.fixed || pressed) return;
    const [low, high] = reach(scene, heights, runs);
    if (low >= range[0] && high <= range[1]) return;
    world.range = [Math.min(range[0], low - (low < range[0] ? SLACK * (high - low) : 0)), Math.max(range[1], high)];
    Plotly.relayout(element, Object.fromEntries(panels().map(({ id }) => [`${id}.zaxis.range`, drawnRange()])));
  }

  function data() {
    const marks = panels().flatMap(({ id, runs: here }) => [minima(world, id), heads(world, id, here)]);
    const standing = ({ id, runs: here }) => [stems(id, stemsOf(world, here)), stems(id, stemsAt(world, here, Infinity))];
    const below = world.scene.fixed ? panels().flatMap(standing) : [];
    const lines = (part) => panels().flatMap(({ id, runs: here }) => here.map((run) => line(world, run, id, part)));
    const extra = sketchLines();
    sketched = extra.length;
    return [...surfaces(world, panels().map(({ id }) => id)), ...marks, ...below, ...lines("ahead"), ...lines("path"), ...extra];
  }

  const firstLine = () => element.data.length - sketched - runs.length;

  /** What panels draw in space. */
  function sketchLines() {
    return sketches.items(runs, each).filter((item) => item.solid).map((item) => ({
      type: "scatter3d", mode: "lines", name: item.name, scene: panels()[item.panel].id, hoverinfo: "skip", connectgaps: false,
      ...columnsOf(item, world.scene.height), line: { color: item.colour, width: 4 },
    }));
  }

  /** A sketch that only moved goes straight to WebGL; another one draws the figure anew. */
  async function point(next) {
    sketches.put(next);
    if (!world || !element._fullData) return;
    const wanted = sketchLines();
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
    if (!world || !element._fullData) return;
    shown = step;
    const first = firstLine();
    let done = true;
    (moved ?? runs.map((_, i) => i)).forEach((i) => {
      const whole = coordinates(world, runs[i]);
      if (moved) done = feed(first + i, whole) && done;
      done = feed(first - runs.length + i, upTo(whole, runs[i].path, step)) && done;
    });
    const count = panels().length;
    panels().forEach(({ runs: here }, i) => {
      done = feed(count + 2 * i + 1, headsAt(world, here, step)) && done;
      if (!world.scene.fixed) return;
      if (moved) done = feed(3 * count + 2 * i, stemsOf(world, here)) && done;
      done = feed(3 * count + 2 * i + 1, stemsAt(world, here, step)) && done;
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
    const whole = runs.map((run) => spoken(world, run));
    const both = [...whole.map((columns, i) => upTo(columns, runs[i].path, shown)), ...whole];
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
    return look({ ...camera, eye });
  }

  function comeBack() {
    if (pressed) return; // whoever turns the camera now is asked again at the end of it
    const camera = currentCamera();
    const usable = within(camera);
    if (usable !== camera) look(usable);
  }

  function look(camera) {
    return Plotly.relayout(element, Object.fromEntries(panels().map(({ id }) => [`${id}.camera`, camera])));
  }

  async function resize() {
    if (!element._fullLayout || !element.clientWidth) return;
    const size = { width: element.clientWidth, height: heightFor(element.clientWidth) };
    if (size.width !== element.layout.width || size.height !== element.layout.height) await Plotly.relayout(element, size);
  }

  return {
    element, setScene, draw, point, settle, zoom, resize,
    get ready() { return world !== null; },
    picture: (caption) => forPrint(element, { theme: world.theme, caption, lines: runs }),
    destroy: () => Plotly.purge(element),
  };
}

const sceneId = (index) => (index ? `scene${index + 1}` : "scene");
