import { h, swatch } from "./dom.js";

/** The runs that stay while everything else changes, each with what it did and a way to let it go. @param {(event: object) => void} send */
export function createKept(send) {
  const list = h("ul", {});
  const element = h("section.kept", { "aria-label": "Kept runs", hidden: true }, h("h3", {}, "Kept runs"), list);
  let shown = "";

  function update({ kept = [], saved }) {
    const wanted = JSON.stringify([kept, Boolean(saved)]);
    if (wanted === shown) return;
    shown = wanted;
    element.hidden = kept.length === 0;
    list.replaceChildren(...kept.map((run) => row(run, saved)));
  }

  function row(run, saved) {
    const remove = h("button.icon", { type: "button", "aria-label": `Remove ${run.title}`, title: "Remove this kept run", click: () => send({ type: "drop", name: run.key }) }, "×");
    return h("li", {}, swatch(run), h("span", {}, `${run.title}: ${run.sentence}`), saved ? null : remove);
  }

  return { element, update };
}
