"""Planes: two-dimensional slices through parameter space."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PyTree

Window = tuple[tuple[float, float], tuple[float, float]]


class Plane(eqx.Module):
    """The points origin + u d1 + v d2; (u, v) are *plane coordinates*.

    `origin` and both `directions` are pytrees of one structure in parameter space;
    `window` is ((u low, u high), (v low, v high)).
    """

    origin: PyTree
    directions: tuple[PyTree, PyTree]
    window: Window = eqx.field(static=True)

    def __check_init__(self):
        for low, high in self.window:
            if not (np.isfinite(low) and np.isfinite(high) and low < high):
                raise ValueError(f"A window needs low < high on both axes, both finite; got {self.window}.")

    @classmethod
    def axes(cls, window: Window) -> "Plane":
        """The plane of a function of two parameters: plane coordinates are the parameters (float64)."""
        window = tuple((float(low), float(high)) for low, high in window)
        return cls(np.zeros(2), (np.array([1.0, 0.0]), np.array([0.0, 1.0])), window)

    def embed(self, coordinates: Float[Array, "2"]) -> PyTree:
        """Plane coordinates (u, v) to the point origin + u d1 + v d2 in parameter space."""
        u, v = coordinates
        return jax.tree.map(lambda o, d1, d2: o + u * d1 + v * d2, self.origin, *self.directions)

    def project(self, point: PyTree) -> Float[Array, "2"]:
        """The plane coordinates nearest to `point`, by least squares: directions need not be orthogonal."""
        basis = jnp.stack([ravel_pytree(d)[0] for d in self.directions], axis=1)
        offset = ravel_pytree(jax.tree.map(jnp.subtract, point, self.origin))[0]
        return jnp.linalg.solve(basis.T @ basis, basis.T @ offset)
