// Plotly's camera of a 3D scene.
export const EYE = { eye: { x: -0.55, y: -1.25, z: 1.3 }, center: { x: 0, y: 0, z: -0.14 }, up: { x: 0, y: 0, z: 1 } };
const [NEAREST, FARTHEST] = [0.4, 6]; // of the eye: beyond, the landscape would be all around, or a dot

/** Nine numbers (eye, center, up), as the link keeps them. */
export function flatten({ eye, center, up }) {
  return [eye, center, up].flatMap(({ x, y, z }) => [x, y, z]);
}

/** @param {number[] | null} numbers nine of them @returns {object | null} Plotly's camera */
export function unflatten(numbers) {
  if (!numbers) return null;
  const [eye, center, up] = [0, 3, 6].map((k) => ({ x: numbers[k], y: numbers[k + 1], z: numbers[k + 2] }));
  return within({ eye, center, up });
}

/** The same camera where its eye is neither too near nor too far, which Plotly's wheel does not care for; else one in its line. */
export function within(camera) {
  const { eye, center } = camera;
  const away = Math.hypot(eye.x - center.x, eye.y - center.y, eye.z - center.z);
  if (!(away > 0)) return EYE;
  const scale = Math.min(Math.max(away, NEAREST), FARTHEST) / away;
  if (Math.abs(scale - 1) < 1e-3) return camera;
  const nearer = (axis) => center[axis] + (eye[axis] - center[axis]) * scale;
  return { ...camera, eye: { x: nearer("x"), y: nearer("y"), z: nearer("z") } };
}
