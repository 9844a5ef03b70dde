import { unpack } from "./wire.js";

const visitor = crypto.randomUUID?.() ?? `${Math.random()}`.slice(2); // the name of this open page; without https there is no UUID
const FIRST_PATIENCE = 0.4; // seconds that a first question waits for its answer
const PAUSES = [250, 500, 1000, 1500]; // milliseconds between two looks at a question that waits
const TOO_MANY = [2000, 4000, 8000, 15000]; // milliseconds before asking again where too many questions wait

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Ask the server, wait for the turn, and tell of it meanwhile.
 * @param {string} address @param {object} question
 * @param {{onTurn?: (words: string, share: number) => void, isWanted?: () => boolean}} [more] `isWanted`: whether anybody
 *   still waits for the answer
 * @returns {Promise<{message: import("./wire.js").Message | null, refusal: string, replaced: boolean}>} without a message
 *   the `refusal` says why, empty where the server gave no words; `replaced`: a newer question takes its place
 */
export async function ask(address, question, { onTurn = () => {}, isWanted = () => true } = {}) {
  let refused = 0;
  for (let look = 0; isWanted(); look += 1) {
    const patience = look ? 0 : FIRST_PATIENCE;
    const answer = await post(address, { ...question, patience }).catch(() => null);
    if (!answer) return { message: null, refusal: "", replaced: false };
    if (answer.status === 429) {
      onTurn("Many questions of this page are waiting; it asks again.", 0);
      await sleep(TOO_MANY[Math.min(refused++, TOO_MANY.length - 1)]);
    } else if (answer.ok) {
      const message = unpack(await answer.arrayBuffer());
      const { turn } = message.metadata;
      if (!turn) return { message, refusal: "", replaced: false };
      onTurn(inWords(turn), turn.share);
      await sleep(PAUSES[Math.min(look, PAUSES.length - 1)]);
    } else {
      return { message: null, refusal: answer.status === 400 ? (await answer.text()).trim() : "", replaced: answer.status === 409 };
    }
  }
  return { message: null, refusal: "", replaced: true };
}

/** One question, under the name of this page. @param {AbortSignal} [signal] @returns {Promise<Response>} rejects where the server cannot be reached */
export function post(address, question, signal = undefined) {
  return fetch(address, { method: "POST", body: JSON.stringify({ ...question, visitor }), signal });
}

/** @param {{before: number, share: number}} turn */
function inWords({ before, share }) {
  if (before > 0) return `${before} before you`;
  return share > 0 ? `${Math.round(100 * share)} %` : "Computing…";
}
