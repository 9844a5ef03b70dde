"""The Hessian as a linear map: products with vectors, never a matrix."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from landscapes.compiling import brisk_jit


def slice_hessian(loss: Callable, point: PyTree, directions: tuple[PyTree, ...]) -> Float[np.ndarray, "2 2"]:
    """The exact Hessian of a slice through `point`: D^T H D, entry (i, j) is d_i^T H d_j.

    `directions` are pytrees like the point (parameter space); two make the 2 x 2 matrix of a plane. At plane
    coordinates c it is that of `plane.embed(c)`.
    """
    point, directions = as_floats(point), tuple(map(as_floats, directions))
    with precision_of(point):
        return np.asarray(_slice_hessian(loss, point, directions))


@brisk_jit
def _slice_hessian(loss, point, directions):
    apply = product(loss, point)
    products = [apply(direction) for direction in directions]
    return jnp.array([[_dot(direction, image) for image in products] for direction in directions])


def _dot(one: PyTree, other: PyTree) -> Float[Array, ""]:
    return sum(jnp.vdot(a, b) for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True))


def product(loss: Callable, point: PyTree) -> Callable[[PyTree], PyTree]:
    """v -> H v at `point`, for use inside jit."""

    def one_number(parameters):
        value = loss(parameters)
        if jnp.shape(value) != ():
            raise ValueError(
                f"A loss takes one point and returns one number; this one returned shape {jnp.shape(value)}."
            )
        return value

    # Linearised once: what depends on the point alone is not computed again for every product.
    return jax.linearize(jax.grad(one_number), point)[1]


@brisk_jit
def one_product(loss: Callable, point: PyTree, vector: PyTree) -> PyTree:
    """v -> H v, compiled by itself."""
    return product(loss, point)(vector)


def is_slow_in_loops(loss: Callable) -> bool:
    """Whether the object whose method the loss is says that compiled loops of its derivatives are slow.

    XLA on a processor takes ten times as long for the derivatives of a convolution inside a loop.
    """
    return bool(getattr(getattr(loss, "__self__", None), "slow_in_loops", False))


def as_floats(point: PyTree) -> PyTree:
    """The leaves as arrays; whole numbers become float64. Raises ValueError where there is no number at all."""
    if not size(point):
        raise ValueError("Curvature needs at least one parameter; this pytree has none.")
    return jax.tree.map(_as_floats, point)


def _as_floats(leaf):
    leaf = leaf if isinstance(leaf, jax.Array) else np.asarray(leaf)
    return leaf if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf.astype(np.float64)


def dtype_of(point: PyTree) -> np.dtype:
    """The widest dtype of the point's leaves."""
    return np.result_type(*(leaf.dtype for leaf in jax.tree.leaves(point)))


def precision_of(point: PyTree):
    """The context in which JAX computes in the widest dtype of the point's leaves."""
    return jax.enable_x64(dtype_of(point) == np.float64)


def size(point: PyTree) -> int:
    """How many numbers a point has."""
    return sum(np.size(leaf) for leaf in jax.tree.leaves(point))


def unflatten(rows: Float[np.ndarray, "k n"], like: PyTree) -> PyTree:
    """Flat vectors as rows to a pytree like `like` with a leading axis of k."""
    leaves, structure = jax.tree.flatten(like)
    parts = np.split(rows, np.cumsum([leaf.size for leaf in leaves])[:-1], axis=1)
    shaped = [part.reshape(-1, *leaf.shape).astype(leaf.dtype) for part, leaf in zip(parts, leaves)]
    return jax.tree.unflatten(structure, shaped)
