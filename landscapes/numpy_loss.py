"""Losses that JAX knows nothing about: any function of NumPy arrays, in whatever framework it computes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import PyTree


@dataclass(frozen=True)
class NumpyLoss:
    """A loss that `evaluate`, `honest` and `losses_at` call once a point, with NumPy arrays.

    `function` takes a point as the plane has it, a flat vector where its origin is one, a dict of arrays where that
    is one, and returns one number. It gets arrays of its own, which it may keep or change. There are no derivatives.
    """

    function: Callable[[PyTree], float]

    def __post_init__(self):
        if not callable(self.function) or isinstance(self.function, type):
            raise ValueError(f"A NumpyLoss wraps a function of NumPy arrays; got a {type(self.function).__name__}.")

    def __call__(self, point: PyTree) -> float:
        """The loss at one point. Raises ValueError for what is not one number, and where JAX asks for a derivative."""
        if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(point)):
            raise ValueError("A NumpyLoss gives values at given points alone: JAX cannot look into it for derivatives.")
        value = self.function(point)
        value = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
        if value.size != 1 or value.dtype.kind not in "fiub":
            raise ValueError(f"A loss takes one point and returns one number; this one returned shape {value.shape}.")
        return float(value.reshape(()))

    def along(self, plane, coordinates: np.ndarray) -> Iterator[float]:
        """The losses at plane coordinates `(k, 2)`, one after the other, in the dtypes of the plane's origin."""
        origin, first, second = (jax.tree.map(np.asarray, point) for point in (plane.origin, *plane.directions))
        for u, v in coordinates:
            yield self(jax.tree.map(lambda o, d1, d2: np.asarray(o + u * d1 + v * d2, o.dtype), origin, first, second))
