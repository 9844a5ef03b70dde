"""Lanczos' method: a few Hessian-vector products give the ends of the spectrum. One compiled function for all uses."""

from collections.abc import Callable
from operator import index
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Float, PyTree
from matfree import decomp

from landscapes.compiling import brisk_jit
from landscapes.curvature.hessian import is_slow_in_loops, one_product, product, unflatten
from landscapes.vectors import flat

STEPS = 20  # Hessian-vector products; the same everywhere, so that one compilation serves everything
ROUNDING = 100  # rounding errors: as far as vectors may be from orthogonal


class Lanczos(NamedTuple):
    """The Hessian on the space that `steps` products span: Q^T H Q = S diag(nodes) S^T, Q orthonormal.

    Attributes:
        nodes: eigenvalues of Q^T H Q, largest first; the outer ones are near those of H.
        rotation: S, its eigenvectors as columns.
        basis: the columns of Q, as rows; the first is along the vector it started from.
        residuals: |H v - node v| for v = Q s, s a column of S.
    """

    nodes: Float[np.ndarray, "steps"]
    rotation: Float[np.ndarray, "steps steps"]
    basis: Float[np.ndarray, "steps n"]
    residuals: Float[np.ndarray, "steps"]


def lanczos(
    loss: Callable, point: PyTree, preconditioner: PyTree | None, vector: Float[np.ndarray, "n"], steps: int, random
) -> Lanczos:
    """From `vector`, with full reorthogonalisation. NaN where the Hessian is not finite.

    Where the Krylov space ends early (a Hessian that is zero, of low rank or a multiple of the identity) the method
    would divide zero by zero, or go on along rounding errors. There it goes on with random vectors (`random` draws
    them) and takes the products with all.
    """
    method = _tridiagonal_by_steps if is_slow_in_loops(loss) else _tridiagonal
    small, basis, remainder = map(np.asarray, method(loss, point, preconditioner, vector, steps))
    cosines = np.abs(np.tril(basis @ basis.T, -1)).max(axis=1)
    ended = ~(cosines <= ROUNDING * np.finfo(vector.dtype).eps)  # or NaN
    if ended.any() and np.isfinite(small[0, 0]):
        basis = _completed(basis[: ended.argmax()], steps, random)
        products = np.asarray(_products(loss, point, preconditioner, basis))
        small = (products @ basis.T + basis @ products.T) / 2
    if not np.isfinite(small).all():
        return Lanczos(*(np.full(shape, np.nan) for shape in (steps, small.shape, basis.shape, steps)))
    nodes, rotation = np.linalg.eigh(small.astype(np.float64))
    residuals = remainder * np.abs(rotation[-1])
    if ended.any():
        residuals = np.linalg.norm(rotation.T @ products - nodes[:, None] * (rotation.T @ basis), axis=1)
    return Lanczos(nodes[::-1], rotation[:, ::-1], basis, residuals[::-1])


def _completed(rows, steps: int, random):
    """The rows, and random ones orthogonal to them and to each other."""
    more = random.standard_normal((steps - len(rows), rows.shape[1]))
    orthonormal = np.linalg.qr(np.concatenate([rows, more]).T.astype(np.float64))[0].T
    return np.concatenate([rows, orthonormal[len(rows) :].astype(rows.dtype)])


@brisk_jit
def _tridiagonal(loss, point, preconditioner, vector, steps: int):
    method = decomp.tridiag_sym(steps, reortho="full", custom_vjp=False)
    basis, small, remainder, _ = method(_flat_product(loss, point, preconditioner), vector)
    return small, basis, jnp.linalg.norm(remainder)


def _tridiagonal_by_steps(loss, point, preconditioner, vector, steps: int):
    """The same with one compiled call for each product, for what is slow in a compiled loop. Each row is made
    orthogonal to those before it twice (Parlett 1998, section 6.9)."""
    apply = _product_of_rows(loss, point, preconditioner)
    small, basis = np.zeros((steps, steps)), np.zeros((steps, len(vector)))
    rest, beta = np.asarray(vector, np.float64), np.linalg.norm(vector)
    with np.errstate(invalid="ignore", divide="ignore"):
        for k in range(steps):
            basis[k] = rest / beta
            rest = apply(basis[k].astype(vector.dtype))
            small[k, k] = basis[k] @ rest
            for _ in range(2):
                rest = rest - basis[: k + 1].T @ (basis[: k + 1] @ rest)
            beta = np.linalg.norm(rest)
            if k + 1 < steps:
                small[k, k + 1] = small[k + 1, k] = beta
    return small.astype(vector.dtype), basis.astype(vector.dtype), beta


def _product_of_rows(loss, point, preconditioner):
    scale = 1.0 if preconditioner is None else flat(preconditioner) ** -0.5

    def apply(row):
        vector = jax.tree.map(lambda leaf: leaf[0], unflatten((scale * row)[None], point))
        return scale * flat(one_product(loss, point, vector))

    return apply


@brisk_jit
def _products(loss, point, preconditioner, rows):
    return jax.lax.map(_flat_product(loss, point, preconditioner), rows)


def _flat_product(loss, point, preconditioner):
    """v -> P^(-1/2) H P^(-1/2) v of one flat vector: with a tree inside the loop it takes longer to compile."""
    flat, unflatten = ravel_pytree(point)
    hessian = product(lambda numbers: loss(unflatten(numbers)), flat)
    if preconditioner is None:
        return hessian
    scale = jax.lax.rsqrt(ravel_pytree(preconditioner)[0])
    return lambda vector: scale * hessian(scale * vector)


def checked(count: int, steps: int, parameters: int) -> tuple[int, int]:
    """Both as whole numbers, the steps at most `parameters`. Raises ValueError where they do not fit."""
    try:
        count, steps = index(count), index(steps)
    except TypeError:
        raise ValueError(f"Count and steps are whole numbers, got {count!r} and {steps!r}.") from None
    if not 1 <= count <= parameters:
        raise ValueError(f"A Hessian of {parameters} parameters has 1 to {parameters} eigenpairs, not {count}.")
    steps = min(steps, parameters)
    if steps < count:
        raise ValueError(f"{count} eigenpairs need at least {count} Lanczos steps, got {steps}.")
    return count, steps


def generator(key) -> np.random.Generator:
    """NumPy's generator, which compiles nothing, from a whole number or a JAX key."""
    if isinstance(key, jax.Array):
        key = jax.random.key_data(key) if jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key) else key
        key = np.asarray(key).ravel().tolist()
    return np.random.default_rng(key)
