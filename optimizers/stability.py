"""Stability: how large the learning rate may be at each point of a path, and whether the path agrees."""

from collections.abc import Callable
from dataclasses import dataclass

import equinox as eqx
import jax
import numpy as np
import optax
from jaxtyping import Array, Float, PyTree

from optimizers.adam import Adam
from optimizers.adaptive import AdaGrad, RMSProp
from optimizers.descent import as_start, descend, is_double
from optimizers.first_order import GradientDescent, Momentum, Nesterov
from optimizers.optimizer import Optimizer
from optimizers.schedules import Constant, Schedule
from optimizers.trajectory import STANDSTILL, Trajectory

AHEAD = 10  # steps over which growth is measured

# The largest stable learning rate times the largest eigenvalue of P^-1 H. On a quadratic with H's curvatures each rule
# is linear; these are where a root of its characteristic polynomial leaves the unit circle through -1. Cohen et al. 2021
# (Gradient descent on neural networks typically occurs at the edge of stability), equations 1 and 2, and 2022, equation 2.
LIMITS: dict[type[Optimizer], Callable[[Optimizer], Array]] = {
    GradientDescent: lambda rule: 2.0,
    Momentum: lambda rule: 2 + 2 * rule.momentum,
    Nesterov: lambda rule: (2 + 2 * rule.momentum) / (1 + 2 * rule.momentum),
    Adam: lambda rule: (2 + 2 * rule.b1) / (1 - rule.b1),
    RMSProp: lambda rule: 2.0,
    AdaGrad: lambda rule: 2.0,
}


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
    limit = None
    if type(optimizer) in LIMITS:
        known = float(LIMITS[type(optimizer)](optimizer))
        limit = np.where(sharpest[:, -1] > 0, known / np.where(sharpest[:, -1] > 0, sharpest[:, -1], 1), np.inf)
        limit = np.where(np.isfinite(sharpest[:, -1]), limit, np.nan)
    return Stability(path, eigenvalues, directions, limit, growth)


@eqx.filter_jit
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
    divided = _divided_by(optimizer, path.states)
    if divided is None:
        return np.ones_like(positions)
    # The step that leaves a point has seen its gradient: its scaling is in the state one further on.
    after = np.minimum(np.arange(len(positions)) + 1, len(positions) - 1)
    return divided[after] ** -0.5


def _divided_by(optimizer: Optimizer, states: PyTree) -> Float[np.ndarray, "steps+1 n"] | None:
    if isinstance(optimizer, Adam):
        squares, count = (np.asarray(optax.tree_utils.tree_get(states, name)) for name in ("nu", "count"))
        seen = np.maximum(count.reshape(-1, 1), 1)
        return (1 - optimizer.b1**seen) * (np.sqrt(squares / (1 - optimizer.b2**seen)) + optimizer.eps)
    if isinstance(optimizer, RMSProp):
        return np.sqrt(np.asarray(optax.tree_utils.tree_get(states, "nu")) + optimizer.eps)
    if isinstance(optimizer, AdaGrad):
        return np.sqrt(np.asarray(optax.tree_utils.tree_get(states, "sum_of_squares")) + 1e-7)
    return None
