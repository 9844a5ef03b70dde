import { createBlobs } from "./blobs.js";
import { captionOf, scaleOf } from "./caption.js";
import { createCards } from "./cards.js";
import { createCurves } from "./curves.js";
import { createLossChart, createSweepChart, makeShift } from "./charts.js";
import { format, h } from "./dom.js";
import { createFilm } from "./film.js";
import { createGame } from "./game.js";
import { createKept } from "./kept.js";
import { createNeighbour } from "./neighbour.js";
import { createNetwork } from "./network.js";
import { laneOf } from "./path.js";
import { createProgress } from "./progress.js";
import { completed, makeRuns } from "./runs.js";
import { createShape } from "./shape.js";
import { makeScene } from "./scene.js";
import { readTheme, watchTheme } from "./theme.js";
import { createTable } from "./table.js";
import { createTimeline } from "./timeline.js";
import { createToolbar } from "./toolbar.js";
import { createViews } from "./views.js";
import { unpack } from "./wire.js";

const QUIET = 160; // milliseconds without a change after which Plotly's own copy is brought up to date
const MEASURES_KEPT = 4000;
const RESTS_EVERY = 1500; // milliseconds between two of Plotly's redrawings while paths grow
const NO_CATALOGUE = { metadata: { catalogue: [] } }; // a saved state has everything in itself
const CHARTS_EVERY = 33; // milliseconds: in a drag the charts follow the picture at half its rate

/**
 * The stage: surface, paths, rails, timeline and charts. It knows no Streamlit: `update` takes a message in the
 * safetensors layout, `host` takes the events. A state that is `saved` has no Python behind it: what needs one is hidden.
 * @param {HTMLElement} element an empty element
 * @param {{Plotly: object, send: (event: object) => void, onRail?: (moved: {card: string, name: string, value: number}) => void, onStep?: (at: {step: number, steps: number}) => void, cover?: (covered: boolean) => void, isPending: (type?: string, card?: string, name?: string) => boolean, blob?: (sha: string) => Promise<ArrayBuffer>, table?: boolean}} host
 *   `isPending` without arguments asks for any event whose scene has not come; `blob` finds what is not fetched from a server;
 *   with `table` the numbers stand under the picture, for a page that has no other table
 * @returns {{update: (message: Uint8Array | import("./wire.js").Message) => Promise<void>, wait: (text: string) => void, destroy: () => void}}
 */
export function createStage(element, host) {
  const { Plotly } = host;
  const blobs = createBlobs((sha) => send({ type: "missing", sha }), host.blob);
  const send = (event) => host.send(event);
  let state = null;
  let tensors = {};
  let theme = readTheme(element);
  let scene = null;
  let runs = [];
  let previews = new Map(); // optimizer's key -> the path under the thumb
  let start = [0, 0];
  let drawn = ""; // what the views show, so that only what changed is drawn anew
  let frame = 0;
  let changed = new Set();
  let resting = 0;
  let charted = 0; // when the charts were drawn last
  let chartsDue = new Set(); // runs that moved since then
  let measures = 0;
  let pressed = false;
  let latest = null; // the newest message's state, which may still wait for its surface
  let started = false;
  let told = null; // the step that the host knows, and how many there are
  let rested = -Infinity; // when Plotly's own copy was brought up to date
  let presses = 0; // of undo and redo
  let held; // the surface of a scene that came while the pointer was down, perhaps turning the camera

  const timeline = createTimeline({
    onStep: () => repaint(),
    onRest: (step) => send({ type: "look", step: step >= timeline.reach ? null : step }),
    onSpeed: (speed) => send({ type: "look", speed }),
  });
  const cards = createCards({ send, prepare, preview, isPending: (card, name) => host.isPending("knob", card, name), waits: () => host.isPending() });
  const views = createViews(Plotly, { onStart: moveStart, onLook: look, say });
  const toolbar = createToolbar({
    onView: (view) => look({ view }),
    onZoom: (factor) => views.zoom(factor),
    onDownload: (kind) => (kind === "gif" ? makeFilm() : views.download(kind, `thalweg-${state.landscape.key}`, describe())),
    onGame: () => game.toggle(),
    onHistory: (type) => send({ type, name: `${(presses += 1)}` }), // each press counts, none takes another's place
  });
  const kept = createKept(send);
  const shape = createShape({ send, isPending: (name) => host.isPending("shape", "", name) });
  const film = createFilm(Plotly);
  const lossChart = createLossChart(Plotly);
  const sweepChart = createSweepChart(Plotly);
  const neighbour = createNeighbour(Plotly);
  const network = createNetwork();
  const curves = createCurves(Plotly);
  const progress = createProgress(send);
  const game = createGame({
    fanOf: (card) => fan(state.optimizers[card].knobs[0]),
    onDone: () => timeline.start(),
    onCover: (covered) => { element.classList.toggle("covered", covered); host.cover?.(covered); },
    onMargin: (card, line) => views.point({ source: "game", card, list: line ? [{ line, colour: theme.text, dash: "dot" }] : [] }),
  });
  const table = host.table ? createTable() : null;
  const announcer = h("p.spoken", { "aria-live": "polite" });
  const note = h("p.note", { role: "status" });
  const caption = h("p.caption");

  element.dataset.testid = "stage";
  element.classList.add("stage", "empty");
  note.textContent = "Fetching the picture…";
  element.append(
    toolbar.element, film.element, progress.element, note, game.element,
    h("div.floor", {},
      h("div.picture", {}, views.element, timeline.element, caption, shape.element),
      h("div.side", {}, cards.element, kept.element),
      h("div.charts", {}, network.element, neighbour.element, lossChart.element, curves.element, sweepChart.element)),
    ...(table ? [table.element] : []), announcer);
  const press = () => { pressed = true; };
  const release = () => { pressed = false; settleSoon(); };
  element.addEventListener("pointerdown", press, true);
  addEventListener("pointerup", release, true);
  addEventListener("pointercancel", release, true);
  const resized = debounced(() => resizeAll(), 120);
  const sizes = new ResizeObserver(resized);
  sizes.observe(element);
  addEventListener("resize", resized); // the picture's height follows the window's
  watchTheme(element, () => { theme = readTheme(element); if (scene) redraw(); });

  /** @param {Uint8Array | import("./wire.js").Message} given see the wire's description in views/stage.py */
  async function update(given) {
    const message = given.metadata ? given : unpack(given);
    const next = message.metadata.state;
    latest = next;
    element.classList.toggle("busy", next.busy && !next.live);
    element.classList.toggle("growing", Boolean(next.busy && next.live));
    if (next.busy && !next.live) wait("Computing the paths…");
    else delete views.element.dataset.waiting;
    const [surface, { metadata: { catalogue } }] = await Promise.all([surfaceOf(next), next.catalogue ? blobs(next.data, next.catalogue) : NO_CATALOGUE]);
    if (latest !== next) return; // a newer message came while this one's surface was fetched
    Object.assign(next, { catalogue, optimizers: next.optimizers.map((optimizer) => completed(optimizer, catalogue)) });
    // While paths are computed on the landscape that is already shown, everything stays as it is.
    if (next.busy && !next.live && state?.landscape.surface === next.landscape.surface) return;
    element.classList.remove("empty");
    element.classList.toggle("saved", Boolean(next.saved));
    element.classList.toggle("bare", Boolean(next.saved && !next.optimizers.length)); // a surface alone
    [state, tensors] = [next, message.tensors];
    start = host.isPending("start", "", "") ? start : state.landscape.start;
    previews = new Map([...previews].filter(([card, { knob }]) => host.isPending("knob", card, knob)));
    runs = makeRuns(message, runs, previews);
    neighbour.element.hidden = !state.landscape.neighbour;
    shape.update(state);
    toolbar.update(state);
    if (!state.busy || state.live) cards.update(state);
    kept.update(state);
    if (!state.optimizers.length) views.clear(); // and so there are no panels
    moveTimeline();
    showProgress();
    showNetwork();
    game.update(state, ofCards());
    await showScene(surface);
    if (!state.busy || state.live) note.textContent = views.note;
    if (!host.isPending() && !(state.live && state.busy)) speak(); // not every stop of a drag
    if (state.live && state.busy) started = true; // what grows before the visitor's eyes need not be played again
    if (!started && !state.busy) begin();
  }

  /** Says over the picture that the next scene is being computed, until it comes. */
  function wait(text) {
    views.element.dataset.waiting = text;
  }

  const surfaceOf = ({ data, landscape }) => landscape.surface && blobs(data, landscape.surface);

  function moveTimeline() {
    const { steps, look: { step, speed } } = state;
    const schedule = tensors.schedule && { title: state.schedule, factors: tensors.schedule.data };
    if (!state.live) return timeline.update({ steps, step, speed, schedule, numbers: tensors.numbers?.data });
    const newest = Math.max(0, ...runs.map(({ path }) => path.loss.length - 1));
    timeline.grow({ steps, step, speed, schedule, reach: Math.min(steps, newest), pending: host.isPending("look", "", "") });
  }

  function showProgress() {
    const pending = ["pause", "resume", "cancel", "again"].some((type) => host.isPending(type));
    const whole = runs.every(({ lost, path }) => lost || path.loss.length > state.steps);
    progress.update(state, { pending, reach: timeline.reach, whole });
  }

  /** What the network does comes after everything else, and nothing waits for it. */
  async function showNetwork() {
    const info = state.network ?? null;
    const probe = info && await blobs(state.data, info.blob).catch(() => null);
    if ((state.network?.blob ?? null) === (info?.blob ?? null)) network.update(info, probe, ofCards(), theme);
  }

  /** The first paths run by themselves, unless the link names a step or the visitor wants no motion. */
  function begin() {
    started = true;
    if (state.look.step === null && !matchMedia("(prefers-reduced-motion: reduce)").matches) timeline.start();
  }

  const ofCards = () => runs.filter((run) => !run.kept);

  /** Draws anew what changed: the landscape and the optimizers through Plotly, the rest through the quick painters. */
  async function showScene(surface) {
    const { landscape } = state;
    const place = JSON.stringify([landscape.key, landscape.window, landscape.axes]);
    const look = [landscape.surface, state.live && place, state.height, state.colour, JSON.stringify(runs.map((run) => [run.title, run.colour, run.dash])), theme.background];
    const wanted = look.join();
    const anew = wanted !== drawn;
    if (anew && state.live && scene && pressed) {
      held = surface;
      return;
    }
    held = undefined;
    if (anew) {
      const same = state.live ? { camera: scene?.key === landscape.key, zoom: scene?.place === place } : {};
      scene = { ...makeScene(state, surface), place, waiting: state.busy && !state.live };
      drawn = wanted;
      await views.setScene(scene, runs, theme, state.look, same, (figure) => paintOne(figure));
    } else {
      views.setRuns(runs);
      await showView(state.look.view);
    }
    if (!scene) return;
    caption.textContent = scaleOf(scene, state, runs, tensors.numbers?.data);
    paint(anew ? null : runs.map((_, i) => i));
    views.settle(false);
    settleSoon();
  }

  async function redraw() {
    drawn = "";
    showNetwork();
    await showScene(await surfaceOf(state));
  }

  function look(change) {
    send({ type: "look", ...change });
    if (change.view) showView(change.view);
  }

  async function showView(view) {
    state.look.view = view;
    toolbar.update(state);
    await views.show(view, state.look);
    note.textContent = views.note;
    paint(null);
  }

  const describe = (marked = `step ${timeline.number(timeline.step)} marked`) =>
    captionOf({ state, scene, runs, start, timeline, scheduled: Boolean(tensors.schedule) }, marked);

  async function makeFilm() {
    const figure = views.film(describe("played"));
    const blob = figure && await film.make(figure, { steps: timeline.reach, number: timeline.number, theme, colours: runs.map((run) => run.colour) });
    if (blob) saveAs(blob, `thalweg-${state.landscape.key}.gif`);
  }

  // --- the live part: a preview is a lane of a fan, indexed and painted, no server involved ---

  function fan(knob) {
    return knob?.fan ? blobs(state.data, knob.fan) : Promise.reject(new Error("This rail has no fan yet."));
  }

  function prepare(knob) {
    fan(knob).catch(() => {});
  }

  async function preview(card, knob, lane) {
    if (!knob.fan) return cards.say(card, `Let go, and it trains again with ${knob.label} ${format(knob.stops[lane])}.`);
    previews.set(card, { ...previews.get(card), knob: knob.name, lane });
    const batch = await fan(knob).catch(() => null);
    const wanted = previews.get(card);
    const index = runs.findIndex((run) => run.key === card);
    if (!batch || wanted?.lane !== lane || wanted.knob !== knob.name || index < 0) return;
    wanted.path = laneOf(batch, lane);
    wanted.lost = batch.tensors.diverged.data[lane] >= 0;
    const isRail = knob.name === state.optimizers[index].knobs[0]?.name;
    Object.assign(runs[index], { path: wanted.path, lost: wanted.lost }, isRail ? { value: knob.stops[lane] } : {});
    cards.say(card, batch.metadata.sentences[lane]);
    host.onRail?.({ card, name: knob.name, value: knob.stops[lane] });
    changed.add(index);
    repaint();
  }

  function moveStart(point, live) {
    if (game.takesClick(point) || state.landscape.fixed || state.saved) return;
    start = point.map((number) => Number(number.toPrecision(6)));
    send({ type: "start", point: start, live });
    if (!live) timeline.pause();
    repaint();
  }

  function repaint() {
    if (!frame) frame = requestAnimationFrame(() => { frame = 0; paint(changed.size ? [...changed] : null); });
    settleSoon();
  }

  function settleSoon() {
    clearTimeout(resting);
    resting = setTimeout(rest, QUIET);
  }

  /** @param {number[] | null} moved cards whose whole path changed; null when only the step may have */
  function paint(moved) {
    if (!scene) return;
    const before = performance.now();
    changed = new Set();
    views.draw(timeline.step, start, moved);
    if (told?.step !== timeline.step || told.steps !== timeline.reach) host.onStep?.(told = { step: timeline.step, steps: timeline.reach });
    moved?.forEach((index) => chartsDue.add(index));
    if (!moved || before - charted > CHARTS_EVERY) drawCharts(moved && [...chartsDue]);
    measure(before);
  }

  /** A figure that has just been made does not wait for its neighbour. */
  function paintOne(figure) {
    const before = performance.now();
    figure.draw(timeline.step, start);
    measure(before);
  }

  function drawCharts(moved) {
    charted = performance.now();
    const sweepToo = chartsDue.size > 0;
    chartsDue = new Set();
    const shift = makeShift(state.landscape.floor);
    if (state.landscape.fixed) cards.follow(runs, timeline.step);
    network.draw(timeline.step);
    curves.draw(timeline.step);
    lossChart.draw(runs, shift, theme, timeline.step, timeline.number(timeline.step), moved);
    if (sweepToo) sweepChart.draw(ofCards(), shift, theme, moved?.filter((i) => !runs[i].kept) ?? null);
    if (!neighbour.element.hidden) neighbour.draw(runs, timeline.step, theme, moved);
  }

  function measure(start) {
    performance.measure("stage:paint", { start, end: performance.now() });
    measures += 1; // counted here: asking for all of them takes longer the more there are
    if (measures % MEASURES_KEPT === 0) performance.clearMeasures("stage:paint");
  }

  /** Nothing moves any more: Plotly's hover and the charts' axes follow. */
  async function rest() {
    if (scene && chartsDue.size) drawCharts(null);
    // Plotly's own redrawing takes a tenth of a second: not while an answer is about to arrive.
    if (!scene || pressed || timeline.playing || host.isPending()) return;
    if (held !== undefined) return showScene(held);
    const soon = rested + RESTS_EVERY - performance.now();
    if (state.live && state.busy && soon > 0) {
      resting = setTimeout(rest, soon);
      return;
    }
    rested = performance.now();
    await views.settle(true);
    if (!scene) return;
    table?.update(state, runs, timeline.number(state.steps));
    const shift = makeShift(state.landscape.floor);
    if (runs.length) {
      lossChart.rename(state.lossTitle && `At each step: ${state.lossTitle}`);
      await lossChart.update(runs, shift, theme, timeline.number(state.steps));
      sweepChart.element.hidden = runs.every((run) => run.sweep.length === 0);
      if (!sweepChart.element.hidden) await sweepChart.update(ofCards(), shift, theme);
    }
    await curves.update(state.curves ?? [], tensors, runs, theme, state.steps);
    await neighbour.update(state.landscape.neighbour, tensors, theme);
  }

  async function resizeAll() {
    await views.resize();
    await Promise.all([lossChart.resize(), sweepChart.resize(), neighbour.resize(), curves.resize()]);
    if (scene) paint(null);
  }

  function speak() {
    const text = state.optimizers.map((optimizer) => `${optimizer.title} ${optimizer.sentence}`).join(" ");
    if (announcer.textContent !== text) announcer.textContent = text;
  }

  function say(text) {
    note.textContent = text;
  }

  function destroy() {
    timeline.pause();
    [latest, scene] = [null, null]; // what is still under way ends at its next look
    clearTimeout(resting);
    cancelAnimationFrame(frame);
    sizes.disconnect();
    removeEventListener("resize", resized);
    removeEventListener("pointerup", release, true);
    removeEventListener("pointercancel", release, true);
    views.destroy();
    element.replaceChildren();
  }

  return { update, wait, destroy, limit: cards.limit, point: views.point, go: timeline.seek, history: toolbar.history };
}

function saveAs(blob, name) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function debounced(action, pause) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, pause);
  };
}
