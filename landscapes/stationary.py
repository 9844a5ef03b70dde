"""Minima of landscapes without a closed form: Newton's method in float64, from guesses."""

import jax
import numpy as np
from jaxtyping import Array, Float

from landscapes.compiling import quick_jit
from landscapes.landscape import Landscape, Minimum, ranked

ITERATIONS = 30  # 3 to 6 are enough from a good guess
SPACING = 1e-5  # for differences of gradients, in parameter space
FLAT = 1e-8  # a curvature below this share of the other one may be rounding: along a valley's floor it is 0
SAME, NEAR = 1e-5, 0.02  # shares of the window: within the first, points are one; within the other, they are neighbours


def minima_near(
    landscape: Landscape, guesses: Float[np.ndarray, "guesses 2"], iterations: int = ITERATIONS
) -> tuple[Minimum, ...]:
    """The minima in the window that Newton's method finds from `guesses` (parameter space), each once.

    A guess that ends on a saddle, on the floor of a valley, outside the window or nowhere is dropped, so guessing too
    much is safe.
    """
    points = np.asarray(guesses, dtype=np.float64)
    with jax.enable_x64(True), np.errstate(all="ignore"):
        for _ in range(iterations):
            values, steps, curvatures, bases = _newton(landscape, points)
            if not (np.abs(steps) > 1e-13 * (1 + np.abs(points))).any():
                break
            points = points + steps
    low, high = np.transpose(landscape.window)
    size = (high - low).max()
    settled = (np.abs(steps) < 1e-8 * (high - low)).all(axis=1)
    kept = settled & (curvatures[:, 0] > 0) & ((low <= points) & (points <= high)).all(axis=1)
    flat = kept & (curvatures[:, 0] < FLAT * curvatures[:, 1])
    if flat.any():
        kept[flat] = _is_dip(landscape, points, bases, NEAR * size)[flat] & _stands_alone(points[flat], size)
    kept[kept] = _first_of_each(points[kept], SAME * size)
    return ranked(zip(points[kept], values[kept]))


def _newton(landscape, points):
    """Loss, Newton step, both curvatures, the smaller first, and their directions as columns, at every point."""
    shifts = SPACING * np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)])
    # Differences of exact gradients: compiling second derivatives would take twice as long as all the rest.
    values, gradients = map(np.array, _losses_and_gradients(landscape, points[:, None] + shifts))
    hessians = (gradients[:, 1::2] - gradients[:, 2::2]) / (2 * SPACING)
    hessians = (hessians + hessians.swapaxes(1, 2)) / 2
    unusable = ~np.isfinite(hessians).all(axis=(1, 2))
    hessians[unusable], gradients[unusable] = np.eye(2), np.nan
    curvatures, bases = np.linalg.eigh(hessians)
    # The absolute value turns an uphill step into a downhill one: saddles repel.
    along = np.einsum("pij,pi->pj", bases, gradients[:, 0]) / np.maximum(np.abs(curvatures), 1e-12)
    return values[:, 0], -np.einsum("pij,pj->pi", bases, along), curvatures, bases


def _is_dip(landscape, points, bases, step):
    """Whether the loss is higher a step away, both ways along both directions of curvature: not so on an inflection."""
    around = step * np.concatenate([0 * bases[:, :1], bases.swapaxes(1, 2), -bases.swapaxes(1, 2)], axis=1)
    with jax.enable_x64(True):
        values = np.asarray(_losses_and_gradients(landscape, points[:, None] + around)[0])
    return (values[:, 1:] > values[:, :1]).all(axis=1)


def _stands_alone(points, size):
    """Whether no other point is near that is not the same: on a valley's floor the guesses end everywhere."""
    distances = np.linalg.norm(points[:, None] - points, axis=-1)
    return ((distances < SAME * size) | (distances > 5 * NEAR * size)).all(axis=1)


@quick_jit
def _losses_and_gradients(landscape, points: Float[Array, "guesses shifts 2"]):
    return jax.vmap(jax.vmap(jax.value_and_grad(landscape.loss)))(points)


def _first_of_each(points, apart):
    distances = np.linalg.norm(points[:, None] - points, axis=-1)
    return ~np.triu(distances < apart, 1).any(axis=0)
