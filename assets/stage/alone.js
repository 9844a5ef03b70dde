import { laneOf } from "./path.js";
import { createStage } from "./stage.js";
import { unpack } from "./wire.js";

/**
 * The stage with nothing behind it: a saved scene answers for itself. A rail's values are the lanes of its fan, which
 * was saved with it; everything else that would need computing is hidden.
 * @param {HTMLElement} element an empty element
 * @param {{Plotly: object, scene: Uint8Array, blob: (sha: string) => Promise<ArrayBuffer>}} saved
 * @returns {Promise<{destroy: () => void}>} once it is drawn
 */
export async function showSaved(element, { Plotly, scene, blob }) {
  const { tensors, metadata: { state } } = unpack(scene);
  const first = state.optimizers.map((optimizer, i) => ({ optimizer, path: tensors[`path.${i}`], loss: tensors[`loss.${i}`], spread: tensors[`spread.${i}`], hidden: state.landscape.fixed && { slice: tensors[`slice.${i}`], off: tensors[`off.${i}`] } }));
  const stage = createStage(element, { Plotly, blob, send, isPending: () => false, table: true });
  const answers = { knob: ({ card, value }) => turn(card, value), default: ({ card }) => turn(card, "default"), tune: ({ card }) => turn(card, "tuned"), open };

  function send(event) {
    answers[event.type]?.(event);
  }

  /** @param {number | "default" | "tuned"} wanted a stop of the rail, or the name under which it was saved */
  async function turn(card, wanted) {
    const i = state.optimizers.findIndex(({ key }) => key === card);
    const [rail] = state.optimizers[i].knobs;
    const value = typeof wanted === "number" ? wanted : rail[wanted];
    const was = first[i].optimizer;
    const next = value === was.knobs[0].value ? first[i] : await laneAt(i, rail, value);
    if (!next) return;
    state.optimizers[i] = { ...next.optimizer, tuned: value === rail.tuned, opened: state.optimizers[i].opened, knobs: [{ ...rail, value }] };
    Object.assign(tensors, { [`path.${i}`]: next.path, [`loss.${i}`]: next.loss });
    if (next.hidden) Object.assign(tensors, { [`slice.${i}`]: next.hidden.slice, [`off.${i}`]: next.hidden.off });
    // What was drawn many times under noise was so for the saved value only.
    if (next === first[i]) Object.assign(tensors, next.spread && { [`spread.${i}`]: next.spread });
    else delete tensors[`spread.${i}`];
    show();
  }

  async function laneAt(i, rail, value) {
    const lane = rail.stops.indexOf(value);
    if (lane < 0) return null;
    const fan = unpack(await blob(rail.fan));
    const { xy, loss } = laneOf(fan, lane);
    const was = `${rail.label} ${first[i].optimizer.knobs[0].value}`;
    const honesty = state.landscape.fixed ? `What this network does, and the charts after the first, stay those of ${was}; what the slice shows below this run was not saved.` : "";
    const optimizer = { ...first[i].optimizer, honesty, diverged: fan.tensors.diverged.data[lane], sentence: fan.metadata.sentences?.[lane] ?? "" };
    const hidden = state.landscape.fixed && {}; // what a slice shows below another run, and hides of it, was not saved
    return { optimizer, path: { data: xy, shape: [loss.length, 2] }, loss: { data: loss, shape: [loss.length] }, hidden };
  }

  function open({ card, open: opened }) {
    state.optimizers.find(({ key }) => key === card).opened = opened;
  }

  // The stage completes the state that it is given, so it gets one of its own.
  const show = () => stage.update({ tensors: { ...tensors }, metadata: { state: structuredClone(state) } });
  await show();
  return stage;
}
