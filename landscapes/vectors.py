"""Positions as long vectors: sums over all parameters in float64, a part of them at a time."""

from collections.abc import Iterator

import jax
import numpy as np
from jaxtyping import Float, PyTree

PART = 2**21  # numbers in float64 at a time, 16 MiB


def rows(positions: PyTree) -> int:
    """The length of the leading axis. Raises ValueError where the leaves disagree."""
    counts = {np.shape(leaf)[0] if np.ndim(leaf) else 0 for leaf in jax.tree.leaves(positions)}
    if len(counts) != 1:
        raise ValueError(f"Stacked positions have one leading axis in common; these leaves have {sorted(counts)}.")
    return counts.pop()


def parts(positions: PyTree, columns: int) -> Iterator[Float[np.ndarray, "rows part"]]:
    """Stacked positions in float64, `columns` numbers of every position at most."""
    for leaf in jax.tree.leaves(positions):
        numbers = np.asarray(leaf).reshape(np.shape(leaf)[0], -1)
        for first in range(0, numbers.shape[1], columns):
            yield numbers[:, first : first + columns].astype(np.float64)


def row_parts(numbers: Float[np.ndarray, "rows columns"]) -> Iterator[slice]:
    """The rows, PART numbers at most and at least one row at a time."""
    height = max(1, PART // max(numbers.shape[1], 1))
    return (slice(first, first + height) for first in range(0, len(numbers), height))


def flat(point: PyTree) -> Float[np.ndarray, "n"]:
    """A point as one vector of float64."""
    return np.concatenate([np.ravel(np.asarray(leaf)) for leaf in jax.tree.leaves(point)]).astype(np.float64)


def shaped(vector: Float[np.ndarray, "n"], like: PyTree) -> PyTree:
    """A vector as a point like another one, in its dtypes."""
    leaves, structure = jax.tree.flatten(like)
    pieces = np.split(vector, np.cumsum([np.size(leaf) for leaf in leaves])[:-1])
    return structure.unflatten(
        [piece.reshape(np.shape(leaf)).astype(np.asarray(leaf).dtype) for piece, leaf in zip(pieces, leaves)]
    )


def norm(point: PyTree) -> float:
    """The Euclidean length over all leaves."""
    return float(np.linalg.norm(flat(point)))
