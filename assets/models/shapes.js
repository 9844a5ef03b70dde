const [ROUND, RAYS, RINGS] = [72, 12, 3]; // points of a circle; of a net over the disc

const direction = (angle) => [Math.cos(angle), Math.sin(angle)];
const angles = Array.from({ length: ROUND + 1 }, (_, k) => (2 * Math.PI * k) / ROUND);

/** The circle around a point. */
export const disc = ([x, y], radius) => angles.map((angle) => [x + radius * Math.cos(angle), y + radius * Math.sin(angle)]);

/**
 * Where the bowl g.s + s.H s / 2 is as high as at the point itself: along d it is there again at -2 g.d / d.H d. An
 * ellipse, or branches of a hyperbola, which end where they are `far` away.
 * @param {number[]} g the slope @param {number[]} hessian its three different entries
 */
export function bowlLevel([x, y], g, [a, b, c], far) {
  const fine = Array.from({ length: 4 * ROUND + 1 }, (_, k) => (2 * Math.PI * k) / (4 * ROUND));
  const points = fine.map((angle) => {
    const [p, q] = direction(angle);
    const along = (-2 * (g[0] * p + g[1] * q)) / (a * p * p + 2 * b * p * q + c * q * q);
    return along >= 0 && along <= far ? [x + along * p, y + along * q] : null;
  });
  return points;
}

/** A model over the disc as a net of lines: rings and rays, or for a plane a grid clipped by the disc. */
export function net([x, y], radius, model, flat) {
  const at = (p, q) => [x + p, y + q, model([p, q])];
  const lines = [];
  const ring = (r) => lines.push(...angles.map((angle) => at(r * Math.cos(angle), r * Math.sin(angle))), null);
  ring(radius);
  if (flat) {
    for (let k = -2; k <= 2; k += 1) {
      const offset = (k * radius) / 3;
      const half = Math.sqrt(radius ** 2 - offset ** 2);
      lines.push(at(offset, -half), at(offset, half), null, at(-half, offset), at(half, offset), null);
    }
    return lines;
  }
  for (let k = 1; k < RINGS; k += 1) ring((radius * k) / RINGS);
  for (let k = 0; k < RAYS / 2; k += 1) {
    const [p, q] = direction((Math.PI * k) / (RAYS / 2));
    lines.push(...Array.from({ length: 13 }, (_, i) => at(((i - 6) / 6) * radius * p, ((i - 6) / 6) * radius * q)), null);
  }
  return lines;
}
