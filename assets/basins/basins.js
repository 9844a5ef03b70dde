import { reach } from "../stage/connection.js";
import { format, h } from "../stage/dom.js";
import { readTheme, watchTheme } from "../stage/theme.js";
import { ask } from "../stage/ask.js";
import { createTurn, listen, panel } from "../stage/panel.js";

const [COARSE, FINE] = [64, 256]; // starts along an axis: while a rail is dragged, and at rest
const PATIENCE = 3; // seconds that the fine map may take, of 16 times as many starts, or it is asked for only at rest
const [NOWHERE, DIVERGED] = [-1, -2];
// Okabe and Ito's colours, which differ for colour-blind eyes too; the numbers on the map tell what colours cannot.
const COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#7B61C9"];
const PALE = 0.75; // how far the colour of a start that arrives only at the last step fades into the background
const NUMBERED = 12; // minima, above which numbers would cover the map

/**
 * The map of basins under the stage. It computes nothing until it is opened.
 * @param {{parentElement: HTMLElement, data: {address: string, query: string, cards: {key: string, title: string}[]}}} component
 */
export const mount = panel(createBasins, new URL("basins.css", import.meta.url));

function createBasins(parent) {
  let data = null;
  let chosen = ""; // the optimizer's key
  let picked = false; // by a person: else it is one that arrives, for a map of a run that ends nowhere tells little
  let dragged = null; // the event of a rail under the thumb
  let shown = null; // the map on the screen
  let wanted = null; // the latest question not yet asked
  let asking = false;
  let place = null; // the start that the keyboard points at, in plane coordinates
  const choices = h("fieldset.choices", {});
  const label = h("span");
  const slider = h("input", { type: "range", min: 0, step: 1, input: () => turn("thalweg:rail"), change: () => turn("thalweg:event") });
  const readout = h("output", { "aria-hidden": "true" });
  const canvas = h("canvas", { tabindex: "0", role: "application" });
  const table = h("table");
  const note = h("p", { role: "status" }, "Computing the map…");
  const spoken = h("p.spoken", { "aria-live": "polite" });
  const waiting = createTurn(() => element);
  const floor = h("div.floor", {}, h("div", {}, choices, h("div.place", {}, h("label", {}, label, slider, readout)), canvas, note), h("div", {}, table, h("p", {},
    "Every point of the map is a start; its colour says which minimum the descent from there ends at, and a strong colour that it is there soon. "
    + "Grey ends at none: the fainter, the lower the loss that it has come to. "
    + "Drag the rate and the map follows; click the map to see the path from there.")), spoken);
  const element = h("details.thalweg-panel.thalweg-basins", { "data-testid": "basins" }, h("summary", {}, "Basins of attraction: where does a descent from every start end?"), floor);
  parent.append(element);
  element.addEventListener("toggle", () => { if (element.open) refresh(); });
  canvas.addEventListener("click", (event) => startAt(pointOf(event)));
  canvas.addEventListener("keydown", walk);
  listen(element, "thalweg:rail", follow);
  watchTheme(element, paint);

  function update(next) {
    const before = data;
    data = next;
    const known = data.cards.some(({ key }) => key === chosen);
    const offered = chosen;
    if (!known || (!picked && !element.open)) chosen = data.first;
    if (offered !== chosen || JSON.stringify(before?.cards) !== JSON.stringify(data.cards)) choices.replaceChildren(h("legend.spoken", {}, "Optimizer"), ...data.cards.map(choice));
    if (before?.query !== data.query) {
      dragged = null;
      refresh();
    }
    putRail();
  }

  function choice({ key, title }) {
    const input = h("input", { type: "radio", name: "basins-of", value: key, checked: key === chosen });
    input.addEventListener("change", () => { [chosen, dragged, picked] = [key, null, true]; putRail(); refresh(); });
    return h("label", {}, input, title);
  }

  const railNow = () => data?.cards.find(({ key }) => key === chosen)?.rail;

  /** The chosen optimizer's rail, at its value or where it is being dragged. */
  function putRail(value = railNow()?.value) {
    const rail = railNow();
    if (!rail) return;
    const { stops } = rail;
    slider.max = stops.length - 1;
    slider.value = stops.reduce((best, stop, k) => (Math.abs(stop - value) < Math.abs(stops[best] - value) ? k : best), 0);
    label.textContent = rail.label;
    readout.textContent = format(value);
    slider.setAttribute("aria-label", `${rail.label}, beside the map`);
    slider.setAttribute("aria-valuetext", format(value));
  }

  /** Under the thumb the map alone follows; let go, the whole page does. @param {"thalweg:rail" | "thalweg:event"} heard */
  function turn(heard) {
    const { name, stops } = railNow();
    const detail = { card: chosen, name, value: stops[slider.valueAsNumber] };
    document.dispatchEvent(new CustomEvent(heard, { detail: heard === "thalweg:event" ? { type: "knob", ...detail } : detail, cancelable: true }));
  }

  /** A rail under the thumb, the stage's or our own: the coarse map follows, and the fine one when it rests. */
  function follow({ detail: { card, name, value } }) {
    if (card !== chosen) return;
    if (name === railNow()?.name) putRail(value);
    dragged = { type: "knob", card, name, value };
    refresh();
  }

  function refresh() {
    if (!element.open || !data || !chosen) return;
    request({ query: data.query, event: dragged, card: chosen, resolution: COARSE });
  }

  /** One question in flight; of those that wait only the latest counts. */
  async function request(question) {
    wanted = question;
    if (asking) return;
    asking = true;
    while (wanted) {
      const now = wanted;
      wanted = null;
      floor.classList.add("busy");
      const { message: map, refusal } = await ask(data.address, now, { onTurn: waiting.tell, isWanted: () => !wanted });
      if (map?.metadata.long) offer(map.metadata.long, now);
      else if (map) show(map, now);
      else if (!wanted) note.textContent = refusal || "The map could not be computed; change something, and it is tried again.";
      const quick = map?.metadata.basins?.seconds * (FINE / COARSE) ** 2 < PATIENCE;
      if (map?.metadata.basins && (quick || !now.event) && !wanted && now.resolution === COARSE) wanted = { ...now, resolution: FINE };
    }
    waiting.tell("");
    floor.classList.remove("busy");
    asking = false;
    spoken.textContent = shown ? summary() : "";
  }

  /** What takes long begins when it is pressed. */
  function offer(words, question) {
    note.replaceChildren(words, " ", h("button.press", { type: "button", click: () => request({ ...question, long: true }) }, "Compute it"));
  }

  function show({ tensors, metadata: { basins } }, { card }) {
    const [ny, nx] = tensors.minimum.shape;
    shown = { ...basins, nx, ny, minimum: tensors.minimum.data, arrived: tensors.arrived.data, card, title: data.cards.find(({ key }) => key === card)?.title ?? "" };
    paint();
    table.replaceChildren(...rows());
    const [across, up] = shown.window.map(([from, to], k) => `${shown.axes[k]} from ${format(from, 3)} to ${format(to, 3)}`);
    note.textContent = `${shown.title}, ${shown.steps} step${shown.steps === 1 ? "" : "s"} from each of ${nx} × ${ny} starts; ${across} to the right, ${up} upwards. Numbers mark minima.`;
    performance.measure("basins:paint", { start: performance.now() });
  }

  function rows() {
    const { minima, diverged } = shown;
    const elsewhere = 1 - diverged - minima.reduce((sum, { share }) => sum + share, 0);
    const percent = (share) => `${format(100 * share, 3)} %`;
    const row = (mark, text, share, steps) => h("tr", {}, h("th", { scope: "row" }, mark, text), h("td", {}, percent(share)), h("td", {}, steps));
    const swatch = (text, colour) => {
      const mark = h("i", { "aria-hidden": "true" }, text);
      if (colour) Object.assign(mark.style, { background: colour, color: inkOn(colour) });
      return mark;
    };
    const reached = minima.map((minimum, k) => ({ ...minimum, k })).filter(({ share }) => minima.length <= NUMBERED || share > 0);
    const hatched = swatch("\u00a0", "");
    hatched.className = "hatched";
    return [
      h("caption", {}, summary()),
      h("thead", {}, h("tr", {}, ...["Ends at", "Starts", "Steps (median)"].map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {},
        ...reached.map(({ position, share, steps, k }) => row(swatch(`${k + 1}`, COLOURS[k % COLOURS.length]), `(${position.map((x) => format(x, 3)).join(", ")})`, share, steps === null ? "–" : format(steps, 3))),
        row(swatch("\u00a0", grey()), "no known minimum", Math.max(0, elsewhere), "–"),
        row(hatched, "diverges", diverged, "–")),
    ];
  }

  function summary() {
    const { minima, diverged, nowhere, title } = shown;
    const percent = (share) => `${format(100 * share, 3)} %`;
    const rest = diverged - nowhere;
    const lost = (nowhere ? `; ${percent(nowhere)} stand where the loss is no number` : "") + (rest ? `; ${percent(rest)} diverge: a smaller rate keeps more of them` : "");
    if (!minima.length) return `${title}: this landscape lists no minimum${lost}.`;
    const known = minima.length === 1 ? "the known minimum" : "a known minimum";
    const reached = minima.filter(({ share }) => share > 0).length;
    if (!reached && diverged === 1) return `${title}: every start diverges. Try a smaller rate.`;
    if (!reached) return `${title}: within these steps no start ends at ${known}${lost}. Try another rate, or more steps.`;
    return `${title}: ${percent(minima.reduce((sum, { share }) => sum + share, 0))} of the starts end at ${minima.length === 1 ? known : `${reached} of ${minima.length} known minima`}${lost}.`;
  }

  const grey = () => (readTheme(element).dark ? "#77838c" : "#8d989f"); // of the highest loss

  function paint() {
    if (!shown || !element.open) return;
    const { nx, ny, minimum, arrived, minima, window: [[left, right], [low, high]] } = shown;
    const scale = Math.min(2, devicePixelRatio || 1);
    const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale].map(Math.round);
    if (!width) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const background = rgb(readTheme(element).background);
    const tints = COLOURS.map((colour) => shades(rgb(colour), background));
    const [none, dark] = [shades(rgb(grey()), background).reverse(), rgb(readTheme(element).text)];
    const pixels = new ImageData(nx, ny);
    for (let j = 0; j < ny; j += 1) {
      for (let i = 0; i < nx; i += 1) {
        const at = j * nx + i;
        const number = minimum[at];
        const hatch = number === DIVERGED && (i + j) % 4 === 0;
        const colour = number >= 0 ? tints[number % tints.length][arrived[at]] : hatch ? dark : number === NOWHERE ? none[arrived[at]] : background;
        const to = 4 * ((ny - 1 - j) * nx + i); // the picture's first row is the highest y
        [pixels.data[to], pixels.data[to + 1], pixels.data[to + 2], pixels.data[to + 3]] = [colour[0], colour[1], colour[2], 255];
      }
    }
    const context = canvas.getContext("2d");
    const whole = new OffscreenCanvas(nx, ny);
    whole.getContext("2d").putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(whole, 0, 0, width, height);
    const toPixels = ([x, y]) => [((x - left) / (right - left)) * width, ((high - y) / (high - low)) * height];
    if (minima.length <= NUMBERED) minima.forEach(({ position }, k) => mark(context, toPixels(position), `${k + 1}`, scale));
    if (place && document.activeElement === canvas) cross(context, toPixels(place), scale, readTheme(element));
    canvas.setAttribute("aria-label", `Map of starts. ${summary()} Arrow keys move a cross, Enter starts there.`);
  }

  function pointOf(event) {
    const box = canvas.getBoundingClientRect();
    const [[left, right], [low, high]] = shown.window;
    return [left + ((event.clientX - box.left) / box.width) * (right - left), high - ((event.clientY - box.top) / box.height) * (high - low)];
  }

  function startAt(point) {
    if (!shown) return;
    place = point;
    const start = point.map((number) => Number(number.toPrecision(6)));
    document.dispatchEvent(new CustomEvent("thalweg:event", { detail: { type: "start", point: start, card: shown.card, value: shown.rate }, cancelable: true }));
  }

  function walk(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!shown || (!step && event.key !== "Enter")) return;
    event.preventDefault();
    const [[left, right], [low, high]] = shown.window;
    place ??= [(left + right) / 2, (low + high) / 2];
    if (!step) return startAt(place);
    const moved = [place[0] + (step[0] * (right - left)) / 32, place[1] + (step[1] * (high - low)) / 32];
    place = [Math.min(right, Math.max(left, moved[0])), Math.min(high, Math.max(low, moved[1]))];
    paint();
    spoken.textContent = `(${place.map((x) => format(x, 3)).join(", ")}) ends at ${endAt(place)}`;
  }

  function endAt([x, y]) {
    const { nx, ny, minimum, minima, window: [[left, right], [low, high]] } = shown;
    const number = minimum[Math.round(((y - low) / (high - low)) * (ny - 1)) * nx + Math.round(((x - left) / (right - left)) * (nx - 1))];
    if (number === DIVERGED) return "nothing: it diverges";
    return number === NOWHERE ? "no known minimum" : `minimum ${number + 1}, (${minima[number].position.map((at) => format(at, 3)).join(", ")})`;
  }

  return { update };
}

/** 256 tints of a colour, from its own to a pale one. */
function shades(colour, background) {
  return Array.from({ length: 256 }, (_, k) => colour.map((value, c) => Math.round(value + (background[c] - value) * PALE * (k / 255))));
}

function mark(context, [x, y], text, scale) {
  context.beginPath();
  context.arc(x, y, 9 * scale, 0, 2 * Math.PI);
  context.fillStyle = "#ffffff";
  context.fill();
  context.lineWidth = scale;
  context.strokeStyle = context.fillStyle = "#1d2a33";
  context.stroke();
  context.font = `600 ${11 * scale}px sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x, y);
}

function cross(context, [x, y], scale, { text, background }) {
  for (const [colour, width] of [[background, 5], [text, 2]]) {
    context.strokeStyle = colour;
    context.lineWidth = width * scale;
    context.beginPath();
    context.moveTo(x - 9 * scale, y);
    context.lineTo(x + 9 * scale, y);
    context.moveTo(x, y - 9 * scale);
    context.lineTo(x, y + 9 * scale);
    context.stroke();
  }
}

function rgb(colour) {
  if (colour.startsWith("#")) return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return colour.match(/[\d.]+/g).slice(0, 3).map(Number);
}

function inkOn(colour) {
  const [red, green, blue] = rgb(colour);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 150 ? "#1d2a33" : "#ffffff";
}
