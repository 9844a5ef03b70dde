"""What runs on the workers of a Dask cluster. Importing it needs `distributed`."""

import ctypes
import os
from collections.abc import Callable

import numpy as np
from distributed import WorkerPlugin, get_worker

from landscapes.grid import Grid
from landscapes.plane import Plane
from landscapes.slices import in_one_go

TRIM, MMAP = -1, -3  # of the C library's mallopt
KEPT = 2**26  # bytes of freed memory that a worker keeps


class Problem(WorkerPlugin):
    """The loss, plane and grid, once on every worker: the same object for all its tiles, so it is compiled once."""

    def __init__(self, name: str, loss: Callable, plane: Plane, grid: Grid):
        self.name, self.loss, self.plane, self.grid = name, loss, plane, grid

    def setup(self, worker) -> None:
        _keep_freed_memory()
        self.losses = in_one_go(self.loss, self.plane)


def tile(name: str, first: int, last: int) -> np.ndarray:
    """The losses of the points `first` to `last` (exclusive), in the order in which the grid is filled."""
    problem = get_worker().plugins[name]
    return problem.losses(problem.grid.coordinates(first, last))


def _keep_freed_memory() -> None:
    """Dask lets its workers hand freed memory back at once (MALLOC_TRIM_THRESHOLD_), so that each intermediate result of a
    network is mapped anew: a sixth of the time. While they work for us at most `KEPT` bytes stay. Only glibc can be told so.
    """
    library = ctypes.CDLL(None) if os.name == "posix" else None
    if "MALLOC_TRIM_THRESHOLD_" in os.environ and hasattr(library, "mallopt"):
        library.mallopt(TRIM, KEPT)
        library.mallopt(MMAP, KEPT // 2)
