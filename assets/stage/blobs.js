import { unpack } from "./wire.js";

const KEPT = 24;

/**
 * Content-addressed messages, fetched once and kept while recent.
 * @param {(sha: string) => void} onMissing the server has lost one: ask for it to be made again
 */
export function createBlobs(onMissing) {
  const kept = new Map();

  async function load(prefix, sha) {
    for (const pause of [0, 300, 700, 1500, 3000]) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const response = await fetch(prefix + sha);
      if (response.ok) return unpack(await response.arrayBuffer());
      if (response.status !== 404) break;
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
