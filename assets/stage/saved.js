import { showSaved } from "./alone.js";
import { loadPlotly } from "./host.js";

const stages = new WeakMap(); // by parent: the address of its scene, and what was drawn there

/**
 * The thin Streamlit host of a saved scene, a visitor's own file for one: nothing is asked of the server but its bytes.
 * @param {{parentElement: HTMLElement, data: {scene: string, data: string}}} component the scene's sha256, and what
 *   addresses begin with
 */
export async function mount({ parentElement, data }) {
  const shown = stages.get(parentElement);
  if (shown?.scene === data.scene) return shown.holder;
  (await shown?.holder)?.destroy();
  const holder = draw(parentElement, data);
  stages.set(parentElement, { scene: data.scene, holder });
  return holder;
}

async function draw(parent, { scene, data }) {
  const element = document.createElement("div");
  parent.replaceChildren(element);
  const blob = async (sha) => {
    const answer = await fetch(data + sha);
    if (!answer.ok) throw new Error("The server has let this file go.");
    return answer.arrayBuffer();
  };
  let stage = null;
  try {
    const [Plotly, bytes] = await Promise.all([loadPlotly(), blob(scene)]);
    stage = await showSaved(element, { Plotly, scene: new Uint8Array(bytes), blob });
  } catch (error) {
    element.textContent = `${error.message} Choose the file again.`;
  }
  return { destroy() { stage?.destroy(); element.remove(); stages.delete(parent); } };
}
