import { reach } from "./connection.js";
import { unpack } from "./wire.js";

const KEPT = 24;

/**
 * Content-addressed messages, fetched once and kept while recent.
 * @param {(sha: string) => void} onMissing the server has lost one: ask for it to be made again
 * @param {(sha: string) => Promise<ArrayBuffer>} [own] where they are not fetched from a server
 */
export function createBlobs(onMissing, own) {
  const kept = new Map();

  async function load(prefix, sha) {
    if (own) return unpack(await own(sha));
    for (const pause of [0, 300, 700, 1500, 3000]) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const response = await reach(prefix + sha);
      if (response?.ok) return unpack(await response.arrayBuffer());
      if (response?.status !== 404) break;
      onMissing(sha);
    }
    throw new Error(`The server has no data ${sha.slice(0, 8)}.`);
  }

  /** @param {string} prefix @param {string} sha @returns {Promise<import("./wire.js").Message>} */
  return function get(prefix, sha) {
    const known = kept.get(sha) ?? load(prefix, sha);
    kept.delete(sha); // re-inserted below, so the oldest comes first
    kept.set(sha, known);
    known.catch(() => kept.delete(sha));
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return known;
  };
}
