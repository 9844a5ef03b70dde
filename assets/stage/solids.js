import { honestyAt, hoverText, paleness, stemSteps } from "./honest.js";
import { columns, placeAt } from "./path.js";
import { cells } from "./scene.js";
import { blend } from "./theme.js";

const LIFT = 0.012; // of the drawn height: lines exactly on the surface would sink into its facets
const GLASS = 0.5; // a slice's surface lets the paths below it be seen
const FAR = 1e4; // sizes of the box: Plotly scales by the farthest point, and single precision ends at 1e38

/**
 * Plotly's traces of a 3D scene.
 * @typedef {{scene: object, theme: import("./theme.js").Theme, heights: (number | null)[][], ground: [number, number], range: [number, number]}} World
 *   `heights` are the surface's, `ground` their span, `range` the axis, which has room for the paths as well
 */

/** @param {World} world @param {string[]} ids one surface a scene */
export function surfaces({ scene, theme, heights, ground: [low, high] }, ids) {
  const whole = !heights.some((row) => row.includes(null)); // at holes Plotly's level lines would run out of the scene
  const losses = cells(scene, Number);
  const tints = cells(scene, scene.colour);
  return ids.map((id) => ({
    type: "surface", name: "loss", scene: id, x: scene.x, y: scene.y, z: heights, surfacecolor: tints, customdata: losses,
    colorscale: theme.scale, showscale: false, ...(scene.fixed && { opacity: GLASS }), lighting: { ambient: 0.75, diffuse: 0.5, specular: 0.05, roughness: 0.9 },
    contours: { z: { show: whole, usecolormap: false, color: theme.ridge, width: 1, start: low, end: high, size: (high - low) / 18 || 1 } },
    hovertemplate: `${scene.axes[0]} %{x:.4g}<br>${scene.axes[1]} %{y:.4g}<br>loss %{customdata:.6g}<extra></extra>`,
  }));
}

/** @param {World} world */
export function minima(world, id) {
  const { scene, theme, heights } = world;
  if (scene.empty || !heights.some((row) => row.some((height) => height !== null))) return anchor(world, id);
  const marks = scene.minima.filter((mark) => Number.isFinite(scene.height(mark.value)));
  return {
    type: "scatter3d", mode: "markers", name: scene.minimaTitle, scene: id, x: marks.map((m) => m.position[0]),
    y: marks.map((m) => m.position[1]), z: marks.map((m) => raised(world, m.value)), customdata: marks.map((m) => [m.word, m.value]),
    marker: { symbol: "diamond", size: 4, color: theme.background, line: { color: theme.text, width: 1.5 } },
    hovertemplate: "%{customdata[0]} minimum<br>(%{x:.6g}, %{y:.6g})<br>loss %{customdata[1]:.6g}<extra></extra>",
  };
}

/** Nothing to see: without one finite height Plotly cannot place its scene. */
function anchor({ scene, range }, id) {
  const [x, y, z] = [...scene.window, range].map(([low, high]) => [(low + high) / 2]);
  return { type: "scatter3d", mode: "markers", name: "known minima", scene: id, hoverinfo: "skip", x, y, z, marker: { size: 1, opacity: 0 } };
}

/** @param {World} world */
export function heads(world, id, runs) {
  return {
    type: "scatter3d", mode: "markers", name: "current step", scene: id, hoverinfo: "skip", ...headsAt(world, runs, Infinity),
    marker: { size: 5.5, color: runs.map((run) => run.colour), line: { color: world.theme.background, width: 1 } },
  };
}

/** @param {World} world */
export function headsAt(world, runs, step) {
  const at = runs.map(({ path }) => [path, placeAt(path, step)]);
  return nearer(world, {
    x: at.map(([path, k]) => path.xy[2 * k]),
    y: at.map(([path, k]) => path.xy[2 * k + 1]),
    z: at.map(([path, k]) => raised(world, path.loss[k])),
  });
}

/** Stems from the true loss of a path to the slice's loss at the same place. */
export function stems(id, places) {
  return { type: "scatter3d", mode: "lines", name: "stems", scene: id, hoverinfo: "skip", connectgaps: false, ...places };
}

/** @param {World} world */
export const stemsOf = (world, runs) => standing(world, runs.flatMap((run) => stemSteps(run.path).map((k) => [run, k])), 2);
/** @param {World} world */
export const stemsAt = (world, runs, step) => standing(world, runs.map((run) => [run, placeAt(run.path, step)]), 6);

function standing(world, places, width) {
  const found = { x: [], y: [], z: [], line: { width, dash: "solid", color: [] } };
  for (const [run, k] of places) {
    const { truth, slice, off } = honestyAt(run.path, k);
    const colour = blend(run.colour, world.theme.background, 0.8 * paleness(off));
    found.x.push(run.path.xy[2 * k], run.path.xy[2 * k], NaN);
    found.y.push(run.path.xy[2 * k + 1], run.path.xy[2 * k + 1], NaN);
    found.z.push(raised(world, truth), world.scene.height(slice), NaN);
    found.line.color.push(colour, colour, colour);
  }
  return found;
}

/** @param {World} world @param {"path" | "ahead"} part the whole path, pale, or what lies ahead of the thumb */
export function line(world, run, id, part) {
  const { scene, theme } = world;
  const path = part === "path";
  return {
    type: "scatter3d", mode: "lines", name: path ? run.title : `${run.title}, to the current step`, scene: id, ...spoken(world, run),
    // Opaque on purpose: one transparent object makes Plotly draw the whole scene twice. A pale line holds the dashes together.
    line: {
      color: path || run.kept ? blend(run.colour, theme.background, path && run.kept ? 0.7 : 0.45) : run.colour,
      dash: path ? "solid" : run.dash, width: (path ? 4 : 7) - (run.kept ? 2 : 0),
    },
    hovertemplate: scene.fixed ? "%{text}<extra></extra>" : `${run.title}, step %{${run.path.steps ? "text" : "pointNumber"}}<br>(%{x:.6g}, %{y:.6g})<br>loss %{customdata:.6g}<extra></extra>`,
  };
}

/** @param {World} world */
export function coordinates(world, run) {
  const { x, y, loss } = columns(run.path);
  return { ...nearer(world, { x, y, z: loss.map((value) => raised(world, value)) }), customdata: loss };
}

/** The same with what is said beside the pointer: too slow for every frame. */
export function spoken(world, run) {
  const places = coordinates(world, run);
  if (world.scene.fixed) return { ...places, text: places.x.map((_, k) => hoverText(run, k)) };
  return run.path.steps ? { ...places, text: Array.from(run.path.steps) } : places;
}

/** The same up to and including the tick of the timeline. */
export function upTo(places, path, tick) {
  const step = placeAt(path, tick);
  if (step >= places.x.length - 1) return places;
  return Object.fromEntries(Object.entries(places).map(([key, values]) => [key, values.slice(0, step + 1)]));
}

function raised({ scene, range: [low, high] }, loss) {
  return scene.height(loss) + (scene.fixed ? 0 : LIFT * (high - low));
}

/** Room that the axis leaves for what is raised. */
export const roomOf = ([low, high]) => 2 * LIFT * (high - low);

/** Points farther than `FAR` boxes away come as near as that, in their direction: in the box nothing moves by a pixel. */
function nearer({ scene, range }, { x, y, z }) {
  const [a, b, c] = [...scene.window, range].map(([low, high]) => ({ centre: (low + high) / 2, size: high - low || 1 }));
  for (let k = 0; k < x.length; k += 1) {
    const away = Math.max(Math.abs(x[k] - a.centre) / a.size, Math.abs(y[k] - b.centre) / b.size, Math.abs(z[k] - c.centre) / c.size);
    if (!(away > FAR)) continue;
    x[k] = a.centre + (x[k] - a.centre) * (FAR / away);
    y[k] = b.centre + (y[k] - b.centre) * (FAR / away);
    z[k] = c.centre + (z[k] - c.centre) * (FAR / away);
  }
  return { x, y, z };
}
