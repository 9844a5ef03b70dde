"""Convexity of a slice, cell by cell: where the surface bends down in some direction."""

import numpy as np
from jaxtyping import Bool, Float

from landscapes.surface import Surface

ROUNDING = 8  # rounding errors of the losses that a second difference may be made of


def smallest_curvatures(surface: Surface) -> Float[np.ndarray, "ny-2 nx-2"]:
    r"""The smallest eigenvalue of the slice's Hessian at each inner point of the grid, in plane coordinates.

    Of second differences, \partial_u^2 L \approx (L(u + h) - 2 L(u) + L(u - h)) / h^2 and so on, so it tells how the surface
    bends over the width of a cell: creases of ReLU networks count, as they do for the eye. The sign does not depend on
    how long or skew the plane's directions are (Sylvester's law of inertia). NaN beside a loss that is not finite.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        uu, vv, uv = _second_differences(surface)
        return (uu + vv) / 2 - np.hypot((uu - vv) / 2, uv)


def nonconvex(surface: Surface) -> Bool[np.ndarray, "ny-2 nx-2"]:
    """Where the smallest curvature is below zero by more than the losses are rounded, or a loss is not finite."""
    u, v = _spacings(surface)
    with np.errstate(invalid="ignore", over="ignore"):
        largest = np.abs(surface.loss.astype(np.float64))[1:-1, 1:-1]
        noise = ROUNDING * np.finfo(surface.loss.dtype).eps * largest / min(u, v) ** 2
        return ~(smallest_curvatures(surface) >= -noise)


def nonconvex_share(surface: Surface) -> float:
    """The share of inner grid points at which the slice is not convex: 0 for a bowl.

    Raises ValueError for a grid of fewer than three points along an axis.
    """
    if min(surface.loss.shape) < 3:
        raise ValueError(f"Curvature needs a grid of at least 3 x 3 points, got {surface.loss.shape[::-1]}.")
    return float(nonconvex(surface).mean())


def _second_differences(surface: Surface) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    u, v = _spacings(surface)
    loss = surface.loss.astype(np.float64)
    middle = loss[1:-1, 1:-1]
    uu = (loss[1:-1, 2:] - 2 * middle + loss[1:-1, :-2]) / u**2
    vv = (loss[2:, 1:-1] - 2 * middle + loss[:-2, 1:-1]) / v**2
    uv = (loss[2:, 2:] - loss[2:, :-2] - loss[:-2, 2:] + loss[:-2, :-2]) / (4 * u * v)
    return uu, vv, uv


def _spacings(surface: Surface) -> tuple[float, float]:
    return float(surface.x[1] - surface.x[0]), float(surface.y[1] - surface.y[0])
