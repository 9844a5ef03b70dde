import { reach } from "./connection.js";
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
 * @returns {Promise<{message: import("./wire.js").Message | null, refusal: string}>} without a message the `refusal` says
 *   why, empty where the server gave no words
 */
export async function ask(address, question, { onTurn = () => {}, isWanted = () => true } = {}) {
  for (let look = 0; isWanted(); look += 1) {
    const answer = await post(address, { ...question, patience: look ? 0 : FIRST_PATIENCE }, { isWanted, onTurn });
    if (!answer?.ok) return { message: null, refusal: answer?.status === 400 ? (await answer.text()).trim() : "" };
    const message = unpack(await answer.arrayBuffer());
    const { turn } = message.metadata;
    if (!turn) return { message, refusal: "" };
    onTurn(inWords(turn), turn.share);
    await sleep(PAUSES[Math.min(look, PAUSES.length - 1)]);
  }
  return { message: null, refusal: "" };
}

/**
 * One question, under the name of this page; where too many of its questions wait, once more, ever later.
 * @param {{signal?: AbortSignal, isWanted?: () => boolean, onTurn?: (words: string, share: number) => void}} [more]
 * @returns {Promise<Response | null>} null where there is no answer, or nobody wants it any more
 */
export async function post(address, question, { signal, isWanted = () => true, onTurn = () => {} } = {}) {
  const body = JSON.stringify({ ...question, visitor });
  for (let tries = 0; ; tries += 1) {
    const answer = await reach(address, { method: "POST", body, signal }, () => !isWanted());
    if (answer?.status !== 429) return answer;
    onTurn("Many questions of this page are waiting; this one is asked again soon.", 0);
    await sleep(TOO_MANY[Math.min(tries, TOO_MANY.length - 1)]);
    if (!isWanted()) return null;
  }
}

/** @param {{before: number, share: number}} turn */
function inWords({ before, share }) {
  if (before > 0) return `${before} before you`;
  return share > 0 ? `${Math.round(100 * share)} %` : "Computing…";
}
