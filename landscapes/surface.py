"""Surfaces: the loss on a grid of plane coordinates."""

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from jaxtyping import Float

from landscapes.grid import Grid
from landscapes.plane import Plane
from landscapes.slices import BLOCK_OF_LARGE, BLOCK_OF_SMALL, SMALL, blocks

__all__ = ["BLOCK_OF_LARGE", "BLOCK_OF_SMALL", "SMALL", "Surface", "evaluate"]


@dataclass(frozen=True)
class Surface:
    """`loss[j, i]` is the loss at plane coordinates `(x[i], y[j])`. NaN and inf are kept as they came.

    The arrays are read-only: a surface is shared by everyone who looks at it.
    """

    x: Float[np.ndarray, "nx"]
    y: Float[np.ndarray, "ny"]
    loss: Float[np.ndarray, "ny nx"]
    plane: Plane

    def __post_init__(self):
        expected = (len(self.y), len(self.x))
        if np.shape(self.loss) != expected:
            raise ValueError(
                f"A surface needs loss[j, i] at (x[i], y[j]), shape {expected}; got {np.shape(self.loss)}."
            )
        for array in (self.x, self.y, self.loss):
            array.setflags(write=False)


def evaluate(
    loss: Callable,
    plane: Plane,
    resolution: int | tuple[int, int] = 128,
    *,
    store: str | PathLike | None = None,
    client: Any = None,
    report: Callable[[int, int], Any] | None = None,
) -> Surface:
    """The loss on a regular grid over `plane.window`, edges included.

    `loss` takes one point of parameter space and returns a scalar; one that JAX cannot trace, of torch say, comes as a
    `NumpyLoss`. Where it is the method `loss` of an object,
    that object may offer `along(origin, directions)`, the same loss as a function of plane coordinates `(2,)` with
    what can be shared by all points computed once (or None), and `points_together`, how many points to evaluate
    at a time. `resolution` is the number of grid points along each axis, or (nx, ny). dtype follows the plane's
    origin; memory does not grow with the grid, but for the values themselves.

    `store` names a folder that takes the surface in tiles as they finish: the same call on it again computes only what is
    missing. `client` is a `dask.distributed.Client`, whose workers compute the tiles. Both give the bits of a plain call,
    on processors of one kind. `report(done, tiles)` is called after each tile; when it returns False that ends the call
    with InterruptedError. Raises ValueError for a resolution below 2 or too large to hold, a loss that is not a scalar,
    and a store that holds another surface.
    """
    if not (store is None and client is None and report is None):
        from landscapes.tiles import evaluate_in_tiles

        return evaluate_in_tiles(loss, plane, resolution, store=store, client=client, report=report)
    grid = Grid.over(plane.window, resolution)
    values = np.empty(grid.size, plane.dtype)
    for block in blocks(loss, plane, grid.size, grid.coordinates):
        values[grid.points(block.first, block.last)] = block.losses
    return Surface(grid.x, grid.y, values.reshape(grid.shape), plane)
