import { ask } from "./ask.js";
import { h } from "./dom.js";

const dress = (css) => document.head.append(h("link", { rel: "stylesheet", href: css }));
dress(new URL("panel.css", import.meta.url));

/**
 * How a panel under the stage comes onto the page: one for each place, told of every rerun.
 * @param {(parent: HTMLElement) => {update: (data: object) => void}} create
 * @param {URL} [css] what it has beyond the style of all panels
 * @returns {(component: {parentElement: HTMLElement, data: object}) => object} `mount`, as the page's loader calls it
 */
export function panel(create, css) {
  const holders = new WeakMap();
  if (css) dress(css);
  return ({ parentElement, data }) => {
    if (!holders.has(parentElement)) holders.set(parentElement, create(parentElement));
    const holder = holders.get(parentElement);
    holder.update(data);
    return holder;
  };
}

/** Hears an event of the document for as long as a panel is on the page; one that was left behind must not answer. */
export function listen(element, name, act) {
  const heard = (event) => (element.isConnected ? act(event) : document.removeEventListener(name, heard));
  document.addEventListener(name, heard);
}

/**
 * The step at the timeline's mark, and a rail that moves it from beside the panel's numbers.
 * @param {() => void} show called when the step has moved @returns {{step: number, rail: HTMLElement, follow: (element: HTMLDetailsElement) => void}}
 *   `follow` the stage while `element` is on the page
 */
export function createStep(show) {
  const slider = h("input", { type: "range", min: 0, max: 0, step: 1, "aria-label": "Step, beside these numbers", input: () => go(false), change: () => go(true) });
  const readout = h("output", { "aria-hidden": "true" });
  const timeline = { step: Infinity, rail: h("div.place", {}, h("label", {}, "Step", slider, readout)), follow };
  const go = (rest) => document.dispatchEvent(new CustomEvent("thalweg:go", { detail: { step: slider.valueAsNumber, rest } }));

  function follow(element) {
    listen(element, "thalweg:step", ({ detail: { step, steps } }) => {
      if (step === null) return;
      const moved = step !== timeline.step;
      timeline.step = step;
      [slider.max, slider.value, readout.textContent] = [steps, step, `${step} / ${steps}`];
      if (moved && element.open) show();
    });
  }

  return timeline;
}

/**
 * Fill a table; each cell knows its column's head, which a phone writes before it.
 * @param {HTMLTableElement} table @param {(string | HTMLTableCellElement)[]} heads @param {HTMLTableRowElement[]} rows
 */
export function fill(table, heads, rows) {
  const cells = heads.map((head) => (typeof head === "string" ? h("th", { scope: "col" }, head) : head));
  for (const row of rows) Array.from(row.cells).forEach((cell, k) => { cell.dataset.head = cells[k].textContent; });
  table.replaceChildren(h("thead", {}, h("tr", {}, ...cells)), h("tbody", {}, ...rows));
}

/** What a panel says where the timeline is beyond the last step of its numbers. */
export const beyond = (step, last) => (Number.isFinite(step) && step > last ? " Here the numbers end: the run diverges, and those of later steps are too large." : "");

/**
 * The line of a panel that says how many questions go before its own, and how far its own is.
 * @param {() => HTMLDetailsElement} panel
 */
export function createTurn(panel) {
  const bar = h("progress", { max: 1, "aria-hidden": "true" });
  const words = h("span", { role: "status" });
  const line = h("p.turn", { hidden: true }, bar, words);

  /** @param {string} text empty where nothing waits @param {number} [share] that is done */
  function tell(text, share = 0) {
    if (!text && !line.isConnected) return;
    if (!line.isConnected) panel().querySelector("summary").after(line);
    line.hidden = !text;
    if (words.textContent !== text) words.textContent = text;
    if (share > 0) bar.value = share;
    else bar.removeAttribute("value");
  }

  return { tell };
}

/**
 * What a panel asks the server: one question in flight, of those that wait the latest counts. The last answer is kept
 * until another question is answered.
 * @param {{panel: () => HTMLDetailsElement, onAnswer: (message: import("./wire.js").Message, question: object) => void,
 *   onRefusal: (words: string) => void, onBusy?: (busy: boolean) => void}} panel `words` are empty where the server gave none
 */
export function createQuestions({ panel, onAnswer, onRefusal, onBusy }) {
  const turn = createTurn(panel);
  let wanted = null;
  let asking = false;
  let answered = null;

  /** @param {string} address @param {object} question @param {string} [state] what else the answer depends on */
  async function put(address, question, state = "") {
    wanted = { address, question, text: JSON.stringify(question), state };
    if (asking) return;
    asking = true;
    onBusy?.(true);
    while (wanted) {
      const now = wanted;
      wanted = null;
      if (answered?.text !== now.text || answered.state !== now.state) {
        const { message, refusal } = await ask(now.address, now.question, { onTurn: turn.tell, isWanted: () => !wanted });
        if (!message) {
          if (!wanted) onRefusal(refusal);
          continue;
        }
        answered = { ...now, message };
      }
      if (!wanted) onAnswer(answered.message, answered.question);
    }
    asking = false;
    turn.tell("");
    onBusy?.(false);
  }

  return { put };
}

/**
 * Buttons of which one is pressed: the optimizer that a panel is about.
 * @param {{name: string, legend: string, onChoose: (key: string) => void}} panel `name` is the group's own on the page
 */
export function createChoices({ name, legend, onChoose }) {
  const element = h("fieldset.choices", {});
  let shown = "";
  let chosen = "";

  function update(cards) {
    if (!cards.some(({ key }) => key === chosen)) chosen = cards[0]?.key ?? "";
    const wanted = JSON.stringify(cards);
    if (wanted !== shown) element.replaceChildren(h("legend.spoken", {}, legend), ...cards.map(choice));
    shown = wanted;
  }

  function choice({ key, title }) {
    const choose = () => { chosen = key; onChoose(key); };
    return h("label", {}, h("input", { type: "radio", name, value: key, checked: key === chosen, change: choose }), title);
  }

  return { element, update, get chosen() { return chosen; } };
}
