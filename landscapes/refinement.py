"""Surfaces that arrive: coarse to fine, cancelled at any time, resumed without computing anything twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Bool, Float

from landscapes.grid import Grid
from landscapes.plane import Plane
from landscapes.slices import blocks
from landscapes.surface import Surface


@dataclass(frozen=True)
class Refinement:
    """What is there of a surface: the first `done` points of its grid's order, from coarse to fine.

    `values[j, i]` is the loss at `(x[i], y[j])`, NaN where it is not known yet; `known` tells that from a loss that
    is NaN. Arrays are read-only.
    """

    grid: Grid
    values: Float[np.ndarray, "ny nx"]
    done: int
    plane: Plane

    def __post_init__(self):
        self.values.setflags(write=False)

    @property
    def total(self) -> int:
        return self.grid.size

    @cached_property
    def known(self) -> Bool[np.ndarray, "ny nx"]:
        known = np.zeros(self.total, bool)
        known[self.grid.points(0, self.done)] = True
        known.setflags(write=False)
        return known.reshape(self.grid.shape)

    @cached_property
    def stride(self) -> int | None:
        """Of the finest sub-grid that is complete; None before the first one is."""
        complete = [stride for stride in self.grid.strides if self.known[np.ix_(*self.grid.lines(stride))].all()]
        return complete[-1] if complete else None

    @cached_property
    def surface(self) -> Surface | None:
        """The finest complete sub-grid, edges of the window included; None before the first one is complete."""
        if self.stride is None:
            return None
        rows, columns = self.grid.lines(self.stride)
        return Surface(self.grid.x[columns], self.grid.y[rows], self.values[np.ix_(rows, columns)], self.plane)


def refine(
    loss: Callable, plane: Plane, resolution: int | tuple[int, int] = 128, *, known: Refinement | None = None
) -> Iterator[Refinement]:
    """The surface of `evaluate`, while it is computed: a first coarse picture at once, then finer ones.

    Grids are nested, strides ..., 4, 2, 1, so nothing is computed twice. Every block of points brings a new
    `Refinement`, the last one the whole surface with the same bits as `evaluate`. Stop iterating to cancel: the
    computation ends within a fraction of a second. `known` takes up what an earlier call left, again with the same
    bits. Raises ValueError at once for what `evaluate` refuses and for a `known` of another plane or grid.
    """
    grid = Grid.over(plane.window, resolution)
    if known is not None:
        _check_same(known, grid, plane)
    return _refine(loss, plane, grid, known)


def _refine(loss: Callable, plane: Plane, grid: Grid, known: Refinement | None) -> Iterator[Refinement]:
    values = np.full(grid.size, np.nan, plane.dtype) if known is None else known.values.ravel().copy()
    done = 0 if known is None else known.done
    if done == grid.size:
        yield known
        return
    for block in blocks(loss, plane, grid.size, grid.coordinates, first=done):
        values[grid.points(block.first, block.last)] = block.losses
        yield Refinement(grid, values.reshape(grid.shape).copy(), block.last, plane)


def _check_same(known: Refinement, grid: Grid, plane: Plane) -> None:
    if not (np.array_equal(known.grid.x, grid.x) and np.array_equal(known.grid.y, grid.y)):
        raise ValueError(
            f"What is known has {known.grid.shape[1]} x {known.grid.shape[0]} points over another window or "
            f"resolution than {grid.shape[1]} x {grid.shape[0]}; start anew."
        )
    ours, theirs = ((each.origin, each.directions) for each in (plane, known.plane))
    if known.plane is not plane and not eqx.tree_equal(*(jax.tree.map(np.asarray, each) for each in (ours, theirs))):
        raise ValueError("What is known was computed on another plane; start anew.")
