import { DASHES, format, h, vector } from "../stage/dom.js";

const [HEIGHT, LEFT, RIGHT, BOTTOM, TOP] = [150, 44, 8, 20, 8]; // pixels
const LEAST = 1e-3; // of the limit, below which a line leaves the picture: where nothing curves the limit is infinite
const NEAR = [0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2]; // ticks of a picture that is not high

/** Every optimizer's rate as a multiple of its limit, step by step: above 1 its swings grow. Logarithmic. */
export function createStrip() {
  const image = vector("svg", { role: "img" });
  const caption = h("figcaption");
  const element = h("figure.strip", {}, caption, image);
  const now = vector("line", { y1: TOP, y2: HEIGHT - BOTTOM, stroke: "currentColor", "stroke-opacity": 0.5 });
  let [last, width] = [1, 600];

  const x = (step) => LEFT + ((width - LEFT - RIGHT) * step) / Math.max(1, last);
  const words = (text, attributes) => {
    const found = vector("text", { fill: "currentColor", "font-size": 12, ...attributes });
    found.textContent = text;
    return found;
  };

  /** @param {{title: string, colour: string, dash: string, steps: number[], shares: number[]}[]} lines @param {number} steps of the timeline */
  function update(lines, steps) {
    last = steps;
    const known = lines.flatMap(({ shares }) => shares).filter((share) => share > 0 && Number.isFinite(share));
    element.hidden = !known.length;
    if (!known.length) return;
    width = element.clientWidth || width;
    image.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const low = Math.max(LEAST, Math.min(0.8, ...known)) / 1.1;
    const high = Math.max(1.25, ...known) * 1.1;
    caption.textContent = "Rate as a multiple of its limit, against the step: above 1 swings grow, below they die out."
      + (Math.min(...known) < low ? ` Below ${LEAST} a line leaves the picture: hardly anything curves there.` : "");
    const decades = Math.ceil(Math.log10(high / low) / 6);
    const far = Array.from({ length: 40 }, (_, k) => 10 ** (decades * (k - 20)));
    const y = (share) => TOP + ((HEIGHT - BOTTOM - TOP) * Math.log(high / share)) / Math.log(high / low);
    const marks = (high / low < 4 ? NEAR : far).filter((share) => share > low && share < high);
    const clip = vector("clipPath", { id: "stability-strip" });
    clip.append(vector("rect", { x: LEFT, y: TOP, width: width - LEFT, height: HEIGHT - BOTTOM - TOP }));
    image.replaceChildren(clip,
      ...marks.flatMap((share) => [
        vector("line", { x1: LEFT, x2: width - RIGHT, y1: y(share), y2: y(share), stroke: "currentColor", "stroke-opacity": share === 1 ? 0.9 : 0.2 }),
        words(format(share), { x: LEFT - 6, y: y(share) + 4, "text-anchor": "end" }),
      ]),
      words("0", { x: LEFT, y: HEIGHT - 4, "text-anchor": "middle" }), words(String(last), { x: width - RIGHT, y: HEIGHT - 4, "text-anchor": "end" }),
      ...lines.map(({ colour, dash, steps: at, shares }) => {
        let pen = "M";
        const d = shares.map((share, k) => {
          if (!(share > 0 && Number.isFinite(share))) { pen = "M"; return ""; }
          const part = `${pen}${x(at[k]).toFixed(1)} ${y(share).toFixed(1)}`;
          pen = "L";
          return part;
        }).join("");
        return vector("path", { d, fill: "none", stroke: colour, "stroke-width": 2, "stroke-dasharray": DASHES[dash].join(" "), "clip-path": "url(#stability-strip)" });
      }), now);
  }

  /** @param {number} step @param {{title: string, share: number}[]} shares of this step */
  function mark(step, shares) {
    const at = x(Math.min(step, last));
    now.setAttribute("x1", at);
    now.setAttribute("x2", at);
    const told = shares.filter(({ share }) => Number.isFinite(share)).map(({ title, share }) => `${title} ${format(share, 2)}`);
    image.setAttribute("aria-label", `Rate as a multiple of its limit against the step, at step ${Math.min(step, last)}: ${told.join(", ") || "not known"}.`);
  }

  return { element, update, mark };
}
