import { createCloseup } from "../stage/closeup.js";
import { format, h } from "../stage/dom.js";
import { beyond, createChoices, createQuestions, createStep, fill, panel } from "../stage/panel.js";
import { readTheme, seen } from "../stage/theme.js";
import { bowlLevel, disc, net } from "./shapes.js";

const MINE = "mine"; // in the place of an optimizer's key: a point of one's own
const MODELS = [
  { title: "Tangent plane", does: "downhill to the edge of the disc", colour: "#D55E00" },
  { title: "Quadratic bowl", does: "Newton's step, to where the bowl is level", colour: "#CC79A7" },
  { title: "Trust region", does: "to the bowl's lowest point in the disc", colour: "#0072B2" },
];
const [PLANE, NEWTON, TRUST] = [0, 1, 2];
const [LEAST, MOST, AT_FIRST] = [0.01, 1, 0.12]; // shares of the window: the radius of the disc

/**
 * What can be known of the loss from one point, and where it would have one go: numbers, and drawings on contour and
 * surface. It asks for nothing until it is opened; an answer about a path holds all its steps.
 * @param {{parentElement: HTMLElement, data: {address: string, query: string, cards: {key: string, title: string}[], axes: string[], slice?: boolean, ready?: boolean}}} component
 *   `slice`: the models are those of a network's slice, asked for step by step; not `ready`: its training is not over
 */
export const mount = panel(createModels);

function createModels(parent) {
  let data = null;
  let found = null;
  const closeup = createCloseup("Steps of the local models");
  const timeline = createStep(() => (data?.slice ? ask() : show()));
  const choices = createChoices({ name: "models-of", legend: "Where", onChoose: choose });
  const places = ["first", "second"].map((name) => h("input", { type: "number", step: "any", value: 0, "aria-label": `Point of mine, ${name} coordinate`, input: () => ask() }));
  const names = places.map(() => h("span"));
  const mine = h("div.place", { hidden: true }, ...places.map((input, axis) => h("label", {}, names[axis], input)));
  const radius = h("input", { type: "range", min: 0, max: 100, value: 100 * Math.log(AT_FIRST / LEAST) / Math.log(MOST / LEAST), "aria-label": "Radius of trust", input: () => ask() });
  const size = h("output.radius", {});
  const where = h("p");
  const table = h("table", { "aria-label": "Steps of the local models" });
  const note = h("p", { role: "status" }, "Computing the models…");
  const element = h("details.thalweg-panel.thalweg-models", { "data-testid": "models" },
    h("summary", {}, "Local models: what slope and curvature promise here"),
    h("p", {}, "Near any point a loss is like a plane, and a little farther like a bowl. Each model says where to step and how low that leads; the last number is the true change over "
      + "the promised one: 1 where the promise is kept, below 0 where the loss goes the other way."), choices.element, mine, timeline.rail,
    h("div.place", {}, h("label", {}, "Radius of trust", radius, size)), where,
    h("div.beside", {}, closeup.element, h("div.wide.stacked", { tabindex: "0", role: "region", "aria-label": "Local models" }, table)), note);
  parent.append(element);
  element.addEventListener("toggle", () => { if (element.open) ask(); else draw([]); });
  timeline.follow(element);
  const questions = createQuestions({
    panel: () => element,
    onAnswer({ tensors, metadata }, { point }) {
      found = { tensors, own: Boolean(point), ...metadata.models };
      show();
    },
    onRefusal(words) {
      note.textContent = words ? `There are no models: ${words}` : "The models could not be computed; change something, and it is tried again.";
    },
  });

  function update(next) {
    data = next;
    choices.update([...data.cards, { key: MINE, title: "A point of mine" }]);
    mine.hidden = choices.chosen !== MINE;
    names.forEach((name, axis) => { name.textContent = data.axes[axis]; });
    ask();
  }

  /** A point of one's own begins where the models are now. */
  function choose(key) {
    if (key === MINE && found) places.forEach((input, axis) => { input.value = format(at("points")[axis], 4); });
    mine.hidden = key !== MINE;
    timeline.rail.hidden = key === MINE;
    ask();
  }

  const share = () => Math.min(Math.max(LEAST * (MOST / LEAST) ** (radius.valueAsNumber / 100), LEAST), MOST);
  const point = () => places.map((input) => input.valueAsNumber);

  function ask() {
    const own = choices.chosen === MINE;
    if (!element.open || !data || (own && !point().every(Number.isFinite))) return;
    const step = data.slice ? { step: Number.isFinite(timeline.step) ? timeline.step : null } : {};
    questions.put(data.address, { query: data.query, share: share(), ...(own ? { point: point() } : { card: choices.chosen, ...step }) }, String(data.ready));
  }

  const current = () => Math.min(timeline.step, found.tensors.points.shape[0] - 1);

  /** The numbers of the current point: of a tensor by points, or of row `k` of one by steps and points. */
  function at(name, k = null) {
    const { data: values, shape } = found.tensors[name];
    const [points, width] = k === null ? [shape[0], shape.slice(1)] : [shape[1], shape.slice(2)];
    const length = width.reduce((a, b) => a * b, 1);
    const from = ((k ?? 0) * points + current()) * length;
    return Array.from(values.slice(from, from + length));
  }

  function show() {
    if (!found || !element.open) return;
    const began = performance.now();
    const [x, [loss], gradient, [low, high]] = [at("points"), at("loss"), at("gradient"), at("eigenvalues")];
    size.textContent = format(found.radius, 3);
    const bowl = low > 0 ? "the bowl opens upwards" : high > 0 ? "it is a saddle: Newton's step leads to its pass, not down" : "it opens downwards: Newton's step leads to its top";
    where.textContent = `${found.own ? (data.slice ? "On the slice of the training loss, at" : "At") : data.slice ? `On the slice of the training loss, below step ${found.step} of the run, at` : `Step ${current()}, at`} (${x.map((value) => format(value, 4)).join(", ")}): loss ${format(loss, 4)}, slope ${format(Math.hypot(...gradient), 4)}; `
      + `curvatures ${format(low, 3)} and ${format(high, 3)}, so ${bowl}.`;
    if (!found.own && !data.slice) where.textContent += beyond(timeline.step, current());
    const least = found.rounding * (45 * Math.max(Math.abs(low), Math.abs(high)) * found.radius ** 2 + 4 * Math.abs(loss)); // of a fall that is more than rounding
    const rows = MODELS.map((model, k) => {
      const predicted = at("predicted", k)[0];
      return { ...model, colour: seen(model.colour, readTheme(element)), by: at("steps", k), predicted, truth: at("true", k)[0], ratio: at("ratio", k)[0], spent: Math.abs(loss - predicted) < least };
    });
    if (rows[NEWTON].spent) where.textContent += " Nothing but rounding is left to gain here: go back to an earlier step.";
    fill(table, ["Model and its step", "how far", "loss it predicts", data.slice ? "loss of the slice there" : "true loss there", "true change / promised"], rows.map(row));
    note.textContent = "Here and on the contour: the disc of trust, the bowl's level line through the point, its axes, and the three steps. In 3D: plane and bowl over the disc, and from each step's promise a line to the true loss."
      + (data.slice ? " All of this is about the slice that is drawn: a run lies above or below it, and goes where its whole gradient leads." : "");
    const list = sketch({ x, loss, gradient, hessian: at("hessian"), axes: at("eigenvectors"), rows });
    draw(list);
    const newton = Math.hypot(...rows[NEWTON].by);
    closeup.draw(list, x, newton < 3 * found.radius ? Math.max(newton, found.radius) : 1.2 * found.radius, data.axes);
    performance.measure("models:paint", { start: began });
  }

  function row({ title, does, colour, by, predicted, truth, ratio, spent }) {
    const mark = h("i.stroke", { "aria-hidden": "true" });
    mark.style.borderColor = colour;
    const known = Number.isFinite(by[0]);
    const cells = known ? [format(Math.hypot(...by), 4), format(predicted, 4), format(truth, 4), spent ? "rounding" : Number.isFinite(ratio) ? format(ratio, 3) : "–"] : ["no such step", "–", "–", "–"];
    return h("tr", {}, h("th", { scope: "row" }, mark, `${title}: ${does}`), ...cells.map((text) => h("td", {}, text)));
  }

  /** What the stage draws: lines of points (first, second, loss), with null between two, and arrows. */
  function sketch({ x, loss, gradient: g, hessian: [a, b, , c], axes: [v00, v01, v10, v11], rows }) {
    const r = found.radius;
    const plane = ([p, q]) => loss + g[0] * p + g[1] * q;
    const bowl = ([p, q]) => plane([p, q]) + (a * p * p + 2 * b * p * q + c * q * q) / 2;
    const through = (p, q) => [[x[0] - r * p, x[1] - r * q], [x[0] + r * p, x[1] + r * q]];
    const known = rows.filter(({ by }) => by.every(Number.isFinite));
    const alike = rows[NEWTON].by.every((value, axis) => Math.abs(value - rows[TRUST].by[axis]) < 1e-3 * r);
    const labels = { [MODELS[NEWTON].title]: alike ? "" : "quadratic bowl", [MODELS[TRUST].title]: alike ? "bowl and trust region" : "trust region" };
    const shown = known.filter(({ by }) => Math.hypot(...by) <= 1000 * r);
    return [
      { line: disc(x, r), colour: rows[TRUST].colour, dash: "dot" },
      { line: bowlLevel(x, g, [a, b, c], 4 * r), colour: MODELS[NEWTON].colour, dash: "solid" },
      { line: [...through(v00, v10), null, ...through(v01, v11)], colour: MODELS[NEWTON].colour, dash: "dash", width: 1.2 },
      ...shown.map(({ by, colour, title }) => ({ from: x, by, colour, fixed: false, label: labels[title] ?? title.toLowerCase() })),
      { name: "tangent plane", solid: net(x, r, plane, true), colour: MODELS[PLANE].colour },
      { name: "quadratic bowl", solid: net(x, r, bowl, false), colour: MODELS[NEWTON].colour },
      ...rows.map(({ title, colour }, k) => ({ name: `${title}: predicted to true loss`, colour, solid: promise(x, rows[k], r) })),
    ];
  }

  function draw(list) {
    document.dispatchEvent(new CustomEvent("thalweg:arrows", { detail: { source: "models", card: choices.chosen, list } }));
  }

  return { update };
}

/** From what a step promises to what is there; nothing where the step leaves the picture. */
function promise(x, { by, predicted, truth }, radius) {
  if (![...by, predicted, truth].every(Number.isFinite) || Math.hypot(...by) > 20 * radius) return [[...x, NaN]];
  const place = [x[0] + by[0], x[1] + by[1]];
  return [[...place, predicted], [...place, truth]];
}
