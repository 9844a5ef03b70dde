/**
 * A run as the stage draws it. `end` is the last step with finite numbers: a diverged run is cut there. Of a run on a
 * slice, `slice` and `off` say how far the picture is to be believed, see honest.js. Of a run that was kept at some steps
 * only, `steps` are the numbers of these, and `places[t]` is the newest of them at tick t of the timeline.
 * @typedef {{xy: Float32Array, loss: Float32Array, end: number, slice?: Float32Array, off?: Float32Array, steps?: Int32Array, places?: Int32Array}} Path
 */

/** @param {Float32Array} xy pairs, one a step @param {Float32Array} loss @param {number} diverged index or -1
 *   @param {{slice?: Float32Array, off?: Float32Array, steps?: Int32Array, places?: Int32Array}} [more] */
export function makePath(xy, loss, diverged, more = {}) {
  let end = (diverged < 0 ? loss.length : Math.min(diverged, loss.length)) - 1; // it may still grow
  // float32 overflows before the recorded float64 does; what cannot be placed is not drawn.
  while (end > 0 && !(Number.isFinite(xy[2 * end]) && Number.isFinite(xy[2 * end + 1]))) end -= 1;
  return { xy, loss, end, ...more };
}

/** Where a path is at a tick of the timeline. @param {Path} path @param {number} tick */
export function placeAt({ places, end }, tick) {
  return Math.min(places ? places[Math.min(tick, places.length - 1)] : tick, end);
}

/** The number of the step at a place of a path. @param {Path} path @param {number} place */
export const stepAt = ({ steps }, place) => steps?.[place] ?? place;

/** `next`, or `known` when nothing about it is new: then nobody draws it again. @param {Path | undefined} known @param {Path} next */
export function newer(known, next) {
  const same = known?.end === next.end && ["xy", "loss", "slice", "off", "steps", "places"].every((name) => alike(known[name], next[name]));
  return same ? known : next;
}

function alike(one, other) {
  return one === other || (one?.length === other?.length && one.every((value, k) => Object.is(value, other[k])));
}

/** One stop of a fan, without copying. @param {import("./wire.js").Message} fan @param {number} lane */
export function laneOf(fan, lane) {
  const count = fan.tensors.losses.shape[1];
  const xy = fan.tensors.positions.data.subarray(lane * count * 2, (lane + 1) * count * 2);
  const loss = fan.tensors.losses.data.subarray(lane * count, (lane + 1) * count);
  return makePath(xy, loss, fan.tensors.diverged.data[lane]);
}

/** Columns for Plotly, up to and including step `to`. @param {Path} path */
export function columns(path, to = path.end) {
  const last = Math.min(to, path.end);
  const x = new Array(last + 1);
  const y = new Array(last + 1);
  for (let k = 0; k <= last; k += 1) {
    x[k] = path.xy[2 * k];
    y[k] = path.xy[2 * k + 1];
  }
  return { x, y, loss: Array.from(path.loss.subarray(0, last + 1)) };
}
