"""Stability: how large the learning rate may be at each point of a path, and whether the path agrees."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, PyTree

from landscapes.compiling import jit
from optimizers.adam import Adam
from optimizers.adaptive import AdaGrad, RMSProp
from optimizers.descent import as_start, descend, is_double
from optimizers.first_order import GradientDescent, Momentum, Nesterov
from optimizers.optimizer import Optimizer
from optimizers.schedules import Constant, Schedule
from optimizers.trajectory import STANDSTILL, Trajectory

AHEAD = 10  # steps over which growth is measured
DIVIDING = (Adam, RMSProp, AdaGrad)  # rules whose P is known


class Limit(NamedTuple):
    """The largest stable learning rate: `times` divided by the largest curvature, which `formula` writes λ.

    For rules that divide by a diagonal P it is that of P⁻¹H, and is written λₚ.
    """

    times: Callable[[Optimizer], Array]
    formula: str


# On a quadratic with H's curvatures each rule is linear; these are where a root of its characteristic polynomial leaves
# the unit circle through -1. Cohen et al. 2021 (Gradient descent on neural networks typically occurs at the edge of
# stability), equations 1 and 2, and 2022 (Adaptive gradient methods at the edge of stability), equation 2.
LIMITS: dict[type[Optimizer], Limit] = {
    GradientDescent: Limit(lambda rule: 2.0, "2 / λ"),
    Momentum: Limit(lambda rule: 2 + 2 * rule.momentum, "(2 + 2β) / λ"),
    Nesterov: Limit(lambda rule: (2 + 2 * rule.momentum) / (1 + 2 * rule.momentum), "(2 + 2β) / ((1 + 2β) λ)"),
    Adam: Limit(lambda rule: (2 + 2 * rule.b1) / (1 - rule.b1), "(2 + 2β₁) / ((1 − β₁) λₚ)"),
    RMSProp: Limit(lambda rule: 2.0, "2 / λₚ"),
    AdaGrad: Limit(lambda rule: 2.0, "2 / λₚ"),
}


def stable_rates(optimizer: Optimizer, sharpest: Float[np.ndarray, "points"]) -> Float[np.ndarray, "points"] | None:
    """The largest stable learning rate where the largest curvature, of P⁻¹H where the rule has a P, is `sharpest`.

    inf where nothing curves upwards, NaN where the curvature is not known; None for rules without a known limit.
    """
    limit = LIMITS.get(type(optimizer))
    if limit is None:
        return None
    rates = np.where(sharpest > 0, float(limit.times(optimizer)) / np.where(sharpest > 0, sharpest, 1), np.inf)
    return np.where(np.isfinite(sharpest), rates, np.nan)


def preconditioner(optimizer: Optimizer, state: Any) -> PyTree | None:
    """The diagonal P by which the step that came to `state` divided its gradient; None for rules that divide by nothing.

    Adam's, with its correction: (1 − β₁ᵗ) (√(ν / (1 − β₂ᵗ)) + ε). Source: Cohen et al. 2022, section 2.
    """
    part = partial(optax.tree_utils.tree_get, state)
    each = lambda divided, name: jax.tree.map(divided, part(name))
    if isinstance(optimizer, Adam):
        seen = jnp.maximum(part("count"), 1)
        return each(lambda nu: (1 - optimizer.b1**seen) * (jnp.sqrt(nu / (1 - optimizer.b2**seen)) + optimizer.eps), "nu")
    if isinstance(optimizer, RMSProp):
        return each(lambda nu: jnp.sqrt(nu + optimizer.eps), "nu")
    if isinstance(optimizer, AdaGrad):
        return each(lambda total: jnp.sqrt(total + 1e-7), "sum_of_squares")
    return None


@dataclass(frozen=True)
class Stability:
    """A path and the curvature under it, step by step; index 0 is the start.

    `eigenvalues` are those of the Hessian, ascending, `directions[k, :, i]` the unit eigenvector of the i-th. `limit` is
    the largest stable learning rate there: 2 / lambda for gradient descent, of the Hessian divided by what the rule
    divides by at that step (inf where nothing curves upwards, None for rules without a known limit). `growth` is the
    factor a step, measured over the next ten, of the slope along the sharpest direction: above 1 it swings up; NaN at the last step, and where that slope is
    less than 1e-9 of the largest before it, which is rounding.
    """

    path: Trajectory
    eigenvalues: Float[np.ndarray, "steps+1 n"]
    directions: Float[np.ndarray, "steps+1 n n"]
    limit: Float[np.ndarray, "steps+1"] | None
    growth: Float[np.ndarray, "steps+1"]

    @property
    def condition(self) -> Float[np.ndarray, "steps+1"]:
        """The largest over the smallest curvature; inf on a saddle or a flat floor."""
        smallest, largest = self.eigenvalues[:, 0], self.eigenvalues[:, -1]
        return np.where(smallest > 0, largest / np.where(smallest > 0, smallest, 1), np.inf)


def stability(
    loss: Callable, optimizer: Optimizer, start, steps: int = 300, schedule: Schedule | Callable = Constant()
) -> Stability:
    """Descend as `descend` does, and look at the curvature under every step; for a start `(n,)` of few parameters."""
    path = descend(loss, optimizer, start, steps, gradients=True, states=True, schedule=schedule)
    with jax.enable_x64(is_double(as_start(start))), np.errstate(all="ignore"):
        curved = np.array(hessians(loss, path.positions))
        optimizer = optimizer.bare
        scale = _scale(optimizer, path)
        eigenvalues, directions = _eigen(curved)
        sharpest, along = _eigen(curved * scale[:, :, None] * scale[:, None, :])
        slopes = np.einsum("kn,kn->k", along[:, :, -1], path.gradients * scale)
        ahead = np.minimum(np.arange(len(slopes)) + AHEAD, len(slopes) - 1)
        later = np.einsum("kn,kn->k", along[:, :, -1], (path.gradients * scale)[ahead])
        following = ahead - np.arange(len(slopes))
        measurable = (following > 0) & (np.abs(slopes) > STANDSTILL * np.fmax.accumulate(np.abs(slopes)))
        growth = np.where(measurable, np.abs(later / slopes) ** (1 / np.maximum(following, 1)), np.nan)
    return Stability(path, eigenvalues, directions, stable_rates(optimizer, sharpest[:, -1]), growth)


@jit
def hessians(loss, points: Float[Array, "points n"]) -> Float[Array, "points n n"]:
    """The matrix of second derivatives at every point."""
    return jax.vmap(jax.hessian(loss))(points)


def _eigen(matrices: Float[np.ndarray, "points n n"]):
    """Eigenvalues ascending and eigenvectors; NaN for matrices that are not finite."""
    fine = np.isfinite(matrices).all(axis=(1, 2))
    values, vectors = np.linalg.eigh(np.where(fine[:, None, None], matrices, 0))
    return np.where(fine[:, None], values, np.nan), vectors


def _scale(optimizer: Optimizer, path: Trajectory) -> Float[np.ndarray, "steps+1 n"]:
    """P^(-1/2): the rule divides the gradient by the diagonal P, read from its own state after the step."""
    positions = np.asarray(path.positions)
    if not isinstance(optimizer, DIVIDING):
        return np.ones_like(positions)
    divided = jax.vmap(partial(preconditioner, optimizer))(path.states)
    # The step that leaves a point has seen its gradient: its scaling is in the state one further on.
    after = np.minimum(np.arange(len(positions)) + 1, len(positions) - 1)
    return np.asarray(divided)[after] ** -0.5
