"""What can be known from one point: the change in every direction, and the bowl that fits slope and curvature."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from landscapes.compiling import jit

Loss = Callable[[Float[Array, "2"]], Float[Array, ""]]


@dataclass(frozen=True)
class Compass:
    """How a loss of two parameters changes with the direction of a step, at many points; arrays are read-only.

    `change[p, r, a]` is loss(x + s d) - loss(x) at points[p] for a step of length sizes[r] in direction
    d = (cos, sin)(angles[a]); `predicted` is the straight line's s g.d.
    """

    points: Float[np.ndarray, "points 2"]
    sizes: Float[np.ndarray, "sizes"]
    angles: Float[np.ndarray, "angles"]
    gradient: Float[np.ndarray, "points 2"]
    change: Float[np.ndarray, "points sizes angles"]

    @property
    def predicted(self) -> Float[np.ndarray, "points sizes angles"]:
        directions = np.stack([np.cos(self.angles), np.sin(self.angles)])
        return self.sizes[:, None] * (self.gradient @ directions)[:, None, :]


@dataclass(frozen=True)
class LocalViews:
    """Loss, gradient and Hessian at many points, and where each would have one go; arrays are read-only.

    `downhill` is x - rate g, `bottom` x - H^-1 g, the stationary point of the fitted bowl (NaN where H is singular), and
    `downhill_loss`, `bottom_loss` the true loss there. `convex` says where the bowl opens upwards.
    """

    points: Float[np.ndarray, "points 2"]
    loss: Float[np.ndarray, "points"]
    gradient: Float[np.ndarray, "points 2"]
    hessian: Float[np.ndarray, "points 2 2"]
    downhill: Float[np.ndarray, "points 2"]
    downhill_loss: Float[np.ndarray, "points"]
    bottom: Float[np.ndarray, "points 2"]
    bottom_loss: Float[np.ndarray, "points"]

    @property
    def convex(self) -> np.ndarray:
        return np.linalg.eigvalsh(self.hessian)[:, 0] > 0


def compass(
    loss: Loss, points: Float[np.ndarray, "points 2"], sizes: Sequence[float], directions: int = 48
) -> Compass:
    """Measure the change of `loss` around every one of `points`, in float64, all in one batch.

    Raises ValueError for points that are not finite pairs, sizes that are not above 0 and fewer than 4 directions.
    """
    points, sizes = _pairs(points), np.asarray(sizes, np.float64)
    if not (sizes.ndim == 1 and len(sizes) and np.isfinite(sizes).all() and (sizes > 0).all()):
        raise ValueError(f"Sizes of a step are finite lengths above 0, got {sizes}.")
    if directions < 4:
        raise ValueError(f"A compass has 4 directions or more, got {directions!r}.")
    angles = 2 * np.pi * np.arange(directions) / directions
    with jax.enable_x64(True):
        return Compass(*map(_read_only, (points, sizes, angles, *_compass(loss, points, sizes, angles))))


def local_views(loss: Loss, points: Float[np.ndarray, "points 2"], rate: float) -> LocalViews:
    """Slope and curvature of `loss` at every one of `points`, and where they lead, in float64, all in one batch.

    Raises ValueError for points that are not finite pairs.
    """
    points = _pairs(points)
    with jax.enable_x64(True):
        return LocalViews(*map(_read_only, (points, *_views(loss, points, np.float64(rate)))))


@jit
def _compass(loss, points, sizes, angles):
    directions = jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=1)

    def at(point):
        value, gradient = jax.value_and_grad(loss)(point)
        step = lambda size: jax.vmap(lambda direction: loss(point + size * direction) - value)(directions)
        return gradient, jax.vmap(step)(sizes)

    return jax.vmap(at)(points)


@jit
def _views(loss, points, rate):
    def at(point):
        value, gradient = jax.value_and_grad(loss)(point)
        hessian = jax.hessian(loss)(point)
        downhill, bottom = point - rate * gradient, point - _solved(hessian, gradient)
        return value, gradient, hessian, downhill, loss(downhill), bottom, loss(bottom)

    return jax.vmap(at)(points)


def _solved(hessian, gradient):
    """H^-1 g by Cramer's rule; NaN where the determinant is 0."""
    (a, b), (_, c) = hessian
    determinant = a * c - b * b
    solved = jnp.array([c * gradient[0] - b * gradient[1], a * gradient[1] - b * gradient[0]])
    return jnp.where(determinant != 0, solved / jnp.where(determinant != 0, determinant, 1), jnp.nan)


def _pairs(points) -> Float[np.ndarray, "points 2"]:
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise ValueError(f"Points are finite pairs, one a row, got an array of shape {points.shape}.")
    return points


def _read_only(array) -> np.ndarray:
    array = np.array(array)
    array.setflags(write=False)
    return array
