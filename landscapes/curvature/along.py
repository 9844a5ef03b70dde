"""Sharpness along a recorded path, a few snapshots at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Bool, Float, PRNGKeyArray, PyTree

from landscapes.curvature.eigenpairs import checked, largest, some_key
from landscapes.curvature.hessian import as_floats, precision_of, size, together

STEPS = 15  # fewer than for one point: a curve over many points needs three digits


@dataclass(frozen=True)
class SharpnessAlong:
    """What is known so far: `values[i]` belongs to snapshot i and is NaN until `known[i]`, and where it is not finite."""

    values: Float[np.ndarray, "k"]
    known: Bool[np.ndarray, "k"]

    @property
    def done(self) -> int:
        return int(self.known.sum())

    @property
    def total(self) -> int:
        return len(self.known)


def sharpness_along(
    loss: Callable,
    positions: PyTree,
    *,
    preconditioners: PyTree | None = None,
    steps: int = STEPS,
    key: PRNGKeyArray | None = None,
) -> Iterator[SharpnessAlong]:
    """The largest eigenvalue of the Hessian at each of k snapshots: both ends first, then ever finer between them.

    `positions` is a pytree like the parameters with a leading axis of k, such as the `positions` of a run;
    `preconditioners` too, for P^-1 H instead of H (see `sharpness`). Yields what is known after every few
    snapshots, all of it at last: `*_, last = sharpness_along(...)`. Stopping to iterate cancels. Where `loss` is a
    method of an object with `points_together`, that many snapshots are taken at once. Raises ValueError for
    snapshots without a common leading axis.
    """
    positions = as_floats(positions)
    count = _length(positions)
    _, steps = checked(1, steps, size(positions) // count)
    if preconditioners is not None and _length(preconditioners) != count:
        raise ValueError(f"{count} snapshots need as many preconditioners, got {_length(preconditioners)}.")
    return _chunks(loss, (positions, preconditioners), count, some_key(key), steps)


def _chunks(loss, snapshots, count: int, key, steps: int) -> Iterator[SharpnessAlong]:
    values, order, chunk = np.full(count, np.nan), coarse_first(count), together(loss)
    for first in range(0, count, chunk):
        chosen = order[first : first + chunk]
        # The last chunk repeats its last snapshot, so that every chunk has one shape.
        padded = np.pad(chosen, (0, chunk - len(chosen)), mode="edge")
        points, preconditioners = jax.tree.map(lambda leaf: np.asarray(leaf)[padded], snapshots)
        with precision_of(points):
            values[chosen] = np.asarray(_largest_of(loss, points, preconditioners, key, steps))[: len(chosen)]
        known = np.isin(np.arange(count), order[: first + chunk])
        yield SharpnessAlong(values.copy(), known)


@eqx.filter_jit
def _largest_of(loss, points, preconditioners, key, steps: int):
    one = lambda snapshot: largest(loss, *snapshot, key, steps)
    snapshots = points, preconditioners
    if len(jax.tree.leaves(points)[0]) == 1:
        # A batch of one weight would make a grouped convolution of every convolution.
        return one(jax.tree.map(lambda leaf: leaf[0], snapshots))[None]
    return jax.vmap(one)(snapshots)


def coarse_first(count: int) -> np.ndarray:
    """0 to count - 1, each once: both ends, the middle, then what halves the gaps that are left."""
    stride, order = max(1, count - 1), [0, count - 1]
    while stride > 1:
        stride = (stride + 1) // 2
        order += range(0, count, stride)
    return np.array(list(dict.fromkeys(order)))


def _length(stacked: PyTree) -> int:
    lengths = {np.shape(leaf)[:1] for leaf in jax.tree.leaves(stacked)}
    if len(lengths) != 1 or not (length := next(iter(lengths))) or length[0] < 1:
        raise ValueError(
            f"Snapshots are stacked: every leaf needs one leading axis of the same length, got {sorted(lengths)}."
        )
    return length[0]
