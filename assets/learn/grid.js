/** The place of a regular axis that is nearest to a number. */
export function nearest(axis, value) {
  const step = axis[1] - axis[0];
  return Math.min(axis.length - 1, Math.max(0, Math.round((value - axis[0]) / step)));
}

/** An arrow from one pixel to another, as a path; nothing where they nearly meet. */
export function arrow([fx, fy], [tx, ty], head = 11) {
  const length = Math.hypot(tx - fx, ty - fy);
  if (!(length > 3)) return "";
  const [ux, uy] = [(tx - fx) / length, (ty - fy) / length];
  const size = Math.min(head, length);
  const wing = (side) => `${(tx - size * (ux - side * 0.5 * uy)).toFixed(1)} ${(ty - size * (uy + side * 0.5 * ux)).toFixed(1)}`;
  return `M${fx.toFixed(1)} ${fy.toFixed(1)}L${tx.toFixed(1)} ${ty.toFixed(1)}M${wing(1)}L${tx.toFixed(1)} ${ty.toFixed(1)}L${wing(-1)}`;
}
