import { format, h } from "../stage/dom.js";
import { createContours } from "./contours.js";
import { createPoint } from "./point.js";
import { calm, createPainter, createPlot, written } from "./plot.js";
import { createRail } from "./rail.js";
import { INPUT, TARGET, createScatter, lineWords, lossOf } from "./regression.js";

const FRAME = 45; // milliseconds between two steps of gradient descent

/** Chapter 1: line and landscape move together; by hand, then by gradient descent. */
export function create(element, { tensors, state, ran, host }) {
  const loss = lossOf(tensors.quadratic.data);
  const lowest = state.best[2];
  const step = tensors.path ? stepOf(tensors.quadratic.data, state.rate) : null;
  let path = tensors.path ? rows(tensors.path) : null;
  let point = [...state.start];
  let steps = 0; // of gradient descent that are shown
  let best = { loss: loss(point), point, moves: 0 };
  let moves = 0;
  let timer = null;

  const pair = h("div.pair");
  element.append(pair);
  const ground = createPlot(pair, {
    label: "The landscape of the loss", ratio: 0.9,
    x: { low: state.window[0][0], high: state.window[0][1], title: "intercept b" },
    y: { low: state.window[1][0], high: state.window[1][1], title: "slope w" },
  });
  const data = createPlot(pair, {
    label: "The line", ratio: 0.9, x: { low: -1.6, high: 3.5, title: INPUT }, y: { low: -0.4, high: 3.8, title: TARGET },
  });
  createContours(ground, { x: tensors.x.data, y: tensors.y.data, values: tensors.loss.data }, { host, low: lowest, result: !path });
  const hidden = ground.mark("text", { class: "note text", "text-anchor": "middle" }, path ? "" : "Move the ring: then the ground is shown.");
  const walked = ground.mark("path", { class: "line two thin" });
  const dots = ground.mark("path", { class: "dots two small" });
  const scatter = createScatter(data, { inputs: tensors.inputs.data, targets: tensors.targets.data });
  const numbers = h("div.numbers");
  pair.append(numbers);
  const handle = createPoint(ground, { name: "The line", value: point, say: lineWords, onMove: (next) => move(next), onRest: rest });
  const rail = (label, axis) => createRail(element, {
    label, value: point[axis], low: state.window[axis][0], high: state.window[axis][1], step: 0.01, onRest: rest,
    onInput: (value) => { const next = [...point]; next[axis] = value; move(next); },
  });
  const rails = [rail("Intercept b", 0), rail("Slope w", 1)];
  const button = h("button.primary", { type: "button", click: path ? descend : settle },
    path ? "Let gradient descent do it" : "This is the lowest I can find");
  const verdict = h("p", { role: "status" });
  element.append(h("div.row", {}, button), verdict);
  const ask = createPainter(paint);
  for (const plot of [ground, data]) plot.onDraw(paint);
  if (ran && path) { steps = path.length - 1; settle(); }
  describe();

  function move(next) {
    halt();
    host.begin();
    steps = 0;
    verdict.textContent = ""; // it was about another place
    point = next;
    const height = loss(point);
    if (height < best.loss) best = { loss: height, point, moves };
    handle.put(point);
    rails.forEach((rail, axis) => rail.put(point[axis]));
    ask();
  }

  function rest() {
    moves += 1;
    best.moves ||= moves;
    describe();
  }

  /** From where the ring is, with as many steps. */
  function descend() {
    halt();
    steps = 0;
    path = path.slice(1).reduce((places) => [...places, step(places.at(-1))], [point]);
    timer = setInterval(() => {
      steps = calm() ? path.length - 1 : steps + 1;
      ask();
      if (steps >= path.length - 1) { halt(); settle(); }
    }, FRAME);
    host.ran();
  }

  function halt() {
    clearInterval(timer);
    timer = null;
  }

  function settle() {
    const above = (100 * (best.loss - lowest)) / lowest;
    const hand = moves ? `Your lowest: ${written(best.loss, 4)}, ${format(above, 2)} % above the bottom.` : "You have not moved yet.";
    verdict.textContent = path
      ? `${moves ? hand : ""} Gradient descent: ${written(loss(path[path.length - 1]), 4)} after ${path.length - 1} steps, within 1 % of the bottom after ${path.findIndex((place) => loss(place) <= 1.01 * lowest)}.`
      : hand;
    describe();
    if (!path && moves) host.ran();
    ask();
  }

  function paint() {
    hidden.setAttribute("x", ground.box.left + ground.box.width / 2);
    hidden.setAttribute("y", ground.box.top + ground.box.height / 2);
    hidden.style.display = host.begun ? "none" : "";
    scatter.show(steps ? path[steps] : point);
    const [xs, ys] = path ? [0, 1].map((axis) => path.slice(0, steps + 1).map((place) => place[axis])) : [[], []];
    walked.setAttribute("d", ground.d(xs, ys));
    dots.setAttribute("d", steps ? xs.map((x, i) => `M${ground.x(x)} ${ground.y(ys[i])}h0.01`).join("") : "");
    const parts = [h("span", {}, steps ? "loss at your ring: " : "loss here: ", h("b", {}, written(loss(point), 3)))];
    if (steps) parts.push(h("span", {}, `gradient descent, step ${steps}: `, h("b", {}, written(loss(path[steps]), 3))));
    numbers.replaceChildren(...parts);
  }

  function describe() {
    ground.label(`Contours of the loss over intercept and slope${host.begun ? ": one round valley" : ""}. The line has ${lineWords(point)} and a loss of ${written(loss(point))}.`);
    data.label(`442 patients and the line with ${lineWords(point)}; the squares' mean is ${written(loss(point))}.`);
  }

  return { destroy() { halt(); ground.destroy(); data.destroy(); } };
}

/** One step of gradient descent, from the gradient and the Hessian at the origin: exact, as the loss is quadratic. */
function stepOf([, gx, gy, hxx, hxy, , hyy], rate) {
  return ([x, y]) => [x - rate * (gx + hxx * x + hxy * y), y - rate * (gy + hxy * x + hyy * y)];
}

function rows({ data, shape: [count, width] }) {
  return Array.from({ length: count }, (_, row) => [...data.subarray(row * width, (row + 1) * width)]);
}
