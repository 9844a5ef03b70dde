"""Trajectories: a run is recorded, then replayed."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import jax
import numpy as np
from jaxtyping import Bool, Float, Int, PyTree

GRADIENT_COST = 3  # one gradient, in loss evaluations
HESSIAN_COST = 3  # one Hessian of n parameters costs 3 n
STANDSTILL = 1e-9  # steps shorter than this share of the longest are rounding, not movement


@dataclass(frozen=True)
class Trajectory:
    """What a descent did, step by step; arrays carry a leading axis of steps + 1 (index 0 is the start).

    `positions` is a pytree in parameter space, `losses` the loss there, `evaluations` the running count of
    (losses, gradients, Hessians) spent. A sweep puts an axis of lanes before the steps; `fan[i]` is one lane.
    Numbers that left the finite range are kept: see `diverged_at`. Arrays are read-only; the read-outs below are
    one number for a run, or an array `(lanes,)` for a sweep.
    """

    positions: PyTree[Float[np.ndarray, "..."]]
    losses: Float[np.ndarray, "*lanes steps+1"]
    evaluations: Int[np.ndarray, "*lanes steps+1 3"]
    gradients: PyTree | None = None
    states: Any = None

    def __post_init__(self):
        for field in fields(self):
            object.__setattr__(self, field.name, jax.tree.map(_read_only, getattr(self, field.name)))

    def __getitem__(self, lane: int) -> "Trajectory":
        if self.losses.ndim == 1:
            raise IndexError("This trajectory is a single run; only the result of a sweep has lanes.")
        pick = lambda tree: jax.tree.map(lambda leaf: leaf[lane], tree)
        return Trajectory(*(pick(getattr(self, field.name)) for field in fields(self)))

    @property
    def steps(self) -> int:
        return self.losses.shape[-1] - 1

    @cached_property
    def finite(self) -> Bool[np.ndarray, "*lanes steps+1"]:
        """Whether loss and position are finite, at every step."""
        ok = np.isfinite(self.losses)
        for columns in self._columns():
            ok &= np.isfinite(columns).all(axis=0)
        return _read_only(ok)

    @cached_property
    def diverged_at(self) -> int | np.ndarray:
        """The first step whose loss or position is not finite; -1 where there is none."""
        return _first(~self.finite)

    def steps_to(self, level: float) -> int | np.ndarray:
        """The first step with a loss of `level` or below; -1 where there is none."""
        return _first(self.losses <= level)

    @cached_property
    def step_lengths(self) -> Float[np.ndarray, "*lanes steps"]:
        """How far every update went, in parameter space; 0 from the step at which a run diverged."""
        return _read_only(np.sqrt(self._products(0)))

    @cached_property
    def path_length(self) -> float | np.ndarray:
        """The length of the path in parameter space, up to where it diverged."""
        return _plain(self.step_lengths.sum(axis=-1))

    @cached_property
    def turns(self) -> Bool[np.ndarray, "*lanes steps+1"]:
        """The steps that point against the step before them, u_k . u_(k-1) < 0: it has overshot.

        Steps shorter than 1e-9 of the longest do not count.
        """
        moving = self.step_lengths > STANDSTILL * self.step_lengths.max(axis=-1, keepdims=True, initial=0)
        turns = np.zeros(self.losses.shape, dtype=bool)
        turns[..., 2:] = (self._products(1) < 0) & moving[..., 1:] & moving[..., :-1]
        return _read_only(turns)

    @property
    def reversals(self) -> int | np.ndarray:
        """How many steps point against the step before them."""
        return _plain(self.turns.sum(axis=-1))

    @property
    def last_reversal(self) -> int | np.ndarray:
        """The last step that points against the step before it; -1 where there is none."""
        last = self.steps - self.turns[..., ::-1].argmax(axis=-1)
        return _plain(np.where(self.turns.any(axis=-1), last, -1))

    def cost(self, dimension: int, gradient: float = GRADIENT_COST, hessian: float = HESSIAN_COST) -> np.ndarray:
        """Running cost in loss evaluations: losses + gradient x gradients + hessian x n x Hessians."""
        return self.evaluations @ np.array([1.0, gradient, hessian * dimension])

    def _products(self, lag: int) -> Float[np.ndarray, "*lanes steps-lag"]:
        """The product u_k . u_(k-lag) of every update with itself or the one before it; 0 once a run has diverged."""
        both = self.finite[..., 1:] & self.finite[..., :-1]
        products = np.zeros(both[..., lag:].shape)
        # Lanes about to diverge hold numbers whose differences and squares do not fit.
        with np.errstate(over="ignore", invalid="ignore"):
            for columns in self._columns():
                updates = np.where(both, np.diff(columns.astype(np.float64, copy=False)), 0)
                products += np.einsum("i...,i...->...", updates[..., lag:], updates[..., : updates.shape[-1] - lag])
        return products

    def _columns(self) -> list[Float[np.ndarray, "n *lanes steps+1"]]:
        """The coordinates of every leaf as contiguous columns: reducing over a last axis of two is ten times slower."""
        return [columns(leaf, self.losses.shape) for leaf in jax.tree.leaves(self.positions)]


def columns(leaf: np.ndarray, shape: tuple[int, ...]) -> Float[np.ndarray, "n *shape"]:
    """An array of points, `(*shape, ...)`, with its coordinates first, each contiguous."""
    return np.ascontiguousarray(np.moveaxis(leaf.reshape(*shape, -1), -1, 0))


def _read_only(leaf):
    leaf = np.asarray(leaf)
    if leaf.flags.writeable:
        leaf = leaf.view()
        leaf.flags.writeable = False
    return leaf


def _first(where: np.ndarray) -> int | np.ndarray:
    return _plain(np.where(where.any(axis=-1), where.argmax(axis=-1), -1))


def _plain(array: np.ndarray):
    return array.item() if array.ndim == 0 else _read_only(array)
