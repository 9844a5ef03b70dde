import { format, h } from "./dom.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STEPS = 100; // arrow keys move a hundredth of the visible range, with Shift a tenth

/**
 * The start, as a mark that can be dragged or moved with the arrow keys.
 * @param {{name: string[], place: () => object, onStart: (point: number[], live: boolean) => void}} options
 */
export function createHandle(graph, { name, place, onStart }) {
  let point = [0, 0];
  let offset = null;
  let shown = "";
  const button = h("button.handle", { type: "button", pointerdown: grab, pointermove: drag, pointerup: drop, pointercancel: drop, keydown: nudge, keyup: settle });
  graph.append(button);

  function grab(event) {
    const map = place();
    const box = graph.getBoundingClientRect();
    offset = [event.clientX - box.left - map.x(point[0]), event.clientY - box.top - map.y(point[1])];
    button.setPointerCapture(event.pointerId);
    event.stopPropagation();
  }

  function drag(event) {
    if (!offset) return;
    const box = graph.getBoundingClientRect();
    const map = place();
    const px = limit(event.clientX - box.left - offset[0], map.left, map.width);
    const py = limit(event.clientY - box.top - offset[1], map.top, map.height);
    move(map.data(px, py));
    onStart(point, true);
  }

  function drop() {
    if (!offset) return;
    offset = null;
    onStart(point, false);
  }

  function nudge(event) {
    const direction = ARROWS[event.key];
    if (!direction) return;
    event.preventDefault();
    const map = place();
    const reach = (event.shiftKey ? 10 : 1) / STEPS;
    move([point[0] + direction[0] * reach * width(map), point[1] + direction[1] * reach * tall(map)]);
    onStart(point, true);
  }

  function settle(event) {
    if (ARROWS[event.key]) onStart(point, false);
  }

  function move(next) {
    const map = place();
    point = next;
    if (!map) return;
    const [px, py] = [map.x(point[0]), map.y(point[1])];
    const here = [px, py, map.left, map.top, map.width, map.height].join();
    if (here === shown) return; // called for every frame of a drag, which seldom moves it
    shown = here;
    button.style.transform = `translate(${px}px, ${py}px)`;
    button.hidden = px < map.left || px > map.left + map.width || py < map.top || py > map.top + map.height;
    const spoken = `Start, ${name[0]} ${format(point[0], 4)}, ${name[1]} ${format(point[1], 4)}. Drag it or use the arrow keys.`;
    button.setAttribute("aria-label", spoken);
    button.title = "Start: drag me, or click anywhere";
  }

  function hide() {
    shown = "";
    button.hidden = true;
  }

  return { move: (next) => offset || move(next), hide };
}

const limit = (pixel, from, length) => Math.min(Math.max(pixel, from), from + length);
const width = (map) => map.data(map.left + map.width, 0)[0] - map.data(map.left, 0)[0];
const tall = (map) => map.data(0, map.top)[1] - map.data(0, map.top + map.height)[1];
