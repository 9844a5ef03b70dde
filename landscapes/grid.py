"""Grids of plane coordinates, and the order in which they are filled: coarse to fine."""

from dataclasses import dataclass
from functools import lru_cache
from operator import index

import numpy as np
from jaxtyping import Float, Int

from landscapes.plane import Window

COARSEST = 8  # the first picture has at most this many cells along an axis
LARGEST = 2**24  # grid points; with the order in which they are filled they take some hundred megabytes


@dataclass(frozen=True)
class Grid:
    """Points `(x[i], y[j])`, numbered row by row, `j * nx + i`, and filled in the order of `order`.

    Sub-grids of stride 2^k contain every 2^k-th column and row and the last ones, so each holds the edges and is
    nested in the next finer one. The order goes from the coarsest to stride 1, each sub-grid row by row.
    """

    x: Float[np.ndarray, "nx"]
    y: Float[np.ndarray, "ny"]

    @classmethod
    def over(cls, window: Window, resolution: int | tuple[int, int]) -> "Grid":
        """The regular grid with `resolution` points along each axis, or (nx, ny), edges of the window included."""
        sizes = _resolution(resolution)
        return cls(*(np.linspace(low, high, size) for (low, high), size in zip(window, sizes)))

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.y), len(self.x)

    @property
    def size(self) -> int:
        return len(self.x) * len(self.y)

    @property
    def order(self) -> Int[np.ndarray, "points"]:
        return _order(*self.shape)

    @property
    def strides(self) -> tuple[int, ...]:
        """Of the sub-grids, from the coarsest to 1."""
        return _strides(max(self.shape))

    def points(self, first: int, last: int) -> Int[np.ndarray, "points"]:
        """The numbers of the points filled at `first` to `last` (exclusive)."""
        return self.order[first:last]

    def coordinates(self, first: int, last: int) -> Float[np.ndarray, "points 2"]:
        """Their plane coordinates."""
        rows, columns = np.divmod(self.points(first, last), len(self.x))
        return np.stack([self.x[columns], self.y[rows]], axis=1)

    def lines(self, stride: int) -> tuple[Int[np.ndarray, "rows"], Int[np.ndarray, "columns"]]:
        """The rows and columns of the sub-grid of a stride."""
        rows, columns = (np.unique([*range(0, size, stride), size - 1]) for size in self.shape)
        return rows, columns


@lru_cache(maxsize=2)
def _order(ny: int, nx: int) -> Int[np.ndarray, "points"]:
    strides = _strides(max(ny, nx))
    rows, columns = (_levels(size, strides) for size in (ny, nx))
    # Stable, so that each level stays row by row; one byte a point, which NumPy sorts by counting.
    order = np.argsort(np.maximum(rows[:, None], columns).ravel(), kind="stable").astype(np.int32)
    order.setflags(write=False)
    return order


def _strides(size: int) -> tuple[int, ...]:
    coarsest = max(0, int(np.ceil(np.log2((size - 1) / COARSEST))))
    return tuple(2**power for power in range(coarsest, -1, -1))


def _levels(size: int, strides: tuple[int, ...]) -> Int[np.ndarray, "size"]:
    """The number of the first sub-grid that holds a line."""
    levels = np.zeros(size, np.uint8)
    for level, stride in enumerate(strides[:-1], start=1):
        levels[np.arange(size) % stride != 0] = level
    levels[-1] = 0
    return levels


def _resolution(resolution) -> tuple[int, int]:
    try:
        nx, ny = map(index, resolution if isinstance(resolution, (tuple, list)) else (resolution, resolution))
    except (TypeError, ValueError):
        raise ValueError(f"A resolution is a whole number or a pair (nx, ny) of them, got {resolution!r}.") from None
    if min(nx, ny) < 2:
        raise ValueError(f"A surface needs at least 2 points along each axis, got {nx} x {ny}.")
    if nx * ny > LARGEST:
        raise ValueError(
            f"A surface of {nx} x {ny} points needs about {nx * ny * 20 / 2**30:,.0f} GiB of memory; "
            f"choose at most {LARGEST:,} points."
        )
    return nx, ny
