import { reach } from "../stage/connection.js";
import { format, h } from "../stage/dom.js";
import { loadPlotly } from "../stage/host.js";
import { ask } from "../stage/ask.js";
import { createTurn, fill, panel } from "../stage/panel.js";
import { readTheme, watchTheme } from "../stage/theme.js";
import { drawBands, drawMap, drawShares } from "./pictures.js";

const AT_ONCE = 2; // optimizers asked for together: compiling one keeps one core busy

/**
 * The fair comparison under the stage. It computes when its button is pressed, one optimizer after the other, and shows
 * each when it is there.
 * @param {{parentElement: HTMLElement, data: {address: string, query: string, cards: {key: string, title: string, others: {name: string, label: string}[]}[]}}} component
 */
export const mount = panel(createComparison, new URL("comparison.css", import.meta.url));

function createComparison(parent) {
  let data = null;
  let found = null; // the answer with the most optimizers
  let run = 0; // the number of the latest press: what belongs to an earlier one is not shown
  let busy = false;
  let which = "tuned";
  let sorted = { column: 1, down: true };
  let heat = null;
  let long = false; // whether what takes long was pressed once more
  const turn = createTurn(() => element);
  const button = h("button.press", { type: "button", click: () => (busy ? stop() : start()) }, "Compare");
  const status = h("span", { role: "status" });
  const verdict = h("p.verdict", { "aria-live": "polite" });
  const terms = h("p");
  const choices = h("fieldset.choices", {}, h("legend.spoken", {}, "Learning rates"), ...[["tuned", "Tuned here"], ["default", "Textbook default"]].map(choice));
  const frames = ["Loss against cost", "Which learning rates succeed", "Successes for both knobs"].map(frame);
  const [bands, shares, map] = frames;
  const table = h("table", { "aria-label": "Fair comparison" });
  const second = h("select", { "aria-label": "Second knob", change: askMap });
  const mapped = h("div", {}, h("div.ask", {}, h("span", {}, "A map over the learning rate and"), second), map.figure);
  const results = h("div", { hidden: true }, verdict, terms, choices, h("div.charts", {}, bands.figure, shares.figure),
    h("div.wide.stacked", { tabindex: "0", role: "region", "aria-label": "Fair comparison, table" }, table), mapped);
  const element = h("details.thalweg-panel.thalweg-comparison", { "data-testid": "comparison" },
    h("summary", {}, "Fair comparison: who gets how low for the same cost?"),
    h("p", {}, "One path says little. Here each optimizer runs with 25 learning rates from 64 places drawn in the window; then the best rate, and the textbook's, "
      + "run from 64 other places: a rate that was merely lucky where it was chosen is found out. All spend the same, counted in loss evaluations: a gradient costs 3, a Hessian 6."),
    h("div.ask", {}, button, status), results);
  parent.append(element);
  element.addEventListener("toggle", draw);
  watchTheme(element, draw);

  function choice([value, text]) {
    const input = h("input", { type: "radio", name: "comparison-rates", value, checked: value === which });
    input.addEventListener("change", () => { which = value; draw(); });
    return h("label", {}, input, text);
  }

  function frame(title) {
    const box = h("div", { role: "img", "aria-label": title });
    return { box, figure: h("figure", {}, h("figcaption", {}, title), box) };
  }

  function update(next) {
    const before = data;
    data = next;
    button.disabled = !data.cards.length;
    if (before && before.query !== data.query) long = false;
    if (before && before.query !== data.query && (found || busy)) stop("The settings have changed; this was computed before. Compare again.");
  }

  function stop(why = "Stopped.") {
    run += 1;
    turn.tell("");
    settle(why);
  }

  function settle(text) {
    busy = false;
    button.textContent = found ? "Compare again" : "Compare";
    status.textContent = text;
  }

  /** Two optimizers are asked for at a time; each answer holds those that were there before. */
  async function start() {
    const mine = ++run;
    const { address, query, cards } = data;
    const began = performance.now();
    const waiting = cards.map(({ key }) => key);
    const done = [];
    [busy, found, heat] = [true, null, null];
    button.textContent = "Stop";
    status.textContent = `0 of ${cards.length} optimizers…`;
    fillSecond();
    const work = async () => {
      while (waiting.length && mine === run) {
        const key = waiting.shift();
        const answer = await request(address, { query, cards: [...done, key] }, mine);
        if (mine !== run) return;
        if (answer?.metadata.long) long = true;
        if (!answer?.metadata.comparison) return stop(answer?.metadata.long ?? answer?.metadata.impossible ?? "It could not be computed; try again.");
        done.push(key);
        status.textContent = `${done.length} of ${cards.length} optimizers…`;
        show(answer);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (mine !== run) return;
    if (found.optimizers.length < done.length) show(await request(address, { query, cards: done }, mine));
    turn.tell("");
    performance.measure("comparison:done", { start: began });
    settle(`Done: ${done.length} compared.`);
    verdict.textContent = found.verdict;
  }

  async function request(address, question, mine) {
    const asked = long ? { ...question, long } : question;
    return (await ask(address, asked, { onTurn: turn.tell, isWanted: () => mine === run })).message;
  }

  function show(answer) {
    const { tensors, metadata: { comparison } } = answer;
    if (found && comparison.optimizers.length < found.optimizers.length) return;
    found = { ...comparison, tensors };
    results.hidden = false;
    verdict.textContent = "";
    const goal = found.known ? "the lowest known minimum" : "the lowest loss that anybody found, for no minimum as low is known";
    terms.textContent = `Each spends ${found.budget} loss evaluations from every start (seed ${found.seed}; Steps and Seed above change them). Success: the loss inside the window falls `
      + `99.9 % of the way from the start to ${goal}, ${format(found.floor, 4)}. Intervals hold the true value 95 times in 100.`
      + (found.noisy ? " Every start meets its own noise, the same for every optimizer." : "") + (found.schedule ? " Learning rates stay constant here." : "");
    draw();
  }

  async function draw() {
    if (!found || !element.open) return;
    fillTable();
    const Plotly = await loadPlotly();
    const theme = readTheme(element);
    await drawBands(Plotly, bands.box, found, which, theme);
    await drawShares(Plotly, shares.box, found, theme);
    map.figure.hidden = !heat;
    if (heat) await drawMap(Plotly, map.box, heat, theme);
  }

  const percent = (share) => format(100 * share, 3);
  const spent = (cost) => (cost === null ? "more" : format(cost, 4));
  const COLUMNS = [
    ["Optimizer", ({ title }) => title, ({ title }) => title],
    ["Successes, tuned", ({ tuned }) => tuned.successes, ({ tuned }) => successes(tuned)],
    ["Cost of success (median)", ({ tuned }) => tuned.cost ?? Infinity, ({ tuned }) => (tuned.cost === null ? "under half succeed" : `${format(tuned.cost, 4)} (${tuned.cost_interval.map(spent).join(" to ")})`)],
    ["Loss above the lowest (median; quartiles)", ({ tuned }) => tuned.above[1] ?? Infinity, ({ tuned: { above: [low, middle, high] } }) => `${format(middle, 3)} (${format(low, 3)} to ${format(high, 3)})`],
    ["Tuned to", ({ tuned }) => tuned.value, ({ tuned, rail }) => `${rail === "learning rate" ? "" : `${rail} `}${format(tuned.value, 3)}`],
    ["Good rates", ({ good }) => good?.decades ?? -1, ({ good }) => width(good)],
    ["Default", (each) => each.default.value, (each) => format(each.default.value, 3)],
    ["Successes, default", (each) => each.default.successes, (each) => successes(each.default)],
  ];

  const successes = ({ successes: count, share: [low, high] }) => `${count} of ${found.starts} (${percent(low)} to ${percent(high)} %)`;

  function width(good) {
    if (!good) return "too few successes";
    const span = `${format(good.low, 2)} to ${format(good.high, 2)}`;
    if (good.decades === null) return span;
    const count = format(good.decades, 2);
    return `${good.open_low || good.open_high ? "at least " : ""}${count} decade${count === "1" ? "" : "s"} (${span})`;
  }

  /** A press on a column's head sorts by it, another one turns it round. */
  function fillTable() {
    const [, key] = COLUMNS[sorted.column];
    const compare = (a, b) => (typeof key(a) === "string" ? key(a).localeCompare(key(b)) : key(a) - key(b));
    const rows = [...found.optimizers].sort((a, b) => (sorted.down ? -compare(a, b) : compare(a, b)));
    const heads = COLUMNS.map(([text], column) => {
      const sort = column === sorted.column ? (sorted.down ? "descending" : "ascending") : "none";
      const act = () => {
        sorted = { column, down: column === sorted.column ? !sorted.down : column === 1 || column === 5 || column === 7 };
        fillTable();
        table.querySelectorAll("thead button")[column].focus();
      };
      return h("th", { scope: "col", "aria-sort": sort }, h("button", { type: "button", click: act }, text));
    });
    const body = rows.map((each) => h("tr", {}, ...COLUMNS.map(([, , text], column) => (column ? h("td", {}, text(each)) : named(each)))));
    fill(table, heads, body);
  }

  function named({ title, colour }) {
    const dot = h("i", { "aria-hidden": "true" });
    dot.style.background = colour;
    return h("th", { scope: "row" }, dot, title);
  }

  function fillSecond() {
    const options = data.cards.flatMap(({ key, title, others }) => others.map(({ name, label }) => h("option", { value: `${key} ${name}` }, `${title}: ${label}`)));
    second.replaceChildren(h("option", { value: "" }, "choose a second knob"), ...options);
    mapped.hidden = !options.length;
  }

  async function askMap() {
    const [key, over] = second.value.split(" ");
    const [mine, wanted] = [run, second.value];
    heat = null;
    if (over) {
      second.setAttribute("aria-busy", "true");
      const answer = await request(data.address, { query: data.query, cards: [key], over }, mine);
      second.removeAttribute("aria-busy");
      turn.tell(answer?.metadata.long ?? "");
      long ||= Boolean(answer?.metadata.long);
      if (mine !== run || wanted !== second.value) return;
      if (answer?.metadata.map) heat = { ...answer.metadata.map, tensors: answer.tensors };
    }
    draw();
  }

  return { update };
}
