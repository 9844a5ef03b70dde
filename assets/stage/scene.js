/**
 * A landscape as the stage draws it: the grid, and how a loss becomes a height and a colour.
 * @typedef {{key: string, axes: string[], window: number[][], minima: object[], x: Float32Array, y: Float32Array,
 *   loss: Float32Array[], height: (loss: number) => number, colour: (loss: number) => number, heightTitle: string,
 *   colourTitle: string}} Scene
 */

/** @param {object} state the wire's state @param {import("./wire.js").Message} surface @returns {Scene} */
export function makeScene(state, surface) {
  const { landscape } = state;
  const { x, y, loss } = surface.tensors;
  const [rows, width] = loss.shape;
  const log = logarithm(landscape.offset);
  return {
    ...landscape,
    x: x.data,
    y: y.data,
    loss: Array.from({ length: rows }, (_, j) => loss.data.subarray(j * width, (j + 1) * width)),
    height: state.height === "log" ? log.apply : identity,
    colour: state.colour === "log" ? log.apply : identity,
    heightTitle: state.height === "log" ? log.title : "loss",
    colourTitle: state.colour === "log" ? log.title : "loss",
  };
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

function logarithm(offset) {
  const sign = offset < 0 ? "−" : "+";
  const title = offset === 0 ? "log₁₀ loss" : `log₁₀(loss ${sign} ${Number(Math.abs(offset).toPrecision(3))})`;
  return { title, apply: (loss) => Math.log10(loss + offset) };
}

const identity = (loss) => loss;
const finite = (value) => (Number.isFinite(value) ? value : null);
