import { h } from "./dom.js";
import { classColours, css, diverging, drawMark, fill, mix } from "./pictures.js";

const SIDE = 300; // pixels of the page
const RADIUS = 3.6;

/** What a network answers everywhere over its two inputs, and the data. */
export function createBoundary() {
  const field = document.createElement("canvas"); // one pixel a cell, enlarged below
  const canvas = h("canvas.boundary", { role: "img" });
  const legend = h("p.legend");
  const told = h("table.counts");
  const element = h("div.probe", {}, h("figure.wide", {}, canvas, h("figcaption", {}, legend)), told);

  /** @param {object} probe see network.js @param {number} m snapshot @param {{title: string, index: number}} run */
  function draw(probe, m, run, theme) {
    const { info, tensors } = probe;
    const tensor = tensors[`boundary.${run.index}`];
    element.hidden = !tensor;
    if (!tensor) return;
    const cells = tensor.shape[1];
    const answers = tensor.data.subarray(m * cells * cells, (m + 1) * cells * cells);
    const colours = classColours(info.classes.length);
    const ground = tint(info, theme, colours);
    fill(field, cells, cells, (j, i) => ground(answers[(cells - 1 - j) * cells + i]));
    enlarge();
    points(info, tensors, colours, theme);
    explain(info, tensors, answers, cells, colours, theme, run, probe.steps[m]);
  }

  function enlarge() {
    const ratio = devicePixelRatio || 1;
    const side = Math.round(SIDE * ratio);
    if (canvas.height !== side) [canvas.width, canvas.height] = [side, side];
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.imageSmoothingQuality = "high";
    context.drawImage(field, 0, 0, SIDE, SIDE);
  }

  function points({ window: [[x0, x1], [y0, y1]] }, tensors, colours, theme) {
    const context = canvas.getContext("2d");
    const xy = tensors.points.data;
    tensors.labels.data.forEach((label, k) => {
      const [px, py] = [((xy[2 * k] - x0) / (x1 - x0)) * SIDE, (1 - (xy[2 * k + 1] - y0) / (y1 - y0)) * SIDE];
      drawMark(context, px, py, RADIUS, label, { colour: css(colours[label]), halo: rim(theme) });
    });
  }

  /** The same in numbers, from the picture's own cells. */
  function explain(info, tensors, answers, cells, colours, theme, run, step) {
    const right = info.classes.map(() => [0, 0]);
    tensors.labels.data.forEach((label, k) => {
      right[label][1] += 1;
      if (answerAt(info, answers, cells, tensors.points.data, k) === label) right[label][0] += 1;
    });
    canvas.setAttribute("aria-label", `Decision boundary of ${run.title} at step ${step}; the table beside it counts the points of the training data on their own side.`);
    const rows = info.classes.map((name, c) => h("tr", {}, h("th", { scope: "row" }, sample(c, colours[c], theme), ` ${name}`), h("td", {}, `${right[c][0]} of ${right[c][1]}`)));
    told.replaceChildren(h("caption", {}, `Training data on their own side at step ${step}`), h("tbody", {}, ...rows));
    const [[x0, x1], [y0, y1]] = info.window;
    const axes = info.axes ?? ["first input", "second input"];
    legend.textContent = `The points are the training data. Across: ${axes[0]}, ${short(x0)} to ${short(x1)}. Up: ${axes[1]}, ${short(y0)} to ${short(y1)}. ${info.indexed ? "The ground shows the class answered." : "The stronger the ground, the surer the answer."}`;
  }

  return { element, draw };
}

function tint({ indexed }, { dark }, colours) {
  if (indexed) return (index) => mix(dark ? [20, 26, 33] : [250, 249, 245], colours[index] ?? colours[0], 0.45);
  const scale = diverging(dark, 0.55);
  return (value) => scale((2 * value) / 255 - 1);
}

/** The class answered in the cell where the k-th point lies. */
function answerAt({ window: [[x0, x1], [y0, y1]], indexed }, answers, cells, xy, k) {
  const cell = (value, low, high) => Math.min(cells - 1, Math.max(0, Math.round(((value - low) / (high - low)) * (cells - 1))));
  const answer = answers[cell(xy[2 * k + 1], y0, y1) * cells + cell(xy[2 * k], x0, x1)];
  return indexed ? answer : Number(answer > 127);
}

function sample(index, colour, theme) {
  const canvas = h("canvas.mark", { width: 28, height: 28, "aria-hidden": "true" });
  drawMark(canvas.getContext("2d"), 14, 14, 8, index, { colour: css(colour), halo: rim(theme) });
  return canvas;
}

const rim = ({ dark, text, background }) => (dark ? text : background); // light in both: the ground is coloured
const short = (value) => Number(value.toPrecision(2));
