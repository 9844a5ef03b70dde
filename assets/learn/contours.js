import { h } from "../stage/dom.js";

/**
 * A surface over two numbers as shades and lines of equal height, behind what else a plot shows.
 * @param {ReturnType<import("./plot.js").createPlot>} plot
 * @param {{x: Float32Array, y: Float32Array, values: Float32Array}} surface `values[j * x.length + i]` belongs to (x[i], y[j])
 * @param {{host: import("./host.js").Host, levels?: number[], low?: number, count?: number, result?: boolean}} options `result`: seen once the experiment has begun
 */
export function createContours(plot, surface, { host, low, levels, count = 14, result = false }) {
  const finite = surface.values.filter(Number.isFinite);
  const [least, most] = [low ?? finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))];
  // Even steps of the root: the valley of a bowl gets as many lines as its walls.
  levels ??= Array.from({ length: count }, (_, i) => least + (most - least) * ((i + 0.5) / count) ** 2);
  const image = plot.still("image", { preserveAspectRatio: "none", class: result ? "result" : "" });
  const lines = plot.still("path", { class: `isoline ${result ? "result" : ""}` });
  const shades = h("i");
  plot.root.append(h(`div.heights${result ? ".result" : ""}`, {}, "low", shades, "high"));
  shade();
  host.onTheme(shade);
  plot.onDraw(() => {
    const { x, y } = surface;
    const [left, right, top, bottom] = [plot.x(x[0]), plot.x(x[x.length - 1]), plot.y(y[y.length - 1]), plot.y(y[0])];
    for (const [key, value] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) image.setAttribute(key, value);
    lines.setAttribute("d", levels.map((level) => isoline(plot, surface, level)).join(""));
  });

  function shade() {
    // Evenly in height, as the shades are in its root.
    shades.style.background = `linear-gradient(90deg, ${host.theme().scale.map(([at, colour]) => `${colour} ${100 * at ** 2}%`).join(", ")})`;
    const { x, y, values } = surface;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [x.length, y.length];
    const context = canvas.getContext("2d");
    const pixels = context.createImageData(x.length, y.length);
    const ramp = scale(host.theme().scale);
    for (let j = 0; j < y.length; j += 1) {
      for (let i = 0; i < x.length; i += 1) {
        const value = values[j * x.length + i];
        const colour = Number.isFinite(value) ? ramp(Math.sqrt(Math.max(0, (value - least) / (most - least)))) : [0, 0, 0, 0];
        pixels.data.set(colour, 4 * ((y.length - 1 - j) * x.length + i));
      }
    }
    context.putImageData(pixels, 0, 0);
    image.setAttribute("href", canvas.toDataURL());
  }
}

/** The line of equal height through a grid, in pixels: marching squares, straight between two neighbours. */
export function isoline(plot, { x, y, values }, level) {
  const nx = x.length;
  const px = Array.from(x, plot.x);
  const py = Array.from(y, plot.y);
  let d = "";
  for (let j = 0; j + 1 < y.length; j += 1) {
    for (let i = 0; i + 1 < nx; i += 1) {
      const at = j * nx + i;
      const corners = [values[at], values[at + 1], values[at + nx + 1], values[at + nx]];
      const kind = corners.reduce((bits, value, corner) => bits | ((value > level) << corner), 0);
      if (kind === 0 || kind === 15 || !corners.every(Number.isFinite)) continue;
      const side = [
        () => [between(px[i], px[i + 1], corners[0], corners[1], level), py[j]],
        () => [px[i + 1], between(py[j], py[j + 1], corners[1], corners[2], level)],
        () => [between(px[i], px[i + 1], corners[3], corners[2], level), py[j + 1]],
        () => [px[i], between(py[j], py[j + 1], corners[0], corners[3], level)],
      ];
      for (const [from, to] of PIECES[kind]) d += `M${pixel(side[from]())}L${pixel(side[to]())}`;
    }
  }
  return d;
}

// Which sides (bottom, right, top, left) a line joins, by which corners lie above it.
const PIECES = [
  [], [[3, 0]], [[0, 1]], [[3, 1]], [[1, 2]], [[3, 0], [1, 2]], [[0, 2]], [[3, 2]],
  [[2, 3]], [[2, 0]], [[0, 1], [2, 3]], [[2, 1]], [[1, 3]], [[1, 0]], [[0, 3]], [],
];

function between(from, to, low, high, level) {
  return from + ((level - low) / (high - low)) * (to - from);
}

function pixel([x, y]) {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}

function scale(stops) {
  const colours = stops.map(([at, hex]) => [at, [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16))]);
  return (share) => {
    const next = Math.max(1, colours.findIndex(([at]) => at >= share));
    const [[from, low], [to, high]] = [colours[next - 1], colours[next]];
    const part = Math.min(1, (share - from) / (to - from));
    return [...low.map((value, channel) => Math.round(value + part * (high[channel] - value))), 255];
  };
}
