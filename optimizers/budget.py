"""Budgets: how much memory the recorded parameters of a visitor's runs may take, and what is kept within it."""

from dataclasses import dataclass
from numbers import Real

import jax
import numpy as np
from jaxtyping import PyTree

GIB = 2**30


@dataclass(frozen=True)
class Budget:
    """Bytes for the recorded parameters of all runs together.

    1 GiB holds 256 snapshots of a million (1024 x 1024) float32 parameters. What an optimizer carries (momentum,
    averages) and the data are not in it.
    """

    bytes: int = GIB

    def __post_init__(self):
        if not isinstance(self.bytes, Real) or not self.bytes > 0:
            raise ValueError(f"A budget is a number of bytes above 0, got {self.bytes!r}.")

    def share(self, runs: int) -> "Budget":
        """The same for one of several runs."""
        return Budget(self.bytes // max(1, runs))

    def holds(self, point: PyTree) -> int:
        """How many snapshots of `point` fit. Raises ValueError where it is less than two: a start and an end."""
        each = sum(leaf.nbytes for leaf in jax.tree.leaves(point))
        if self.bytes < 2 * each:
            raise ValueError(
                f"A snapshot of these parameters takes {megabytes(each)}, and a run has {megabytes(self.bytes)}: not "
                "enough for a start and an end. Give a larger budget, fewer optimizers, or keep=None and replay."
            )
        return int(self.bytes // max(1, each))


def megabytes(count: float) -> str:
    """A number of bytes to read."""
    for unit, size in (("GiB", GIB), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} bytes"


class Snapshots:
    """Positions at the steps that `stride` divides, and the last one; never more than `most`.

    Begins with the smallest stride that holds the planned steps. Where a run goes on for longer the stride doubles,
    so what is kept follows from the steps planned and done alone. What `view` handed out never changes.
    """

    def __init__(self, planned: int, most: int):
        self.most = most
        self.stride = max(1, -(-planned // (most - 1)))
        self.steps: list[int] = []
        self.last: PyTree = None
        self._planned, self._rows, self._closed = planned, None, False

    def add(self, first: int, count: int, rows: PyTree) -> None:
        """Take `count` steps from step `first` on: `rows` has the positions of their places (see `loop.Pace`)."""
        self._reopen()
        end, stride = first + count - 1, self.stride
        steps = np.arange(-(-first // stride) * stride, end + 1, stride)
        place = -(-end // stride) - -(-first // stride)
        self.last = end, jax.tree.map(lambda leaf: _frozen(np.array(leaf[place])), rows)
        while -(-end // self.stride) + 1 > self.most:
            self._thin()
        kept = steps % self.stride == 0
        self._put(steps[kept], jax.tree.map(lambda leaf: leaf[: len(steps)][kept], rows))

    def close(self) -> None:
        """The run is over: its last position joins the others."""
        if self.last is not None and self.steps[-1:] != [self.last[0]]:
            self._put([self.last[0]], jax.tree.map(lambda leaf: leaf[None], self.last[1]))
        self._closed = True

    def cut(self, step: int) -> None:
        """Forget what is at `step` or later."""
        self.steps = [kept for kept in self.steps if kept < step]
        if self.last[0] >= step:
            self.last = (self.steps[-1], jax.tree.map(lambda leaf: leaf[-1], self.view())) if self.steps else None

    def view(self) -> PyTree:
        """What is kept, read-only, with a leading axis as long as `steps`."""
        return jax.tree.map(lambda buffer: _frozen(buffer[: len(self.steps)]), self._rows)

    def _put(self, steps, rows: PyTree) -> None:
        begin, end = len(self.steps), len(self.steps) + len(steps)
        if self._rows is None or end > len(jax.tree.leaves(self._rows)[0]):
            self._grow(end, rows)
        for buffer, leaf in zip(jax.tree.leaves(self._rows), jax.tree.leaves(rows), strict=True):
            buffer[begin:end] = leaf
        self.steps += [int(step) for step in steps]

    def _grow(self, needed: int, like: PyTree) -> None:
        """Room for twice as many, or for all that is planned: pages of it that are never written cost nothing."""
        room = min(self.most, max(2 * needed, -(-self._planned // self.stride) + 1))
        old = self._rows
        self._rows = jax.tree.map(lambda leaf: np.empty((room, *leaf.shape[1:]), leaf.dtype), like)
        if old is not None:
            self._copy(old, slice(None))

    def _thin(self) -> None:
        self.stride *= 2
        self._keep([index for index, step in enumerate(self.steps) if step % self.stride == 0])

    def _reopen(self) -> None:
        if self._closed and self.steps and self.steps[-1] % self.stride:
            self._keep(list(range(len(self.steps) - 1)))
        self._closed = False

    def _keep(self, which: list[int]) -> None:
        # Into new buffers: somebody may look at the old ones.
        old, self.steps = self._rows, [self.steps[index] for index in which]
        if old is not None:
            self._rows = jax.tree.map(np.empty_like, old)
            self._copy(old, which)

    def _copy(self, old: PyTree, which) -> None:
        for buffer, leaf in zip(jax.tree.leaves(self._rows), jax.tree.leaves(old), strict=True):
            rows = leaf[which]
            buffer[: len(rows)] = rows


class Column:
    """Rows that only grow; what `view` handed out never changes."""

    def __init__(self):
        self.count, self._rows = 0, None

    def add(self, rows: np.ndarray) -> None:
        end = self.count + len(rows)
        if self._rows is None or end > len(self._rows):
            grown = np.empty((max(256, 2 * end), *rows.shape[1:]), rows.dtype)
            grown[: self.count] = self.view()[: self.count] if self.count else 0
            self._rows = grown
        self._rows[self.count : end] = rows
        self.count = end

    def view(self, end: int | None = None) -> np.ndarray:
        """The rows so far, or the first `end`, read-only."""
        return _frozen(self._rows[: self.count if end is None else end])


def _frozen(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view
