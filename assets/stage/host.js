import { createStage } from "./stage.js";
import { unpack } from "./wire.js";

const PATIENCE = 15000; // milliseconds until an unanswered event is sent again: the connection may have been lost
const TRIES = 4; // after which it is given up, so that no control freezes
const stages = new WeakMap();
const style = document.createElement("link");
style.rel = "stylesheet";
style.href = new URL("stage.css", import.meta.url);
document.head.append(style);

/**
 * The thin Streamlit host: one stage an element, one event in flight, the latest value of each control wins.
 * @param {{parentElement: HTMLElement, data: Uint8Array, setTriggerValue: (name: string, value: any) => void}} component
 */
export async function mount({ parentElement, data, setTriggerValue }) {
  let holder = stages.get(parentElement);
  if (!holder) {
    holder = createHolder(parentElement);
    stages.set(parentElement, holder);
  }
  holder.trigger = setTriggerValue;
  await holder.receive(data);
  return holder;
}

function createHolder(parent) {
  const element = document.createElement("div");
  parent.append(element);
  const queue = new Map(); // control -> its latest event
  const holder = { trigger: null, receive, destroy };
  let flying = null;
  let timer = 0;
  let number = 0;
  const session = Math.random().toString(36).slice(2, 8);
  const ready = loadPlotly().then((Plotly) => createStage(element, { Plotly, send, isPending, cover }));

  const control = ({ type, card = "", name = "" }) => `${type}|${card}|${name}`;

  /** What waits or flies, for whoever needs to know that the stage is at rest. */
  function mark() {
    if (flying || queue.size) element.dataset.pending = "true";
    else delete element.dataset.pending;
  }

  function send(event) {
    const key = control(event);
    const waiting = queue.get(key);
    // A look is made of parts: the view must not swallow a camera that still waits.
    queue.set(key, event.type === "look" ? { ...waiting, ...event } : event);
    next();
    mark();
  }

  function next() {
    if (flying || queue.size === 0) return;
    const [key, event] = queue.entries().next().value;
    queue.delete(key);
    fly(key, event, 1);
  }

  function fly(key, event, attempt) {
    flying = { key, id: `${session}-${(number += 1)}` };
    holder.trigger("event", { ...event, id: flying.id });
    timer = setTimeout(() => (attempt < TRIES && !queue.has(key) ? fly(key, event, attempt + 1) : landed()), PATIENCE);
  }

  function landed() {
    clearTimeout(timer);
    flying = null;
    next();
    mark();
  }

  function isPending(type, card, name) {
    if (!type) return flying !== null || queue.size > 0;
    const key = control({ type, card, name });
    return queue.has(key) || flying?.key === key;
  }

  /** While a prediction is open, the table beside the stage keeps its answers to itself. */
  function cover(covered) {
    document.body.classList.toggle("thalweg-covered", covered);
  }

  async function receive(bytes) {
    const stage = await ready;
    if (flying?.id === unpack(bytes).metadata.state.seen) {
      flying = null;
      clearTimeout(timer);
    }
    await stage.update(bytes);
    if (!flying) landed();
  }

  async function destroy() {
    stages.delete(parent);
    (await ready).destroy();
    element.remove();
  }

  return holder;
}

let plotly = null;

/** plotly.js is UMD: a script element puts it on the window. It lies beside the stage's own files. */
function loadPlotly() {
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
