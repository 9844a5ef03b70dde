"""Random change: how often a blind step of a given length lowers the loss, measured and by theory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int, PyTree

from landscapes.compiling import jit

CHUNK = 250  # directions between two reports
TOGETHER = 16  # points that are evaluated at a time

Loss = Callable[[PyTree], Float[Array, ""]]


@dataclass(frozen=True)
class RandomChange:
    """Changes of the loss after random steps of exact lengths; arrays are read-only.

    `change[k, i]` is loss(p + sizes[k] u_i) - loss(p) with u_i uniform among the directions of `dimension`
    coordinates, the same for every size. `downhill[k]` is the change after the same length along the negative
    gradient of these coordinates. `loss` is that at p.
    """

    sizes: Float[np.ndarray, "sizes"]
    change: Float[np.ndarray, "sizes count"]
    downhill: Float[np.ndarray, "sizes"]
    dimension: int
    loss: float

    @property
    def share(self) -> Float[np.ndarray, "sizes"]:
        """The share of random steps that lower the loss. A change to NaN does not."""
        return (self.change < 0).mean(axis=1)


class Moments(NamedTuple):
    """What the Gaussian theory needs of a point: of the gradient the norm, of the Hessian trace and Frobenius norm."""

    dimension: int
    gradient: float
    trace: float
    frobenius: float


class Normal(NamedTuple):
    """A normal distribution of the change of loss."""

    mean: float
    deviation: float

    @property
    def share(self) -> float:
        """How much of it is below 0: the share of steps that improve."""
        from scipy.special import ndtr

        return float(ndtr(-self.mean / self.deviation))


def random_change(
    loss: Loss,
    point: PyTree,
    sizes: Sequence[float],
    count: int = 10_000,
    *,
    coordinates: Int[np.ndarray, "dimension"] | None = None,
    seed: int = 0,
    report: Callable[[float], None] | None = None,
) -> RandomChange:
    """Change `coordinates` of `point` (all of them by default) at random `count` times, by each length of `sizes`.

    Coordinates are numbered as in `jax.flatten_util.ravel_pytree(point)`. Memory does not depend on `count`.
    `report(share)` is called every 250 directions. dtype follows `point`. Raises ValueError for sizes that are not above
    0, a count below 1, and coordinates that are none or twice there.
    """
    size = sum(np.size(leaf) for leaf in jax.tree.leaves(point))
    sizes, coordinates = _checked(sizes, count, coordinates, size)
    parts = []
    with jax.enable_x64(_is_double(point)):
        mask = _mask(coordinates, size)
        here, downhill = (np.asarray(part) for part in _downhill(loss, point, sizes, mask))
        for first in range(0, count, CHUNK):
            parts.append(np.asarray(_chunk(loss, point, sizes, mask, np.int32(seed), np.int32(first // CHUNK))))
            if report is not None:
                report(min(1.0, (first + CHUNK) / count))
    change = np.concatenate(parts)[:count].T - here
    return RandomChange(*map(_read_only, (sizes, change, downhill - here)), len(coordinates), float(here))


def moments(loss: Loss, point: PyTree, coordinates: Int[np.ndarray, "dimension"] | None = None) -> Moments:
    """Gradient norm, and trace and Frobenius norm of the Hessian, of the loss in `coordinates` alone.

    Exact: one Hessian-vector product for every coordinate, of which only sums are kept.
    """
    size = sum(np.size(leaf) for leaf in jax.tree.leaves(point))
    _, coordinates = _checked([1.0], 1, coordinates, size)
    with jax.enable_x64(_is_double(point)):
        padded = np.pad(coordinates, (0, size - len(coordinates)))
        gradient, trace, square = _moments(loss, point, padded, np.int32(len(coordinates)), _mask(coordinates, size))
    return Moments(len(coordinates), float(gradient), float(trace), float(np.sqrt(square)))


def gaussian_change(moments: Moments, size: float) -> Normal:
    r"""The change of a quadratic loss after a random step of length s in n dimensions, as a normal distribution.

    With u uniform on the sphere the change is s g.u + s^2 u.Hu / 2. Its mean is s^2 tr(H) / 2n and its variance
    s^2 |g|^2 / n + s^4 (n |H|_F^2 - tr(H)^2) / (2 n^2 (n + 2)), exactly. That it is normal holds for many dimensions, where
    no few eigenvalues decide: for n of 100 and more, and steps small enough for the quadratic.
    """
    n, gradient, trace, frobenius = moments
    mean = size**2 * trace / (2 * n)
    variance = size**2 * gradient**2 / n + size**4 * (n * frobenius**2 - trace**2) / (2 * n**2 * (n + 2))
    return Normal(mean, float(np.sqrt(variance)))


def improving_share(dimension: int, size: float, distance: float) -> float:
    r"""The share of directions in which a step of length `size` leads closer to a point at `distance`, exactly.

    It is the share of improving random steps on any round bowl: the cap of the sphere with cos(angle) > s / 2r, which is
    \frac12 I_{1 - (s / 2r)^2}(\frac{n-1}2, \frac12) for the regularised incomplete beta function I. S. Li, Concise formulas
    for the area and volume of a hyperspherical cap, Asian Journal of Mathematics and Statistics 4 (2011) 66-70.
    """
    from scipy.special import betainc

    if dimension < 1 or not size > 0 or not distance > 0:
        raise ValueError(f"Dimension, size and distance are above 0, got {dimension}, {size} and {distance}.")
    cosine = size / (2 * distance)
    if cosine >= 1:
        return 0.0
    return 0.5 if dimension == 1 else float(betainc((dimension - 1) / 2, 0.5, 1 - cosine**2) / 2)


def best_cosine(dimension: int, count: int) -> float:
    r"""How well the luckiest of `count` random directions points along a given one: its typical cosine.

    It is the c with count P(cos > c) = 1, from the same caps as `improving_share`; about \sqrt{2 \ln(count) / n} in many
    dimensions n. So to first order the best of them lowers a loss by this share of what the gradient's direction does.
    """
    from scipy.special import betaincinv

    if dimension < 2 or count < 2:
        raise ValueError(f"Dimension and count are 2 or more, got {dimension} and {count}.")
    return float(np.sqrt(1 - betaincinv((dimension - 1) / 2, 0.5, 2 / count)))


# Which coordinates change comes as a mask, so that one program serves any number of them.


@jit
def _downhill(loss, point, sizes, mask):
    flat, unravel = ravel_pytree(point)
    value, gradient = jax.value_and_grad(lambda flat: loss(unravel(flat)))(flat)
    direction = -_unit(gradient * mask)
    return value, jax.lax.map(lambda size: loss(unravel(flat + size * direction)), sizes.astype(flat.dtype))


@jit
def _chunk(loss, point, sizes, mask, seed, chunk):
    """Losses `(CHUNK, sizes)`; which directions depends on the seed and the number of the chunk alone."""
    flat, unravel = ravel_pytree(point)
    key = jax.random.fold_in(jax.random.key(seed), chunk)
    directions = jax.vmap(_unit)(mask * jax.random.normal(key, (CHUNK, flat.size), flat.dtype))
    steps = sizes.astype(flat.dtype)
    changed = lambda direction: jax.vmap(lambda size: loss(unravel(flat + size * direction)))(steps)
    return jax.lax.map(changed, directions, batch_size=max(1, TOGETHER // len(steps)))


@jit
def _moments(loss, point, coordinates, count, mask):
    flat, unravel = ravel_pytree(point)
    gradient = jax.grad(lambda flat: loss(unravel(flat)))

    def column(index, sums):
        unit = jnp.zeros_like(flat).at[coordinates[index]].set(1)
        product = jax.jvp(gradient, (flat,), (unit,))[1]
        return sums[0] + product[coordinates[index]], sums[1] + jnp.sum((mask * product) ** 2)

    zero = jnp.zeros((), flat.dtype)
    trace, square = jax.lax.fori_loop(0, count, column, (zero, zero))
    return jnp.linalg.norm(gradient(flat) * mask), trace, square


def _mask(coordinates: np.ndarray, size: int) -> np.ndarray:
    mask = np.zeros(size, np.float32)
    mask[coordinates] = 1
    return mask


def _unit(vector):
    length = jnp.linalg.norm(vector)
    return jnp.where(length > 0, vector / jnp.where(length > 0, length, 1), 0)


def _checked(sizes, count: int, coordinates, size: int) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.atleast_1d(np.asarray(sizes, np.float64))
    if sizes.ndim != 1 or not (np.isfinite(sizes).all() and (sizes > 0).all()):
        raise ValueError(f"Sizes of a change are finite lengths above 0, got {sizes}.")
    if not isinstance(count, (int, np.integer)) or count < 1:
        raise ValueError(f"The number of changes is a whole number above 0, got {count!r}.")
    coordinates = np.arange(size) if coordinates is None else np.asarray(coordinates)
    different = len(np.unique(coordinates)) == len(coordinates) > 0
    if not different or coordinates.min() < 0 or coordinates.max() >= size:
        raise ValueError(f"Coordinates are different numbers from 0 to {size - 1}, got {coordinates}.")
    return sizes, coordinates.astype(np.int32)


def _is_double(point: PyTree) -> bool:
    return any(np.asarray(leaf).dtype == np.float64 for leaf in jax.tree.leaves(point))


def _read_only(array) -> np.ndarray:
    array = np.array(array)
    array.setflags(write=False)
    return array
