"""Lanczos' method: a few Hessian-vector products give the ends of the spectrum. One compiled function for all uses."""

from collections.abc import Callable
from functools import partial
from operator import index
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Float, PyTree
from matfree import decomp

from landscapes.curvature.hessian import product

STEPS = 20  # Hessian-vector products; the same everywhere, so that one compilation serves everything
ROUNDING = 30  # rounding errors: reorthogonalising twice is enough from there


class Lanczos(NamedTuple):
    """H Q = Q T + r e^T with orthonormal Q and tridiagonal T = S diag(nodes) S^T.

    Attributes:
        nodes: eigenvalues of T, largest first; the outer ones are near those of H.
        rotation: S, eigenvectors of T as columns.
        basis: the columns of Q, as rows.
        remainder: |r|.
    """

    nodes: Float[np.ndarray, "steps"]
    rotation: Float[np.ndarray, "steps steps"]
    basis: Float[np.ndarray, "steps n"]
    remainder: float


def lanczos(
    loss: Callable, point: PyTree, preconditioner: PyTree | None, vector: Float[np.ndarray, "n"], steps: int, random
) -> Lanczos:
    """From `vector`, with full reorthogonalisation. NaN where the Hessian is not finite.

    Where the Krylov space ends early (a Hessian that is zero, of low rank or a multiple of the identity) the method
    would divide zero by zero, or go on along rounding errors and lose what is orthogonal. Then it runs again, with
    a random diagonal added that is a few rounding errors large.
    """
    diagonal = random.standard_normal(vector.shape).astype(vector.dtype)
    run = partial(_tridiagonal, loss, point, preconditioner, vector, diagonal, steps=steps)
    found = run(np.zeros((), vector.dtype))
    limits, small = np.finfo(vector.dtype), np.asarray(found[0])
    size = np.linalg.norm(np.nan_to_num(small[0], posinf=0))  # |H v| for a v of length 1
    ended = not np.diag(small, 1).min(initial=np.inf) > 10 * ROUNDING * limits.eps * size  # or NaN
    if ended and np.isfinite(small[0, 0]):
        found = run(np.asarray(ROUNDING * limits.eps * size + limits.tiny**0.5 / limits.eps, vector.dtype))
    small, basis, remainder = map(np.asarray, found)
    if not np.isfinite(small).all():
        return Lanczos(np.full(steps, np.nan), np.full((steps, steps), np.nan), basis, np.nan)
    nodes, rotation = np.linalg.eigh(small.astype(np.float64))
    return Lanczos(nodes[::-1], rotation[:, ::-1], basis, float(remainder))


@eqx.filter_jit
def _tridiagonal(loss, point, preconditioner, vector, diagonal, amount, *, steps: int):
    # Of one flat vector: with a tree inside the loop it takes longer to compile.
    flat, unflatten = ravel_pytree(point)
    hessian = product(lambda numbers: loss(unflatten(numbers)), flat)
    scale = 1 if preconditioner is None else jax.lax.rsqrt(ravel_pytree(preconditioner)[0])
    method = decomp.tridiag_sym(steps, reortho="full", custom_vjp=False)
    basis, small, remainder, _ = method(lambda v: scale * hessian(scale * v) + amount * diagonal * v, vector)
    return small, basis, jnp.linalg.norm(remainder)


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
