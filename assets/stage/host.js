import { follow } from "./connection.js";
import { createMemory } from "./memory.js";
import { LONGEST_HOLD, control, createOutbox } from "./outbox.js";
import { createScenes } from "./scenes.js";
import { createStage } from "./stage.js";

const SESSIONS = ["formula", "undo", "redo"]; // what only the page's session can answer
const FORMULA = ".st-key-own-text"; // the box that `views.own_formula` makes
const LONGEST_FORMULA = 500; // characters, more than the server reads
const TYPED = ["keydown", "change"]; // Enter, which Streamlit lets cause no change, and who leaves the box
const stages = new Map();
let lookAbout = null; // reruns only a part of the page, for events that change nothing but the address
const style = document.createElement("link");
style.rel = "stylesheet";
style.href = new URL("stage.css", import.meta.url);
document.head.append(style);

/**
 * The thin Streamlit host. An event takes two roads: the server answers it at once with a scene, and the page's session
 * takes it into address, table and inputs. When both are through they agree; where they do not, the session is right.
 * @param {{parentElement: HTMLElement,
 *   data: {query: string, seen: string, scene: string, session?: string, past?: string[], future?: string[]},
 *   setTriggerValue: (name: string, value: any) => void}} component
 */
export async function mount({ parentElement, data, setTriggerValue }) {
  let holder = stages.get(parentElement);
  if (!holder) {
    holder = createHolder(parentElement);
    stages.set(parentElement, holder);
  }
  holder.trigger = setTriggerValue;
  holder.hear(data);
  return holder;
}

/**
 * The road for looks: a component of its own in a part of the page that reruns alone. Where that part knows the settings,
 * it tells them to the stage after every event.
 * @param {{data: {query?: string, seen: string, scene: string}, setTriggerValue: (name: string, value: any) => void}} component
 */
export function mountLooks({ data, setTriggerValue }) {
  lookAbout = (event) => setTriggerValue("look", event);
  for (const holder of stages.values()) {
    if (data.query === undefined) holder.seen(data.seen);
    else holder.receive(data);
  }
}

function createHolder(parent) {
  const element = document.createElement("div");
  element.className = "stage empty";
  parent.append(element);
  const outbox = createOutbox(report, mark);
  const holder = { trigger: null, hear, receive, destroy, seen: outbox.seen };
  const scenes = createScenes({
    onScene: async (bytes) => {
      await (await ready).update(new Uint8Array(bytes));
      requestAnimationFrame(() => setTimeout(() => { enter(); outbox.release(); })); // once it is on the screen
    },
    onChange: () => { mark(); compare(); },
    onSlow: () => ready.then((stage) => stage.wait("Computing…")),
  });
  const unfollow = follow((_, deaf) => outbox.wait(deaf));
  let told = null; // the session's settings, until they have been compared with what is shown
  const ready = loadPlotly().then((Plotly) => createStage(element, { Plotly, send, onRail, onStep, isPending, cover }));
  document.addEventListener("thalweg:event", take);
  document.addEventListener("keydown", travel);
  for (const kind of TYPED) document.addEventListener(kind, rewrite, true); // before Streamlit's box
  document.addEventListener("thalweg:limits", limit);
  document.addEventListener("thalweg:arrows", point);
  document.addEventListener("thalweg:go", go);

  /** What waits or flies, for whoever needs to know that the stage is at rest. */
  function mark() {
    if (underWay()) element.dataset.pending = "true";
    else delete element.dataset.pending;
  }

  /** A session that has just begun, on a restarted server say, does not know its parts: tried again, the whole page hears. */
  function report(event, attempt) {
    if (event.type === "look" && lookAbout && attempt === 1) lookAbout(event);
    else holder.trigger("event", event);
  }

  function send(event) {
    enter(); // the session hears of everything in its order
    if (event.type === "missing") return scenes.again();
    if (!SESSIONS.includes(event.type)) scenes.put(event);
    // While the start is dragged only the paths follow; the session hears of the place where it is let go.
    if (event.live) return void (told = null);
    // The page around the stage follows a moment later: computing it must not delay the picture.
    if (scenes.any) outbox.hold();
    outbox.put(event);
  }

  /** An event of another component of the page, the gallery's for one. */
  function take(event) {
    event.preventDefault();
    send(event.detail);
  }

  let can = null; // whether there is something to undo and to redo
  let presses = 0;

  /** Ctrl+Z and Ctrl+Shift+Z (or Ctrl+Y), except where text is typed, which has an undo of its own. */
  function travel(event) {
    const key = event.key.toLowerCase();
    if (!can || !(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key)) return;
    if (event.target.closest?.("input:not([type=range], [type=radio], [type=checkbox]), textarea, [contenteditable]")) return;
    event.preventDefault();
    send({ type: key === "y" || event.shiftKey ? "redo" : "undo", name: `key ${(presses += 1)}` });
  }

  let typed = null; // the formula that was last asked for
  let enter = () => {}; // presses the Enter that the session has not heard of

  /** A formula that was typed: the server is asked at once, and the page around the stage hears of it after the picture. */
  function rewrite(event) {
    const { key = "Enter", target } = event;
    if (key !== "Enter" || event.isComposing || !target.closest?.(FORMULA) || target.value === typed) return;
    typed = target.value;
    ready.then((stage) => stage.wait("Computing the landscape…"));
    scenes.put({ type: "rewrite", text: typed.slice(0, LONGEST_FORMULA) });
    if (event.type === "keydown") delay(event);
  }

  function delay(event) {
    event.stopPropagation();
    const timer = setTimeout(() => enter(), LONGEST_HOLD);
    enter = () => {
      clearTimeout(timer);
      enter = () => {};
      event.target.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    };
  }

  const underWay = () => !(outbox.idle && scenes.idle);
  const isPending = (type, card, name) => (type ? scenes.has(control({ type, card, name })) : scenes.any);

  /** A rail under the thumb, for whatever else on the page follows it. */
  function onRail(detail) {
    document.dispatchEvent(new CustomEvent("thalweg:rail", { detail }));
  }

  let at = { step: null, steps: 0 }; // the timeline's

  function onStep(now = at) {
    at = now;
    document.dispatchEvent(new CustomEvent("thalweg:step", { detail: at }));
  }

  /** A panel moves the timeline; `rest`: and lets go of it. */
  async function go({ detail: { step, rest } }) {
    (await ready).go(step, rest);
  }

  // Whoever draws or marks rails may have come after the step was told; what it then says of the right one comes last.
  async function point({ detail }) {
    (await ready).point(detail);
    onStep();
  }

  async function limit({ detail }) {
    (await ready).limit(detail);
    onStep();
  }

  /** While a prediction is open, the table beside the stage keeps its answers to itself. */
  function cover(covered) {
    document.body.classList.toggle("thalweg-covered", covered);
  }

  let heard = ""; // what Streamlit last said; it may say that again, although other settings were told since

  function hear(data) {
    const news = JSON.stringify(data);
    if (heard === news) return;
    heard = news;
    receive(data);
  }

  function receive(data) {
    outbox.seen(data.seen);
    told = data;
    compare();
    if (data.session) remember(data);
  }

  let memory = null;

  /** Undo and redo: the tab keeps what the session knows, and a session that knows nothing yet hears it first. */
  function remember(data) {
    memory ??= createMemory(new URL(data.scene, location.origin).pathname, data.query);
    const restore = memory.unknown(data);
    if (!restore) {
      memory.keep(data);
      ready.then((stage) => stage.history(can = [data.past.length > 0, data.future.length > 0]));
    } else if (!outbox.has(control(restore))) outbox.begin(restore);
  }

  /** Nothing under way any more: what the session says is shown. */
  function compare() {
    if (!told || underWay()) return;
    const { scene, query } = told;
    told = null;
    scenes.show(scene, query);
  }

  async function destroy() {
    stages.delete(parent);
    unfollow();
    document.removeEventListener("thalweg:event", take);
    document.removeEventListener("keydown", travel);
    for (const kind of TYPED) document.removeEventListener(kind, rewrite, true);
    document.removeEventListener("thalweg:limits", limit);
    document.removeEventListener("thalweg:arrows", point);
    document.removeEventListener("thalweg:go", go);
    (await ready).destroy();
    element.remove();
  }

  return holder;
}

let plotly = null;

/** plotly.js is UMD: a script element puts it on the window. It lies beside the stage's own files. */
export function loadPlotly() {
  plotly ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = document.createElement("script");
    script.src = new URL("../plotly.min.js", import.meta.url);
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("plotly.js could not be loaded."));
    document.head.append(script);
  });
  return plotly;
}
