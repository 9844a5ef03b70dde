"""Trainings: any optimizer on any loss of parameters, on all data or in batches, within a budget of memory."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from time import perf_counter
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from optimizers import loop
from optimizers.batches import Batches
from optimizers.budget import Budget, Column, Snapshots
from optimizers.descent import as_optimizer, as_start, check_dimension, check_loss, check_steps, is_double
from optimizers.optimizer import Optimizer
from optimizers.run import Run, View
from optimizers.schedules import Constant, Schedule, check_schedule, factors

STEPS = 256  # steps that a compiled call can hold
CALL_BYTES = 2**24  # positions that a compiled call can hold
CALL_SECONDS = 0.075  # how long a call should take: the time to a pause, a cancel or a report

Loss = Callable[..., Float[Array, ""]]


def train(
    loss: Loss,
    optimizer: Optimizer,
    start: PyTree,
    steps: int = 300,
    *,
    batches: Batches | None = None,
    schedule: Schedule | Callable = Constant(),
    full_loss: Loss | None = None,
    keep: Budget | None = Budget(),
    planes: Sequence[Any] = (),
    report: Callable[[int, int], bool | None] | None = None,
) -> Run:
    """Train `steps` steps of `optimizer` from `start`, recording losses and gradient norms at every step.

    `loss(parameters)`, or `loss(parameters, indices)` with `batches`; with these `full_loss(parameters)` is recorded
    at the kept steps. Positions are kept as far as `keep` allows, thinned evenly; None keeps none. `planes` have an
    `origin` and two `directions` in parameter space, or are such pairs: every step is projected on each.
    `report(done, steps)` is called about 13 times a second; when it returns False the run ends there. dtype follows
    `start`. Raises ValueError for what cannot run, before it starts; a run that diverges is cut and says so.
    """
    training = Training(
        loss, optimizer, start, steps, batches=batches, schedule=schedule, full_loss=full_loss, keep=keep, planes=planes
    )
    while not training.finished:
        training.advance(STEPS if report is None else training.count)
        if report is not None and report(training.done, steps) is False:
            break
    return training.run(closed=True)


def replay(
    loss: Loss, optimizer: Optimizer, start: PyTree, steps: int, *, planes, recorded: Run | None = None, **options
) -> Run:
    """Train again, the same to the bit, and see every step on `planes`; no positions are stored.

    `options` are those of `train`. Raises ValueError where the losses differ from those of the run `recorded`: then
    something else was trained.
    """
    again = train(loss, optimizer, start, steps, planes=planes, keep=None, **options)
    if recorded is not None:
        check_same(recorded.losses, again.losses)
    return again


def check_same(recorded: np.ndarray, replayed: np.ndarray) -> None:
    """Raises ValueError where a replay left the run that it repeats."""
    length = min(len(recorded), len(replayed))
    same = (recorded[:length] == replayed[:length]) | (np.isnan(recorded[:length]) & np.isnan(replayed[:length]))
    if not same.all():
        raise ValueError(
            f"The replay leaves the recorded run at step {int(same.argmin())}: give the same loss, data, optimizer, "
            "start, batches, schedule and planned steps."
        )


class Training:
    """One training, a compiled call at a time. What is recorded so far is `run()`; not for several threads at once."""

    def __init__(
        self,
        loss,
        optimizer,
        start,
        steps,
        *,
        batches=None,
        schedule=Constant(),
        full_loss=None,
        keep=Budget(),
        planes=(),
    ):
        check_steps(steps)
        check_loss(loss)
        self.optimizer, self._start = as_optimizer(optimizer), as_start(start)
        self._dimension = loop.dimension(self._start)
        check_dimension(self.optimizer, self._dimension)
        check_schedule(self.optimizer, schedule)
        if batches is not None and not isinstance(batches, Batches):
            raise ValueError(f"Batches are a `Batches(samples, size, seed)`, got {batches!r}.")
        self.planned = self.steps = steps
        self.done = -1  # the last step whose position, loss and gradient are known: 0 is the start
        self._batches, self._schedule = batches, schedule
        self._snapshots = None if keep is None else Snapshots(steps, keep.holds(self._start))
        self._double = is_double(self._start)
        with self._precision():
            self._frames = tuple(as_frame(plane, self._start) for plane in planes)
            self._losses = on_device((loss, full_loss))
        # XLA on a processor takes several times as long for a convolution's derivatives inside a loop.
        self._alone = bool(getattr(getattr(loss, "__self__", None), "slow_in_loops", False))
        self._moving, self._diverged_at = None, -1
        self._columns: dict[Any, Column] = {}
        self._multipliers = np.empty(0)
        self._count, self._compiled = 1, False

    @property
    def finished(self) -> bool:
        return self.done >= self.steps or self._diverged_at >= 0

    @property
    def diverged_at(self) -> int:
        return self._diverged_at

    @property
    def count(self) -> int:
        """How many steps the next call should take, to last about 75 ms, of those that it can hold."""
        return min(self._count, self._most())

    def extend(self, steps: int) -> None:
        """Go on for `steps` more than planned."""
        check_steps(steps)
        self.steps += steps

    def prepare(self) -> None:
        """Compile ahead, without a step."""
        with self._precision():
            if self._moving is None:
                self._moving = loop.ready(self.optimizer, self._start)
            if not self._compiled:
                jax.block_until_ready(self._call(0)[1]["losses"])
                self._compiled = True

    def advance(self, count: int) -> None:
        """`count` steps more, as far as one compiled call holds them and the run is not over."""
        self.prepare()
        first, began = self.done + 1, perf_counter()
        count = min(count, self._most(), self.steps + 1 - first)
        with self._precision():
            self._moving, record = self._call(count)
            record = jax.tree.map(np.asarray, record)
        self._pace(count, perf_counter() - began)
        self._take(first, count, record)

    def run(self, closed: bool = False) -> Run:
        """What is recorded so far; `closed` puts the last position beside the kept ones."""
        if self._snapshots is not None and (closed or self.finished):
            self._snapshots.close()
        return self._run()

    def _precision(self):
        return jax.enable_x64(self._double)

    def _most(self) -> int:
        if self._alone:
            return 1
        if self._snapshots is None:
            return STEPS
        # The last place may hold a step off the stride.
        return min(STEPS, max(1, (self._places - 1) * self._snapshots.stride))

    @property
    def _places(self) -> int:
        each = sum(leaf.nbytes for leaf in jax.tree.leaves(self._start))
        return max(2, min(STEPS + 1, CALL_BYTES // max(1, each)))

    def _call(self, count: int):
        first = self.done + 1
        kept = self._snapshots is not None
        pace = loop.Pace(np.int32(first), np.int32(self._snapshots.stride if kept else 2**30))
        ask = loop.Ask(positions=kept, norms=True)
        if self._alone:
            given, last = self._given(first, count, 1), np.bool_(first >= self.steps)
            moving, record = loop.train_once(
                self._losses, self.optimizer, self._frames, self._moving, given, last, pace, ask
            )
            return (moving if count else self._moving), record
        return loop.train(
            self._losses, self.optimizer, self._frames, self._moving, self._given(first, count, STEPS), np.int32(count),
            pace, self._places, ask,
        )  # fmt: skip

    def _given(self, first: int, count: int, length: int) -> loop.Given:
        multiplied = np.ones(length)
        multiplied[:count] = self._factors(first + count)[first:]
        if self._batches is None:
            return loop.Given(multiplied, None)
        indices = np.zeros((length, self._batches.size), np.int32)
        indices[:count] = self._batches.indices(first, count)
        return loop.Given(multiplied, indices)

    def _factors(self, end: int) -> np.ndarray:
        known = len(self._multipliers)
        if known < end:
            more = factors(self._schedule, self.planned, known, max(STEPS, end - known))
            self._multipliers = np.concatenate([self._multipliers, more])
        return self._multipliers[:end]

    def _pace(self, count: int, seconds: float) -> None:
        # Growing step by step: one quick call says little about a slow one.
        self._count = int(np.clip(count * CALL_SECONDS / max(seconds, 1e-9), 1, 8 * max(count, 1)))

    def _take(self, first: int, count: int, record: dict) -> None:
        positions = record.pop("positions", None)
        for path, leaf in jax.tree_util.tree_leaves_with_path(record):
            self._columns.setdefault(jax.tree_util.keystr(path), Column()).add(leaf[:count])
        good = np.isfinite(record["losses"][:count]) & np.isfinite(record["norms"][:count])
        if not good.all():
            self._diverged_at = first + int(good.argmin())
        self.done = first + count - 1 if self._diverged_at < 0 else self._diverged_at
        if positions is not None:
            self._snapshots.add(first, count, positions)
            if self._diverged_at >= 0:
                self._snapshots.cut(self._diverged_at)

    def _run(self) -> Run:
        end = self.done + 1 if self._diverged_at < 0 else self._diverged_at + 1
        column = lambda name: self._columns[name].view(end) if name in self._columns else None
        kept = np.empty(0, np.int64) if self._snapshots is None else np.array(self._snapshots.steps, np.int64)
        full = column("['full']")
        seen = [field.name for field in fields(View)]
        views = tuple(
            View(*(column(f"['views'][{plane}]['{name}']") for name in seen)) for plane in range(len(self._frames))
        )
        return Run(
            title=getattr(self.optimizer, "title", type(self.optimizer).__name__),
            planned=self.planned,
            losses=column("['losses']") if self._columns else np.empty(0),
            gradient_norms=column("['norms']") if self._columns else np.empty(0),
            evaluations=self._evaluations(end),
            kept=kept,
            positions=None if self._snapshots is None else self._snapshots.view(),
            last=None if self._snapshots is None or self._snapshots.last is None else self._snapshots.last[1],
            full_losses=None if full is None else full[kept],
            views=views,
            diverged_at=self._diverged_at,
        )

    def _evaluations(self, end: int):
        if "['spent']" in self._columns:
            spent = self._columns["['spent']"].view(end).astype(np.int64)
            return np.cumsum(spent, axis=0) - spent
        return np.arange(end)[:, None] * np.asarray(self.optimizer.evaluations(None, self._dimension), np.int64)


def on_device(tree: PyTree) -> PyTree:
    """Arrays as JAX arrays, so that no call copies the data again."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf) if eqx.is_array(leaf) else leaf, tree)


def as_frame(plane, start: PyTree) -> loop.Frame:
    """A plane, or (origin, directions), in the dtypes of `start`. Raises ValueError where it fits not or is none."""
    if isinstance(plane, loop.Frame):
        return plane
    origin, directions = (plane.origin, plane.directions) if hasattr(plane, "directions") else plane
    points = (origin, *directions)
    shapes = lambda tree: jax.tree.map(np.shape, tree)
    if len(points) != 3 or any(shapes(point) != shapes(start) for point in points):
        raise ValueError("A plane needs an origin and two directions with the structure and shapes of the start.")
    first, second = (_flat(direction) for direction in directions)
    # Gram and Schmidt here, in double precision: with skew directions the loop would lose digits.
    lengths = np.linalg.norm(first), np.linalg.norm(second)
    with np.errstate(invalid="ignore", divide="ignore"):
        one = first / lengths[0]
        along = one @ second
        rest = second - along * one
        off = np.linalg.norm(rest)
    if not np.isfinite([*lengths, off]).all() or off <= 1e-7 * lengths[1]:
        raise ValueError("The two directions of a plane must be finite, not zero and not parallel.")
    inverse = np.linalg.inv([[lengths[0], along], [0, off]])
    like = lambda flat: _shaped(flat, start)
    return loop.Frame(like(_flat(origin)), (like(one), like(rest / off)), jnp.asarray(inverse, _dtype(start)))


def _flat(tree: PyTree) -> Float[np.ndarray, "n"]:
    return np.concatenate([np.ravel(leaf).astype(np.float64) for leaf in jax.tree.leaves(tree)])


def _shaped(flat: Float[np.ndarray, "n"], like: PyTree) -> PyTree:
    leaves, structure = jax.tree.flatten(like)
    parts = np.split(flat, np.cumsum([leaf.size for leaf in leaves])[:-1])
    return structure.unflatten(
        [jnp.asarray(part.reshape(leaf.shape), leaf.dtype) for part, leaf in zip(parts, leaves, strict=True)]
    )


def _dtype(tree: PyTree) -> np.dtype:
    return np.result_type(*(leaf.dtype for leaf in jax.tree.leaves(tree)))
