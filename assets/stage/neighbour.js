import { createFrame, frameLayout, resize, whenSeen } from "./charts.js";
import { createOverlay, frameOf, mapping, pixelsOf, strokeLine } from "./overlay.js";

const LINKS = { identity: Number, sigmoid: (t) => 1 / (1 + Math.exp(-t)), tanh: Math.tanh };
const CURVES = { affine: (p, x) => p[0] + p[1] * x, product: (p, x) => p[0] * p[1] * x };
const POINTS = 80;

/** The data behind a loss, and what each optimizer's model predicts at the current step. */
export function createNeighbour(Plotly) {
  const { element, frame } = createFrame("Data and the models' predictions at this step");
  let overlay = null;
  let model = null;
  let latest = null;

  /** @param {object | null} neighbour the wire's description @param {Object<string, import("./wire.js").Tensor>} tensors */
  async function update(neighbour, tensors, theme) {
    model = neighbour;
    if (!neighbour) return;
    const x = Array.from(tensors[neighbour.inputs].data);
    const y = Array.from(tensors[neighbour.targets].data);
    const marker = { color: theme.text, opacity: 0.28, size: 4 };
    const layout = frameLayout(frame, theme, ...neighbour.labels);
    layout.yaxis.type = "linear";
    await Plotly.react(frame, [{ type: "scatter", mode: "markers", name: "data", x, y, marker }], layout, { displayModeBar: false, doubleClick: false });
    if (!overlay) {
      overlay = createOverlay(frame);
      frame.on("plotly_afterplot", () => latest && draw(...latest));
    }
    if (latest) draw(...latest);
  }

  /** @param {number[] | null} [moved] the runs that changed; null: any may have */
  function draw(runs, step, theme, moved = null) {
    latest = [runs, step, theme];
    if (overlay && model) paint(moved);
  }

  const paint = whenSeen(frame, (moved) => {
    const [runs, step, theme] = latest;
    const map = mapping(frame, "");
    if (map && model) overlay.paint(runs.length, (i) => curveMark(map, runs[i], step, theme), { moved, key: `${step}` });
  });

  function curveMark(map, run, step, theme) {
    const [from] = map.data(map.left, 0);
    const [to] = map.data(map.left + map.width, 0);
    const x = (j) => from + ((to - from) * j) / POINTS;
    const k = Math.min(step, run.path.end);
    const parameters = [run.path.xy[2 * k], run.path.xy[2 * k + 1]];
    const clip = frameOf(map);
    const { pixels, box } = pixelsOf(map, x, (j) => LINKS[model.link](CURVES[model.curve](parameters, x(j))), POINTS, clip);
    return { clip, box, draw: (context) => strokeLine(context, pixels, POINTS, { ...run, halo: theme.background }) };
  }

  return { element, update, draw, resize: () => resize(Plotly, frame) };
}
