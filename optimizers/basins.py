"""Basins of attraction: which minimum a descent from every start reaches, and how soon."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Float, Int

from optimizers import loop
from optimizers.descent import as_optimizer, check_loss, check_steps, paced
from optimizers.optimizer import Optimizer
from optimizers.schedules import Constant, Schedule, check_schedule

Window = tuple[tuple[float, float], tuple[float, float]]

THREADS, WORTH_A_THREAD = 2, 1024  # from so many starts on
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
    x, y = (np.linspace(*side, count) for side, count in zip(landscape.window, _counts(resolution)))
    minima = landscape.minima
    starts = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    found = reach(landscape.loss, optimizer, starts, minima, landscape.window, steps, schedule)
    parts = (found.minimum, found.arrived, found.diverged, found.final)
    return Basins(x, y, minima, Reached(*(part.reshape(len(y), len(x), *part.shape[1:]) for part in parts)))


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
    check_loss(loss)
    check_steps(steps)
    optimizer = as_optimizer(optimizer)
    check_schedule(optimizer, schedule)
    places = np.array([minimum.position for minimum in minima], np.float64).reshape(-1, 2)
    radius = ARRIVED * float(np.hypot(*np.ptp(window, axis=1)))
    columns = np.asarray(starts, np.float64).T
    loss, take = _by_coordinates(loss, columns) if optimizer.bare.by_coordinate else (loss, np.asarray)
    pace = paced(schedule, steps, 0, max(steps + 1, loop.LENGTHS[-1]), columns)  # one shape, so one program

    def arrive(some: Float[np.ndarray, "2 starts"], steps: int) -> list[np.ndarray]:
        with jax.enable_x64(True):
            found = loop.arrive(loss, optimizer, take(some), places, np.float64(radius), np.int32(steps), pace)
            return [np.stack(found[0]), np.asarray(found[1])]

    parts = _equal_parts(columns)
    arrive(parts[0], 0)  # compiles, which two threads would both do
    with ThreadPoolExecutor(len(parts)) as pool:
        found = pool.map(arrive, parts, [steps] * len(parts))
    final, since = (np.concatenate(each, axis=-1)[..., : columns.shape[1]] for each in zip(*found))
    there, lost = (since >= 0) & (since <= steps), np.where(since < 0, -1 - since, -1)
    return Reached(np.where(there, _nearest(final, places), -1), np.where(there, since, -1), lost, np.ascontiguousarray(final.T))


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


def _equal_parts(columns: Float[np.ndarray, "2 starts"]) -> list[Float[np.ndarray, "2 part"]]:
    """The starts for each thread, as many for one as for the other: the last is repeated where they are odd."""
    threads = THREADS if columns.shape[1] >= WORTH_A_THREAD else 1
    return np.split(np.pad(columns, ((0, 0), (0, -columns.shape[1] % threads)), mode="edge"), threads, axis=1)


def _nearest(columns: Float[np.ndarray, "2 points"], places: Float[np.ndarray, "places 2"]) -> Int[np.ndarray, "points"]:
    nearest, least = np.full(columns.shape[1], -1), np.full(columns.shape[1], np.inf)
    for number, (x, y) in enumerate(places):
        with np.errstate(all="ignore"):
            away = (columns[0] - x) ** 2 + (columns[1] - y) ** 2
            nearest[away < least] = number
            least = np.fmin(least, away)
    return nearest
