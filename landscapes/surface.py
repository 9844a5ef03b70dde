"""Surfaces: the loss on a grid of plane coordinates."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import index

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from landscapes.plane import Plane, embed

# A point of up to SMALL numbers is evaluated with its whole block at once, which compiles in half the time of
# a loop; larger ones, networks say, TOGETHER at a time, because their intermediate results take the memory.
SMALL, TOGETHER = 64, 16
# Grid points a compiled call: one compilation serves every resolution and window.
BLOCK_OF_SMALL, BLOCK_OF_LARGE = 16384, 256


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


def evaluate(loss: Callable, plane: Plane, resolution: int | tuple[int, int] = 128) -> Surface:
    """The loss on a regular grid over `plane.window`, edges included.

    `loss` takes one point of parameter space and returns a scalar. `resolution` is the number of grid
    points along each axis, or (nx, ny). dtype follows the plane's origin. Raises ValueError for a
    resolution below 2 and a loss that is not a scalar.
    """
    nx, ny = _resolution(resolution)
    x, y = (np.linspace(low, high, n) for (low, high), n in zip(plane.window, (nx, ny)))
    dtype = plane.dtype
    block = BLOCK_OF_SMALL if _size(plane.origin) <= SMALL else BLOCK_OF_LARGE
    values = np.empty(nx * ny, dtype)
    with jax.enable_x64(dtype == np.float64):
        for first in range(0, nx * ny, block):
            last = min(first + block, nx * ny)
            # The last block repeats its last point, so that every block has one shape.
            points = np.minimum(np.arange(first, first + block), last - 1)
            coordinates = np.stack([x[points % nx], y[points // nx]], axis=1).astype(dtype)
            values[first:last] = _losses(loss, plane.origin, plane.directions, coordinates)[: last - first]
    return Surface(x, y, values.reshape(ny, nx), plane)


def _resolution(resolution) -> tuple[int, int]:
    try:
        nx, ny = map(index, resolution if isinstance(resolution, (tuple, list)) else (resolution, resolution))
    except (TypeError, ValueError):
        raise ValueError(f"A resolution is a whole number or a pair (nx, ny) of them, got {resolution!r}.") from None
    if min(nx, ny) < 2:
        raise ValueError(f"A surface needs at least 2 points along each axis, got {nx} x {ny}.")
    return nx, ny


@eqx.filter_jit
def _losses(loss: Callable, origin: PyTree, directions, points: Float[Array, "block 2"]) -> Float[Array, "block"]:
    # Without the window, which is static: another window is no reason to compile again.
    def one(coordinates):
        value = loss(embed(origin, directions, coordinates))
        if jnp.shape(value) != ():
            raise ValueError(
                f"A loss takes one point and returns one number; this one returned shape {jnp.shape(value)}."
            )
        return value

    return jax.vmap(one)(points) if _size(origin) <= SMALL else jax.lax.map(one, points, batch_size=TOGETHER)


def _size(point: PyTree) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(point))
