import { h } from "./dom.js";
import { createRail } from "./rail.js";

/** The rails that change the landscape itself; each release (and each pause of a drag) asks Python for the new one. */
export function createShape({ send, isPending }) {
  const rails = h("div.rails");
  const reset = h("button.quiet", { type: "button", click: () => send({ type: "shape_reset" }) }, "Reset the landscape");
  const element = h("section.shape", { "aria-label": "Shape of the landscape" }, h("h3", {}, "Shape of the landscape"), rails, reset);
  let shown = "";
  let made = [];

  function update({ landscape, saved }) {
    element.hidden = Boolean(saved) || landscape.knobs.length === 0;
    const key = landscape.key + landscape.knobs.map((knob) => knob.name).join();
    if (key !== shown) {
      shown = key;
      made = landscape.knobs.map((knob) => createRail({
        title: "", knob,
        onPreview: (lane) => send({ type: "shape", name: knob.name, value: knob.stops[lane] }),
        onCommit: (value) => send({ type: "shape", name: knob.name, value }),
      }));
      rails.replaceChildren(...made.map((rail) => rail.element));
    }
    landscape.knobs.forEach((knob, k) => made[k].update(knob, isPending(knob.name)));
    reset.disabled = landscape.knobs.every((knob) => knob.value === knob.default);
  }

  return { element, update };
}
