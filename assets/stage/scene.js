/**
 * A landscape as the stage draws it: the grid, and how a loss becomes a height and a colour.
 * `blank`: a surface without one finite loss; `holed`: not all of its losses are finite. `word` of a minimum says which it is, `minimaTitle` whether they are known or were found.
 * `fixed`: a slice through many parameters, on which no start can be chosen; `empty`: there is no surface yet.
 * `movable`: a start can be chosen here.
 * @typedef {{key: string, fixed?: boolean, movable: boolean, empty: boolean, axes: string[], window: number[][], minima: object[], x: Float32Array, y: Float32Array,
 *   loss: Float32Array[], height: (loss: number) => number, colour: (loss: number) => number, heightTitle: string,
 *   colourTitle: string, scaleWords: string}} Scene
 */

/** @param {object} state the wire's state @param {import("./wire.js").Message | null} surface null while there is none @returns {Scene} */
export function makeScene(state, surface) {
  const { landscape } = state;
  const { x, y, loss } = surface?.tensors ?? emptyGrid(landscape.window);
  const [rows, width] = loss.shape;
  const log = logarithm(landscape.offset);
  return {
    ...landscape,
    movable: !landscape.fixed && !state.saved,
    empty: !surface,
    blank: Boolean(surface) && !loss.data.some(Number.isFinite),
    holed: Boolean(surface) && !loss.data.every(Number.isFinite),
    minima: landscape.minima.map((mark) => ({ ...mark, word: landscape.searched ? FOUND[mark.kind] : mark.kind })),
    minimaTitle: landscape.searched ? "found minima" : "known minima",
    x: x.data,
    y: y.data,
    loss: Array.from({ length: rows }, (_, j) => loss.data.subarray(j * width, (j + 1) * width)),
    height: state.height === "log" ? log.apply : identity,
    colour: state.colour === "log" ? log.apply : identity,
    heightTitle: state.height === "log" ? log.title : "loss",
    colourTitle: state.colour === "log" ? log.title : "loss",
    scaleWords: [state.height, state.colour].includes("log") ? log.words : "",
  };
}

/** Axes without a surface: paths may be there before it. */
function emptyGrid([x, y]) {
  return { x: { data: x }, y: { data: y }, loss: { data: new Float32Array(4).fill(NaN), shape: [2, 2] } };
}

/** Every cell through `transform`; what has no finite picture becomes a hole. */
export function cells(scene, transform) {
  return scene.loss.map((row) => Array.from(row, (value) => finite(transform(value))));
}

/** @returns {[number, number]} lowest and highest drawn value */
export function span(grid) {
  let low = Infinity;
  let high = -Infinity;
  for (const row of grid) {
    for (const value of row) {
      if (value === null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/** From the lowest to the highest height of the surface and, on a slice, of the paths beside it, which may lie far below. */
export function reach(scene, heights, runs) {
  const ground = span(heights);
  if (!scene.fixed) return ground;
  const known = heights.some((row) => row.some((value) => value !== null));
  const losses = runs.flatMap(({ path }) => Array.from(path.loss.subarray(0, path.end + 1), scene.height)).filter(Number.isFinite);
  const first = runs.map(({ path }) => scene.height(path.loss[0])).filter(Number.isFinite);
  const values = [...(known ? ground : []), ...first];
  if (!values.length) return ground;
  const low = losses.reduce((a, b) => Math.min(a, b), Math.min(...values));
  const high = Math.max(...values); // a run that diverges leaves at the top
  return low < high ? [low, high] : [low - 0.5, low + 0.5];
}

function logarithm(offset) {
  const size = Number(Math.abs(offset).toPrecision(3));
  const title = offset === 0 ? "log₁₀ loss" : `log₁₀(loss ${offset < 0 ? "−" : "+"} ${size})`;
  const why = offset > 0 ? `; ${size} is added, because a logarithm has no place for losses of 0 or less` : "";
  return { title, words: ` One more is ten times as much${why}.`, apply: (loss) => Math.log10(loss + offset) };
}

const FOUND = { global: "lowest found", local: "found" }; // a search is no knowledge
const identity = (loss) => loss;
const finite = (value) => (Number.isFinite(value) ? value : null);
