import { h } from "../stage/dom.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STEPS = 100; // arrow keys move a hundredth of the axis, with Shift a tenth

/**
 * A point on a plot that is dragged, put with a click, or moved with the arrow keys; it stays in the axes.
 * @param {ReturnType<import("./plot.js").createPlot>} plot
 * @param {{name: string, value: number[], say: (value: number[]) => string, onMove: (value: number[]) => void,
 *   onRest?: () => void, step?: number[]}} options `step` is how far an arrow key goes
 */
export function createPoint(plot, { name, value, say, onMove, onRest, step }) {
  let held = false;
  const button = h("button.point", { type: "button", keydown: nudge, keyup: (event) => ARROWS[event.key] && onRest?.() });
  plot.root.append(button);
  plot.image.classList.add("pointed");
  plot.onDraw(show);
  for (const target of [button, plot.image]) {
    target.addEventListener("pointerdown", grab);
    target.addEventListener("pointermove", drag);
    for (const end of ["pointerup", "pointercancel"]) target.addEventListener(end, drop);
  }

  function grab(event) {
    if (event.button !== 0) return;
    // On the picture itself a touch may be the start of scrolling: only the point is grabbed there.
    if (event.currentTarget !== button && event.pointerType === "touch") return tap(event);
    held = true;
    event.currentTarget.setPointerCapture(event.pointerId);
    event.preventDefault();
    button.focus({ preventScroll: true });
    drag(event);
  }

  function tap(event) {
    const from = plot.place(event);
    const end = (up) => {
      const to = plot.place(up);
      if (Math.hypot(to[0] - from[0], to[1] - from[1]) < 8) { move(plot.invert(...to)); onRest?.(); }
    };
    plot.image.addEventListener("pointerup", end, { once: true });
    plot.image.addEventListener("pointercancel", () => plot.image.removeEventListener("pointerup", end), { once: true });
  }

  function drag(event) {
    if (held) move(plot.invert(...plot.place(event)));
  }

  function drop() {
    if (!held) return;
    held = false;
    onRest?.();
  }

  function nudge(event) {
    const direction = ARROWS[event.key];
    if (!direction) return;
    event.preventDefault();
    event.stopPropagation();
    const { x, y } = plot.shown;
    const reach = step ?? [(x.high - x.low) / STEPS, (y.high - y.low) / STEPS];
    const times = event.shiftKey ? 10 : 1;
    move([0, 1].map((axis) => value[axis] + direction[axis] * reach[axis] * times));
  }

  function move(next) {
    const { x, y } = plot.shown;
    put([limit(next[0], x), limit(next[1], y)]);
    onMove(value);
  }

  /** Show a place, without telling anybody. */
  function put(next) {
    value = next;
    show();
  }

  function show() {
    button.style.transform = `translate(${plot.x(value[0])}px, ${plot.y(value[1])}px)`;
    button.setAttribute("aria-label", `${name}: ${say(value)}. Arrow keys move it.`);
  }

  show();
  return { button, put, get value() { return value; } };
}

function limit(number, axis) {
  return Math.min(Math.max(number, axis.low), axis.high);
}
