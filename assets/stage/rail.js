import { format, h } from "./dom.js";

/**
 * A live slider over a fixed list of stops, with a number box for any other value.
 * @param {{title: string, knob: object, onEnter?: () => void, onPreview: (lane: number) => void,
 *   onCommit: (value: number) => void}} options `title` comes before the knob's label in the accessible name
 */
export function createRail({ title, knob, onEnter, onPreview, onCommit }) {
  let current = knob;
  let held = false;
  const name = `${title} ${knob.label}`.trim();
  const slider = h("input", {
    type: "range", min: 0, step: 1, "aria-label": name, title: knob.help,
    pointerenter: () => onEnter?.(), focus: () => onEnter?.(),
    pointerdown: () => { held = true; }, input: preview, change: commit,
  });
  const box = h("input.value", { type: "number", step: "any", "aria-label": `${name}, exact value`, change: typed });
  const element = h("label.rail", {}, h("span.label", { title: knob.help }, knob.label), slider, box);

  const show = (value) => {
    slider.setAttribute("aria-valuetext", format(value));
    box.value = format(value, 12);
  };

  function preview() {
    held = true;
    show(current.stops[slider.valueAsNumber]);
    onPreview(slider.valueAsNumber);
  }

  function commit() {
    held = false;
    onCommit(current.stops[slider.valueAsNumber]);
  }

  function typed() {
    const value = box.valueAsNumber;
    const [low, high] = [current.stops[0], current.stops.at(-1)];
    const good = Number.isFinite(value) && value >= low && value <= high;
    box.setCustomValidity(good ? "" : `Expected a number from ${format(low)} to ${format(high)}.`);
    if (good) onCommit(value);
    else box.reportValidity();
  }

  /** New values from Python; a rail in the hand is not moved. */
  function update(next, pending) {
    current = next;
    slider.max = next.stops.length - 1;
    if (held || pending) return;
    slider.value = nearest(next.stops, next.value);
    if (document.activeElement !== box) box.setCustomValidity("");
    show(next.value);
  }

  update(knob, false);
  return { element, update, get held() { return held; } };
}

/** The index of the stop nearest to `value`. */
export function nearest(stops, value) {
  let best = 0;
  for (let k = 1; k < stops.length; k += 1) {
    if (Math.abs(stops[k] - value) < Math.abs(stops[best] - value)) best = k;
  }
  return best;
}
