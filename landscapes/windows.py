"""Windows: which part of a plane to look at."""

from collections.abc import Callable, Iterable

import numpy as np
from jaxtyping import Float

from landscapes.plane import Plane, Window
from landscapes.slices import losses_at
from landscapes.vectors import norm

MARGIN = 0.15  # of the paths' extent, on every side
NARROWEST = 1 / 3  # the shorter side against the longer one, in true distance
FINEST = 1000  # rounding errors of the parameters: a window must be wider to show more than rounding


def window_for(
    plane: Plane, coordinates: Iterable[Float[np.ndarray, "k 2"]] = (), loss: Callable | None = None
) -> Window:
    """A window of `plane` that shows all paths, given as plane coordinates; never empty.

    Where paths extend somewhere, it holds all their finite points and a margin of 15 % of the extent on every side,
    and its shorter side is at least a third of the longer one in true distance. Without paths, or of runs that all
    stay at one point, it is centred on that point (the origin) and reaches as far as curvature or scale say: with
    `loss`, along each direction to where its second-order model has changed by the loss at the origin, but at most
    |origin| and at least a thousandth of it; without `loss`, |origin| each way.
    """
    points = [np.asarray(each, np.float64).reshape(-1, 2) for each in coordinates]
    points = np.concatenate([each[np.isfinite(each).all(axis=1)] for each in points] or [np.zeros((0, 2))])
    low, high = (points.min(axis=0), points.max(axis=0)) if len(points) else (np.zeros(2), np.zeros(2))
    lengths = np.array([norm(direction) for direction in plane.directions])
    extent = (high - low) * lengths
    if extent.max() > _finest(plane):
        sides = np.maximum(extent * (1 + 2 * MARGIN), extent.max() * (1 + 2 * MARGIN) * NARROWEST)
        return _around((low + high) / 2, sides / 2 / lengths)
    reach = scale(plane) / lengths if loss is None else reach_by_curvature(plane, *_curvature(loss, plane))
    return _around((low + high) / 2, reach)


def scale(plane: Plane) -> float:
    """How far from its origin a plane without paths is shown: |origin|, or 1 where that is 0."""
    return norm(plane.origin) or 1.0


def reach_by_curvature(plane: Plane, value: float, curvatures: Float[np.ndarray, "2"]) -> Float[np.ndarray, "2"]:
    r"""Along each direction the t with |curvature| t^2 / 2 = value, kept from a thousandth of `scale` to `scale`.

    Curvatures are d^T H d of the directions as they are; numbers that are not finite count as no curvature.
    """
    lengths = np.array([norm(direction) for direction in plane.directions])
    farthest = scale(plane) / lengths
    curvatures = np.abs(np.nan_to_num(np.asarray(curvatures, np.float64), nan=0.0, posinf=0.0, neginf=0.0))
    rise = abs(value) if np.isfinite(value) else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.sqrt(2 * rise / curvatures)
    # Without curvature or without a loss to compare with, the scale is all there is to go by.
    reach = np.where((curvatures > 0) & (rise > 0), reach, farthest)
    return np.clip(reach, 1e-3 * farthest, farthest)


def _curvature(loss: Callable, plane: Plane) -> tuple[float, Float[np.ndarray, "2"]]:
    from landscapes.curvature import slice_hessian  # lazily, as in directions.py

    value = float(losses_at(loss, plane, np.zeros((1, 2)))[0])
    return value, np.diag(slice_hessian(loss, plane.origin, plane.directions))


def _finest(plane: Plane) -> float:
    return FINEST * np.finfo(plane.dtype).eps * norm(plane.origin)


def _around(centre: Float[np.ndarray, "2"], reach: Float[np.ndarray, "2"]) -> Window:
    return tuple((float(middle - half), float(middle + half)) for middle, half in zip(centre, reach))
