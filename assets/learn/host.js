import { createBlobs } from "../stage/blobs.js";
import { readTheme, watchTheme } from "../stage/theme.js";

const PREDICTION = ".st-key-prediction";
const holders = new Map();
const style = document.createElement("link");
style.rel = "stylesheet";
style.href = new URL("learn.css", import.meta.url);
const styled = new Promise((resolve) => (style.onload = style.onerror = resolve));
document.head.append(style);

/**
 * Mounts the experiment of a step: the module that the data names draws the blob that the data names.
 *
 * A module exports `create(element, {tensors, state, ran, host})`, which may return `{destroy}`. `host.ran()` says that
 * the learner has run the experiment, `host.begin()` that they have begun it: what has the class "result" is seen from then
 * on. `host.theme()` gives the page's colours, `host.onTheme(draw)` calls back when they change.
 * @typedef {{ran: () => void, begin: () => void, begun: boolean, theme: () => import("../stage/theme.js").Theme, onTheme: (draw: () => void) => void}} Host
 * @param {{parentElement: HTMLElement, data: {module: string, blob: string, data: string, ran: boolean},
 *   setTriggerValue: (name: string, value: any) => void}} component
 */
export async function mount({ parentElement, data, setTriggerValue }) {
  let holder = holders.get(parentElement);
  if (holder?.blob !== data.blob || holder.module !== data.module) {
    holder?.destroy();
    holder = createHolder(parentElement, data);
    holders.set(parentElement, holder);
  }
  holder.trigger = setTriggerValue;
  holder.told ||= data.ran;
  return holder;
}

function createHolder(parent, { module, blob, data, ran }) {
  const element = document.createElement("div");
  element.className = "learn";
  element.dataset.testid = "experiment";
  element.textContent = "Loading …";
  element.addEventListener("keydown", passOn);
  if (ran) element.dataset.begun = "true";
  parent.append(element);
  const holder = { module, blob, told: ran, trigger: null, destroy };
  const blobs = createBlobs((sha) => holder.trigger?.("missing", sha));
  let picture = null;
  let gone = false;
  const host = {
    begin() { element.dataset.begun = "true"; },
    get begun() { return "begun" in element.dataset; },
    ran() {
      host.begin();
      if (holder.told) return;
      holder.told = true;
      holder.trigger("ran", true);
    },
    theme: () => readTheme(element),
    onTheme: (draw) => watchTheme(element, () => { colour(element); draw(); }),
  };
  Promise.all([import(new URL(`${module}.js`, import.meta.url).href), blobs(data, blob), styled])
    .then(([{ create }, { tensors, metadata }]) => {
      if (gone) return;
      element.textContent = "";
      colour(element);
      watchTheme(element, () => colour(element));
      picture = create(element, { tensors, state: metadata.state, ran, host });
      element.dataset.ready = "true";
      goOn();
    })
    .catch((error) => {
      element.textContent = "The experiment could not be drawn. Reload the page.";
      console.error(error);
    });

  /**
   * Who predicted by keyboard goes on with the picture; nothing is taken from who is elsewhere. What they predicted with
   * may hold the focus for a moment yet: the page removes it after it has drawn this.
   */
  function goOn(looks = 50) {
    if (gone || looks === 0) return;
    const held = document.activeElement;
    if (held === document.body) element.querySelector("button.primary, .point, input")?.focus({ preventScroll: true });
    else if (held.closest(PREDICTION)) setTimeout(() => goOn(looks - 1), 100);
  }

  function destroy() {
    gone = true;
    if (holders.get(parent) === holder) holders.delete(parent);
    picture?.destroy?.();
    element.remove();
  }

  return holder;
}

/** The page's own keys (n, p, s, 1 …) are deaf while an input has the focus; of a rail or a choice they mean the page. */
function passOn(event) {
  if (!["range", "radio", "checkbox"].includes(event.target.type) || event.key.length > 1 || event.key === " ") return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { key, code } = event;
  event.target.blur();
  for (const kind of ["keydown", "keyup"]) document.body.dispatchEvent(new KeyboardEvent(kind, { key, code, bubbles: true }));
}

function colour(element) {
  element.dataset.dark = String(readTheme(element).dark);
}
