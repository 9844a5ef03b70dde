import { format, h } from "../stage/dom.js";
import { createContours } from "./contours.js";
import { createPoint } from "./point.js";
import { createPainter, createPlot, written } from "./plot.js";

const KINDS = [
  { key: "squared", title: "mean squared error", tone: "two" },
  { key: "entropy", title: "cross-entropy", tone: "one" },
];

/** Chapter 2: one classifier under two losses; both runs start where the learner drags the start. */
export function create(element, { tensors, state, host }) {
  const [xs, ys] = [tensors.x.data, tensors.y.data];
  let point = [...state.start];
  const run = h("button.primary", { type: "button", click: start }, "Run both from here");
  run.hidden = host.begun;
  const pair = h("div.pair");
  element.append(h("div.row", {}, run), pair);
  const views = KINDS.map(createView);
  const ask = createPainter(paint);
  views.forEach(({ plot }) => plot.onDraw(paint));
  describe();

  function createView({ key, title, tone }) {
    const box = h("div", {}, h("p", {}, h("b", {}, title)));
    pair.append(box);
    const [x, y] = state.window;
    const plot = createPlot(box, {
      label: title, ratio: 0.9, x: { low: x[0], high: x[1], title: "intercept" }, y: { low: y[0], high: y[1], title: "slope" },
    });
    createContours(plot, { x: tensors.gx.data, y: tensors.gy.data, values: tensors[`${key}_surface`].data }, { host });
    const path = plot.mark("path", { class: `line ${tone} result` });
    const dots = plot.mark("path", { class: `dots ${tone} result` });
    const numbers = h("div.numbers.result");
    box.append(numbers);
    const handle = createPoint(plot, {
      name: `Start under ${title}`, value: point, step: [xs[1] - xs[0], ys[1] - ys[0]],
      say: ([a, b]) => `intercept ${written(a)}, slope ${written(b)}`, onMove: move, onRest: describe,
    });
    return { key, title, plot, path, dots, numbers, handle };
  }

  function move(next) {
    // The runs of these starts were computed; none between them was.
    point = [xs[nearest(xs, next[0])], ys[nearest(ys, next[1])]];
    views.forEach(({ handle }) => handle.put(point));
    ask();
  }

  function start() {
    host.ran();
    describe();
    views[0].handle.button.focus({ preventScroll: true });
    run.hidden = true;
  }

  function lane() {
    return nearest(ys, point[1]) * xs.length + nearest(xs, point[0]);
  }

  function found({ key }) {
    const at = lane();
    const [, kept] = tensors[`${key}_right`].shape;
    const part = (name, width = 1) => tensors[`${key}_${name}`].data.subarray(at * kept * width, (at + 1) * kept * width);
    const gradient = tensors[`${key}_gradient`].data.subarray(2 * at, 2 * at + 2);
    return { path: part("path", 2), right: part("right"), loss: part("loss"), slope: Math.hypot(...gradient), last: kept - 1 };
  }

  function paint() {
    for (const view of views) {
      const { path, right, slope, last } = found(view);
      const [px, py] = [0, 1].map((axis) => path.filter((_, i) => i % 2 === axis));
      view.path.setAttribute("d", view.plot.d(px, py));
      view.dots.setAttribute("d", `M${view.plot.x(px[last])} ${view.plot.y(py[last])}h0.01`);
      const { x, y } = view.plot.shown;
      const outside = px.some((value, k) => value < x.low || value > x.high || py[k] < y.low || py[k] > y.high);
      view.numbers.replaceChildren(
        h("span", {}, "steepness here ", h("b", {}, format(slope, 2))),
        h("span", {}, "told right ", h("b", {}, `${percent(right[0])} → ${percent(right[last])}`)),
        ...(outside ? [h("span", {}, "the path leaves the map")] : []),
      );
    }
  }

  function describe() {
    for (const view of views) {
      const { right, slope, last } = found(view);
      const start = `Contours of ${view.title} over intercept and slope. The start is intercept ${written(point[0])}, slope ${written(point[1])}.`;
      const told = `Gradient descent goes ${state.steps} steps: ${percent(right[0])} of the tumours told right at first, ${percent(right[last])} at the end. Steepness at the start ${format(slope, 2)}.`;
      view.plot.label(host.begun ? `${start} ${told}` : start);
    }
  }

  return { destroy: () => views.forEach(({ plot }) => plot.destroy()) };
}

function nearest(values, number) {
  let best = 0;
  values.forEach((value, i) => { if (Math.abs(value - number) < Math.abs(values[best] - number)) best = i; });
  return best;
}

function percent(share) {
  return `${(100 * share).toFixed(0)} %`;
}
