const PATIENCE = 15000; // milliseconds until an unanswered event is sent again: the connection may have been lost
export const LONGEST_HOLD = 500; // milliseconds for which events wait for something more urgent
const TRIES = 4; // after which it is given up, so that no control freezes

/** What an event belongs to: of one control only the latest event counts. */
export const control = ({ type, card = "", name = "" }) => `${type}|${card}|${name}`;

/** Puts an event among those that wait, in the place of an older one of its control. */
export function enqueue(queue, event) {
  const key = control(event);
  // A look is made of parts: the view must not swallow a camera that still waits.
  queue.set(key, event.type === "look" ? { ...queue.get(key), ...event } : event);
}

/** Takes the event that has waited longest. */
export function dequeue(queue) {
  const [key, event] = queue.entries().next().value;
  queue.delete(key);
  return event;
}

/**
 * Events on their way into the page's session: one in flight, until the page says that it has seen it.
 * @param {(event: object, attempt: number) => void} trigger
 * @param {() => void} onChange something was sent or answered
 */
export function createOutbox(trigger, onChange) {
  const queue = new Map();
  const session = Math.random().toString(36).slice(2, 8);
  let flying = null;
  let number = 0;
  let timer = 0;
  let held = 0;

  function next() {
    if (!flying && !held && queue.size) fly(dequeue(queue), 1);
    onChange();
  }

  function fly(event, attempt) {
    flying = { key: control(event), id: `${session}-${(number += 1)}` };
    trigger({ ...event, id: flying.id }, attempt);
    timer = setTimeout(() => (attempt < TRIES && !queue.has(flying.key) ? fly(event, attempt + 1) : landed()), PATIENCE);
  }

  function landed() {
    clearTimeout(timer);
    flying = null;
    next();
  }

  function release() {
    clearTimeout(held);
    held = 0;
    next();
  }

  return {
    /** Nothing is sent for a while, or until it is released. */
    hold() { clearTimeout(held); held = setTimeout(release, LONGEST_HOLD); },
    release,
    put(event) { enqueue(queue, event); next(); },
    /** @param {string} seen the last event that the page has handled */
    seen(seen) { if (flying?.id === seen) landed(); },
    get idle() { return !flying && queue.size === 0; },
  };
}
