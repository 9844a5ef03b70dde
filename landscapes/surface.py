"""Surfaces: the loss on a grid of plane coordinates."""

from collections.abc import Callable
from dataclasses import dataclass

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from landscapes.plane import Plane

BLOCK = 4096  # grid points a compiled call: one compilation serves every resolution, memory stays flat
TOGETHER = 512  # of these, points evaluated at once (vmap); the rest in turn


@dataclass(frozen=True)
class Surface:
    """`loss[j, i]` is the loss at plane coordinates `(x[i], y[j])`. NaN and inf are kept as they came."""

    x: Float[np.ndarray, "nx"]
    y: Float[np.ndarray, "ny"]
    loss: Float[np.ndarray, "ny nx"]
    plane: Plane


def evaluate(loss: Callable, plane: Plane, resolution: int | tuple[int, int] = 128) -> Surface:
    """The loss on a regular grid over `plane.window`, edges included.

    `loss` takes one point of parameter space and returns a scalar. `resolution` is the number of grid
    points along each axis, or (nx, ny). dtype follows the plane's origin. Raises ValueError for a
    resolution below 2.
    """
    nx, ny = (resolution, resolution) if isinstance(resolution, int) else resolution
    if min(nx, ny) < 2:
        raise ValueError(f"A surface needs at least 2 points along each axis, got {nx} x {ny}.")
    dtype = np.result_type(*(np.asarray(leaf).dtype for leaf in jax.tree.leaves(plane.origin)))
    x, y = (np.linspace(low, high, n) for (low, high), n in zip(plane.window, (nx, ny)))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(dtype)
    with jax.enable_x64(dtype == np.float64):
        values = [_evaluate_block(loss, plane, block) for block in _padded_blocks(grid)]
    return Surface(x, y, np.concatenate(values)[: nx * ny].reshape(ny, nx), plane)


def _padded_blocks(grid: np.ndarray) -> list[np.ndarray]:
    padding = np.repeat(grid[-1:], -len(grid) % BLOCK, axis=0)
    return np.split(np.concatenate([grid, padding]), -(-len(grid) // BLOCK))


@eqx.filter_jit
def _losses(loss: Callable, plane: Plane, points: Float[Array, "block 2"]) -> Float[Array, "block"]:
    return jax.lax.map(lambda c: loss(plane.embed(c)), points, batch_size=TOGETHER)


def _evaluate_block(loss, plane, block) -> np.ndarray:
    return np.asarray(_losses(loss, plane, block))
