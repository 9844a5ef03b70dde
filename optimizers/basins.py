"""Basins of attraction: which minimum a descent from every start reaches, and how soon."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jax.extend.core import subjaxprs
from jaxtyping import Float, Int

from landscapes.pieces import Pieces, result_of
from optimizers import loop
from optimizers.descent import as_optimizer, check_loss, check_steps, paced
from optimizers.optimizer import Optimizer
from optimizers.schedules import Constant, Schedule, check_schedule

Window = tuple[tuple[float, float], tuple[float, float]]
Ends = tuple[np.ndarray, np.ndarray]  # of some descents: where they end, and since when they are at a minimum

THREADS = 2
# Starts that descend side by side: so few that their states, and the largest array that their loss makes, stay in a
# processor's cache, and as many for a coarse map as for a fine one, which share their program.
MOST_ABREAST, ABREAST_BYTES = 2048, 2**19
PIECE = 0.1  # seconds that a part computes without a pause
FIRST_STEPS = 4  # of a strip, from which the time for more is estimated
MOST = 4096  # starts along an axis, a gigabyte of results
ARRIVED = 0.02  # share of the window's diagonal within which a descent has found a minimum


@dataclass(frozen=True)
class Reached:
    """How descents from many starts end; arrays are read-only, one entry a start.

    `minimum` is the index of the known minimum within `ARRIVED` of which the descent ends (-1: of none), `arrived` the
    step from which it stays there (-1: never), `diverged` the first step that is not finite (-1: none), `final` where it ends.
    """

    minimum: Int[np.ndarray, "*starts"]
    arrived: Int[np.ndarray, "*starts"]
    diverged: Int[np.ndarray, "*starts"]
    final: Float[np.ndarray, "*starts 2"]

    def __post_init__(self):
        for array in (self.minimum, self.arrived, self.diverged, self.final):
            array.setflags(write=False)


@dataclass(frozen=True)
class Basins:
    """`reached.minimum[j, i]` belongs to the start `(x[i], y[j])`; numbers of minima count in `minima`."""

    x: Float[np.ndarray, "nx"]
    y: Float[np.ndarray, "ny"]
    minima: tuple[Any, ...]
    reached: Reached

    @property
    def shares(self) -> Float[np.ndarray, "minima"]:
        """The share of all starts that ends at each minimum."""
        reached = self.reached.minimum[self.reached.minimum >= 0]
        return np.bincount(reached, minlength=len(self.minima)) / self.reached.minimum.size


def basins(
    landscape: Any, optimizer: Optimizer, steps: int = 300, resolution: int | tuple[int, int] = 256,
    schedule: Schedule | Callable = Constant(),
) -> Basins:  # fmt: skip
    """A descent of `steps` from every point of a regular grid over the window of `landscape`, in float64.

    A landscape is what has a `loss` of one point, a `window` and `minima`, each with a `position`: those of the package
    landscapes, or any other. `resolution` is the number of starts along each axis, or (nx, ny), edges included.

    Each is `descend` from that start, up to rounding: the compiler joins multiplications and additions in another way for
    a batch. Memory does not grow with the number of steps. Raises ValueError for
    a negative number of steps and for a resolution below 2 or above 4096.
    """
    atlas = Map(landscape, optimizer, steps, resolution, schedule)
    return atlas.of(_all_parts(atlas.search))


class Map:
    """A map of starts to be computed: `search` has its descents, and `of` what they found. Raises what `basins` raises."""

    def __init__(self, landscape: Any, optimizer: Optimizer, steps: int, resolution, schedule: Schedule | Callable = Constant()):
        self.x, self.y = (np.linspace(*side, count) for side, count in zip(landscape.window, _counts(resolution)))
        self.minima = landscape.minima
        starts = np.stack(np.meshgrid(self.x, self.y), axis=-1).reshape(-1, 2)
        self.search = Search(landscape.loss, optimizer, starts, self.minima, landscape.window, steps, schedule)

    def of(self, found: Reached) -> Basins:
        shape = len(self.y), len(self.x)
        parts = (found.minimum, found.arrived, found.diverged, found.final)
        return Basins(self.x, self.y, self.minima, Reached(*(part.reshape(*shape, *part.shape[1:]) for part in parts)))


def _counts(resolution: int | tuple[int, int]) -> tuple[int, int]:
    counts = resolution if isinstance(resolution, tuple) else (resolution, resolution)
    if len(counts) != 2 or not all(isinstance(count, (int, np.integer)) and 2 <= count <= MOST for count in counts):
        raise ValueError(f"A map has from 2 to {MOST} starts along each axis, got {resolution!r}.")
    return counts


def reach(
    loss: Callable, optimizer: Optimizer, starts: Float[np.ndarray, "starts 2"], minima: Sequence[Any],
    window: Window, steps: int = 300, schedule: Schedule | Callable = Constant(),
) -> Reached:  # fmt: skip
    """How the descents from `starts` (parameter space) end; `minima` may be none."""
    return _all_parts(Search(loss, optimizer, starts, minima, window, steps, schedule))


def _all_parts(search: "Search") -> Reached:
    search.compile()  # which two threads would both do
    with ThreadPoolExecutor(THREADS) as pool:
        return search.joined(list(pool.map(result_of, search.parts(THREADS))))


class Search:
    """The descents of a map, part by part: who computes them decides on threads, pauses and an early end.

    Raises ValueError and TypeError for what cannot descend.
    """

    def __init__(
        self, loss: Callable, optimizer: Optimizer, starts: Float[np.ndarray, "starts 2"], minima: Sequence[Any],
        window: Window, steps: int = 300, schedule: Schedule | Callable = Constant(),
    ):  # fmt: skip
        check_loss(loss)
        check_steps(steps)
        optimizer = as_optimizer(optimizer)
        check_schedule(optimizer, schedule)
        self._optimizer, self._steps = optimizer, steps
        self._places = np.array([minimum.position for minimum in minima], np.float64).reshape(-1, 2)
        self._radius = np.float64(ARRIVED * float(np.hypot(*np.ptp(window, axis=1))))
        self._columns = np.asarray(starts, np.float64).T
        self._loss, self._take = _by_coordinates(loss, self._columns) if optimizer.bare.by_coordinate else (loss, np.asarray)
        # One shape for every number of steps, so one program.
        self._pace = paced(schedule, steps, 0, max(steps + 1, loop.LENGTHS[-1]), self._columns)
        self._width = self._abreast()

    def compile(self) -> None:
        """What the first piece would compile."""
        self._advance(self._set_out(self._columns[:, : self._width]), 0, 0)

    def parts(self, count: int) -> list[Pieces[dict[int, Ends]]]:
        """What `count` threads may compute side by side, each some of the strips, in pieces of about `PIECE` seconds.

        `joined` takes what they return.
        """
        firsts = range(0, self._columns.shape[1], self._width)
        return [self._part(firsts[number::count]) for number in range(count)]

    def joined(self, parts: Sequence[dict[int, Ends]]) -> Reached:
        """How the descents end, from what all parts returned."""
        ends = {first: end for part in parts for first, end in part.items()}
        final, since = (np.concatenate([ends[first][place] for first in sorted(ends)], axis=-1) for place in (0, 1))
        there, lost = (since >= 0) & (since <= self._steps), np.where(since < 0, -1 - since, -1)
        minimum = np.where(there, _nearest(final, self._places), -1)
        return Reached(minimum, np.where(there, since, -1), lost, np.ascontiguousarray(final.T))

    def _part(self, firsts: Sequence[int]) -> Pieces[dict[int, Ends]]:
        ends, pace = {}, FIRST_STEPS
        for number, first in enumerate(firsts):
            columns = self._columns[:, first : first + self._width]
            search, done, settled = self._set_out(_filled(columns, self._width)), 0, False
            while done < self._updates and not settled:
                last, began = min(done + pace, self._updates), time.perf_counter()
                search, reached = self._advance(search, done, last)
                seconds, settled = time.perf_counter() - began, reached < last
                pace = max(1, min(4 * pace, int((reached - done) * PIECE / max(seconds, 1e-6))))
                done = reached
                yield (number + done / self._updates) / len(firsts)
            since = np.asarray(search.since)
            # Who stands still outside of every minimum would stand there to the end.
            since = np.where(since == done, self._updates, since)
            ends[first] = np.stack(search.position)[:, : columns.shape[1]], since[: columns.shape[1]]
        return ends

    def _abreast(self) -> int:
        with jax.enable_x64(True):
            one = jax.eval_shape(partial(loop.set_out, self._optimizer), self._take(self._columns[:, :1]))
            steps = jax.make_jaxpr(jax.value_and_grad(self._loss))(self._take(self._columns[:, 0]))
        fits = ABREAST_BYTES // max(sum(map(_bytes, jax.tree.leaves(one))), _largest(steps.jaxpr))
        return max(1, min(MOST_ABREAST, 2 ** int(np.log2(max(1, fits))), -(-self._columns.shape[1] // THREADS)))

    @property
    def _updates(self) -> int:
        """One more than there are steps: the record of a point comes with the update that leaves it."""
        return self._steps + 1

    def _set_out(self, columns: Float[np.ndarray, "2 starts"]) -> loop.Search:
        with jax.enable_x64(True):
            return loop.set_out(self._optimizer, self._take(columns))

    def _advance(self, search: loop.Search, first: int, last: int) -> tuple[loop.Search, int]:
        with jax.enable_x64(True):
            arguments = self._places, self._radius, np.int32(first), np.int32(last), self._pace
            search, done = loop.arrive(self._loss, self._optimizer, search, *arguments)
            return search, int(done)


def _bytes(array) -> int:
    """Of an array, or of what describes one; a key of random numbers is as good as nothing."""
    return array.size * getattr(array.dtype, "itemsize", 0)


def _largest(steps) -> int:
    """The bytes of the largest array that is made in a traced function."""
    made = [_bytes(variable.aval) for step in steps.eqns for variable in step.outvars if hasattr(variable.aval, "dtype")]
    return max(made + [_largest(inner) for inner in subjaxprs(steps)], default=0)


def _filled(columns: Float[np.ndarray, "2 some"], width: int) -> Float[np.ndarray, "2 width"]:
    """The last strip with its last start repeated, so that all strips share a program."""
    return np.pad(columns, ((0, 0), (0, width - columns.shape[1])), mode="edge")


class _Coordinates:
    """A point that can be unpacked, and nothing else."""

    def __init__(self, coordinates: tuple):
        self._coordinates = coordinates

    def __iter__(self):
        return iter(self._coordinates)


class _Unpacked(eqx.Module):
    """A loss of one point as a loss of its coordinates."""

    loss: Callable

    def __call__(self, coordinates):
        return self.loss(_Coordinates(coordinates))


def _by_coordinates(loss: Callable, columns: Float[np.ndarray, "2 starts"]) -> tuple[Callable, Callable]:
    """`loss` of a tuple of coordinates, and how a point becomes one, where the loss only unpacks its point; else as they are.

    The gradient of an unpacked array is put together from padded arrays, which the compiler writes to memory at every
    step. Only for rules whose path is the same either way: one that looks at whole arrays would take another.
    """
    with jax.enable_x64(True):
        try:
            jax.eval_shape(_Unpacked(loss), tuple(columns[:, 0]))
        except (TypeError, AttributeError):
            return loss, np.asarray
    return _Unpacked(loss), tuple


def _nearest(columns: Float[np.ndarray, "2 points"], places: Float[np.ndarray, "places 2"]) -> Int[np.ndarray, "points"]:
    nearest, least = np.full(columns.shape[1], -1), np.full(columns.shape[1], np.inf)
    for number, (x, y) in enumerate(places):
        with np.errstate(all="ignore"):
            away = (columns[0] - x) ** 2 + (columns[1] - y) ** 2
            nearest[away < least] = number
            least = np.fmin(least, away)
    return nearest
