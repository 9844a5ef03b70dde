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

    `origin` and both `directions` are pytrees of one structure and shape in parameter space; whole numbers
    become float64. `window` is ((u low, u high), (v low, v high)). Raises ValueError for a window that is
    empty or not finite, and for directions that do not fit the origin or do not span a plane.
    """

    origin: PyTree
    directions: tuple[PyTree, PyTree]
    window: Window = eqx.field(static=True)

    def __init__(self, origin: PyTree, directions: tuple[PyTree, PyTree], window: Window):
        self.origin = jax.tree.map(_as_floats, origin)
        self.directions = tuple(jax.tree.map(_as_floats, direction) for direction in directions)
        self.window = _checked_window(window)

    def __check_init__(self):
        if len(self.directions) != 2:
            raise ValueError(f"A plane needs two directions, got {len(self.directions)}.")
        for direction in self.directions:
            if _shapes(direction) != _shapes(self.origin):
                raise ValueError(
                    f"A direction needs the structure of the origin, {_shapes(self.origin)}; got {_shapes(direction)}."
                )
        if not any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(self)):
            _check_span(*self.directions)

    @classmethod
    def axes(cls, window: Window) -> "Plane":
        """The plane of a function of two parameters: plane coordinates are the parameters (float64)."""
        return cls(np.zeros(2), (np.array([1.0, 0.0]), np.array([0.0, 1.0])), window)

    @property
    def dtype(self) -> np.dtype:
        """The widest dtype of the origin's leaves."""
        return np.result_type(*(leaf.dtype for leaf in jax.tree.leaves(self.origin)))

    def embed(self, coordinates: Float[Array, "2"]) -> PyTree:
        """Plane coordinates (u, v) to the point origin + u d1 + v d2 in parameter space."""
        return embed(self.origin, self.directions, coordinates)

    def project(self, point: PyTree) -> Float[Array, "2"]:
        """The plane coordinates nearest to `point`, by least squares: directions need not be orthogonal."""
        with jax.enable_x64(self.dtype == np.float64):
            basis = jnp.stack([ravel_pytree(direction)[0] for direction in self.directions], axis=1)
            offset = ravel_pytree(jax.tree.map(jnp.subtract, point, self.origin))[0]
            # QR: the normal equations would square the condition number of skew directions.
            orthonormal, triangular = jnp.linalg.qr(basis)
            return jax.scipy.linalg.solve_triangular(triangular, orthonormal.T @ offset)


def embed(origin: PyTree, directions: tuple[PyTree, PyTree], coordinates: Float[Array, "2"]) -> PyTree:
    """origin + u d1 + v d2, leaf by leaf."""
    u, v = coordinates
    return jax.tree.map(lambda o, d1, d2: o + u * d1 + v * d2, origin, *directions)


def _as_floats(leaf):
    leaf = leaf if isinstance(leaf, jax.Array) else np.asarray(leaf)
    return leaf if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf.astype(np.float64)


def _shapes(tree):
    return jax.tree.map(np.shape, tree)


def _checked_window(window) -> Window:
    try:
        (u_low, u_high), (v_low, v_high) = window
        window = (float(u_low), float(u_high)), (float(v_low), float(v_high))
    except (TypeError, ValueError):
        raise ValueError(f"A window is ((u low, u high), (v low, v high)), got {window!r}.") from None
    for low, high in window:
        # Bounds whose difference overflows have no grid between them.
        if not (low < high and np.isfinite(high - low)):
            raise ValueError(f"A window needs low < high on both axes, both finite; got {window}.")
    return window


def _check_span(*directions):
    basis = np.stack([np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(d)]) for d in directions]).astype(
        np.float64
    )
    if not np.isfinite(basis).all():
        raise ValueError("The directions of a plane need finite numbers; replace NaN and inf.")
    lengths = np.linalg.norm(basis, axis=1)
    if lengths.min() == 0 or np.linalg.svd(basis / lengths[:, None], compute_uv=False)[-1] < 1e-6:
        raise ValueError("The two directions of a plane must not be zero or parallel; choose another second direction.")
