"""Lines: the loss between two points, and the barrier on the way."""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Float, PyTree

from landscapes.plane import as_floats
from landscapes.slices import Span, losses_at
from landscapes.vectors import norm


@dataclass(frozen=True)
class Line:
    """`loss[i]` is the loss at a + t[i] (b - a); `distance` is |b - a|. NaN and inf are kept as they came."""

    t: Float[np.ndarray, "points"]
    loss: Float[np.ndarray, "points"]
    distance: float

    def __post_init__(self):
        for array in (self.t, self.loss):
            array.setflags(write=False)

    @property
    def barrier(self) -> float:
        r"""How far the loss rises above the straight line between its ends, at the points of the line.

        \max_t [L(a + t (b - a)) - (1 - t) L(a) - t L(b)]: 0 or more, and 0 for every convex loss. NaN where a loss is.
        Source: Entezari, Sedghi, Saukh and Neyshabur, The role of permutation invariance in linear mode connectivity
        of neural networks (2022), definition 1.
        """
        loss = self.loss.astype(np.float64)
        with np.errstate(invalid="ignore"):
            return float(np.max(loss - (loss[0] + self.t * (loss[-1] - loss[0]))))


def line(loss: Callable, a: PyTree, b: PyTree, resolution: int = 51) -> Line:
    """The loss at `resolution` evenly spaced points from `a` to `b`, both included. dtype follows `a`.

    `loss` is as for `evaluate`. Raises ValueError for fewer than two points, and ends that do not fit each other.
    """
    if not isinstance(resolution, (int, np.integer)) or resolution < 2:
        raise ValueError(f"A line needs a whole number of at least 2 points, got {resolution!r}.")
    if jax.tree.structure(a) != jax.tree.structure(b) or jax.tree.map(np.shape, a) != jax.tree.map(np.shape, b):
        raise ValueError("The ends of a line need parameters of one structure and shape.")
    a, b = (jax.tree.map(as_floats, end) for end in (a, b))
    way = jax.tree.map(lambda start, end: np.asarray(end) - np.asarray(start), a, b)
    t = np.linspace(0.0, 1.0, resolution)
    aside = jax.tree.map(np.zeros_like, way)
    return Line(t, losses_at(loss, Span(a, (way, aside)), np.stack([t, 0 * t], axis=1)), norm(way))
