"""Eigenvalues and eigenvectors of a Hessian, in closed form for one and two parameters.

The closed form needs no LAPACK call, which a batch of descents would have to run alone (see `landscapes.compiling`).
"""

import jax.numpy as jnp
from jaxtyping import Array, Float


def eigen(matrix: Float[Array, "n n"]) -> tuple[Float[Array, "n"], Float[Array, "n n"]]:
    """Eigenvalues and, in the columns, eigenvectors of a symmetric matrix, in any order; all NaN where it is not finite."""
    if len(matrix) == 2:
        return _of_two(*matrix[0], matrix[1, 1])
    values, vectors = (matrix[0], jnp.ones_like(matrix)) if len(matrix) == 1 else jnp.linalg.eigh(matrix)
    # LAPACK leaves some of the eigenvectors finite: a step along them would look like one.
    blank = jnp.where(jnp.isfinite(matrix).all(), 0, jnp.nan)
    return values + blank, vectors + blank


def _of_two(a, b, c) -> tuple[Float[Array, "2"], Float[Array, "2 2"]]:
    """Those of ((a, b), (b, c)): LAPACK's dlaev2 (E. Anderson et al., LAPACK Users' Guide, 1999), on entries scaled to 1.

    The eigenvalue of smaller size is the determinant over the larger, each product divided first, so that it keeps its
    digits where both are close to each other or one is tiny.
    """
    largest = jnp.maximum(jnp.maximum(jnp.abs(a), jnp.abs(c)), jnp.abs(b))
    # A power of two: dividing by it rounds nothing. A matrix of zeros stays, and what is not finite becomes NaN throughout.
    power = jnp.exp2(jnp.floor(jnp.log2(jnp.where(largest > 0, largest, 1))))
    scale = jnp.where(jnp.isfinite(largest), power, jnp.nan)
    a, b, c = a / scale, b / scale, c / scale
    total, gap, twice = a + c, a - c, 2 * b
    root = jnp.sqrt(gap**2 + twice**2)
    sign = jnp.where(total < 0, -1, 1)
    larger = (total + sign * root) / 2
    above, below = jnp.where(jnp.abs(a) > jnp.abs(c), a, c), jnp.where(jnp.abs(a) > jnp.abs(c), c, a)
    safe = jnp.where(larger == 0, 1, larger)
    smaller = jnp.where(larger == 0, larger, (above / safe) * below - (b / safe) * b)
    # (far, twice) is the eigenvector of (total + root) / 2 where gap >= 0, else of the other one, with no difference in it.
    far = gap + jnp.where(gap < 0, -root, root)
    length = jnp.sqrt(far**2 + twice**2)
    aligned = length == 0  # a multiple of the identity
    cosine = jnp.where(aligned, 1, far / jnp.where(aligned, 1, length))
    sine = jnp.where(aligned, 0, twice / jnp.where(aligned, 1, length))
    along_larger = (gap >= 0) == (total >= 0)
    x, y = jnp.where(along_larger, cosine, -sine), jnp.where(along_larger, sine, cosine)
    return scale * jnp.stack([larger, smaller]), jnp.array([[x, -y], [y, x]])
