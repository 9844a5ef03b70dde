"""Sensitivity: if one parameter rises a little, will the loss rise or fall, and by how much?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int, PyTree

from landscapes.compiling import jit

TOGETHER = 16  # nudges that are evaluated at a time

Loss = Callable[[PyTree], Float[Array, ""]]


@dataclass(frozen=True)
class Nudges:
    """What happens to the loss when parameters are raised one at a time; arrays are read-only.

    `change[i, k]` is loss(p + epsilons[k] e_i) - loss(p) for the i-th of the parameters asked for, `slope[i]` its
    derivative g_i, `loss` the loss at p. All in the precision of the point.
    """

    epsilons: Float[np.ndarray, "epsilons"]
    change: Float[np.ndarray, "parameters epsilons"]
    slope: Float[np.ndarray, "parameters"]
    loss: float

    @property
    def predicted(self) -> Float[np.ndarray, "parameters epsilons"]:
        """The straight line's prediction g_i epsilon."""
        return self.slope[:, None] * self.epsilons

    @property
    def error(self) -> Float[np.ndarray, "parameters epsilons"]:
        """How far the prediction is off: h_ii epsilon^2 / 2 for small epsilon, until rounding takes over."""
        return np.abs(self.change - self.predicted)


@dataclass(frozen=True)
class Differences:
    r"""The derivative with respect to one parameter in three ways, and how far each is from the truth.

    `forward[k]` is (f(p + \epsilon e) - f(p)) / \epsilon, `central[k]` (f(p + \epsilon e) - f(p - \epsilon e)) / 2 \epsilon,
    for each of `epsilons`; `automatic` is by differentiation, all in the precision of the point. `truth` is by
    automatic differentiation in float64.
    """

    epsilons: Float[np.ndarray, "epsilons"]
    forward: Float[np.ndarray, "epsilons"]
    central: Float[np.ndarray, "epsilons"]
    automatic: float
    truth: float

    @property
    def forward_error(self) -> Float[np.ndarray, "epsilons"]:
        return np.abs(self.forward - self.truth)

    @property
    def central_error(self) -> Float[np.ndarray, "epsilons"]:
        return np.abs(self.central - self.truth)

    @property
    def automatic_error(self) -> float:
        return abs(self.automatic - self.truth)


def sensitivity(loss: Loss, point: PyTree) -> PyTree:
    """How much the loss rises for each unit that each parameter rises: its gradient, a pytree like `point`.

    One call costs a few losses however many parameters there are. dtype follows `point`.
    """
    with jax.enable_x64(_is_double(point)):
        return jax.tree.map(np.asarray, _gradient(loss, point))


def nudges(
    loss: Loss,
    point: PyTree,
    parameters: Sequence[int] | Int[np.ndarray, "parameters"],
    epsilons: Sequence[float] | Float[np.ndarray, "epsilons"],
    *,
    report: Callable[[float], None] | None = None,
) -> Nudges:
    """Raise each of `parameters` by each of `epsilons`, one at a time, all others held.

    Parameters are numbered as in `jax.flatten_util.ravel_pytree(point)`. `report(share)` is called as parts are done.
    Raises ValueError for numbers that are no parameter, and for epsilons that are not finite.
    """
    size = sum(np.size(leaf) for leaf in jax.tree.leaves(point))
    parameters, epsilons = _checked(parameters, size), np.asarray(epsilons, np.float64)
    if not np.isfinite(epsilons).all():
        raise ValueError(f"Epsilons are finite numbers, got {epsilons}.")
    with jax.enable_x64(_is_double(point)):
        here, slope = (np.asarray(part) for part in _value_and_slope(loss, point))
        parts = []
        # In parts of one size, so that one program serves them all and progress can be told.
        for part in _parts(parameters):
            parts.append(np.asarray(_nudged(loss, point, part, epsilons)) - here)
            if report is not None:
                report(min(1.0, sum(map(len, parts)) / len(parameters)))
    change = np.concatenate(parts)[: len(parameters)]
    return Nudges(*map(_read_only, (epsilons, change, slope[parameters])), float(here))


def differences(
    loss: Loss, point: PyTree, parameter: int, epsilons: Sequence[float] | Float[np.ndarray, "epsilons"]
) -> Differences:
    """The derivative with respect to one parameter by forward and central differences and by differentiation.

    Raises ValueError for a number that is no parameter and for epsilons that are not above 0. Nocedal and Wright,
    Numerical Optimization (2006), section 8.1: of `unit` the rounding unit, forward differences are best near
    sqrt(unit), central ones near unit^(1/3).
    """
    epsilons = np.asarray(epsilons, np.float64)
    if not (np.isfinite(epsilons).all() and (epsilons > 0).all()):
        raise ValueError(f"Epsilons are finite numbers above 0, got {epsilons}.")
    both = nudges(loss, point, [parameter], np.concatenate([epsilons, -epsilons]))
    up, down = np.split(both.change[0].astype(np.float64), 2)
    with jax.enable_x64(True):
        double = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), point)
        truth = float(_value_and_slope(loss, double)[1][parameter])
    return Differences(
        _read_only(epsilons), _read_only(up / epsilons), _read_only((up - down) / (2 * epsilons)), float(both.slope[0]), truth
    )


@jit
def _gradient(loss, point):
    return jax.grad(loss)(jax.tree.map(jnp.asarray, point))


@jit
def _value_and_slope(loss, point):
    flat, unravel = ravel_pytree(point)
    return jax.value_and_grad(lambda flat: loss(unravel(flat)))(flat)


@jit
def _nudged(loss, point, parameters, epsilons):
    flat, unravel = ravel_pytree(point)
    epsilons = jnp.asarray(epsilons, flat.dtype)
    one = lambda parameter, epsilon: loss(unravel(flat.at[parameter].add(epsilon)))
    pairs = jnp.repeat(parameters, len(epsilons)), jnp.tile(epsilons, len(parameters))
    return jax.lax.map(lambda pair: one(*pair), pairs, batch_size=TOGETHER).reshape(len(parameters), len(epsilons))


def _parts(parameters: np.ndarray, size: int = 64) -> list[np.ndarray]:
    size = min(size, len(parameters))
    padded = np.pad(parameters, (0, -len(parameters) % size), mode="edge")
    return np.split(padded, len(padded) // size)


def _checked(parameters, size: int) -> np.ndarray:
    parameters = np.asarray(parameters)
    if parameters.ndim != 1 or not len(parameters) or not np.issubdtype(parameters.dtype, np.integer):
        raise ValueError(f"Parameters are whole numbers from 0 to {size - 1}, got {parameters}.")
    if parameters.min() < 0 or parameters.max() >= size:
        raise ValueError(f"Parameters are numbered from 0 to {size - 1}, got {parameters.min()} to {parameters.max()}.")
    return parameters.astype(np.int32)


def _is_double(point: PyTree) -> bool:
    return any(np.asarray(leaf).dtype == np.float64 for leaf in jax.tree.leaves(point))


def _read_only(array) -> np.ndarray:
    array = np.array(array)
    array.setflags(write=False)
    return array
