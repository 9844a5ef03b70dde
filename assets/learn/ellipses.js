const AROUND = 96;

/**
 * Lines of equal height of a quadratic bowl, as the ellipses that they are: (p - minimum)^T H (p - minimum) / 2 = level.
 * @param {ReturnType<import("./plot.js").createPlot>} plot
 * @param {{minimum: number[], hessian: number[][], levels: number[]}} bowl
 * @returns {string} the "d" of a path
 */
export function ellipses(plot, { minimum, hessian, levels }) {
  const { values, vectors } = eigen(hessian);
  return levels.map((level) => {
    const radii = values.map((value) => Math.sqrt((2 * level) / value));
    const [xs, ys] = [[], []];
    for (let i = 0; i <= AROUND; i += 1) {
      const turn = (2 * Math.PI * i) / AROUND;
      const [a, b] = [radii[0] * Math.cos(turn), radii[1] * Math.sin(turn)];
      xs.push(minimum[0] + a * vectors[0][0] + b * vectors[1][0]);
      ys.push(minimum[1] + a * vectors[0][1] + b * vectors[1][1]);
    }
    return plot.d(xs, ys);
  }).join("");
}

/** Eigenvalues and eigenvectors of a symmetric 2 x 2 matrix, the smaller first. */
function eigen([[a, b], [, c]]) {
  const turn = 0.5 * Math.atan2(2 * b, a - c);
  const large = [Math.cos(turn), Math.sin(turn)];
  const mean = (a + c) / 2;
  const half = Math.hypot((a - c) / 2, b);
  // Of the determinant: mean - half would lose all its digits for a long valley.
  return { values: [(a * c - b * b) / (mean + half), mean + half], vectors: [[-large[1], large[0]], large] };
}
