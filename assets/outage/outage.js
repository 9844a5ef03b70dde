import { back, check, follow, link, watch } from "../stage/connection.js";
import { h } from "../stage/dom.js";

const CONNECTED = "CONNECTED"; // what Streamlit's root says of the page's session
const STATE = "data-test-connection-state";
const PINGS = /\/_stcore\/(health|host-config)$/; // what Streamlit asks before it connects
const FILE = "[data-testid=stFileChip]"; // a visitor's own, which the page still names

const bar = h("div.thalweg-outage", { role: "status" });
let words = "";
let wake = () => {};

document.head.append(h("link", { rel: "stylesheet", href: new URL("outage.css", import.meta.url) }));
follow((lost) => { bar.replaceChildren(...(lost ? [h("p", {}, words)] : [])); });
holdPings();
watchSession();

/**
 * One bar on every page, which says that the server is lost and what works all the same; nothing while it is there.
 * @param {{parentElement: HTMLElement, data: {alive: string, words: string},
 *   setTriggerValue: (name: string, value: any) => void}} component
 */
export function mount({ parentElement, data, setTriggerValue }) {
  words = data.words;
  wake = () => setTriggerValue("back", { file: document.querySelector(FILE) !== null });
  if (bar.parentElement !== parentElement) parentElement.replaceChildren(bar);
  watch(data.alive);
}

/** The page's session: that it is cut off is the first news of a lost server; once back it brings the page up to date. */
function watchSession() {
  const root = document.querySelector(`[${STATE}]`);
  if (!root) return; // another Streamlit: the server is watched all the same
  const isLinked = () => root.getAttribute(STATE) === CONNECTED;
  let linked = isLinked();
  new MutationObserver(() => {
    if (linked === isLinked()) return;
    linked = !linked;
    link(linked);
    if (linked) wake();
    else check();
  }).observe(root, { attributeFilter: [STATE] });
}

/**
 * Streamlit looks for a lost server ever more rarely, every 4 s in the end, and after some seconds covers the page with
 * a dialog. While we know that it is lost its question waits, and is asked as soon as there is somebody to answer.
 */
function holdPings() {
  const ask = window.fetch;
  window.fetch = (where, options) => (PINGS.test(where) ? back().then(() => ask(where)) : ask(where, options));
}
