import { format, h, unique } from "./dom.js";

/**
 * A live slider over a fixed list of stops, with a number box for any other value.
 * @param {{title: string, knob: object, onEnter?: () => void, onPreview: (lane: number) => void,
 *   onCommit: (value: number) => void, under?: Node | null}} options `title` comes before the knob's label in the
 *   accessible name, `under` stands below that label
 */
export function createRail({ title, knob, onEnter, onPreview, onCommit, under = null }) {
  let current = knob;
  let held = false;
  let shown = knob.value;
  let frame = 0;
  const name = `${title} ${knob.label}`.trim();
  const id = unique("rail");
  const slider = h("input", {
    type: "range", min: 0, step: 1, "aria-label": name, "aria-describedby": `${id}-help`, title: knob.help,
    pointerenter: () => onEnter?.(), focus: () => onEnter?.(),
    pointerdown: () => { held = true; }, input: preview, change: commit,
  });
  // Text, not number: a number field hides from us what was typed, and so what to say about it.
  const box = h("input.value", {
    type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": `${name}, exact value`, "aria-describedby": `${id}-wrong`,
    change: typed, input: () => complain(""),
  });
  const wrong = h("p.wrong", { id: `${id}-wrong`, role: "alert", hidden: true });
  const tick = h("span.tick", { hidden: true });
  const help = h("p.help", { id: `${id}-help` }, knob.help);
  const element = h("div.rail", {}, h("div", { title: knob.help }, h("span.label", {}, knob.label), under), h("div.track", {}, slider, tick), box, wrong, help);

  /** The box is written once a frame: a drag reports several stops in one, and each would lay the page out. */
  const show = (value) => {
    slider.setAttribute("aria-valuetext", format(value));
    shown = value;
    frame ||= requestAnimationFrame(() => { frame = 0; write(); });
  };

  function write() {
    const text = format(shown, 12);
    if (box.value !== text) box.value = text;
  }

  function preview() {
    held = true;
    complain("");
    show(current.stops[slider.valueAsNumber]);
    onPreview(slider.valueAsNumber);
  }

  function commit() {
    held = false;
    onCommit(current.stops[slider.valueAsNumber]);
  }

  /** What cannot be used does not stay: the old value comes back, and a word beside it says what is expected. */
  function typed() {
    const text = box.value.trim();
    const value = text === "" ? NaN : Number(text);
    const [low, high] = [current.stops[0], current.stops.at(-1)];
    const good = Number.isFinite(value) && value >= low && value <= high;
    if (good && (!current.only || current.stops.includes(value))) return onCommit(value);
    if (good) return onStop(value);
    const given = box.value;
    box.value = format(shown, 12);
    complain(`“${given.slice(0, 20)}” cannot be used: a number from ${format(low)} to ${format(high)} is expected. Kept ${format(shown)}.`);
  }

  /** Without Python there are the stops and nothing between them. */
  function onStop(value) {
    const stop = current.stops[nearest(current.stops, value)];
    show(stop);
    onCommit(stop);
    complain(`Saved here are the stops of the rail: ${format(stop)} is the nearest to ${format(value)}.`);
  }

  function complain(text) {
    if (wrong.textContent === text) return;
    wrong.textContent = text;
    wrong.hidden = text === "";
  }

  /** New values from Python; a rail in the hand is not moved. */
  function update(next, pending) {
    current = next;
    slider.max = next.stops.length - 1;
    if (held || pending) return;
    if (next.value !== shown) complain("");
    slider.value = nearest(next.stops, next.value);
    show(next.value);
  }

  /** A tick over the slider where the knob has this value; beyond its ends it stands at them. @param {number | null} value */
  function mark(value) {
    tick.hidden = value === null || Number.isNaN(value);
    if (tick.hidden) return;
    tick.style.setProperty("--at", nearest(current.stops, Math.min(value, current.stops.at(-1))) / (current.stops.length - 1)); // no limit is infinite
    tick.title = `The largest stable value here: ${value === Infinity ? "any" : format(value, 3)}`;
  }

  update(knob, false);
  return { element, update, mark, get held() { return held; } };
}

/** The index of the stop nearest to `value`. */
export function nearest(stops, value) {
  let best = 0;
  for (let k = 1; k < stops.length; k += 1) {
    if (Math.abs(stops[k] - value) < Math.abs(stops[best] - value)) best = k;
  }
  return best;
}
