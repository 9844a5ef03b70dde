import { calm } from "./plot.js";

const SECONDS = 4;

/**
 * Spends from 1 to all before the learner's eyes, in even steps on a logarithmic axis.
 * @param {{onSpend: (spent: number) => void, onOver: () => void}} spender
 * @returns {{go: (all: number) => void, stop: () => void}}
 */
export function createSpending({ onSpend, onOver }) {
  let frame = 0;
  const stop = () => cancelAnimationFrame(frame);

  function go(all) {
    stop();
    const began = performance.now();
    const run = (now) => {
      const part = calm() ? 1 : Math.min(1, Math.max(0, now - began) / (1000 * SECONDS));
      onSpend(all ** part);
      if (part < 1) frame = requestAnimationFrame(run);
      else onOver();
    };
    frame = requestAnimationFrame(run);
  }

  return { go, stop };
}
