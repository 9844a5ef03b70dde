"""Trajectories: a run is recorded, then replayed."""

from dataclasses import dataclass, fields
from typing import Any

import jax
import numpy as np
from jaxtyping import Float, Int, PyTree

GRADIENT_COST = 3  # one gradient, in loss evaluations
HESSIAN_COST = 3  # one Hessian of n parameters costs 3 n


@dataclass(frozen=True)
class Trajectory:
    """What a descent did, step by step; arrays carry a leading axis of steps + 1 (index 0 is the start).

    `positions` is a pytree in parameter space, `losses` the loss there, `evaluations` the running count of
    (losses, gradients, Hessians) spent. A sweep puts an axis of lanes before the steps; `fan[i]` is one lane.
    Numbers that left the finite range are kept: see `diverged_at`.
    """

    positions: PyTree[Float[np.ndarray, "..."]]
    losses: Float[np.ndarray, "*lanes steps+1"]
    evaluations: Int[np.ndarray, "*lanes steps+1 3"]
    gradients: PyTree | None = None
    states: Any = None

    def __getitem__(self, lane: int) -> "Trajectory":
        if self.losses.ndim == 1:
            raise IndexError("This trajectory is a single run; only the result of a sweep has lanes.")
        pick = lambda tree: jax.tree.map(lambda leaf: leaf[lane], tree)
        return Trajectory(*(pick(getattr(self, field.name)) for field in fields(self)))

    @property
    def steps(self) -> int:
        return self.losses.shape[-1] - 1

    @property
    def finite(self) -> np.ndarray:
        """Whether loss and position are finite, `(*lanes, steps+1)`."""
        ok = np.isfinite(self.losses)
        for leaf in jax.tree.leaves(self.positions):
            ok = ok & np.isfinite(leaf).reshape(*ok.shape, -1).all(axis=-1)
        return ok

    @property
    def diverged_at(self) -> int | np.ndarray:
        """The first step whose loss or position is not finite; -1 where there is none."""
        bad = ~self.finite
        first = np.where(bad.any(axis=-1), bad.argmax(axis=-1), -1)
        return int(first) if first.ndim == 0 else first

    def cost(self, dimension: int, gradient: float = GRADIENT_COST, hessian: float = HESSIAN_COST) -> np.ndarray:
        """Running cost in loss evaluations: losses + gradient x gradients + hessian x n x Hessians."""
        return self.evaluations @ np.array([1.0, gradient, hessian * dimension])
