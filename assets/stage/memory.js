// Undo and redo of a page, kept in the browser's tab: the session after a restart knows nothing of the one before.

const LOOKS = ["view", "camera", "zoom", "step", "speed"]; // they move without a word to the session

/**
 * @param {string} name of the page's own
 * @param {string} query what it shows as it opens: it goes on with what was kept of the same
 * @typedef {{session: string, query: string, past: string[], future: string[]}} Kept a session's name, its settings and
 *   those around them
 */
export function createMemory(name, query) {
  const key = `thalweg:history:${name}`;
  let kept = load();
  if (kept && settled(kept.query) !== settled(query)) kept = null;

  function load() {
    try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; }
  }

  /** What a session has to hear that was not there before; null where it knows as much as the tab. @param {Kept} data */
  function unknown(data) {
    if (!kept || kept.session === data.session) return null;
    return { type: "restore", session: kept.session, past: kept.past, future: kept.future };
  }

  /** @param {Kept} data */
  function keep({ session, query, past, future }) {
    kept = { session, query, past, future };
    try {
      sessionStorage.setItem(key, JSON.stringify(kept));
    } catch { /* no room, or forbidden: it lasts as long as the page */ }
  }

  return { unknown, keep };
}

/** Settings without the way in which they are looked at. @param {string} query */
function settled(query) {
  const fields = new URLSearchParams(query);
  for (const name of LOOKS) fields.delete(name);
  return String(fields);
}
