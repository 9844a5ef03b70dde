"""Grid search: the loss at every point of a grid, in any number of dimensions that one has the time for."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from landscapes.compiling import jit
from landscapes.costs import grid_points

BLOCK = 1024  # points a compiled call
MOST_POINTS = 10**8


class GridSearch(NamedTuple):
    """The lowest of `points` losses, where it is, and how long looking took without compiling."""

    points: int
    position: Float[np.ndarray, "n"]
    loss: float
    seconds: float

    @property
    def each(self) -> float:
        """Seconds for one point."""
        return self.seconds / self.points


def grid_search(
    loss: Callable[[Float[Array, "n"]], Float[Array, ""]],
    window: Sequence[tuple[float, float]],
    per_axis: int,
    *,
    report: Callable[[float], None] | None = None,
) -> GridSearch:
    """Try every point of a regular grid over `window`, one (low, high) for each axis, edges included; in float64.

    `report(share)` is called after every block of points. A loss that is NaN is never the lowest. Raises ValueError
    for a grid of over 10^8 points, before it starts.
    """
    low, high = np.array(window, np.float64).T
    points = grid_points(per_axis, len(low))
    if points > MOST_POINTS:
        raise ValueError(f"A grid of {per_axis} points on {len(low)} axes has {points:,}; at most {MOST_POINTS:,} are tried.")
    best, where = np.inf, 0
    with jax.enable_x64(True):
        _lowest(loss, low, high, np.int64(per_axis), np.int64(0))[0].block_until_ready()
        begin = perf_counter()
        for first in range(0, points, BLOCK):
            values, at = (np.asarray(part) for part in _lowest(loss, low, high, np.int64(per_axis), np.int64(first)))
            best, where = (float(values), int(at)) if values < best else (best, where)
            if report is not None:
                report(min(1.0, (first + BLOCK) / points))
        seconds = perf_counter() - begin
        position = np.asarray(_point(low, high, per_axis, where))
    return GridSearch(points, position, best, seconds)


@jit
def _lowest(loss, low, high, per_axis, first):
    """The lowest of the block's losses and its number; what lies behind the end of the grid starts it anew."""
    numbers = first + jnp.arange(BLOCK)
    losses = jax.vmap(lambda number: loss(_point(low, high, per_axis, number)))(numbers)
    at = jnp.nanargmin(jnp.where(jnp.isnan(losses), jnp.inf, losses))
    return losses[at], numbers[at] % per_axis ** len(low)


def _point(low, high, per_axis, number):
    """The grid's point of that number: its digits to the base of `per_axis`, the first axis changing fastest."""
    digits = number // per_axis ** np.arange(len(low)) % per_axis
    return low + (high - low) * digits / (per_axis - 1)
