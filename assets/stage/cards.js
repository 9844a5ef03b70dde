import { h, swatch } from "./dom.js";
import { createNumbers } from "./honest.js";
import { createRail } from "./rail.js";

const MOST = 8;
const SENTENCE_EVERY = 200; // milliseconds
const ORIGINS = {
  "tuned here": "The lowest final loss, among the rates that stay calm on the way and whose neighbours do well too: a lucky rate among wild ones does not count",
  textbook: "What papers and libraries start with",
  yours: "Set by you, or by the link that you came with",
};

/**
 * One card an optimizer: its rails, what its path did, its formula, reset and remove; below them the way to add one.
 * @param {{send: (event: object) => void, prepare: (knob: object) => void,
 *   preview: (card: string, knob: object, lane: number) => void, isPending: (card: string, name: string) => boolean,
 *   waits: () => boolean}} stage
 */
export function createCards(stage) {
  const list = h("div.cards", { role: "list", "aria-label": "Optimizers" });
  const adder = createAdder((key) => stage.send({ type: "add", key, name: key }));
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
    cards.forEach((card, i) => card.update(state.optimizers[i], Boolean(state.saved), Boolean(state.kept)));
    adder.element.hidden = Boolean(state.saved);
    adder.update(state.catalogue, state.optimizers.map((optimizer) => optimizer.key), stage.waits());
  }

  /** On a slice, what is true of every run at this step. */
  function follow(runs, step) {
    runs.forEach((run) => cards.find((card) => card.key === run.key)?.follow(run.path, step));
  }

  /** Marks on the rails, by card: the knob and the value it stands for; none for other cards. */
  function limit(marks) {
    cards.forEach((card) => card.limit(marks[card.key] ?? null));
  }

  return { element, update, follow, limit, say: (key, sentence) => cards.find((card) => card.key === key)?.say(sentence) };
}

function createCard(stage, first) {
  const { key, title } = first;
  let rails = [];
  let shape = "";
  let latest = first;
  let opened = first.opened;
  const send = (type, more = {}) => stage.send({ type, card: key, ...more });
  const sentence = createSentence();
  const numbers = createNumbers();
  const honesty = h("p.honesty");
  const origin = h("span.origin");
  const holder = h("div.rails");
  const sample = h("span.sample");
  const more = h("button.quiet", { type: "button", click: () => open(!opened, true) });
  const keep = h("button.quiet.keep", {
    type: "button", "aria-label": `Keep this run of ${title}`, "aria-keyshortcuts": "k", click: keepRun,
    title: "It stays drawn, and in the link, while you change things (key K in this card)",
  }, "Keep");
  const other = h("button.quiet", { type: "button", click: () => send(latest.tuned ? "default" : "tune") });
  const formula = h("button.icon.page", { type: "button", "aria-label": `${title}: formula and source`, title: `Formula and paper of ${title}`, click: () => send("formula") }, "ƒ");
  const remove = h("button.icon", { type: "button", "aria-label": `Remove ${title}`, title: `Remove ${title}`, click: () => send("remove") }, "×");
  const element = h("article.card", { role: "listitem", "aria-label": title },
    h("header", {}, sample, h("h3", { title }, title), other, formula, remove),
    holder,
    h("div.row", {}, sentence.element, keep, more), numbers.element, honesty);

  element.addEventListener("keydown", ({ key: pressed, ctrlKey, metaKey, altKey, target }) => {
    if (pressed === "k" && !(ctrlKey || metaKey || altKey || keep.hidden || target.type === "text")) keepRun();
  });

  /** @param {boolean} saved there is no Python to ask @param {boolean} keeps whether the page keeps runs */
  function update(optimizer, saved, keeps) {
    latest = optimizer;
    keep.hidden = saved || !keeps;
    formula.hidden = remove.hidden = saved;
    other.hidden = saved && !optimizer.textbook;
    more.hidden = saved && !optimizer.knobs.length;
    sample.replaceChildren(swatch(optimizer));
    const names = optimizer.knobs.map((knob) => knob.name).join();
    if (names !== shape) {
      shape = names;
      rails = optimizer.knobs.map((knob, k) => createRail({
        title, knob, under: k === 0 ? origin : null,
        onEnter: () => stage.prepare(knobNamed(knob.name)),
        onPreview: (lane) => stage.preview(key, knobNamed(knob.name), lane),
        onCommit: (value) => send("knob", { name: knob.name, value }),
      }));
      holder.replaceChildren(...rails.map((rail) => rail.element));
    }
    optimizer.knobs.forEach((knob, k) => rails[k].update(knob, stage.isPending(key, knob.name)));
    const held = rails.some((rail) => rail.held) || optimizer.knobs.some((knob) => stage.isPending(key, knob.name));
    if (!held) {
      sentence.set(optimizer.sentence);
      setText(honesty, optimizer.honesty ?? "");
      tell(originOf(optimizer));
    }
    offer(optimizer.tuned);
    open(optimizer.opened || more.hidden, false); // what cannot be opened is told in full
  }

  /** The one press to the other rate: away from the tuned one to the textbook's, from any other to the tuned one. */
  function offer(tuned) {
    setText(other, tuned ? "Textbook" : "Tune");
    const says = tuned ? `Textbook values for ${title}` : `Tune ${title} here`;
    other.setAttribute("aria-label", says);
    other.title = tuned ? `${says}: what papers and libraries start with` : `${says}: the rate that does best from this start in these steps`;
  }

  /** Shows the sentence in full and the help of every knob; the further knobs come with Python's answer. */
  function open(wanted, tell) {
    opened = wanted;
    element.classList.toggle("opened", opened);
    more.setAttribute("aria-expanded", String(opened));
    more.setAttribute("aria-label", `${opened ? "Fewer" : "More"} about ${title}: knobs and what they do`);
    setText(more, opened ? "Less" : "More");
    if (tell) send("open", { open: opened });
  }

  function keepRun() {
    send("keep", { value: latest.knobs[0].value });
  }

  const knobNamed = (name) => latest.knobs.find((knob) => knob.name === name);

  function tell(from) {
    setText(origin, from);
    origin.title = ORIGINS[from] ?? "";
  }

  function say(text) {
    sentence.soon(text);
    tell("yours");
  }

  function limit(mark) {
    latest.knobs.forEach((knob, k) => rails[k].mark(mark?.knob === knob.name ? mark.value : null));
  }

  return { key, element, update, say, limit, follow: numbers.show };
}

/** Where an optimizer's values come from, in the words of the table below. */
function originOf({ tuned, origin, knobs }) {
  if (origin) return origin;
  if (tuned) return knobs[0]?.best ?? "tuned here";
  return knobs.every((knob) => knob.value === knob.default) ? "textbook" : "yours";
}

/** A sentence that a drag changes at most a few times a second: faster, it can be neither read nor laid out cheaply. */
function createSentence() {
  const element = h("p.sentence");
  let waiting = 0;
  let latest = "";
  let written = 0;

  function set(text) {
    clearTimeout(waiting);
    [latest, waiting, written] = [text, 0, performance.now()];
    setText(element, text);
    element.title = text; // closed cards show one line
  }

  function soon(text) {
    latest = text;
    waiting ||= setTimeout(() => set(latest), Math.max(0, written + SENTENCE_EVERY - performance.now()));
  }

  return { element, set, soon };
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The optimizers that are not there yet. One that was asked for counts as there while the answer is on its way. */
function createAdder(onAdd) {
  const select = h("select", { "aria-label": "Add an optimizer", change: choose });
  const full = h("p.full", { role: "status" });
  const element = h("div.adder", {}, select, full);
  let [catalogue, present, asked, shown] = [[], [], [], ""];

  function choose() {
    if (!select.value) return;
    asked.push(select.value);
    onAdd(select.value);
    draw();
  }

  function update(known, there, pending) {
    [catalogue, present] = [known, there];
    asked = pending ? asked.filter((key) => !present.includes(key)) : [];
    draw();
  }

  function draw() {
    const taken = [...present, ...asked];
    const wanted = JSON.stringify([catalogue.length, taken]);
    if (wanted === shown) return;
    shown = wanted;
    const families = [...new Set(catalogue.map((entry) => entry.family))];
    const groups = families.map((family) => h("optgroup", { label: family },
      ...catalogue.filter((entry) => entry.family === family && !taken.includes(entry.key)).map((entry) => h("option", { value: entry.key }, entry.title))));
    select.hidden = taken.length >= MOST;
    setText(full, select.hidden ? `${MOST} optimizers is the most; remove one first to add another.` : "");
    select.replaceChildren(h("option", { value: "" }, "+ Add an optimizer"), ...groups.filter((group) => group.children.length));
  }

  return { element, update };
}
