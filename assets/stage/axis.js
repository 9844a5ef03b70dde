/**
 * Few round numbers, none near an end of the axis: there two axes meet, and their numbers would overprint each other.
 * @param {[number, number]} range @param {number} count about how many
 */
export function ticks([low, high], count) {
  const room = (high - low) * 0.07;
  const rough = (high - low) / (count + 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const first = Math.ceil((low + room) / step);
  const last = Math.floor((high - room) / step);
  const tickvals = Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => (first + k) * step);
  return { tickmode: "array", tickvals, ticktext: tickvals.map(short) };
}

/** At most four digits, thousands and more as powers of ten. */
function short(value) {
  const number = Number(value.toPrecision(4));
  return Math.abs(number) >= 1e4 ? number.toExponential().replace("e+", "e") : String(number).replace("-", "−");
}

/** A turned title has no room for what stands in brackets; the contour has. */
export const brief = (name) => name.replace(/ \(.*\)$/, "");
