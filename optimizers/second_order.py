"""Rules that use the curvature: the gradient divided by the Hessian, along its eigenvectors.

Both build the full Hessian of n parameters with `jax.hessian` and its eigenvectors: for small n.
"""

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from optimizers.eigen import eigen
from optimizers.knobs import knob
from optimizers.optimizer import Optimizer


def scale_by_curvature(inverse) -> optax.GradientTransformationExtraArgs:
    """g -> Q inverse(eigenvalues) Q^T g, where the Hessian at the parameters, any pytree, is Q diag(eigenvalues) Q^T."""

    def update(gradient, state, parameters, *, value_fn, **_):
        point, unravel = ravel_pytree(parameters)
        hessian = jax.hessian(lambda flat: value_fn(unravel(flat)))(point)
        eigenvalues, eigenvectors = eigen(hessian)
        along = eigenvectors.T @ ravel_pytree(gradient)[0]
        return unravel(eigenvectors @ (inverse(eigenvalues) * along)), state

    return optax.GradientTransformationExtraArgs(optax.init_empty_state, update)


def pseudo_inverse(eigenvalues: Float[Array, "n"]) -> Float[Array, "n"]:
    """1 / eigenvalue, and 0 where it is zero up to rounding: n times machine epsilon of the largest."""
    size = jnp.abs(eigenvalues)
    rounding = len(eigenvalues) * jnp.finfo(eigenvalues.dtype).eps * size.max()
    return jnp.where(size > rounding, 1 / jnp.where(size > rounding, eigenvalues, 1), 0)


class Newton(Optimizer):
    r"""x <- x - eta H^-1 g. Nocedal & Wright, section 3.3; in full at eta = 1, damped below.

    A singular Hessian is inverted where it can be: directions without curvature get no step (`pseudo_inverse`).
    """

    title = "Newton"
    family = "Second order"
    formula = r"x_{t+1} = x_t - \eta\, \nabla^2 f(x_t)^{-1} g_t"
    lesson = "Jump to where the gradient of a fitted parabola is zero: a minimum, or as readily a saddle or a maximum."
    reference = "J. Nocedal, S. J. Wright, Numerical optimization, 2nd edition, Springer 2006, section 3.3"
    colour = "#CC79A7"
    dash = "dash"
    by_coordinate = True
    per_step = (0, 1, 1)
    most_parameters = 500

    learning_rate: Array = knob(1.0, 0.01, 2.0, scale="log", help="the share of the full Newton step that is taken")

    def transform(self):
        return optax.chain(scale_by_curvature(pseudo_inverse), optax.scale_by_learning_rate(self.learning_rate))


class SaddleFreeNewton(Optimizer):
    r"""x <- x - eta (|H| + lambda I)^-1 g, where |H| has the absolute eigenvalues of H. Dauphin et al. 2014, algorithm 1.

    `damping`, lambda, bounds the step where there is no curvature.
    """

    title = "Saddle-free Newton"
    family = "Second order"
    formula = r"x_{t+1} = x_t - \eta\, \bigl(\lvert \nabla^2 f(x_t) \rvert + \lambda I\bigr)^{-1} g_t"
    lesson = "Newton's step length with the gradient's direction: saddles push it away instead of drawing it in."
    reference = "Y. N. Dauphin et al., Identifying and attacking the saddle point problem in high-dimensional non-convex optimization, NeurIPS 2014, algorithm 1"
    colour = "#56B4E9"
    dash = "dash"
    by_coordinate = True
    per_step = (0, 1, 1)
    most_parameters = 500

    learning_rate: Array = knob(1.0, 0.01, 2.0, scale="log", help="the share of the full step that is taken")
    damping: Array = knob(1e-3, 1e-6, 1.0, scale="log", help="added to every curvature: bounds the step on flat ground")

    def transform(self):
        inverse = lambda eigenvalues: 1 / (jnp.abs(eigenvalues) + self.damping)
        return optax.chain(scale_by_curvature(inverse), optax.scale_by_learning_rate(self.learning_rate))
