"""How sharp a minimum may be before an optimizer is thrown out of it."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree


class Threshold(NamedTuple):
    """On a quadratic, the optimizer converges along an eigenvector of eigenvalue lambda > 0 while lambda < limit.

    Attributes:
        limit: (learning rate, momentum) to the limit; arrays are welcome.
        preconditioned: the eigenvalues are those of P^-1 H, where the optimizer divides by the diagonal P.
        formula: LaTeX, of eta and beta.
    """

    limit: Callable
    preconditioned: bool
    formula: str


def _gradient_descent(learning_rate, momentum=0.0):
    return 2 / learning_rate


def _heavy_ball(learning_rate, momentum=0.9):
    return (2 + 2 * momentum) / learning_rate


def _nesterov(learning_rate, momentum=0.9):
    return (2 + 2 * momentum) / ((1 + 2 * momentum) * learning_rate)


def _adam(learning_rate, momentum=0.9):
    return (2 + 2 * momentum) / ((1 - momentum) * learning_rate)


# Cohen et al. 2021, equations 1 and 2, and 2022, equation 2; with v <- beta v + g, x <- x - eta v. Keys as those of
# the registry of optimizers.
THRESHOLDS: dict[str, Threshold] = {
    "gradient_descent": Threshold(_gradient_descent, False, r"\frac{2}{\eta}"),
    "momentum": Threshold(_heavy_ball, False, r"\frac{2 + 2\beta}{\eta}"),
    "nesterov": Threshold(_nesterov, False, r"\frac{2 + 2\beta}{(1 + 2\beta)\,\eta}"),
    "adam": Threshold(_adam, True, r"\frac{2 + 2\beta_1}{(1 - \beta_1)\,\eta}"),
}


def adam_preconditioner(
    squares: PyTree, step: int | Float[Array, ""], *, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8
) -> PyTree:
    r"""The diagonal P that Adam divides by at its `step` (from 1): (1 - b1^t) (\sqrt{v / (1 - b2^t)} + eps).

    `squares` is Adam's v, the running mean of squared gradients before its correction (optax: `nu`), like the
    parameters. Source: Cohen et al., Adaptive Gradient Methods at the Edge of Stability (2022), section 2.
    """
    return jax.tree.map(lambda v: (1 - b1**step) * (jnp.sqrt(v / (1 - b2**step)) + eps), squares)
