import { format, h, swatch } from "../stage/dom.js";
import { createQuestions, createStep, fill, panel } from "../stage/panel.js";
import { createStrip } from "./strip.js";

const EDGE = 0.02; // share of the limit within which a rate is called at the edge
const [OFTEN, MOST_TURNS] = [6, 9]; // turns round in ten steps from which on a path is said to swing

/**
 * How large each learning rate may be at the current step: a table, and a mark on every rail. It asks for nothing
 * until it is opened; then the answer holds all steps, and following the timeline only looks them up.
 * @param {{parentElement: HTMLElement, data: {address: string, query: string, ready?: boolean, opened?: boolean}}} component
 *   not `ready`: the curvature is still being measured
 */
export const mount = panel(createStability, new URL("stability.css", import.meta.url));

function createStability(parent) {
  let data = null;
  let found = null;
  const table = h("table", { "aria-label": "Curvature and largest stable learning rates" });
  const where = h("p.where");
  const note = h("p", { role: "status" }, "Computing the curvature…");
  const strip = createStrip();
  const timeline = createStep(show);
  const element = h("details.thalweg-panel.thalweg-stability", { "data-testid": "stability" },
    h("summary", {}, "Stability: how large may the learning rate be here?"),
    h("p", {}, "The curvature under an optimizer says how large its steps may be: below the limit its swings die out, above it every swing along the "
      + "steepest direction is larger than the last. For gradient descent the limit is 2 / λ, with λ the largest curvature; momentum β moves it, and rules that "
      + "scale each coordinate see the curvature λₚ of the landscape so scaled. The marks on the rails move with the timeline."),
    timeline.rail, where, strip.element, h("div.wide.stacked", { tabindex: "0", role: "region", "aria-label": "Stability" }, table), note);
  parent.append(element);
  element.addEventListener("toggle", () => { if (element.open) ask(); else tell(); });
  timeline.follow(element);
  const questions = createQuestions({
    panel: () => element,
    onAnswer({ tensors, metadata }) {
      found = { tensors, ...metadata };
      found.lines = found.optimizers.map(multiples); // once: the timeline only looks them up
      strip.update(found.lines, found.steps);
      show();
    },
    onRefusal: (words) => { note.textContent = words || "The curvature could not be computed; change something, and it is tried again."; },
    onBusy: (busy) => element.classList.toggle("busy", busy),
  });

  function update(next) {
    if (next.opened && !data?.opened) element.open = true; // a scene that is about it
    data = next;
    ask();
  }

  function ask() {
    if (element.open && data) questions.put(data.address, { query: data.query }, String(data.ready));
  }

  function show() {
    if (!found) return;
    const began = performance.now();
    const rows = found.optimizers.map((each, i) => ({ ...read(each, i), look: each }));
    const heads = rows.find(({ cells }) => cells)?.cells.map(([head]) => head) ?? [];
    where.textContent = `At step ${Math.min(timeline.step, found.steps)}. Curvature is the second derivative along a direction; a negative one bends downwards.${
      timeline.step >= found.steps && !found.optimizers.some((_, i) => found.tensors[`turns.${i}`]) ? " The paths end here: at an earlier step each row also says whether its path agrees." : ""}`;
    note.textContent = found.note ?? "";
    fill(table, ["Optimizer", ...heads, "So it"], rows.map(({ title, look, cells, above, verdict }) => h("tr", {}, h("th", { scope: "row" }, swatch(look), title),
      ...(cells ?? heads.map(() => ["", "–"])).map(([, text]) => h("td", {}, text)), h(above ? "td.above" : "td", {}, h("span", {}, verdict)))));
    strip.mark(timeline.step, found.lines.map(({ title, shares }, i) => ({ title, share: shares.length ? shares[place(i)] : NaN })));
    tell();
    performance.measure("stability:paint", { start: began });
  }

  /** Where the current step stands in the i-th tensors: every step has a row, or some do, which `steps.i` names. */
  function place(i) {
    const steps = found.tensors[`steps.${i}`]?.data;
    if (!steps) return Math.min(timeline.step, found.tensors[`rate.${i}`].data.length - 1);
    let best = 0;
    steps.forEach((step, k) => { if (Math.abs(step - timeline.step) < Math.abs(steps[best] - timeline.step)) best = k; });
    return timeline.step >= steps.at(-1) ? steps.length - 1 : best;
  }

  /** The i-th optimizer's rates as multiples of their limits; 0 where nothing curves upwards. */
  function multiples({ title, colour, dash, diverged }, i) {
    const [limit, rate, at] = ["limit", "rate", "steps"].map((name) => found.tensors[`${name}.${i}`]?.data);
    const shares = limit ? Array.from(limit, (most, k) => (diverged >= 0 && (at?.[k] ?? k) >= diverged ? NaN : rate[k] / most)) : [];
    return { title, colour, dash, steps: at ?? shares.map((_, k) => k), shares };
  }

  function read({ title, diverged, formula, missing }, i) {
    if (missing) return { title, cells: null, above: false, verdict: missing };
    const at = place(i);
    const of = (name, width = 1) => found.tensors[`${name}.${i}`]?.data.slice(width * at, width * (at + 1));
    const [rate] = of("rate");
    const limit = of("limit")?.[0];
    const lost = diverged >= 0 && Math.min(timeline.step, found.steps) >= diverged;
    const curvature = of("sharpness")
      ? [["Measured at step", `${of("steps")[0]}`], [`Largest curvature`, `${formula?.includes("λₚ") ? "λₚ" : "λ"} = ${format(of("sharpness")[0], 3)}`]]
      : shape(...of("eigenvalues", 2), ...of("direction", 2), lost);
    const most = limit === undefined || lost ? "" : ` = ${limit === Infinity ? "none: nothing curves upwards" : format(limit, 3)}`;
    const cells = [...curvature, ["Largest stable rate", formula ? `${formula}${most}` : "not known"], ["Rate now", format(rate, 3)]];
    if (lost) return { title, cells, above: true, verdict: "has diverged" };
    return { title, cells, ...judged(rate, limit, of("growth")[0], of("turns")?.[0], of("eigenvalues", 2)) };
  }

  function shape(small, large, dx, dy, lost) {
    const angle = ((Math.atan2(dy, dx) * 180) / Math.PI + 180) % 180;
    const texts = [format(large, 3), `${format(angle, 3)}°`, format(small, 3), small > 0 ? format(large / small, 3) : "–"];
    return ["Largest curvature λ", "its direction", "Smallest", "Condition"].map((head, k) => [head, lost ? "–" : texts[k]]);
  }

  /** What the limit says, and whether the recorded path agrees. */
  function judged(rate, limit, growth, turns, curvatures) {
    const above = rate > limit * (1 + EDGE);
    const edge = !above && rate > limit * (1 - EDGE);
    const known = limit !== undefined && !Number.isNaN(limit);
    const path = !Number.isFinite(growth) ? (timeline.step < found.steps && turns === undefined ? "; along that direction its path is at rest but for rounding" : "") : turns === undefined ? slope(growth, known && !edge && limit < Infinity ? above : null) : swing(turns, growth);
    const away = curvatures && curvatures[0] < -1e-6 * Math.abs(curvatures[1]) ? `the ground bends down along one direction (${format(curvatures[0], 3)}), where any rate leads away` : "";
    if (!known) return { above: false, verdict: `has no known limit${path}` };
    if (above) return { above, verdict: `is above its limit here${path}${away && `; ${away}`}` };
    if (edge) return { above: true, verdict: `is at the edge${path}${away && `; ${away}`}` };
    if (away) return { above, verdict: `${limit === Infinity ? "has no limit, but does not come to rest here" : "is below the limit of the upward curvature, but does not come to rest here"}: ${away}` };
    return { above, verdict: `is stable here${path}` };
  }

  /** Whether the next steps of the recorded path do what the limit says. @param {boolean | null} above null where it says nothing */
  function slope(growth, above) {
    const does = growth === 0 ? "vanishes" : growth > 1 ? `grows ${format(growth, 3)}-fold a step` : `shrinks to ${format(100 * growth, 3)} % a step`;
    if (above === null) return `; on its path the slope that way ${does}`;
    return growth > 1 === above ? `; its path agrees: the slope that way ${does}` : `; its next steps lead to other ground: there the slope that way ${does}`;
  }

  function swing(turns, growth) {
    const size = growth > 1 + EDGE ? `, ${format(growth, 3)}-fold larger each step` : growth < 1 - EDGE ? `, each swing ${format(100 * growth, 3)} % of the last` : ", by about as much each time";
    return turns >= OFTEN ? `; its path turns round that way ${turns} of ${MOST_TURNS} times${size}` : `; its path hardly swings that way (turns round ${turns} of ${MOST_TURNS} times)`;
  }

  /** The marks on the rails, none while the panel is closed. */
  function tell() {
    const limits = {};
    if (element.open && found) {
      found.optimizers.forEach(({ key, rail, rate, missing, diverged }, i) => {
        const at = missing ? 0 : place(i);
        const lost = diverged >= 0 && Math.min(timeline.step, found.steps) >= diverged;
        const limit = lost ? undefined : found.tensors[`limit.${i}`]?.data[at];
        // A rail holds the highest rate of its schedule: that of this step is a share of it.
        if (limit !== undefined) limits[key] = { knob: rail, value: limit * (rate / found.tensors[`rate.${i}`].data[at]) };
      });
    }
    document.dispatchEvent(new CustomEvent("thalweg:limits", { detail: limits }));
  }

  return { update };
}
