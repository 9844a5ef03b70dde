import { counted, format, h } from "./dom.js";

/**
 * Predict, then see: say where a path will end, or the largest rate that does not blow up; the stage answers with the
 * truth and the margin.
 */
export function createGame({ fanOf, onDone, onCover, onMargin }) {
  const text = h("p.question", { "aria-live": "polite" });
  const who = h("select", { "aria-label": "Optimizer to predict", change: ask });
  const what = h("select", { "aria-label": "What to predict", change: ask },
    h("option", { value: "end" }, "where its path ends"), h("option", { value: "limit" }, "its largest rate that does not blow up"));
  const guess = h("input", { type: "text", inputmode: "decimal", "aria-label": "Your guess", keydown: ({ key }) => { if (key === "Enter" && waiting) judge(); } });
  const answer = h("button", { type: "button", click: () => (waiting ? judge() : ask()) }, "See");
  const element = h("section.game", { hidden: true, "aria-label": "Predict, then see" },
    h("div.row", {}, "I predict, for", who, what, guess, answer, h("button.quiet", { type: "button", click: toggle }, "Close")), text);
  let state = null;
  let runs = [];
  let waiting = false;
  let place = "";

  function toggle() {
    element.hidden = !element.hidden;
    if (!element.hidden) return ask();
    cover(false);
    onMargin("", null);
  }

  function cover(covered) {
    waiting = covered;
    answer.textContent = covered ? "See" : "Guess again";
    onCover(covered);
  }

  function ask() {
    const run = runs[who.selectedIndex];
    if (!run) return;
    cover(true);
    onMargin(run.key, null);
    guess.value = "";
    text.textContent = what.value === "end"
      ? `The paths are hidden. Click where ${run.title} will be after ${counted(state.steps)}, or type x, y and press See.`
      : `The paths are hidden. Type the largest ${run.railLabel} at which ${run.title} still ends no higher than it started, then see.`;
  }

  function takesClick(point) {
    if (element.hidden || !waiting || what.value !== "end") return false;
    guess.value = point.map((number) => format(number, 4)).join(", ");
    judge();
    return true;
  }

  async function judge() {
    const card = who.selectedIndex;
    const numbers = guess.value.split(/[,\s]+/).filter(Boolean).map(Number);
    const needed = what.value === "end" ? 2 : 1;
    if (numbers.length !== needed || !numbers.every(Number.isFinite)) {
      text.textContent = needed === 2 ? "Expected two numbers, such as 1.5, -0.2, or a click on the landscape." : "Expected one number, such as 0.01.";
      return;
    }
    text.textContent = what.value === "end" ? judgeEnd(runs[card], numbers) : await judgeLimit(card, numbers[0]);
    cover(false);
    onDone();
  }

  function judgeEnd(run, [x, y]) {
    const { xy, end } = run.path;
    const truth = [xy[2 * end], xy[2 * end + 1]];
    const away = Math.hypot(x - truth[0], y - truth[1]);
    onMargin(run.key, [[x, y], truth]);
    const verb = run.lost ? "diverged; its last finite point was" : "ended at";
    return `${run.title} ${verb} (${format(truth[0], 4)}, ${format(truth[1], 4)}): your guess was ${format(away, 3)} away, as the dotted line shows.`;
  }

  async function judgeLimit(card, value) {
    const run = runs[card];
    const fan = await fanOf(card).catch(() => null);
    if (!fan) return "The answer is not computed yet; try again in a moment.";
    const limit = largestCalm(fan, run.stops);
    if (limit === null) return `${run.title} ends higher than it started at every stop of this rail.`;
    if (limit === run.stops.length - 1) return `${run.title} blows up nowhere on this rail, up to ${format(run.stops[limit])}.`;
    const [calm, wild] = [run.stops[limit], run.stops[limit + 1]];
    const verdict = value <= calm ? `safe, by a factor of ${format(calm / value, 3)}` : value >= wild ? `too large, by a factor of ${format(value / calm, 3)}` : "right between the two";
    return `${run.title} still works at ${format(calm)} and blows up at ${format(wild)}: your ${format(value)} is ${verdict}.`;
  }

  return {
    element, toggle, takesClick,
    update(nextState, nextRuns) {
      [state, runs] = [nextState, nextRuns];
      const now = JSON.stringify([state.landscape.key, state.landscape.start, state.landscape.knobs, state.steps]);
      const moved = place && place !== now;
      place = now;
      if (moved && !element.hidden) ask(); // another question, whose answer must not be seen first
      const titles = runs.map((run) => run.title);
      if (titles.join() === [...who.options].map((option) => option.textContent).join()) return;
      who.replaceChildren(...titles.map((title) => h("option", {}, title)));
    },
  };
}

/** The last stop before the first run that diverges or ends above its start. */
function largestCalm(fan, stops) {
  const { diverged, losses } = fan.tensors;
  const count = losses.shape[1];
  const wild = stops.findIndex((_, lane) => diverged.data[lane] >= 0 || !(losses.data[(lane + 1) * count - 1] <= losses.data[lane * count]));
  return wild === 0 ? null : wild < 0 ? stops.length - 1 : wild - 1;
}
