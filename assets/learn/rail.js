import { h } from "../stage/dom.js";
import { written } from "./plot.js";

/**
 * A number that is dragged, typed or moved with the arrow keys: over `values`, or from `low` to `high`.
 *
 * `onInput(value, index)` is called while it moves. What is typed outside the range is refused and the range said.
 * @param {HTMLElement} parent
 * @param {{label: string, value: number, values?: number[], low?: number, high?: number, step?: number, unit?: string,
 *   format?: (value: number) => string, onInput: (value: number, index: number) => void, onRest?: () => void}} options
 */
export function createRail(parent, options) {
  const { label, values, unit = "", format = (value) => written(value), onInput, onRest } = options;
  const [low, high] = values ? [values[0], values[values.length - 1]] : [options.low, options.high];
  const [least, most] = [Math.min(low, high), Math.max(low, high)];
  let index = 0;
  let value = options.value;
  const range = h("input", {
    type: "range", "aria-label": label, min: values ? 0 : low, max: values ? values.length - 1 : high,
    step: values ? 1 : options.step ?? (high - low) / 500, input: slide, change: () => onRest?.(),
  });
  const typed = h("input", { type: "text", inputmode: "decimal", "aria-label": `${label}, typed`, change: type, maxlength: 12 });
  const wrong = h("span.wrong", { role: "alert" });
  const root = h("div.rail", {}, h("span.label", {}, label), range, h("span.typed", {}, typed, unit ? h("span", {}, unit) : null), wrong);
  parent.append(root);
  put(value);

  function slide() {
    put(values ? values[Number(range.value)] : Number(range.value));
    onInput(value, index);
  }

  function type() {
    const text = powered(typed.value.trim().replaceAll("−", "-"));
    const thousands = /^-?\d{1,3}(,\d{3})+$/.test(text);
    const number = text === "" ? NaN : Number(thousands ? text.replaceAll(",", "") : text.replace(",", "."));
    if (!Number.isFinite(number) || number < least || number > most) {
      put(value);
      wrong.textContent = `Expected a number from ${format(least)} to ${format(most)}.`;
      return;
    }
    put(number);
    if (format(value) !== format(number)) wrong.textContent = `The nearest that was computed is ${format(value)}.`;
    onInput(value, index);
    onRest?.();
  }

  /** Show a number, without telling anybody; of `values` the nearest one. */
  function put(number) {
    value = number;
    if (values) {
      index = nearest(values, number);
      value = values[index];
    }
    range.value = values ? index : value;
    const said = format(value);
    range.setAttribute("aria-valuetext", unit ? `${said} ${unit}` : said);
    typed.value = said;
    wrong.textContent = "";
  }

  return { root, range, put, get value() { return value; }, get index() { return index; } };
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** As JavaScript reads it: 10⁻⁶, 10^-6 and 3×10⁻⁶, which the page itself writes. */
function powered(text) {
  const flat = text.replace(/[⁻⁰¹²³⁴-⁹]+/, (raised) => `^${[...raised].map((sign) => (sign === "⁻" ? "-" : RAISED.indexOf(sign))).join("")}`);
  const [, times, power] = flat.match(/^(?:([\d.]+)\s*[×x*·]\s*)?10\^(-?\d+)$/) ?? [];
  return power === undefined ? text : `${times ?? 1}e${power}`;
}

function nearest(values, number) {
  let best = 0;
  values.forEach((value, i) => { if (Math.abs(value - number) < Math.abs(values[best] - number)) best = i; });
  return best;
}

/**
 * A few values side by side, as radio buttons.
 * @param {{label: string, choices: {key: string, text: string}[], value: string, onChoose: (key: string) => void}} options
 */
export function createChoice(parent, { label, choices, value, onChoose }) {
  const name = `learn-${label}-${Math.random()}`;
  const boxes = choices.map(({ key, text }) => {
    const input = h("input", { type: "radio", name, value: key, change: () => onChoose(key) });
    input.checked = key === value;
    return h("label", {}, input, h("span", {}, text));
  });
  const root = h("div.row", {}, h("span.label", {}, label), h("div.choice", { role: "radiogroup", "aria-label": label }, ...boxes));
  parent.append(root);
  return { root, put: (key) => boxes.forEach((box) => { box.firstChild.checked = box.firstChild.value === key; }) };
}
