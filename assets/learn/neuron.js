import { h } from "../stage/dom.js";
import { createLegend } from "./legend.js";
import { createPlot, signed, written } from "./plot.js";

const STAGES = [
  { name: "Predict", say: (now) => `The neuron predicts a width for each of the 150 flowers: tanh(${written(now.bias)} ${now.weight < 0 ? "−" : "+"} ${written(Math.abs(now.weight))} x).` },
  { name: "Loss", say: (now) => `The mean of the squared errors: ${written(now.loss, 4)}.` },
  { name: "Gradient", say: (now) => `If the bias rises by a little, the loss changes ${written(now.slope[0])} times as much; with the weight, ${written(now.slope[1])} times.` },
  { name: "Update", say: (now, next, rate) => `Step against the gradient, ${written(rate)} times it: bias ${signed(next.bias - now.bias)}, weight ${signed(next.weight - now.weight)}.` },
];

/** Chapter 1: one neuron learns, a click at a time. */
export function create(element, { tensors, state, host }) {
  const [inputs, targets] = [tensors.inputs.data, tensors.targets.data];
  const [places, losses, slopes] = [tensors.path.data, tensors.losses.data, tensors.gradients.data];
  const last = losses.length - 1;
  const at = (round) => ({ bias: places[2 * round], weight: places[2 * round + 1], loss: losses[round], slope: [slopes[2 * round], slopes[2 * round + 1]] });
  let [round, done] = [0, 0]; // how many of this round's stages have been clicked
  const pair = h("div.pair");
  element.append(pair);
  const data = createPlot(pair, {
    label: "Flowers", ratio: 0.8, x: { low: -1.8, high: 2, title: "petal length, standardised" }, y: { low: -1.25, high: 1.25, title: "petal width, scaled" },
  });
  const curve = createPlot(pair, {
    label: "Loss", ratio: 0.8, x: { low: 0, high: last, title: "rounds" }, y: { low: 0, high: 1.1 * Math.max(...losses), title: "loss" },
  });
  const errors = data.mark("path", { class: "line two thin" });
  const flowers = data.mark("path", { class: "dots one small" });
  const neuron = data.mark("path", { class: "line text" });
  const fall = curve.mark("path", { class: "line two" });
  const dots = curve.mark("path", { class: "dots two" });
  createLegend(element, [{ name: "flower", look: "dots one" }, { name: "prediction", look: "line text" }, { name: "error", look: "line two thin" }]);
  const buttons = STAGES.map(({ name }, stage) => h("button", { type: "button", click: () => press(stage) }, `${stage + 1} ${name}`));
  const many = h("button", { type: "button", click: tenTimes }, "Ten rounds");
  const again = h("button", { type: "button", click: () => { [round, done] = [0, 0]; draw(); } }, "Start again");
  const list = h("ol.said");
  element.append(h("div.row", {}, ...buttons, many, again), h("div", { role: "status" }, list));
  data.onDraw(draw);
  curve.onDraw(draw);
  draw();

  function press(stage) {
    done = stage + 1;
    draw();
    if (stage < 3) return buttons[stage + 1].focus();
    host.ran();
    round += 1;
    done = 0;
    draw(true);
    buttons[round < last ? 0 : 3].focus();
  }

  function tenTimes() {
    round = Math.min(last, round + 10);
    done = 0;
    draw();
    host.ran();
  }

  function draw(updated = false) {
    const now = at(round);
    const xs = Array.from({ length: 81 }, (_, i) => -1.8 + (3.8 * i) / 80);
    const say = (x) => Math.tanh(now.bias + now.weight * x);
    neuron.setAttribute("d", data.d(xs, xs.map(say)));
    let [marks, sides] = ["", ""];
    for (let i = 0; i < inputs.length; i += 1) {
      const [px, py] = [data.x(inputs[i]).toFixed(1), data.y(targets[i]).toFixed(1)];
      marks += `M${px} ${py}h0.01`;
      sides += `M${px} ${py}V${data.y(say(inputs[i])).toFixed(1)}`;
    }
    flowers.setAttribute("d", marks);
    errors.setAttribute("d", done >= 2 ? sides : "");
    const rounds = Array.from({ length: round + 1 }, (_, i) => i);
    const heights = rounds.map((i) => losses[i]);
    fall.setAttribute("d", curve.d(rounds, heights));
    dots.setAttribute("d", rounds.map((i) => `M${curve.x(i)} ${curve.y(losses[i])}h0.01`).join(""));
    const over = round >= last;
    buttons.forEach((button, stage) => {
      button.disabled = over || stage !== done;
      button.classList.toggle("primary", stage === done && !over);
    });
    many.disabled = over;
    const words = STAGES.slice(0, done).map(({ say: words }) => words(now, at(Math.min(round + 1, last)), state.rate));
    const before = updated && round ? [STAGES[3].say(at(round - 1), now, state.rate)] : [];
    const head = `Round ${round + (over ? 0 : 1)}: bias ${written(now.bias)}, weight ${written(now.weight)}.`;
    list.replaceChildren(...[...before, head, ...words].map((text) => h("li", {}, text)));
    data.label(`150 flowers and the neuron's prediction with bias ${written(now.bias)} and weight ${written(now.weight)}.`);
    curve.label(`The loss after each of ${round} rounds: from ${written(losses[0])} to ${written(losses[round])}.`);
  }

  return { destroy() { data.destroy(); curve.destroy(); } };
}
