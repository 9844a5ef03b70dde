"""Planes: two-dimensional slices through parameter space."""

from collections.abc import Callable, Iterator

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

PARALLEL = 1e-6  # sine of the angle between two directions that are one
PART = 2**18  # numbers at a time

Window = tuple[tuple[float, float], tuple[float, float]]


class Plane(eqx.Module):
    """The points origin + u d1 + v d2; (u, v) are *plane coordinates*.

    `origin` and both `directions` are pytrees of one structure and shape in parameter space; whole numbers
    become float64. `window` is ((u low, u high), (v low, v high)). Of principal axes, `explained` is the share of
    the variance along each (else None) and `left_out` names the runs they do not hold. Raises ValueError for a
    window that is empty or not finite, and for directions that do not fit the origin or do not span a plane.
    """

    origin: PyTree
    directions: tuple[PyTree, PyTree]
    window: Window = eqx.field(static=True)
    explained: tuple[float, float] | None = eqx.field(static=True, default=None)
    left_out: tuple[str, ...] = eqx.field(static=True, default=())

    def __init__(
        self,
        origin: PyTree,
        directions: tuple[PyTree, PyTree],
        window: Window,
        explained: tuple[float, float] | None = None,
        left_out: tuple[str, ...] = (),
    ):
        self.origin = jax.tree.map(as_floats, origin)
        self.directions = tuple(jax.tree.map(as_floats, direction) for direction in directions)
        self.window = _checked_window(window)
        self.explained, self.left_out = explained, tuple(left_out)

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

    @classmethod
    def random(
        cls,
        parameters: PyTree,
        key: int | PRNGKeyArray,
        normalize: str = "filter",
        window: Window | None = None,
        *,
        filter_axis: int = 0,
        vectors: bool = False,
    ) -> "Plane":
        """Through `parameters` along two random directions: see `directions.random_plane`."""
        from landscapes.directions import random_plane

        return random_plane(parameters, key, normalize, window, filter_axis=filter_axis, vectors=vectors)

    @classmethod
    def pca(cls, paths, window: Window | None = None) -> "Plane":
        """The plane nearest to all positions of all runs: see `principal.principal_plane`."""
        from landscapes.principal import principal_plane

        return principal_plane(paths, window)

    @classmethod
    def through(cls, a: PyTree, b: PyTree, c: PyTree, window: Window | None = None) -> "Plane":
        """Through three points, in true distances: see `directions.plane_through`."""
        from landscapes.directions import plane_through

        return plane_through(a, b, c, window)

    @classmethod
    def hessian(cls, loss: Callable, parameters: PyTree, window: Window | None = None, **lanczos) -> "Plane":
        """Through `parameters` along the two sharpest directions: see `directions.hessian_plane`."""
        from landscapes.directions import hessian_plane

        return hessian_plane(loss, parameters, window, **lanczos)

    def over(self, window: Window) -> "Plane":
        """The same plane, another part of it."""
        return Plane(self.origin, self.directions, window, self.explained, self.left_out)

    @property
    def dtype(self) -> np.dtype:
        """The widest dtype of the origin's leaves."""
        return widest(self.origin)

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


def widest(point: PyTree) -> np.dtype:
    """The widest dtype of a point's leaves."""
    return np.result_type(*(leaf.dtype for leaf in jax.tree.leaves(point)))


def as_floats(leaf):
    """A leaf as an array of floating-point numbers: whole numbers become float64."""
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


def _check_span(one: PyTree, other: PyTree):
    """Raises ValueError for two directions that are not finite, or of which one is zero or along the other."""
    products = np.zeros((2, 2))
    with np.errstate(over="ignore", invalid="ignore"):
        for pair in _pairs(one, other):
            if not np.isfinite(pair).all():
                raise ValueError("The directions of a plane need finite numbers; replace NaN and inf.")
            products += pair @ pair.T
        lengths = np.sqrt(np.diag(products))
        if not np.isfinite(lengths).all():
            raise ValueError("The directions of a plane need finite lengths; make them shorter.")
        cosine = abs(products[0, 1]) / lengths[0] / lengths[1] if lengths.min() > 0 else 1.0
    # Of unit vectors side by side the smallest singular value is the root of 1 - |cosine|.
    if not 1 - cosine >= PARALLEL**2:
        raise ValueError("The two directions of a plane must not be zero or parallel; choose another second direction.")


def _pairs(one: PyTree, other: PyTree) -> Iterator[Float[np.ndarray, "2 part"]]:
    """Both vectors in float64, a part at a time: of a large network they are as long as it."""
    for leaves in zip(jax.tree.leaves(one), jax.tree.leaves(other)):
        columns = [np.ravel(np.asarray(leaf)) for leaf in leaves]
        for first in range(0, columns[0].size, PART):
            yield np.stack([column[first : first + PART].astype(np.float64) for column in columns])
