// Whether the server is there. Every answer says so; while there is none it is asked for a sign of life.

const PAUSE = 3000; // milliseconds without an answer, until it is asked
const PATIENCE = 7000; // until it is lost: with the pause 10 s. A busy server answers this question at once
const AGAIN = 700; // and up to twice that, until a lost server is asked again: a class must not come back in one moment
const TICK = 250;
const TRIES = 3; // of one question: one that ends the server must not be asked for ever
const BREATH = 300; // milliseconds, at least, between them
const GATEWAY = [502, 503, 504]; // what stands before a server says so when that is gone
const CROWD = 5; // questions under way: a browser has six connections to a server, and more have to wait

const followers = new Set();
const waiting = []; // those who go on when it is back
let address = ""; // what is asked; nothing, where no server of ours is behind the page
let lost = false;
let linked = true; // whether the page's session can hear
let heard = 0; // when it last answered
let due = 0; // when it is asked next
let asking = null; // aborts the question on its way
let underWay = 0; // other questions

/** Starts to watch. @param {string} alive the address that the server answers at once */
export function watch(alive) {
  if (!address) {
    for (const change of ["online", "offline"]) addEventListener(change, check);
    document.addEventListener("visibilitychange", () => { due = 0; });
    setInterval(tick, TICK);
  }
  address = alive;
}

/** It has answered something, whatever it was. */
export function reached() {
  heard = performance.now();
  due = heard + PAUSE;
  settle(false);
}

/** Something got no answer. */
export function failed() {
  if (!asking && !lost) check();
}

/** Resolves at once where the server is there, else as soon as it answers again. @returns {Promise<void>} */
export function back() {
  return lost || asking ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve();
}

/**
 * A fetch that waits while the server is lost, and is read to its end: an answer that was cut short is none. Null where
 * what was asked is `outdated` by then, was aborted, and where the server is there and gives no answer all the same.
 * @param {string} where @param {RequestInit} [options] @param {() => boolean} [outdated]
 * @returns {Promise<Response | null>}
 */
export async function reach(where, options, outdated = () => false) {
  for (let tries = 0; tries < TRIES; tries += 1) {
    underWay += 1;
    try {
      const answer = await fetch(where, options);
      const bytes = await answer.arrayBuffer();
      if (!GATEWAY.includes(answer.status)) {
        reached();
        return new Response(bytes.byteLength ? bytes : null, { status: answer.status });
      }
    } catch (error) {
      if (error.name === "AbortError") return null;
    } finally {
      underWay -= 1;
    }
    failed();
    await Promise.all([back(), new Promise((resolve) => setTimeout(resolve, BREATH))]);
    if (outdated()) return null;
  }
  return null;
}

/** The page's session has a connection of its own, which may be down where the server is there. @param {boolean} up */
export function link(up) {
  linked = up;
  tellAll();
}

/**
 * Calls back whenever something has changed. @param {(lost: boolean, deaf: boolean) => void} tell whether the server is
 *   lost, and whether the page's session cannot hear @returns {() => void} ends it
 */
export function follow(tell) {
  followers.add(tell);
  return () => followers.delete(tell);
}

/** Asks whether it is there, now. A browser without a network is a reason to ask, no answer: the same machine needs none. */
export async function check() {
  if (!address) return;
  asking?.abort();
  const mine = asking = new AbortController();
  const [began, timer] = [performance.now(), setTimeout(() => mine.abort(), PATIENCE)];
  const options = { cache: "no-store", priority: "high", signal: mine.signal };
  const answered = await fetch(address, options).then(({ ok }) => ok, () => false);
  clearTimeout(timer);
  if (asking !== mine) return; // a later question decides
  asking = null;
  if (answered) reached();
  else if (!mine.signal.aborted || underWay < CROWD) settle(heard < began);
}

function tick() {
  if (!asking && document.visibilityState === "visible" && performance.now() >= due) check();
}

function settle(now) {
  if (now) due = performance.now() + AGAIN * (1 + Math.random());
  if (!now) for (const resolve of waiting.splice(0)) resolve();
  if (now === lost) return;
  lost = now;
  tellAll();
}

function tellAll() {
  for (const tell of followers) tell(lost, lost || !linked);
}
