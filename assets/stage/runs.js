import { makePath, newer } from "./path.js";

const NOTHING = new Float32Array();
const NO_RAIL = { label: "", stops: [], value: NaN };

/**
 * What the views draw, made of a message: the cards' runs, then the kept ones, which have no card.
 * @param {{metadata: {state: object}, tensors: object}} message its optimizers completed
 * @param {object[]} before the runs that these take over from
 * @param {Map<string, {path: object, lost: boolean}>} previews the paths under the thumb, by the optimizer's key
 */
export function makeRuns({ metadata: { state }, tensors }, before, previews) {
  const { landscape } = state;
  const earlier = (key) => before.find((run) => run.key === key)?.path;

  function ofCard({ key, title, colour, dash, diverged, knobs }, i) {
    const rail = knobs[0] ?? NO_RAIL;
    const known = previews.get(key)?.path ? previews.get(key) : null;
    return {
      key, title, colour, dash, railLabel: rail.label, stops: rail.stops, value: rail.value,
      sweep: tensors[`sweep.${i}`]?.data ?? NOTHING, spread: known ? null : tensors[`spread.${i}`] ?? null,
      lost: known ? known.lost : diverged >= 0,
      path: known ? known.path : newer(earlier(key), pathOf(diverged, i, ["path", "loss", "slice", "off"])),
    };
  }

  function ofKept({ key, title, colour, dash, diverged }, i) {
    const path = pathOf(diverged, i, ["kept", "kept_loss", "kept_slice", "kept_off"]);
    return { key, title, colour, dash, kept: true, stops: [], sweep: NOTHING, lost: diverged >= 0, path: newer(earlier(key), path) };
  }

  /** A run that waits for its turn has not left the start. */
  function pathOf(diverged, i, names) {
    const [xy, loss, slice, off] = names.map((name) => tensors[`${name}.${i}`]?.data);
    if (!xy?.length) return makePath(Float32Array.from(landscape.start), Float32Array.of(NaN), -1);
    const counted = { steps: tensors[`steps.${i}`]?.data, places: tensors[`places.${i}`]?.data };
    return makePath(xy, loss, diverged, landscape.fixed ? { slice, off, ...counted } : counted);
  }

  return [...state.optimizers.map(ofCard), ...(state.kept ?? []).map(ofKept)];
}

/** An optimizer of a message with what the catalogue knows about it and its knobs. */
export function completed(optimizer, catalogue) {
  const entry = catalogue.find(({ key }) => key === optimizer.key);
  const rails = optimizer.knobs.map((rail) => ({ ...entry?.knobs.find(({ name }) => name === rail.name), ...rail }));
  return { ...entry, ...optimizer, knobs: rails };
}
