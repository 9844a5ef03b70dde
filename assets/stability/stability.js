import { format, h } from "../stage/dom.js";
import { listen, panel } from "../stage/panel.js";
import { unpack } from "../stage/wire.js";

const EDGE = 0.02; // share of the limit within which a rate is called at the edge

/**
 * How large each learning rate may be at the current step: a table, and a mark on every rail. It asks for nothing
 * until it is opened; then the answer holds all steps, and following the timeline only looks them up.
 * @param {{parentElement: HTMLElement, data: {address: string, query: string}}} component
 */
export const mount = panel(createStability, new URL("stability.css", import.meta.url));

function createStability(parent) {
  let data = null;
  let found = null;
  let wanted = "";
  let asking = false;
  let step = Infinity;
  const table = h("table", { "aria-label": "Curvature and largest stable learning rates" });
  const where = h("p.where");
  const note = h("p", { role: "status" }, "Computing the curvature…");
  const element = h("details.thalweg-stability", { "data-testid": "stability" },
    h("summary", {}, "Stability: how large may the learning rate be here?"),
    h("p", {}, "The curvature under an optimizer says how large its steps may be: below the limit it comes to rest, above it every swing along the "
      + "steepest direction is larger than the last. For gradient descent the limit is 2 / λ, with λ the largest curvature. The marks on the rails move with the timeline."),
    where, h("div.wide", { tabindex: "0", role: "region", "aria-label": "Stability" }, table), note);
  parent.append(element);
  element.addEventListener("toggle", () => { if (element.open) ask(); else tell(); });
  listen(element, "thalweg:step", follow);

  function update(next) {
    if (data?.query === next.query) return;
    data = next;
    ask();
  }

  /** One question in flight; while it is under way the old answer is dimmed. */
  async function ask() {
    if (!element.open || !data) return;
    wanted = data.query;
    if (asking) return;
    asking = true;
    element.classList.add("busy");
    while (found?.query !== wanted) {
      const query = wanted;
      const answer = await fetch(data.address, { method: "POST", body: JSON.stringify({ query }) }).catch(() => null);
      if (!answer?.ok) {
        note.textContent = "The curvature could not be computed; change something, and it is tried again.";
        break;
      }
      const { tensors, metadata } = unpack(await answer.arrayBuffer());
      found = { query, tensors, optimizers: metadata.optimizers };
      note.textContent = "";
    }
    element.classList.remove("busy");
    asking = false;
    show();
  }

  function follow({ detail }) {
    if (detail.step === null || detail.step === step) return;
    step = detail.step;
    if (element.open && found) show();
  }

  function show() {
    if (!found) return;
    const began = performance.now();
    const rows = found.optimizers.map(read);
    where.textContent = `At step ${Math.min(step, lengthOf(0) - 1)}. Curvature is the second derivative along a direction; a negative one bends downwards.`;
    table.replaceChildren(
      h("thead", {}, h("tr", {}, ...["Optimizer", "Largest curvature λ", "its direction", "Smallest", "Condition", "Largest stable rate", "Rate now", "So it"].map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, ...rows.map(({ title, cells, above, verdict }) => h("tr", {}, h("th", { scope: "row" }, title), ...cells.map((text) => h("td", {}, text)), h(above ? "td.above" : "td", {}, verdict)))));
    tell();
    performance.measure("stability:paint", { start: began });
  }

  const lengthOf = (i) => found.tensors[`growth.${i}`].data.length;

  function read({ title, diverged }, i) {
    const at = Math.min(step, lengthOf(i) - 1);
    const rate = found.tensors[`rate.${i}`].data[at];
    const [small, large] = found.tensors[`eigenvalues.${i}`].data.slice(2 * at, 2 * at + 2);
    if (diverged >= 0 && at >= diverged) return { title, cells: ["–", "–", "–", "–", "–", format(rate, 3)], above: true, verdict: "has diverged" };
    const [dx, dy] = found.tensors[`direction.${i}`].data.slice(2 * at, 2 * at + 2);
    const limit = found.tensors[`limit.${i}`]?.data[at];
    const condition = small > 0 ? format(large / small, 3) : "–";
    const angle = ((Math.atan2(dy, dx) * 180) / Math.PI + 180) % 180;
    const cells = [format(large, 3), `${format(angle, 3)}°`, format(small, 3), condition, limit === undefined ? "not known" : limit === Infinity ? "any" : format(limit, 3), format(rate, 3)];
    return { title, cells, ...judged(rate, limit, found.tensors[`growth.${i}`].data[at]) };
  }

  /** What the limit says, and whether the recorded path agrees. */
  function judged(rate, limit, growth) {
    const path = growth === 0 ? "vanishes" : growth > 1 ? `grows ${format(growth, 3)}-fold a step` : `shrinks to ${format(100 * growth, 3)} % a step`;
    const measured = Number.isFinite(growth) ? `; on its path the slope that way ${path}` : "";
    if (limit === undefined) return { above: false, verdict: `has no known limit${measured}` };
    if (rate > limit * (1 + EDGE)) return { above: true, verdict: `swings up here${measured}` };
    if (rate > limit * (1 - EDGE)) return { above: true, verdict: `is at the edge${measured}` };
    return { above: false, verdict: `is stable here${measured}` };
  }

  /** The marks on the rails, none while the panel is closed. */
  function tell() {
    const limits = {};
    if (element.open && found) {
      found.optimizers.forEach(({ key, rail, rate }, i) => {
        const at = Math.min(step, lengthOf(i) - 1);
        const limit = found.tensors[`limit.${i}`]?.data[at];
        // A rail holds the highest rate of its schedule: that of this step is a share of it.
        if (limit !== undefined) limits[key] = { knob: rail, value: limit * (rate / found.tensors[`rate.${i}`].data[at]) };
      });
    }
    document.dispatchEvent(new CustomEvent("thalweg:limits", { detail: limits }));
  }

  return { update };
}
