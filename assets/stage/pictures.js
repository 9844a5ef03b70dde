/**
 * Small pictures of numbers on canvas: the two ends of every scale are blue and orange, which all kinds of colour
 * blindness keep apart, and the middle has the page's own tone.
 */

const BLUE = [38, 98, 168];
const ORANGE = [208, 108, 12];
// Okabe and Ito's colours, for more than two classes.
const CLASSES = [[0, 114, 178], [230, 159, 0], [0, 158, 115], [204, 121, 167], [86, 180, 233], [213, 94, 0], [240, 228, 66], [120, 120, 120]];

/** @param {boolean} dark @param {number} [strength] how close the ends come to their full colour @returns {(t: number) => number[]} of -1..1 */
export function diverging(dark, strength = 1) {
  const middle = dark ? [20, 26, 33] : [250, 249, 245];
  return (t) => mix(middle, t < 0 ? BLUE : ORANGE, Math.min(Math.abs(t), 1) * strength);
}

/** The colours of `count` classes: of two, the ends of the diverging scale. */
export function classColours(count) {
  return count <= 2 ? [BLUE, ORANGE] : Array.from({ length: count }, (_, c) => CLASSES[c % CLASSES.length]);
}

export const css = ([r, g, b]) => `rgb(${r}, ${g}, ${b})`;
export const mix = (from, to, share) => from.map((value, k) => Math.round(value + (to[k] - value) * share));

/**
 * Writes a picture pixel by pixel; the page enlarges it.
 * @param {HTMLCanvasElement} canvas @param {number} width @param {number} height @param {(j: number, i: number) => number[]} colour of row j, column i
 */
export function fill(canvas, width, height, colour) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let j = 0; j < height; j += 1) {
    for (let i = 0; i < width; i += 1) image.data.set([...colour(j, i), 255], 4 * (j * width + i));
  }
  context.putImageData(image, 0, 0);
}

const SHAPES = [
  (context, x, y, r) => context.arc(x, y, r * 0.95, 0, 2 * Math.PI),
  (context, x, y, r) => outline(context, [[x, y - 1.25 * r], [x + 1.15 * r, y + 0.85 * r], [x - 1.15 * r, y + 0.85 * r]]),
  (context, x, y, r) => context.rect(x - 0.85 * r, y - 0.85 * r, 1.7 * r, 1.7 * r),
  (context, x, y, r) => outline(context, [[x, y - 1.3 * r], [x + 1.1 * r, y], [x, y + 1.3 * r], [x - 1.1 * r, y]]),
];

/** The mark of a class: told by its shape as well as by its colour. */
export function drawMark(context, x, y, radius, index, { colour, halo }) {
  context.beginPath();
  SHAPES[index % SHAPES.length](context, x, y, radius);
  context.closePath();
  context.fillStyle = colour;
  context.strokeStyle = halo;
  context.lineWidth = 1;
  context.fill();
  context.stroke();
}

function outline(context, corners) {
  corners.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
}
