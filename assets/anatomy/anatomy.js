import { createCloseup } from "../stage/closeup.js";
import { format, h } from "../stage/dom.js";
import { beyond, createChoices, createQuestions, createStep, fill, panel } from "../stage/panel.js";
import { readTheme, seen } from "../stage/theme.js";

// Of the terms that are directions: what is drawn on the contour. The update has its true length, the others a fixed one.
const DRAWN = { g: "#D55E00", v: "#009E73", m: "#009E73" }; // each turned round: a rule goes against them
const UPDATE = "#0072B2";

/**
 * What the step at the timeline's mark was made of: a table of its terms, and arrows on the contour. It asks for nothing
 * until it is opened; then the answer holds all steps.
 * @param {{parentElement: HTMLElement, data: {address: string, query: string, cards: {key: string, title: string}[], ready?: boolean, weights?: number}}} component
 *   `weights`: there are so many parameters, of which the picture shows two directions and one is chosen for its numbers; not
 *   `ready`: the training is not over
 */
export const mount = panel(createAnatomy, new URL("anatomy.css", import.meta.url));

function createAnatomy(parent) {
  let data = null;
  let found = null;
  const table = h("table", { "aria-label": "Terms of the step" });
  const weight = h("input", { type: "number", min: 0, step: 1, placeholder: "went farthest", "aria-label": "Weight to follow", change: ask });
  const weights = h("div.place", { hidden: true }, h("label", {}, "Weight to follow", weight));
  const where = h("p");
  const formula = h("p.formula");
  const numbers = h("p");
  const note = h("p", { role: "status" }, "Taking the steps apart…");
  const closeup = createCloseup("Arrows of the step");
  const timeline = createStep(show);
  const choices = createChoices({ name: "anatomy-of", legend: "Optimizer", onChoose: ask });
  const element = h("details.thalweg-panel.thalweg-anatomy", { "data-testid": "anatomy" },
    h("summary", {}, "Anatomy of a step: why did it go there?"),
    h("p", {}, "What the optimizer had in hand at the timeline's step, and how its formula makes the step of it; arrows show the same, here and on the contour."), choices.element, timeline.rail, weights, where, formula, numbers,
    h("div.beside", {}, closeup.element, h("div.wide.stacked", { tabindex: "0", role: "region", "aria-label": "Anatomy of a step" }, table)), note);
  parent.append(element);
  element.addEventListener("toggle", () => { if (element.open) ask(); else draw([]); });
  timeline.follow(element);
  const questions = createQuestions({
    panel: () => element,
    onAnswer({ tensors, metadata }) {
      found = { tensors, ...metadata.anatomy };
      show();
    },
    onRefusal(words) {
      note.textContent = words || "The steps could not be taken apart; change something, and it is tried again.";
    },
  });

  function update(next) {
    data = next;
    choices.update(data.cards);
    weights.hidden = !data.weights;
    ask();
  }

  function ask() {
    if (!element.open || !data || !choices.chosen) return;
    const followed = data.weights ? { weight: Number.isNaN(weight.valueAsNumber) ? null : weight.valueAsNumber } : {};
    note.textContent = "Taking the steps apart…";
    questions.put(data.address, { query: data.query, card: choices.chosen, ...followed }, String(data.ready));
  }

  /** The step that leaves the marked point; at the end, the last one. */
  const current = () => Math.min(timeline.step, found.tensors.update.shape[0] - 1);

  function show() {
    if (!found || !element.open) return;
    const began = performance.now();
    const k = current();
    const at = (name) => Array.from(found.tensors[name].data.slice(2 * k, 2 * k + 2));
    const terms = found.terms.map((term, i) => ({ ...term, values: at(`term.${i}`), cells: cellsOf(i, `term.${i}`, k) }));
    const moved = at("update");
    const blue = seen(UPDATE, readTheme(element));
    where.textContent = `${found.title}, step ${k + 1}: from (${at("positions").map((x) => format(x, 4)).join(", ")})${found.place ? " on the plane" : ""}. ${found.lesson}${beyond(timeline.step, found.tensors.update.shape[0])}${timeline.step === found.tensors.update.shape[0] ? " The path ends here: this is the step that led to its end." : ""}`;
    formula.textContent = found.formula ? `${found.formula}   with η = ${format(found.tensors.rate.data[k], 4)}` : `${found.title} is not taken apart further: here are the gradient, what else its state holds, and where it went.`;
    numbers.textContent = filledIn(k);
    const line = (colour) => {
      const mark = h("i.stroke", { "aria-hidden": "true" });
      mark.style.borderColor = colour ?? "transparent";
      return mark;
    };
    const row = (tag, colour, symbol, meaning, cells) => h(tag, {}, h("th", { scope: "row" }, line(colour), symbol), h("td", {}, meaning), ...cells.map((text) => h("td", {}, text)));
    const heads = found.place ? ["length", "in the picture", found.place] : found.axes;
    const divided = divisor(k);
    fill(table, ["", "what it is", ...heads], [
      ...terms.map(({ symbol, meaning, cells }) => row("tr", DRAWN[symbol], symbol, meaning, cells)),
      ...(divided ? [row("tr", null, "÷", "what each coordinate is divided by", divided)] : []),
      row("tr.update", blue, "Δ", "the update: how far it went", cellsOf("update", "update", k)),
    ]);
    const scaling = found.tensors.scaling ? at("scaling") : null;
    note.textContent = `Arrows: the update in its true length, the other directions all of one length.${
      scaling ? " The dotted ellipse: where the step would have ended, had its direction been turned before the coordinates were divided." : ""}${
      found.place ? " Of each only its shadow on the plane is seen: “in the picture” says how much of its length that is." : ""}`;
    const turned = scaling ? ellipse(at("positions"), moved, scaling) : [];
    const list = [
      ...(scaling ? [{ line: turned, colour: blue, dash: "dot" }] : []),
      ...terms.filter(({ symbol }) => DRAWN[symbol]).map(({ symbol, values }) => ({ from: at("positions"), by: values.map((x) => -x), colour: DRAWN[symbol], fixed: true, label: `−${symbol}` })),
      { from: at("positions"), by: moved, colour: blue, fixed: false, label: "update" },
    ];
    draw(list);
    const away = ([x, y]) => Math.hypot(x - at("positions")[0], y - at("positions")[1]);
    closeup.draw(list, at("positions"), Math.max(Math.hypot(...moved), ...turned.map(away)), found.axes ?? ["first direction", "second direction"]);
    performance.measure("anatomy:paint", { start: began });
  }

  /** Coordinates; of a vector of many, its length, the share of it in the picture, and its entry for the chosen weight. */
  function cellsOf(told, values, k) {
    const of = found.tensors[`told.${told}`];
    if (!of) return Array.from(found.tensors[values].data.slice(2 * k, 2 * k + 2), (x) => format(x, 4));
    const [length, share, chosen] = of.data.slice(3 * k, 3 * k + 3);
    return [format(length, 4), told === "update" || DRAWN[found.terms[told].symbol] ? `${format(100 * share, 3)} %` : "–", format(chosen, 4)];
  }

  function divisor(k) {
    const { scaling, divisor: of } = found.tensors;
    if (scaling) return Array.from(scaling.data.slice(2 * k, 2 * k + 2), (x) => format(x, 4));
    if (!of) return null;
    const [low, high, chosen] = of.data.slice(3 * k, 3 * k + 3);
    return [`${format(low, 2)} to ${format(high, 2)}`, "–", format(chosen, 4)];
  }

  /** The formula with this step's numbers: of both coordinates, or of the chosen weight. */
  function filledIn(k) {
    const { direction, divisor: of, scaling, rate, update: moved, "told.update": told } = found.tensors;
    if (!direction) return "";
    const said = (value) => format(value, 4).replaceAll("-", "−");
    const by = (divided) => (divided === undefined ? "" : ` / ${said(divided)}`);
    const words = (name, towards, divided, went) => `${name}: Δ = −${said(rate.data[k])} × ${towards < 0 ? `(${said(towards)})` : said(towards)}${by(divided)} = ${said(went)}`;
    if (told) return `${words(`For ${found.place} (number ${found.weight} of ${data.weights})`, direction.data[k], of?.data[3 * k + 2], told.data[3 * k + 2])}.`;
    const both = found.axes.map((axis, i) => words(axis, direction.data[2 * k + i], scaling?.data[2 * k + i], moved.data[2 * k + i]));
    return `In numbers, ${both.join("; ")}.`;
  }

  function draw(list) {
    document.dispatchEvent(new CustomEvent("thalweg:arrows", { detail: { source: "anatomy", card: choices.chosen, list } }));
  }

  return { update };
}

/** All steps of this one's direction's length, each coordinate divided by its own number: the update ends on it. */
function ellipse([x, y], moved, scaling) {
  const length = Math.hypot(moved[0] * scaling[0], moved[1] * scaling[1]);
  return Array.from({ length: 73 }, (_, k) => (2 * Math.PI * k) / 72)
    .map((angle) => [x + (length * Math.cos(angle)) / scaling[0], y + (length * Math.sin(angle)) / scaling[1]]);
}
