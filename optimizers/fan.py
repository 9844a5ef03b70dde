"""Fans of trainings: one run for every value of a knob, seen on planes, coarse stops first."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Bool, Float, Int, PyTree

from optimizers.batches import Batches
from optimizers.descent import as_start, checked_values, is_double
from optimizers.optimizer import Optimizer
from optimizers.run import Run, View
from optimizers.schedules import Constant, Schedule
from optimizers.training import Loss, Training, as_frame, on_device

TOGETHER = 8  # lanes between two looks at a fan
THREADS = 2


@dataclass(frozen=True)
class Fan:
    """The runs so far for every value of the knob `over`: lane i is that of `values[i]`, and is there where `known[i]`.

    What is not known, or comes after the step at which a lane diverged (`diverged_at`, -1 for none), is NaN.
    Arrays are read-only and never change.
    """

    over: str
    values: Float[np.ndarray, "lanes"]
    known: Bool[np.ndarray, "lanes"]
    losses: Float[np.ndarray, "lanes steps+1"]
    diverged_at: Int[np.ndarray, "lanes"]
    views: tuple[View, ...]

    @property
    def done(self) -> int:
        return int(self.known.sum())

    @property
    def total(self) -> int:
        return len(self.values)


def train_fan(
    loss: Loss,
    optimizer: Optimizer,
    start: PyTree,
    *,
    over: str = "learning_rate",
    values: Sequence[float] | Float[np.ndarray, "lanes"],
    steps: int = 300,
    planes: Sequence[Any] = (),
    batches: Batches | None = None,
    schedule: Schedule | Callable = Constant(),
    threads: int = THREADS,
) -> Iterator[Fan]:
    """A run for each of `values` of the knob named `over`, a few more with every `Fan`; the first ones lie far apart.

    Lane i is `train` with that value, to the bit: lanes run one after the other in `threads` threads, through the
    program that a replay on as many planes has compiled. (One vmapped batch took two thirds of the processor
    time, but is one more program to compile and rounds differently.) Stop iterating to cancel: lanes that run end
    within one compiled call. Raises ValueError for a knob the optimizer has not, or a value that makes no sense for
    it.
    """
    values, start = checked_values(optimizer, over, values), as_start(start)
    if len(values) == 0:
        raise ValueError("A fan needs at least one value, got none.")
    with jax.enable_x64(is_double(start)):
        frames, loss = tuple(as_frame(plane, start) for plane in planes), on_device(loss)
    lane_of = lambda value: Training(
        loss, eqx.tree_at(lambda knobs: getattr(knobs, over), optimizer, value), start, steps,
        batches=batches, schedule=schedule, keep=None, planes=frames,
    )  # fmt: skip
    lane_of(values[0])  # what cannot run says so now, and not at the first look
    return _fans(over, values, lane_of, steps, len(frames), threads)


def coarse_first(count: int) -> list[int]:
    """The numbers below `count`, the ends first, then ever finer ones between those before."""
    strides = [2**power for power in range(count.bit_length(), -1, -1)]
    order = [0, count - 1] + [index for stride in strides for index in range(0, count, stride)]
    return list(dict.fromkeys(order))


def _fans(over: str, values, lane_of, steps: int, planes: int, threads: int) -> Iterator[Fan]:
    runs: dict[int, Run] = {}
    cancelled = threading.Event()
    pool = ThreadPoolExecutor(threads)
    try:
        futures = {pool.submit(_lane, lane_of, value, cancelled): lane for lane, value in _ordered(values)}
        for future in as_completed(futures):
            runs[futures[future]] = future.result()
            if len(runs) % TOGETHER == 0 or len(runs) == len(values):
                yield _gathered(over, values, runs, steps, planes)
    finally:
        cancelled.set()
        pool.shutdown(cancel_futures=True)


def _ordered(values) -> list[tuple[int, Any]]:
    return [(lane, np.asarray(values[lane])) for lane in coarse_first(len(values))]


def _lane(lane_of, value, cancelled: threading.Event) -> Run:
    training = lane_of(value)
    while not training.finished and not cancelled.is_set():
        training.advance(training.count)
    return training.run()


def _gathered(over: str, values, runs: dict[int, Run], steps: int, planes: int) -> Fan:
    def table(column: Callable[[Run], np.ndarray], *shape: int) -> np.ndarray:
        rows = np.full((len(values), steps + 1, *shape), np.nan)
        for lane, run in runs.items():
            rows[lane, : run.steps + 1] = column(run)
        rows.flags.writeable = False
        return rows

    known, diverged_at = np.zeros(len(values), bool), np.full(len(values), -1)
    for lane, run in runs.items():
        known[lane], diverged_at[lane] = True, run.diverged_at
    for array in (known, diverged_at):
        array.flags.writeable = False
    views = tuple(
        View(
            table(lambda run: run.views[plane].coordinates, 2),
            table(lambda run: run.views[plane].squared_distance),
            table(lambda run: run.views[plane].squared_off_plane),
        )
        for plane in range(planes)
    )
    return Fan(over, values, known, table(lambda run: run.losses), diverged_at, views)
