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
  let deaf = false;

  function next() {
    if (!flying && !held && !deaf && queue.size) fly(dequeue(queue), 1);
    onChange();
  }

  function fly(event, attempt) {
    flying = { event, key: control(event), id: `${session}-${(number += 1)}` };
    trigger({ ...event, id: flying.id }, attempt);
    timer = setTimeout(retry, PATIENCE, event, attempt);
  }

  function retry(event, attempt) {
    if (deaf) timer = setTimeout(retry, PATIENCE, event, attempt);
    else if (attempt < TRIES && !queue.has(flying.key)) fly(event, attempt + 1);
    else landed();
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
    /** Nothing is sent while the page's session cannot hear. @param {boolean} now */
    wait(now) { deaf = now; next(); },
    /** To a session that knows nothing of the one before: this comes first, then whatever that one may not have heard. */
    begin(first) {
      clearTimeout(timer);
      const events = [first, ...(flying ? [flying.event] : []), ...queue.values()];
      flying = null;
      queue.clear();
      for (const event of events) enqueue(queue, event);
      next();
    },
    /** Whether an event of this kind of control has still to be heard. */
    has: (key) => queue.has(key) || flying?.key === key,
    /** @param {string} seen the last event that the page has handled */
    seen(seen) { if (flying?.id === seen) landed(); },
    get idle() { return !flying && queue.size === 0; },
  };
}
