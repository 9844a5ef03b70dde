"""Runs: what is left of a training, and what it looks like on planes."""

from dataclasses import dataclass
from functools import cached_property

import jax
import numpy as np
from jaxtyping import Float, Int, PyTree

from optimizers.budget import megabytes
from optimizers.trajectory import GRADIENT_COST, HESSIAN_COST, Trajectory


@dataclass(frozen=True)
class View:
    """A run seen on a plane, at every step: `squared_distance` from its origin, `squared_off_plane` from the plane."""

    coordinates: Float[np.ndarray, "steps+1 2"]
    squared_distance: Float[np.ndarray, "steps+1"]
    squared_off_plane: Float[np.ndarray, "steps+1"]

    @property
    def off_plane(self) -> Float[np.ndarray, "steps+1"]:
        """The share of the displacement from the plane's origin that lies off the plane, 0 at the origin itself."""
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.sqrt(self.squared_off_plane.astype(np.float64) / self.squared_distance)
        return np.where(self.squared_distance == 0, 0, np.minimum(share, 1))


@dataclass(frozen=True)
class Run:
    """A training, step by step: index 0 is the start. Arrays are read-only.

    `losses` are those of the batches where there are batches, `gradient_norms` of the same losses; `full_losses` the
    loss of all data at the steps `kept`, where it was asked for. `positions` are stacked in the order of `kept`,
    `last` is the one of the last finite step; None where no positions were asked for. `evaluations` is the running
    count of (losses, gradients, Hessians). `views` are in the order of the planes. A run that left the finite numbers
    ends with the step at which it did, `diverged_at`, whose loss or gradient is not finite; its positions end before.
    -1 where all is finite.
    """

    title: str
    planned: int
    losses: Float[np.ndarray, "steps+1"]
    gradient_norms: Float[np.ndarray, "steps+1"]
    evaluations: Int[np.ndarray, "steps+1 3"]
    kept: Int[np.ndarray, "k"]
    positions: PyTree[Float[np.ndarray, "k ..."]] | None
    last: PyTree | None
    full_losses: Float[np.ndarray, "k"] | None
    views: tuple[View, ...]
    diverged_at: int

    @property
    def steps(self) -> int:
        """How many steps are done."""
        return len(self.losses) - 1

    def cost(self, dimension: int, gradient: float = GRADIENT_COST, hessian: float = HESSIAN_COST) -> np.ndarray:
        """Running cost in losses of a batch: losses + gradient x gradients + hessian x n x Hessians."""
        return self.evaluations @ np.array([1.0, gradient, hessian * dimension])

    def snapshots(self, most: int) -> tuple[Int[np.ndarray, "k"], PyTree]:
        """Up to `most` of the kept steps, evenly spread and with both ends, and their positions."""
        rows = np.unique(np.linspace(0, len(self.kept) - 1, min(most, len(self.kept))).round().astype(int))
        return self.kept[rows], jax.tree.map(lambda leaf: leaf[rows], self.positions)

    @cached_property
    def path(self) -> Trajectory:
        """The kept positions with their losses, as a trajectory of its own: its steps are those of `kept`."""
        if self.positions is None:
            raise ValueError(f"{self.title} ran without keeping positions; replay gives every step on a plane.")
        return Trajectory(self.positions, self.losses[self.kept], self.evaluations[self.kept])

    @property
    def sentence(self) -> str:
        """What of this run is kept, and how it ended where it did not end well."""
        kept = self._kept_sentence()
        return kept if self.diverged_at < 0 else f"{self.title} diverged at step {self.diverged_at}. {kept}"

    def _kept_sentence(self) -> str:
        if self.positions is None:
            return "No positions are kept; a replay gives every step on a plane."
        here = self.steps if self.diverged_at < 0 else self.steps - 1
        if len(self.kept) == here + 1:
            return "The position at every step is kept."
        gap = int(self.kept[1] - self.kept[0]) if len(self.kept) > 1 else 0
        each = f"every {_ordinal(gap)} step" if gap else "the start"
        size = megabytes(sum(leaf.nbytes for leaf in jax.tree.leaves(self.positions)))
        return f"Positions are kept at {each}, {len(self.kept)} in {size}; a replay gives the others on a plane."


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"
