"""What runs on the workers of a Dask cluster. Importing it needs `distributed`."""

from collections.abc import Callable

import numpy as np
from distributed import WorkerPlugin, get_worker

from landscapes.grid import Grid
from landscapes.plane import Plane
from landscapes.slices import in_one_go


class Problem(WorkerPlugin):
    """The loss, plane and grid, once on every worker: the same object for all its tiles, so it is compiled once."""

    def __init__(self, name: str, loss: Callable, plane: Plane, grid: Grid):
        self.name, self.loss, self.plane, self.grid = name, loss, plane, grid

    def setup(self, worker) -> None:
        self.losses = in_one_go(self.loss, self.plane)


def tile(name: str, first: int, last: int) -> np.ndarray:
    """The losses of the points `first` to `last` (exclusive), in the order in which the grid is filled."""
    problem = get_worker().plugins[name]
    return problem.losses(problem.grid.coordinates(first, last))
