import { h } from "./dom.js";
import { createGif, quantizer } from "./gif.js";
import { rgbOf } from "./theme.js";

const MOST_FRAMES = 120;
const [EACH, LAST] = [6, 200]; // hundredths of a second
const STRIP = 30; // pixels below the picture for the progress bar

/**
 * The timeline as an animated GIF: true frames of the contour, a bar that says how far it has come. One is made at a time.
 * @param {object} Plotly
 */
export function createFilm(Plotly) {
  const bar = h("progress", { max: 1, value: 0, "aria-label": "GIF" });
  const text = h("span", { role: "status" });
  const cancel = h("button", { type: "button", click: () => { cancelled = true; } }, "Cancel the GIF");
  const element = h("div.film.row", { hidden: true }, bar, text, cancel);
  let cancelled = false;

  /**
   * @param {{data: object[], layout: object, draw: (context: CanvasRenderingContext2D, graph: HTMLElement, step: number) => void}} figure
   * @param {{steps: number, number: (step: number) => number, theme: import("./theme.js").Theme, colours: string[]}} options
   * @returns {Promise<Blob | null>} null when it was cancelled, or when another one is being made
   */
  async function make(figure, options) {
    if (!element.hidden) return null;
    cancelled = false;
    element.hidden = false;
    const graph = h("div", { style: "position: fixed; left: -9999px; top: 0" });
    document.body.append(graph);
    try {
      return await record(graph, figure, options);
    } finally {
      Plotly.purge(graph);
      graph.remove();
      element.hidden = true;
    }
  }

  async function record(graph, { data, layout, draw }, { steps, number, theme, colours }) {
    text.textContent = "Drawing the landscape…";
    await Plotly.newPlot(graph, data, layout, { staticPlot: true });
    const ground = await loaded(await Plotly.toImage(graph, { format: "png", width: layout.width, height: layout.height, scale: 1 }));
    const canvas = h("canvas");
    [canvas.width, canvas.height] = [layout.width, layout.height + STRIP];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const frameAt = (step) => {
      context.fillStyle = theme.background;
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(ground, 0, 0);
      draw(context, graph, step);
      drawBar(context, canvas, step / Math.max(1, steps), `step ${number(step)} / ${number(steps)}`, theme);
      return context.getImageData(0, 0, canvas.width, canvas.height).data;
    };
    const chosen = framesOf(steps);
    const needed = [theme.background, theme.text, ...colours].map(rgbOf);
    const { colours: palette, index } = quantizer([0, steps >> 1, steps].map((step) => frameAt(step).slice()), needed);
    const gif = createGif(canvas.width, canvas.height, palette);
    for (const [k, step] of chosen.entries()) {
      text.textContent = `Drawing frame ${k + 1} of ${chosen.length}…`;
      bar.value = k / chosen.length;
      await new Promise((resolve) => setTimeout(resolve)); // the page stays alive, and the button works
      if (cancelled) return null;
      gif.add(index(frameAt(step)), k === chosen.length - 1 ? LAST : EACH);
    }
    return gif.finish();
  }

  return { element, make };
}

/** Steps evenly spaced, the first and the last among them. */
export function framesOf(steps) {
  const count = Math.min(steps + 1, MOST_FRAMES);
  return Array.from({ length: count }, (_, k) => Math.round((k * steps) / Math.max(1, count - 1)));
}

function drawBar(context, { width, height }, share, words, theme) {
  const [left, right, top] = [12, width - 120, height - STRIP / 2 - 3];
  context.fillStyle = theme.text;
  context.globalAlpha = 0.2;
  context.fillRect(left, top, right - left, 6);
  context.globalAlpha = 1;
  context.fillRect(left, top, (right - left) * share, 6);
  context.font = `13px ${theme.font}`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText(words, width - 12, top + 3);
}

function loaded(url) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error("The picture could not be drawn."));
    image.src = url;
  });
}
