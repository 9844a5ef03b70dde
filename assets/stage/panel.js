import { h } from "./dom.js";
import { unpack } from "./wire.js";

/**
 * How a panel under the stage comes onto the page: one for each place, told of every rerun.
 * @param {(parent: HTMLElement) => {update: (data: object) => void}} create
 * @param {URL} css its style sheet
 * @returns {(component: {parentElement: HTMLElement, data: object}) => object} `mount`, as the page's loader calls it
 */
export function panel(create, css) {
  const holders = new WeakMap();
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = css;
  document.head.append(style);
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
 * The step at the timeline's mark; `show` is called when it moves under an open panel.
 * @param {HTMLDetailsElement} element @param {() => void} show @returns {{step: number}}
 */
export function followed(element, show) {
  const timeline = { step: Infinity };
  listen(element, "thalweg:step", ({ detail: { step } }) => {
    if (step === null || step === timeline.step) return;
    timeline.step = step;
    if (element.open) show();
  });
  return timeline;
}

/**
 * What a panel asks the server: one question in flight, of those that wait the latest counts. The last answer is kept
 * until another question is answered.
 * @param {{onAnswer: (message: import("./wire.js").Message, question: object) => void,
 *   onRefusal: (words: string) => void, onBusy?: (busy: boolean) => void}} panel `words` are empty where the server gave none
 */
export function createQuestions({ onAnswer, onRefusal, onBusy }) {
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
        const answer = await fetch(now.address, { method: "POST", body: now.text }).catch(() => null);
        if (!answer?.ok) {
          if (!wanted) onRefusal(answer?.status === 400 ? (await answer.text()).trim() : "");
          continue;
        }
        answered = { ...now, message: unpack(await answer.arrayBuffer()) };
      }
      if (!wanted) onAnswer(answered.message, answered.question);
    }
    asking = false;
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
