// Plotly's camera of a 3D scene.
export const EYE = { eye: { x: -0.55, y: -1.25, z: 1.3 }, center: { x: 0, y: 0, z: -0.14 }, up: { x: 0, y: 0, z: 1 } };

/** Nine numbers (eye, center, up), as the link keeps them. */
export function flatten({ eye, center, up }) {
  return [eye, center, up].flatMap(({ x, y, z }) => [x, y, z]);
}

/** @param {number[] | null} numbers nine of them @returns {object | null} Plotly's camera */
export function unflatten(numbers) {
  if (!numbers) return null;
  const [eye, center, up] = [0, 3, 6].map((k) => ({ x: numbers[k], y: numbers[k + 1], z: numbers[k + 2] }));
  return { eye, center, up };
}
