import { post } from "./ask.js";
import { control, dequeue, enqueue } from "./outbox.js";
import { unpack } from "./wire.js";

const SLOW = 500; // milliseconds after which other settings are said to be computed
const LOOK = control({ type: "look" }); // changes no path, so nobody waits for its answer

/**
 * Scenes, asked of the server directly: one question in flight, the latest event of each control wins.
 * @param {{onScene: (bytes: ArrayBuffer) => Promise<void>, onChange: () => void, onSlow?: () => void, ask?: (question: object) => Promise<ArrayBuffer>}} receiver
 *   `ask` where it is not a server that answers
 */
export function createScenes({ onScene, onChange, onSlow = () => {}, ask = null }) {
  const queue = new Map();
  let address = "";
  let query = null; // the settings of the latest answer
  let wanted = null; // settings to be shown, whatever the events said
  let asking = false;
  let flying = null; // the control whose event is being answered
  let waiting = null; // aborts a question that waits for a computation
  let unfinished = false; // the latest answer was not the last one of its settings

  async function pump() {
    if (asking) return;
    asking = true;
    while (queue.size || wanted !== null) {
      const event = wanted === null ? dequeue(queue) : null;
      const base = wanted ?? query;
      wanted = null;
      flying = event && control(event);
      onChange();
      let more = await answer({ query: base, event });
      // What was ready is shown; the rest is waited for, unless something else is wanted meanwhile.
      while (more && queue.size === 0 && wanted === null) more = await answer({ query, whole: true });
    }
    asking = false;
    onChange();
  }

  /** Whether there is more to come than what was answered. */
  async function answer(question) {
    const slow = question.event === null ? setTimeout(onSlow, SLOW) : 0; // other settings, not an event
    const bytes = await (ask ?? askServer)(question).catch(reportError);
    flying = null;
    clearTimeout(slow);
    if (!bytes) return false;
    const { query: answered, state } = unpack(bytes).metadata;
    query = answered;
    if (state) unfinished = state.busy; // an answer without one changes only what is looked at
    // A scene that cannot be shown, for lack of its surface say, must not keep the next ones away.
    if (state) await onScene(bytes).catch(reportError);
    return unfinished;
  }

  async function askServer(question) {
    waiting = question.whole ? new AbortController() : null;
    if (waiting) onChange();
    const response = await post(address, question, { signal: waiting?.signal, isWanted: () => !isOutdated() });
    waiting = null;
    return response?.ok ? response.arrayBuffer() : null;
  }

  /** Whether something newer takes the place of what is being asked. */
  const isOutdated = () => wanted !== null || queue.has(flying);

  return {
    put(event) { enqueue(queue, event); waiting?.abort(); pump(); },
    /** Shows other settings than those that the events led to. @param {string} where the server's address for scenes */
    show(where, settings) {
      address = where;
      if (settings === query && wanted === null && (asking || !unfinished)) return;
      wanted = settings;
      waiting?.abort();
      pump();
    },
    /** The settings of a scene that is shown already. */
    begin(settings) { query = settings; },
    /** The same scene again: the server has lost what it refers to. */
    again() { if (query !== null && wanted === null) { wanted = query; pump(); } },
    /** Whether the scene after an event of this control, or of any, is still to come. */
    has: (key) => queue.has(key) || (flying !== null && flying === key),
    get any() { return [...queue.keys(), flying].some((key) => key !== null && key !== LOOK); },
    /** Nothing is asked but for news of a computation that is under way, which anything newer may interrupt. */
    get idle() { return !asking || waiting !== null; },
  };
}
