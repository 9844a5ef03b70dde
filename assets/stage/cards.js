import { h, swatch } from "./dom.js";
import { createRail } from "./rail.js";

const MOST = 8;

/**
 * One card an optimizer: its rails, what its path did, its formula, reset and remove; below them the way to add one.
 * @param {{send: (event: object) => void, prepare: (knob: object) => void,
 *   preview: (card: string, knob: object, lane: number) => void, isPending: (card: string, name: string) => boolean}} stage
 */
export function createCards(stage) {
  const list = h("div.cards", { role: "list", "aria-label": "Optimizers" });
  const adder = createAdder((key) => stage.send({ type: "add", key }));
  const element = h("section.optimizers", { "aria-label": "Optimizers" }, list, adder.element);
  let cards = [];

  /** @param {object} state the wire's state */
  function update(state) {
    const same = cards.length > 0 && cards.length === state.optimizers.length && cards.every((card, i) => card.key === state.optimizers[i].key);
    if (!same) {
      // Cards that stay are kept, and with them the focus of the keyboard.
      const known = new Map(cards.map((card) => [card.key, card]));
      cards = state.optimizers.map((optimizer) => known.get(optimizer.key) ?? createCard(stage, optimizer));
      list.replaceChildren(...cards.map((card) => card.element), ...(cards.length ? [] : [h("p", {}, "No optimizer is on the stage. Add one below.")]));
    }
    cards.forEach((card, i) => card.update(state.optimizers[i]));
    adder.update(state.catalogue, state.optimizers.map((optimizer) => optimizer.key));
  }

  return { element, update, say: (key, sentence) => cards.find((card) => card.key === key)?.say(sentence) };
}

function createCard(stage, first) {
  const { key, title } = first;
  let rails = [];
  let shape = "";
  let latest = first;
  const send = (type, more = {}) => stage.send({ type, card: key, ...more });
  const sentence = h("p.sentence");
  const origin = h("span.origin");
  const holder = h("div.rails");
  const more = h("button.quiet", { type: "button", "aria-expanded": "false", click: () => send("open", { open: !latest.opened }) }, "More knobs");
  const sample = h("span.sample");
  const element = h("article.card", { role: "listitem", "aria-label": title },
    h("header", {}, sample, h("h3", {}, title),
      h("button.icon", { type: "button", "aria-label": `${title}: formula and source`, title: "Formula, knobs and paper", click: () => send("formula") }, "ƒ"),
      h("button.icon", { type: "button", "aria-label": `Remove ${title}`, title: "Remove", click: () => send("remove") }, "×")),
    holder,
    h("div.row", {}, origin,
      h("button.quiet", { type: "button", "aria-label": `${title}: the rate tuned here`, click: () => send("tune") }, "Tune"),
      h("button.quiet", { type: "button", "aria-label": `${title}: textbook defaults`, click: () => send("default") }, "Textbook"),
      more),
    sentence);

  function update(optimizer) {
    latest = optimizer;
    sample.replaceChildren(swatch(optimizer));
    const names = optimizer.knobs.map((knob) => knob.name).join();
    if (names !== shape) {
      shape = names;
      rails = optimizer.knobs.map((knob) => createRail({
        title, knob,
        onEnter: () => stage.prepare(knobNamed(knob.name)),
        onPreview: (lane) => stage.preview(key, knobNamed(knob.name), lane),
        onCommit: (value) => send("knob", { name: knob.name, value }),
      }));
      holder.replaceChildren(...rails.map((rail) => rail.element));
    }
    optimizer.knobs.forEach((knob, k) => rails[k].update(knob, stage.isPending(key, knob.name)));
    const held = rails.some((rail) => rail.held) || optimizer.knobs.some((knob) => stage.isPending(key, knob.name));
    if (!held) {
      sentence.textContent = optimizer.sentence;
      origin.textContent = optimizer.tuned ? "tuned here" : optimizer.knobs[0].value === optimizer.knobs[0].default ? "textbook default" : "your choice";
    }
    more.setAttribute("aria-expanded", String(optimizer.opened));
    more.textContent = optimizer.opened ? "Fewer knobs" : "More knobs";
  }

  const knobNamed = (name) => latest.knobs.find((knob) => knob.name === name);

  function say(text) {
    sentence.textContent = text;
    origin.textContent = "your choice";
  }

  return { key, element, update, say };
}

function createAdder(onAdd) {
  const select = h("select", { "aria-label": "Add an optimizer", change: () => { if (select.value) onAdd(select.value); select.value = ""; } });
  const element = h("div.adder", {}, select);
  let shown = "";

  function update(catalogue, present) {
    const wanted = JSON.stringify([catalogue.length, present]);
    if (wanted === shown) return;
    shown = wanted;
    const families = [...new Set(catalogue.map((entry) => entry.family))];
    const groups = families.map((family) => h("optgroup", { label: family },
      ...catalogue.filter((entry) => entry.family === family && !present.includes(entry.key)).map((entry) => h("option", { value: entry.key }, entry.title))));
    const full = present.length >= MOST;
    select.disabled = full;
    select.replaceChildren(h("option", { value: "" }, full ? `${MOST} optimizers are the most` : "+ Add an optimizer"), ...groups.filter((group) => group.children.length));
  }

  return { element, update };
}
