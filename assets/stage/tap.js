const TRAVEL = 5; // pixels: a pointer that moved further was panning or rotating

/** Calls back with the pixel, relative to `element`, of a click that is not the end of a drag. */
export function onTap(element, callback) {
  let from = null;
  const place = (event) => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  element.addEventListener("pointerdown", (event) => {
    from = event.isPrimary && event.button === 0 && !event.target.closest(".handle") ? place(event) : null;
  }, true);
  // On the window: Plotly covers the page while a pointer is down, so the release lands elsewhere.
  addEventListener("pointerup", (event) => {
    if (!from) return;
    const to = place(event);
    const travel = Math.hypot(to[0] - from[0], to[1] - from[1]);
    from = null;
    if (travel < TRAVEL) callback(...to);
  }, true);
}
