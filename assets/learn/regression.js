import { written } from "./plot.js";

export const INPUT = "body mass index: 0 is 25, 1 is 30, 2 is 35";
export const TARGET = "progression after a year, in 100";

/** The loss at a point, from loss, gradient and Hessian at the origin: exact, as it is quadratic. */
export function lossOf([value, gx, gy, hxx, hxy, , hyy]) {
  return ([x, y]) => value + gx * x + gy * y + 0.5 * (hxx * x * x + 2 * hxy * x * y + hyy * y * y);
}

/** Patients, a line through them, the errors and some of their squares. */
export function createScatter(plot, { inputs, targets }, { squares = 24 } = {}) {
  const order = [...inputs.keys()].sort((i, j) => inputs[i] - inputs[j]);
  const shown = new Set(order.filter((_, place) => place % Math.ceil(inputs.length / squares) === 0));
  const areas = plot.mark("path", { class: "fill two faint" });
  const errors = plot.mark("path", { class: "line two thin" });
  const dots = plot.still("path", { class: "dots one small" });
  const line = plot.mark("path", { class: "line text" });
  let point = [0, 0];
  let whole = false;
  plot.onDraw(() => { drawDots(); draw(); });

  function drawDots() {
    let d = "";
    for (let i = 0; i < inputs.length; i += 1) d += `M${plot.x(inputs[i]).toFixed(1)} ${plot.y(targets[i]).toFixed(1)}h0.01`;
    dots.setAttribute("d", d);
  }

  function draw() {
    const { low, high } = plot.shown.x;
    const at = (x) => point[0] + point[1] * x;
    line.setAttribute("d", plot.d([low, high], [at(low), at(high)]));
    let [sides, boxes] = ["", ""];
    for (let i = 0; i < inputs.length; i += 1) {
      if (!whole && !shown.has(i)) continue;
      const [px, py, ly] = [plot.x(inputs[i]), plot.y(targets[i]), plot.y(at(inputs[i]))];
      sides += `M${px.toFixed(1)} ${py.toFixed(1)}V${ly.toFixed(1)}`;
      // Away from the middle, so that a square lies over as few others as it can.
      const side = Math.abs(ly - py) * (px > plot.box.left + plot.box.width / 2 ? 1 : -1);
      boxes += `M${px.toFixed(1)} ${py.toFixed(1)}V${ly.toFixed(1)}h${side.toFixed(1)}V${py.toFixed(1)}Z`;
    }
    errors.setAttribute("d", sides);
    areas.setAttribute("d", boxes);
  }

  return {
    show(next, all = whole) {
      point = next;
      whole = all;
      draw();
    },
  };
}

export function lineWords([intercept, slope]) {
  return `intercept ${written(intercept)}, slope ${written(slope)}`;
}
