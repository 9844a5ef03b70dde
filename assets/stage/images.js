import { h } from "./dom.js";
import { css, diverging, fill } from "./pictures.js";

const GAP = 1; // pixels of the picture between two neurons

/** The samples that a network gets most wrong, each with its truth and the answer. */
export function createWorst() {
  const list = h("ul.worst");
  const heading = h("h4");
  const element = h("div.probe", {}, heading, list);
  let items = [];

  /** @param {object} probe see network.js @param {number} m snapshot @param {{title: string, index: number}} run */
  function draw(probe, m, run) {
    const { info, tensors } = probe;
    const [chosen, guesses] = [tensors[`worst.${run.index}`], tensors[`guess.${run.index}`]];
    element.hidden = !chosen;
    if (!chosen) return;
    const count = chosen.shape[1];
    if (items.length !== count) make(count);
    heading.textContent = `Test data that ${run.title} gets worst at step ${probe.steps[m]}`;
    items.forEach(({ canvas, said }, j) => {
      const k = chosen.data[m * count + j];
      const [truth, guess] = [tensors.truth.data[k], guesses.data[m * count + j]];
      picture(canvas, tensors.images, k);
      const text = truth === guess ? `${info.classes[truth]}, barely` : `${info.classes[truth]}, not ${info.classes[guess]}`;
      if (said.textContent !== text) said.textContent = text;
    });
  }

  function make(count) {
    items = Array.from({ length: count }, () => ({ canvas: h("canvas", { "aria-hidden": "true" }), said: h("span") }));
    list.replaceChildren(...items.map(({ canvas, said }) => h("li", {}, canvas, said)));
  }

  return { element, draw };
}

function picture(canvas, images, k) {
  if (canvas.dataset.shown === String(k)) return;
  canvas.dataset.shown = k;
  const [, height, width] = images.shape;
  const from = k * height * width;
  fill(canvas, width, height, (j, i) => { const grey = images.data[from + j * width + i]; return [grey, grey, grey]; });
}

/** The weights into each neuron of the first layer, as pictures of the inputs. */
export function createWeights() {
  const canvas = h("canvas.weights", { role: "img" });
  const heading = h("h4");
  const legend = h("p.legend", {}, "Blue: negative, orange: positive, both scaled to the largest weight of this step.");
  const element = h("div.probe", {}, heading, canvas, legend);

  /** @param {object} probe see network.js @param {number} m snapshot @param {{title: string, index: number}} run */
  function draw({ tensors, steps }, m, run, theme) {
    const tensor = tensors[`weights.${run.index}`];
    element.hidden = !tensor;
    if (!tensor) return;
    const [, neurons, height, width] = tensor.shape;
    const across = Math.max(1, Math.min(neurons, Math.round(Math.sqrt((neurons * 2 * (height + GAP)) / (width + GAP)))));
    const down = Math.ceil(neurons / across);
    const scale = diverging(theme.dark);
    const ground = theme.dark ? [70, 80, 90] : [205, 210, 214];
    const from = m * neurons * height * width;
    fill(canvas, across * (width + GAP) + GAP, down * (height + GAP) + GAP, (j, i) => {
      const [row, y] = [Math.floor((j - GAP) / (height + GAP)), (j - GAP) % (height + GAP)];
      const [column, x] = [Math.floor((i - GAP) / (width + GAP)), (i - GAP) % (width + GAP)];
      const neuron = row * across + column;
      if (j < GAP || i < GAP || y >= height || x >= width || neuron >= neurons) return ground;
      return scale(tensor.data[from + (neuron * height + y) * width + x] / 127);
    });
    canvas.style.borderColor = css(ground);
    heading.textContent = `First-layer weights of ${run.title} at step ${steps[m]}`;
    canvas.setAttribute("aria-label", `${neurons} pictures of ${height} by ${width} weights, one for each neuron of the first layer.`);
  }

  return { element, draw };
}
