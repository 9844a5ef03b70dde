"""Leading eigenvalues of the Hessian by Lanczos' method."""

from collections.abc import Callable
from operator import index
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PRNGKeyArray, PyTree
from matfree import decomp

from landscapes.curvature.hessian import as_floats, precision_of, product, size

STEPS = 30  # Hessian-vector products: five digits for the two leading ones of a fresh network, where 15 do later
ROUNDING = 30  # rounding errors: reorthogonalising twice is enough from there


class Eigenpairs(NamedTuple):
    """Leading eigenpairs, largest first.

    Attributes:
        values: the eigenvalues.
        vectors: like the parameters, with a leading axis over the pairs; each has length 1.
        residuals: |H v - value v|; an eigenvalue lies within that distance of the value.
    """

    values: Float[np.ndarray, "count"]
    vectors: PyTree
    residuals: Float[np.ndarray, "count"]


def leading_eigenpairs(
    loss: Callable, parameters: PyTree, count: int = 2, *, steps: int = STEPS, key: PRNGKeyArray | None = None
) -> Eigenpairs:
    """The `count` largest eigenvalues of the Hessian of `loss` at `parameters`, and their eigenvectors.

    Lanczos' method with full reorthogonalisation: `steps` Hessian-vector products (no more than there are
    parameters), from a random vector that `key` draws (default: seed 0). "Largest" is with the sign. dtype
    follows the parameters. A point that is not finite gives NaN. Raises ValueError for a count or steps that
    do not fit, and for a loss that is not a scalar.

    Source: Lanczos (1950); residuals: Parlett, The Symmetric Eigenvalue Problem (1998), section 13.2.
    """
    parameters = as_floats(parameters)
    count, steps = checked(count, steps, size(parameters))
    with precision_of(parameters):
        values, vectors, residuals = _leading(loss, parameters, None, some_key(key), count, steps)
        return Eigenpairs(np.asarray(values), vectors, np.asarray(residuals))


def sharpness(
    loss: Callable,
    parameters: PyTree,
    *,
    preconditioner: PyTree | None = None,
    steps: int = STEPS,
    key: PRNGKeyArray | None = None,
) -> float:
    """The largest eigenvalue of the Hessian, or of P^-1 H for the positive diagonal P given as `preconditioner`.

    `preconditioner` is like the parameters. P^-1 H has the eigenvalues of the symmetric P^(-1/2) H P^(-1/2),
    which is what Lanczos' method gets. The rest is as for `leading_eigenpairs`.

    Source: Cohen et al., Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability (2021);
    preconditioned: Cohen et al., Adaptive Gradient Methods at the Edge of Stability (2022).
    """
    parameters = as_floats(parameters)
    _, steps = checked(1, steps, size(parameters))
    with precision_of(parameters):
        return float(largest(loss, parameters, preconditioner, some_key(key), steps))


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


def some_key(key: PRNGKeyArray | None) -> PRNGKeyArray:
    return jax.random.key(0) if key is None else key


@eqx.filter_jit
def largest(loss, parameters, preconditioner, key, steps: int) -> Float[Array, ""]:
    vector = random_vector(key, parameters)
    values, _ = jnp.linalg.eigh(tridiagonal(product(loss, parameters, preconditioner), vector, key, steps)[0])
    return values[-1]


@eqx.filter_jit
def _leading(loss, parameters, preconditioner, key, count: int, steps: int):
    vector = random_vector(key, parameters)
    small, basis, residual = tridiagonal(product(loss, parameters, preconditioner), vector, key, steps)
    values, rotation = jnp.linalg.eigh(small)
    values, rotation = values[::-1][:count], rotation[:, ::-1][:, :count]
    vectors = jax.tree.map(lambda rows: jnp.tensordot(rotation.T, rows, 1), basis)
    return values, vectors, jnp.linalg.norm(ravel_pytree(residual)[0]) * jnp.abs(rotation[-1])


def random_vector(key: PRNGKeyArray, like: PyTree) -> PyTree:
    """Independent standard normal numbers."""
    flat, unflatten = ravel_pytree(like)
    return unflatten(jax.random.normal(key, flat.shape, flat.dtype))


def tridiagonal(apply: Callable, vector: PyTree, key: PRNGKeyArray, steps: int):
    """T `(steps, steps)`, Q like the vector with a leading axis of `steps`, and r, with A Q = Q T + r e^T."""
    lanczos = decomp.tridiag_sym(steps, reortho="full", custom_vjp=False)
    basis, small, residual, _ = lanczos(_nudged(apply, vector, key), vector)
    return small, basis, residual


def _nudged(apply: Callable, vector: PyTree, key: PRNGKeyArray) -> Callable[[PyTree], PyTree]:
    """The map with a random diagonal added, a few rounding errors large.

    Where the Krylov space ends (a Hessian that is zero, of low rank or a multiple of the identity) Lanczos'
    method would divide zero by zero, or go on along rounding errors and lose what is orthogonal.
    """
    flat, limits = ravel_pytree(vector)[0], jnp.finfo(ravel_pytree(vector)[0].dtype)
    scale = jnp.linalg.norm(ravel_pytree(apply(vector))[0]) / jnp.linalg.norm(flat)
    amount = ROUNDING * limits.eps * scale + jnp.sqrt(limits.tiny) / limits.eps
    diagonal = jax.tree.map(lambda d: amount * d, random_vector(jax.random.fold_in(key, 1), vector))
    return lambda v: jax.tree.map(lambda image, d, each: image + d * each, apply(v), diagonal, v)
