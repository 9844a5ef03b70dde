import { counted, format } from "./dom.js";
import { awayAt, LEGEND } from "./honest.js";

/** What is shown and how it was made, for a file. @param {string} marked what the step in the picture is */
export function captionOf({ state, scene, runs, start, timeline, scheduled }, marked) {
  const colours = `colour: ${scene.colourTitle}`;
  const made = state.made ? `<br>${state.made}` : "";
  const rates = ratesOf(runs, state.optimizers);
  if (!runs.length) return `${scene.title}${shapeOf(state)}: ${colours}${made}`;
  if (state.landscape.fixed) return `${scene.title}: ${counted(timeline.number(state.steps))}, ${marked}; ${colours}<br>${rates}<br>${awayAt(runs, timeline.step, timeline.number(timeline.step))}${made}`;
  const [x, y] = start.map((number) => format(number, 4));
  const schedule = scheduled ? `; rates follow the schedule ${state.schedule}` : "";
  return `${scene.title}${shapeOf(state)}: ${counted(timeline.number(state.steps))} from (${x}, ${y}), ${marked}; ${colours}<br>${rates}${schedule}${made}`;
}

/** The shape's knobs that were moved; of a formula all names, since nothing else says what they stand for. */
function shapeOf({ landscape: { key, knobs = [] } }) {
  return knobs.filter((knob) => key === "formula" || knob.value !== knob.default).map((knob) => `, ${knob.label} ${format(knob.value, 4)}`).join("");
}

/** Every optimizer with its rate; what the rate is called is said once where all call it the same. */
function ratesOf(runs, optimizers) {
  const labels = new Set(runs.filter((run) => !run.kept).map((run) => run.railLabel));
  const common = labels.size === 1 ? [...labels][0] : "";
  const told = runs.map((run, i) => {
    const rate = run.stops.length ? [run.title, common ? "" : run.railLabel, format(run.value, 4)].filter(Boolean).join(" ") : run.title;
    const also = optimizers[i]?.also;
    return also ? `${rate} (${also})` : rate;
  });
  return `${common ? `${common}: ` : ""}${told.join(", ")}`;
}

/** What height, colour and marks of the picture mean. @param {Int32Array} [numbers] of the steps that were kept, where these are not all */
export function scaleOf(scene, { landscape, saved, optimizers }, runs, numbers) {
  const { heightTitle, colourTitle, scaleWords, blank, holed } = scene;
  const holes = holed && !blank ? " Where the surface has holes the loss is no finite number." : "";
  const same = (heightTitle === colourTitle ? `Height and colour: ${heightTitle}.` : `Height: ${heightTitle}. Colour: ${colourTitle}.`) + scaleWords + holes;
  const thinned = numbers ? ` ${keptOf(runs, numbers)}` : "";
  if (landscape.fixed) return optimizers.length ? `${same} ${LEGEND}${thinned}` : same;
  const raised = optimizers.length ? " In 3D the paths run a little above the surface, to be seen." : "";
  return `${same} ${minimaOf(scene, landscape)}${raised} ${saved ? "" : "Click anywhere to start there, or drag the ring."}`.trim() + thinned;
}

/** How many steps were kept, of each path where they differ. */
function keptOf(runs, numbers) {
  const counts = runs.map(({ path }) => path.loss.length);
  const told = new Set(counts).size === 1 ? `${counts[0]}` : runs.map(({ title }, i) => `${counts[i]} of ${title}`).join(", ");
  const rule = counts.every((count) => count === numbers.length) ? "a path is drawn straight between two of them" : "a path stands at its last one, and is drawn straight between two of them";
  return `Of the steps from ${numbers[0]} to ${numbers.at(-1)}, ${told} were kept; ${rule}.`;
}

function minimaOf({ blank }, { searched, minima, unknown }) {
  if (blank) return "The loss is nowhere a finite number in this window.";
  if (unknown) return "";
  if (!searched) return "Stars (in 3D diamonds): known minima.";
  if (!minima.length) return `No isolated minimum was found by a search from ${searched} starts.`;
  return `Stars (in 3D diamonds): minima found by a search from ${searched} starts; there may be more.`;
}
