let last = null;

/** Scrolls to the beginning of the page when the learner goes to another step. @param {string} place */
export function arrive(place) {
  if (last !== null && last !== place) {
    document.querySelector(".stMain, [data-testid='stMain']")?.scrollTo({ top: 0 });
    document.activeElement?.blur?.(); // the button that led here may now be another one
  }
  last = place;
}
