import { h } from "./dom.js";

const ANNOUNCED_EVERY = 8000; // milliseconds: a screen reader that reads every step says nothing else

/**
 * How far a computation is, and the ways to hold it up, to end it and to begin it again.
 * @param {(event: {type: "pause" | "resume" | "cancel" | "again"}) => void} send
 */
export function createProgress(send) {
  const button = (label, type) => h("button", { type: "button", "aria-label": label, click: () => press(type) }, label.split(" ")[0]);
  const buttons = {
    pause: button("Pause the training", "pause"), resume: button("Resume the training", "resume"), cancel: button("Cancel the training", "cancel"),
    again: h("button", { type: "button", click: () => press("again") }, "Train again"),
  };
  const fill = h("div.fill");
  const bar = h("div.bar", { role: "progressbar", "aria-label": "Progress", "aria-valuemin": 0, "aria-valuemax": 100 }, fill);
  const text = h("p.text");
  const spoken = h("p.spoken", { "aria-live": "polite" });
  const element = h("section.progress", { "aria-label": "Training", hidden: true }, bar, text, h("span.group", {}, ...Object.values(buttons)), spoken);
  let pressed = null; // a button that waits for its answer
  let before = "";
  let announced = -Infinity;

  /** Not disabled while it waits: a disabled button would lose the keyboard's focus. */
  function press(type) {
    if (pressed) return;
    pressed = type;
    mark();
    send({ type });
  }

  function mark() {
    for (const each of Object.values(buttons)) each.setAttribute("aria-disabled", String(pressed !== null));
  }

  /** @param {{live?: boolean, busy: boolean, steps: number, progress?: {text: string, share: number, paused: boolean, job: boolean} | null}} state
   *   @param {{pending: boolean, reach: number, whole: boolean}} more `pending`: the answer to a press is still to come;
   *   `reach`: the newest step there is; `whole`: every run has come to its end */
  function update({ live, busy, steps, progress }, { pending, reach, whole }) {
    element.hidden = !live;
    if (!live) return;
    if (!pending) pressed = null;
    mark();
    const said = (progress?.paused ? "Paused. " : "") + (progress?.text ?? (busy ? "Starting…" : whole ? `Done: ${steps} steps.` : cancelled(reach, steps)));
    const share = Math.round(100 * (progress?.share ?? (busy ? 0 : whole ? 1 : reach / steps)));
    fill.style.width = `${share}%`;
    bar.setAttribute("aria-valuenow", share);
    bar.setAttribute("aria-valuetext", said);
    if (text.textContent !== said) text.textContent = said;
    arrange(progress, busy, whole);
    announce(said, `${busy} ${progress?.paused}`);
  }

  /** Whoever has pressed a button that goes away finds the focus on the one that takes its place. */
  function arrange(progress, busy, whole) {
    const job = progress?.job ?? false;
    const shown = { pause: job && !progress.paused, resume: job && progress.paused, cancel: job, again: !job && !busy && !whole };
    const focused = Object.values(buttons).find((each) => each === document.activeElement);
    for (const [type, each] of Object.entries(buttons)) each.hidden = !shown[type];
    if (focused?.hidden) Object.values(buttons).find((each) => !each.hidden)?.focus();
  }

  function announce(said, phase) {
    const now = performance.now();
    if (phase === before && now - announced < ANNOUNCED_EVERY) return;
    [before, announced] = [phase, now];
    if (spoken.textContent !== said) spoken.textContent = said;
  }

  return { element, update };
}

/** @param {number} reach the newest step of any run */
function cancelled(reach, steps) {
  return reach < steps ? `Cancelled at step ${reach} of ${steps}.` : `Cancelled before every run had made its ${steps} steps.`;
}
