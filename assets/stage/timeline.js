import { format, h, icon, vector } from "./dom.js";

const PACE = 60; // steps a second at speed 1
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];

/**
 * Play, pause, step, scrub, restart.
 * @param {{onStep: (step: number) => void, onRest: (step: number) => void, onSpeed: (speed: number) => void}} options
 *   `onRest` comes once the step stands still
 */
export function createTimeline({ onStep, onRest, onSpeed }) {
  let steps = 0;
  let step = 0;
  let speed = 1;
  let playing = false;
  let before = 0;
  let reach = 0; // the newest step there is
  let aim = 0; // the chosen step, which may still be to come
  let following = true; // the newest step is shown as it comes
  let told = null; // the step that the settings named last
  let schedule = null; // what the rates are multiplied by
  let numbers = null; // of the steps that were kept, where these are not all

  const button = (label, name, click) => h("button.icon", { type: "button", "aria-label": label, title: label, click }, icon(name));
  const play = button("Play", "play", () => (playing ? pause() : start()));
  const slider = h("input", { type: "range", min: 0, step: 1, "aria-label": "Step", input: () => seek(slider.valueAsNumber, false), change: () => onRest(step) });
  const readout = h("output.readout", { "aria-hidden": "true" });
  const pacing = createPacing();
  const pace = h("select", { "aria-label": "Speed", change: () => { speed = Number(pace.value); onSpeed(speed); } },
    ...SPEEDS.map((value) => h("option", { value }, `${value}×`)));
  const element = h("div.timeline", { role: "group", "aria-label": "Timeline" },
    button("Restart", "restart", () => { choose(0); onRest(0); }), button("Step back", "back", () => nudge(-1)), play,
    button("Step forward", "forward", () => nudge(1)), h("div.scrub", {}, pacing.element, slider), readout, pace);

  function take(next) {
    if (next.schedule !== schedule) pacing.show(schedule = next.schedule);
    speed = next.speed;
    numbers = next.numbers ?? null;
    pace.value = SPEEDS.includes(speed) ? speed : 1;
  }

  /** The number of the step at a tick. */
  const number = (tick) => numbers?.[Math.floor(tick)] ?? Math.floor(tick);

  function show() {
    slider.max = steps;
    slider.value = step;
    const factor = pacing.at(step);
    slider.setAttribute("aria-valuetext", `step ${number(step)} of ${number(steps)}${factor && `, rate ${factor}`}`);
    readout.textContent = `${number(step)} / ${number(steps)}${factor && `, rate ${factor}`}`;
  }

  function showPlaying() {
    play.replaceChildren(icon(playing ? "pause" : "play"));
    play.title = playing ? "Pause" : "Play";
    play.setAttribute("aria-label", play.title);
  }

  function go(next) {
    step = Math.min(Math.max(next, 0), reach);
    show();
    onStep(Math.floor(step));
  }

  /** A step that the visitor wants: only at the newest one the timeline goes on by itself. */
  function choose(next) {
    go(next);
    following = step >= reach;
    aim = step;
  }

  /** @param {number} next @param {boolean} rest whether it is let go there */
  function seek(next, rest) {
    pause();
    choose(next);
    if (rest) onRest(step);
  }

  function nudge(by) {
    seek(Math.floor(step) + by, true);
  }

  function start() {
    if (step >= reach) go(0);
    playing = true;
    before = performance.now();
    requestAnimationFrame(tick);
    showPlaying();
  }

  function pause() {
    if (!playing) return;
    playing = false;
    step = aim = Math.floor(step);
    following = step >= reach;
    show();
    showPlaying();
  }

  function tick(now) {
    if (!playing || !element.isConnected) return;
    // A slow frame (3D in software) must not make the run jump to its end.
    go(step + (Math.min(now - before, 250) / 1000) * PACE * speed);
    before = now;
    if (step < reach) return requestAnimationFrame(tick);
    pause();
    onRest(step);
  }

  return {
    element,
    start,
    pause,
    seek,
    get playing() { return playing; },
    /** @param {{steps: number, step: number | null, speed: number, schedule?: object, numbers?: Int32Array}} next a step of null is the end */
    update(next) {
      [steps, reach] = [next.steps, next.steps];
      take(next);
      if (!playing) step = Math.min(next.step ?? steps, steps);
      step = Math.min(step, steps);
      show();
    },
    /**
     * The same while paths grow: the newest step is shown, unless another one was chosen here or in the settings.
     * @param {{steps: number, step: number | null, speed: number, schedule?: object, reach: number, pending: boolean}} next `reach`: the
     *   newest step there is; `pending`: a choice made here has not reached the settings
     */
    grow(next) {
      [steps, reach] = [next.steps, next.reach];
      take(next);
      if (!next.pending && next.step !== told) {
        told = next.step;
        following = told === null;
        aim = told ?? 0;
      }
      if (!playing) step = Math.min(following ? reach : aim, reach);
      step = Math.min(step, reach);
      show();
    },
    get step() { return Math.floor(step); },
    number,
    get reach() { return reach; },
  };
}

/** The rates' schedule as a small curve over the slider, a factor of 1 at its top. */
function createPacing() {
  const line = vector("polyline", { fill: "none", stroke: "currentColor", "stroke-width": 1.5, "vector-effect": "non-scaling-stroke" });
  const dot = h("i", {});
  const svg = vector("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": true });
  const element = h("div.pacing", { role: "img", hidden: true }, svg, dot);
  let factors = null;
  svg.append(line);

  /** @param {{title: string, factors: Float32Array} | null} schedule */
  function show(schedule) {
    factors = schedule?.factors ?? null;
    element.hidden = !factors;
    if (!factors) return;
    element.setAttribute("aria-label", `Schedule of the rates: ${schedule.title}`);
    element.title = `${schedule.title}: what the rates are multiplied by`;
    line.setAttribute("points", Array.from(factors, (factor, k) => `${k / factors.length},${1 - factor} ${(k + 1) / factors.length},${1 - factor}`).join(" "));
  }

  /** Marks a step; the factor of the update that leaves it in words, "" where there is none. */
  function at(step) {
    if (!factors?.length) return "";
    const factor = factors[Math.min(Math.floor(step), factors.length - 1)];
    dot.style.left = `${100 * Math.min(step / factors.length, 1)}%`;
    dot.style.top = `${100 * (1 - factor)}%`;
    return `× ${format(factor, 2)}`;
  }

  return { element, show, at };
}
