import { showSaved } from "./alone.js";
import { control } from "./outbox.js";
import { createScenes } from "./scenes.js";
import { createStage } from "./stage.js";
import { unpack } from "./wire.js";

const PATIENCE = 60000; // milliseconds: a kernel may be busy with another cell
const OWN_KEYS = "data-lm-suppress-shortcuts"; // what has it keeps its keys: JupyterLab else takes arrows and letters for its cells, D D deletes one
const STOPPED = "The stage needs the notebook's Python to be running: run this cell again.";

/**
 * The stage as an anywidget. What is large is asked of the kernel when it is needed, by messages with a number.
 * A saved scene answers for itself; the scene of a query asks the kernel for what comes after an event.
 * @param {{model: object, el: HTMLElement}} widget @returns {Promise<() => void>} takes it off the page
 */
export async function render({ model, el }) {
  const kernel = createKernel(model);
  const element = document.createElement("div");
  element.classList.add("notebook");
  element.addEventListener("focusin", ({ target }) => target.setAttribute(OWN_KEYS, "true"));
  el.append(element);
  let stage = null;
  try {
    const Plotly = await plotlyOf(window, kernel);
    await widthOf(el);
    const scene = bytesOf(model.get("scene"));
    const blob = (sha) => kernel.ask({ type: "blob", sha });
    stage = model.get("live") ? await showLive(element, { Plotly, scene, blob, kernel }) : await showSaved(element, { Plotly, scene, blob });
  } catch {
    element.textContent = STOPPED;
  }
  return () => { kernel.close(); stage?.destroy(); };
}

async function showLive(element, { Plotly, scene, blob, kernel }) {
  const isPending = (type, card, name) => (type ? scenes.has(control({ type, card, name })) : scenes.any);
  const mark = () => { element.dataset.pending = "true"; if (scenes.idle) delete element.dataset.pending; };
  const ask = (question) => kernel.ask({ type: "scene", question });
  const scenes = createScenes({ onScene: (bytes) => stage.update(new Uint8Array(bytes)), onChange: mark, ask });
  const send = (event) => (event.type === "missing" ? scenes.again() : scenes.put(event));
  const stage = createStage(element, { Plotly, blob, send, isPending, table: true });
  await stage.update(scene);
  scenes.begin(unpack(scene).metadata.query);
  return stage;
}

/** Questions to the kernel and their answers. */
function createKernel(model) {
  const waiting = new Map();
  let number = 0;
  const hear = ({ id }, buffers) => {
    waiting.get(id)?.(buffers?.length ? bytesOf(buffers[0]).buffer : null);
    waiting.delete(id);
  };
  model.on("msg:custom", hear);

  /** @returns {Promise<ArrayBuffer>} */
  function ask(question) {
    const id = (number += 1);
    return new Promise((resolve, reject) => {
      const given = setTimeout(() => { waiting.delete(id); reject(new Error(STOPPED)); }, PATIENCE);
      waiting.set(id, (bytes) => { clearTimeout(given); bytes ? resolve(bytes) : reject(new Error("There is no such thing.")); });
      model.send({ ...question, id });
    });
  }

  return { ask, close: () => model.off("msg:custom", hear) };
}

/** One for all widgets of a page: each of them has modules of its own. */
function plotlyOf(page, kernel) {
  page.thalwegPlotly ??= kernel.ask({ type: "plotly" }).then(load).catch((error) => { page.thalwegPlotly = null; throw error; });
  return page.thalwegPlotly;
}

/** plotly.js comes packed; it puts itself on the window. */
async function load(packed) {
  const text = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  const script = document.createElement("script");
  script.textContent = text;
  document.head.append(script);
  return window.Plotly;
}

/** Bytes arrive as a view of something larger. */
function bytesOf(view) {
  const bytes = view instanceof ArrayBuffer ? new Uint8Array(view) : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return bytes.slice();
}

/** Once the place has a width: a notebook may make a widget before it is on the page. */
function widthOf(el) {
  return new Promise((resolve) => {
    const sizes = new ResizeObserver(() => {
      if (!el.clientWidth) return;
      sizes.disconnect();
      resolve();
    });
    sizes.observe(el);
  });
}
