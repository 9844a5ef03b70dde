/**
 * The stops of a rail that a learner has been at, from the first to the last of them: a result is drawn for these alone.
 * @param {number} count @param {number} index where the rail stands @param {boolean} all of who has run the experiment before
 */
export function createVisited(count, index, all) {
  let [first, last] = all ? [0, count - 1] : [index, index];
  return {
    add(at) { [first, last] = [Math.min(first, at), Math.max(last, at)]; },
    of: (values) => Array.from(values).slice(first, last + 1),
    get first() { return first; },
    get last() { return last; },
  };
}
