"""Slices: the loss at many points of a plane, by the strategy that suits the loss."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from inspect import signature
from itertools import cycle, islice, repeat
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from landscapes.compiling import brisk_jit, quick_jit
from landscapes.numpy_loss import NumpyLoss
from landscapes.plane import Plane, embed, widest

# A point of up to SMALL numbers is evaluated with its whole block at once, which compiles in half the time of
# a loop; larger ones, networks say, one after the other, because their intermediate results take the memory.
SMALL = 64
# Grid points a compiled call: one compilation serves every resolution and window. Of large points a call takes
# as many as fit into TURN seconds, so that who stops waiting stops it soon.
BLOCK_OF_SMALL, BLOCK_OF_LARGE = 16384, 1024
TURN = 0.15
# XLA leaves a core idle between the small operations of one network; a second thread takes it.
THREADS = min(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)

Coordinates = Callable[[int, int], Float[np.ndarray, "points 2"]]


class Span(NamedTuple):
    """The points origin + u d1 + v d2, also where the directions span no plane: one may be zero."""

    origin: PyTree
    directions: tuple[PyTree, PyTree]

    @property
    def dtype(self) -> np.dtype:
        return widest(self.origin)


@dataclass(frozen=True)
class Block:
    """The losses of points `first` to `last` (exclusive) of a sequence of plane coordinates."""

    first: int
    last: int
    losses: Float[np.ndarray, "points"]


def losses_at(loss: Callable, plane: Plane | Span, coordinates: Float[np.ndarray, "k 2"]) -> Float[np.ndarray, "k"]:
    """The loss on the plane at plane coordinates `(k, 2)`: what the surface would show there.

    NaN where the coordinates are not finite. Raises ValueError for coordinates of another shape and a loss that
    is not a scalar.
    """
    coordinates = np.asarray(coordinates)
    if coordinates.ndim != 2 or coordinates.shape[1] != 2:
        raise ValueError(f"Plane coordinates have shape (k, 2), got {coordinates.shape}.")
    finite = np.isfinite(coordinates).all(axis=1)
    there, found = coordinates[finite], np.full(len(coordinates), np.nan, plane.dtype)
    values = np.empty(len(there), plane.dtype)
    for block in blocks(loss, plane, len(there), lambda first, last: there[first:last]):
        values[block.first : block.last] = block.losses
    found[finite] = values
    return found


def blocks(
    loss: Callable, plane: Plane | Span, count: int, coordinates: Coordinates, first: int = 0
) -> Iterator[Block]:
    """The losses of a sequence of `count` points from number `first` on, block after block and in order.

    `coordinates(first, last)` gives the plane coordinates of a part of the sequence. Points are evaluated in
    groups that never depend on how the sequence is cut into blocks: a sequence that is stopped after any block and
    taken up there later gives the same bits. Large points are spread over all local devices of JAX. Stopping to iterate stops the computation within a block.
    """
    if isinstance(loss, NumpyLoss):
        return _called(loss, plane, count, coordinates, first)
    work = _Work(loss, plane)
    if first % work.group:
        raise ValueError(f"This sequence is taken up at multiples of {work.group}, got {first}.")
    return _at_once(work, count, coordinates, first) if work.small else _in_turns(work, count, coordinates, first)


def group_of(loss: Callable, plane: Plane | Span) -> int:
    """How many points are evaluated together, and are never parted."""
    return 1 if isinstance(loss, NumpyLoss) else _Work(loss, plane).group


def in_one_go(loss: Callable, plane: Plane) -> Callable[[Float[np.ndarray, "k 2"]], Float[np.ndarray, "k"]]:
    """The losses at plane coordinates that begin with a group, to the bits of `blocks` and on as many threads, without a pause."""
    if isinstance(loss, NumpyLoss):
        return lambda coordinates: np.fromiter(loss.along(plane, coordinates), plane.dtype, len(coordinates))
    work = _Work(loss, plane)

    def losses(coordinates: Float[np.ndarray, "k 2"]) -> Float[np.ndarray, "k"]:
        groups = -(-len(coordinates) // work.group)
        part = min(work.capacity, -(-groups // THREADS) * work.group)
        parts = [coordinates[first : first + part] for first in range(0, len(coordinates), part)]
        with ThreadPoolExecutor(THREADS) as pool:
            return np.concatenate(list(pool.map(work, parts)))

    return losses


class _Work:
    """A loss and a plane, ready to be evaluated at up to `capacity` points a call, `group` of them together."""

    def __init__(self, loss: Callable, plane: Plane | Span):
        self.loss, self.plane, self.dtype = loss, plane, plane.dtype
        together = getattr(_owner(loss), "points_together", None)
        # Whoever says how many points to take together has data whose intermediate results are large.
        self.small = together is None and _size(plane.origin) <= SMALL
        self.group = BLOCK_OF_SMALL if self.small else int(together or 1)
        self.capacity = BLOCK_OF_SMALL if self.small else max(1, BLOCK_OF_LARGE // self.group) * self.group

    def __call__(self, coordinates: Float[np.ndarray, "points 2"], device: jax.Device | None = None) -> Float[np.ndarray, "points"]:
        points = np.zeros((self.capacity, 2), self.dtype)
        points[: len(coordinates)] = coordinates
        # The last group is filled with its last point, so that every call has one shape.
        points[len(coordinates) :] = coordinates[-1:] if len(coordinates) else 0
        arguments = self.loss, self.plane.origin, self.plane.directions, points
        with jax.enable_x64(self.dtype == np.float64), jax.default_device(device):  # for each thread on its own
            if self.small:
                return np.asarray(_together(*arguments))[: len(coordinates)]
            groups = np.array(-(-len(coordinates) // self.group), np.int32)
            return np.asarray(_one_by_one(*arguments, _ends(self.plane), groups, self.group))[: len(coordinates)]


def _called(loss: NumpyLoss, plane: Plane | Span, count: int, coordinates: Coordinates, first: int) -> Iterator[Block]:
    pace = _Pace(1, BLOCK_OF_LARGE)
    while first < count:
        last, begin = min(first + pace.points(count - first), count), time.perf_counter()
        losses = np.fromiter(loss.along(plane, coordinates(first, last)), plane.dtype, last - first)
        pace.note(last - first, time.perf_counter() - begin)
        yield Block(first, last, losses)
        first = last


def _at_once(work: _Work, count: int, coordinates: Coordinates, first: int) -> Iterator[Block]:
    for start in range(first, count, work.group):
        last = min(start + work.group, count)
        yield Block(start, last, work(coordinates(start, last)))


def _in_turns(work: _Work, count: int, coordinates: Coordinates, first: int) -> Iterator[Block]:
    devices = cycle(several) if len(several := jax.local_devices()) > 1 else repeat(None)
    for device in islice(devices, len(several)):
        work(np.zeros((0, 2)), device)  # compiled here, or the first turn would seem slow
    threads = max(THREADS, len(several))
    pace = _Pace(work.group, work.capacity, threads)
    pool, waiting = ThreadPoolExecutor(threads), deque()
    try:
        while first < count or waiting:
            # One turn more than threads, so that none waits while somebody draws the last block.
            while first < count and len(waiting) <= threads:
                last = min(first + pace.points(count - first), count)
                waiting.append(pool.submit(_turn, work, first, last, coordinates(first, last), next(devices), pace))
                first = last
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _turn(work: _Work, first: int, last: int, coordinates, device: jax.Device | None, pace: "_Pace") -> Block:
    begin = time.perf_counter()
    losses = work(coordinates, device)
    pace.note(last - first, time.perf_counter() - begin)
    return Block(first, last, losses)


class _Pace:
    """How many points make a turn, from how long the last ones took."""

    def __init__(self, group: int, capacity: int, threads: int = 1):
        self.group, self.capacity, self.threads, self.size = group, capacity, threads, group

    def note(self, points: int, seconds: float) -> None:
        # At most fourfold: a first turn can be fast by chance.
        self.size = min(points * TURN / max(seconds, 1e-6), 4 * points, self.capacity)

    def points(self, left: int) -> int:
        # The last turns are shorter, so that the threads end together.
        size = min(self.size, max(left / self.threads, self.size / 8))
        return max(1, round(size / self.group)) * self.group


@quick_jit
def _together(loss: Callable, origin: PyTree, directions, points: Float[Array, "block 2"]) -> Float[Array, "block"]:
    # Without the window, which is static: another window is no reason to compile again.
    return jax.vmap(_on_plane(loss, origin, directions))(points)


@brisk_jit
def _one_by_one(loss: Callable, origin: PyTree, directions, points: Float[Array, "block 2"], ends, groups, group: int):
    one = _along(loss, origin, directions, ends) or _on_plane(loss, origin, directions)
    # A batch of one weight would make a grouped convolution of every convolution.
    group_losses = jax.vmap(one) if group > 1 else lambda points: one(points[0])[None]

    def step(number, losses):
        start = number * group
        values = group_losses(jax.lax.dynamic_slice_in_dim(points, start, group))
        return jax.lax.dynamic_update_slice_in_dim(losses, values.astype(losses.dtype), start, 0)

    return jax.lax.fori_loop(0, groups, step, jnp.zeros(len(points), points.dtype))


def _on_plane(loss: Callable, origin: PyTree, directions) -> Callable:
    def one(coordinates):
        value = loss(embed(origin, directions, coordinates))
        if jnp.shape(value) != ():
            raise ValueError(
                f"A loss takes one point and returns one number; this one returned shape {jnp.shape(value)}."
            )
        return value

    return one


def _along(loss: Callable, origin: PyTree, directions, ends) -> Callable | None:
    """The loss as a function of plane coordinates, where its object offers one that saves work."""
    along = getattr(_owner(loss), "along", None)
    if not callable(along):
        return None
    return along(origin, directions, **({"ends": ends} if "ends" in signature(along).parameters else {}))


def _ends(plane: Plane | Span) -> Float[np.ndarray, "2"]:
    """Half the sides of the window: how far the directions reach, for what is defined by their ends."""
    sides = getattr(plane, "window", ((-1.0, 1.0), (-1.0, 1.0)))
    return np.array([(high - low) / 2 for low, high in sides], np.float32)


def _owner(loss: Callable):
    """The object whose method `loss` is: a network, say, that knows how it is evaluated best."""
    return getattr(loss, "__self__", None) if getattr(loss, "__name__", "") == "loss" else None


def _size(point: PyTree) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(point))
