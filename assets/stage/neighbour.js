import { createFrame, frameLayout, resize } from "./charts.js";
import { createOverlay, strokeLine } from "./overlay.js";

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

  function draw(runs, step, theme) {
    latest = [runs, step, theme];
    if (!overlay || !model) return;
    overlay.clear();
    overlay.within("", (context, map) => {
      const [from] = map.data(map.left, 0);
      const [to] = map.data(map.left + map.width, 0);
      const x = (k) => from + ((to - from) * k) / POINTS;
      for (const run of runs) {
        const k = Math.min(step, run.path.end);
        const parameters = [run.path.xy[2 * k], run.path.xy[2 * k + 1]];
        const y = (j) => LINKS[model.link](CURVES[model.curve](parameters, x(j)));
        strokeLine(context, map, x, y, POINTS, { ...run, halo: theme.background });
      }
    });
  }

  return { element, update, draw, resize: () => resize(Plotly, frame) };
}
