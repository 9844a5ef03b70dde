"""Rules that choose the length of every step from the loss itself."""

import equinox as eqx
import jax.numpy as jnp
import optax
from jaxtyping import Array

from optimizers.knobs import knob
from optimizers.optimizer import Optimizer

SEARCH_STEPS = 40  # halvings at most: 2^-40 of the first trial is no step at all


class PolyakStep(Optimizer):
    r"""x <- x - min((f - f_min)+ / |g|^2, eta) g. Polyak 1987, Loizou et al. 2021; optax's `polyak_sgd`, "sps+".

    Where the loss is below `f_min` it stands still: the lowest loss must be known.
    """

    title = "Polyak step"
    family = "Chosen step length"
    formula = r"x_{t+1} = x_t - \min\Bigl(\frac{f(x_t) - f_{\min}}{\lVert g_t \rVert^2},\, \eta\Bigr)\, g_t"
    lesson = "Knowing how low the bottom is gives the length of the step for free."
    reference = "B. T. Polyak, Introduction to optimization, 1987, section 5.3; N. Loizou et al., Stochastic Polyak step-size for SGD, AISTATS 2021"
    colour = "#0072B2"
    dash = "dash"
    by_coordinate = True

    learning_rate: Array = knob(1.0, 1e-5, 10.0, scale="log", help="the largest factor on the gradient that is allowed")
    f_min: Array = knob(0.0, -100.0, 100.0, label="lowest loss", help="the loss at the bottom, which must be known")

    def transform(self):
        return optax.polyak_sgd(max_learning_rate=self.learning_rate, f_min=self.f_min, variant="sps+")


class LBFGS(Optimizer):
    r"""x <- x - a P g: P approximates the inverse Hessian from past gradients, a comes from a zoom line search.

    Liu & Nocedal 1989; Nocedal & Wright, algorithms 7.4 and 3.5; optax's `lbfgs`. A step costs as many gradients as
    its search tried points (the search ends with the gradient of the next point), the first one more.
    At a minimum, where nothing can improve, every search tries all its 20 points: that makes a sweep dear, so the
    rail has few stops.
    """

    title = "L-BFGS"
    family = "Chosen step length"
    formula = (
        r"\begin{aligned} x_{t+1} &= x_t - \alpha_t P_t\, g_t \\[0.5em] "
        r"P_t &\approx \nabla^2 f(x_t)^{-1} \text{ from the last } m \text{ steps} \end{aligned}"
    )
    lesson = "Learn the curvature from how the gradient changed: nearly Newton, from gradients alone."
    reference = "D. C. Liu, J. Nocedal, On the limited memory BFGS method for large scale optimization, Math. Programming 45 (1989) 503-528"
    colour = "#009E73"
    dash = "dash"
    by_coordinate = True

    learning_rate: Array = knob(
        1.0, 0.1, 10.0, scale="coarse", help="the first length the line search tries; it goes on from there"
    )
    memory: int = eqx.field(default=10, static=True)

    def __check_init__(self):
        if not isinstance(self.memory, int) or self.memory < 1:
            raise ValueError(f"L-BFGS: memory must be a whole number of 1 or more, got {self.memory!r}; try 10.")

    @property
    def settles_after(self):
        """Every step overwrites the oldest of the kept ones: by then all are of no length."""
        return self.memory

    def transform(self):
        return optax.lbfgs(self.learning_rate, memory_size=self.memory)

    def evaluations(self, state, dimension):
        gradients = state[2].info.num_linesearch_steps + (state[0].count == 1)
        return jnp.array([0, 1, 0], jnp.int32) * gradients.astype(jnp.int32)


class Backtracking(Optimizer):
    r"""x <- x - a g with the first a in eta, r eta, r^2 eta, ... where f falls by at least c a |g|^2.

    The trial begins at twice the last accepted a, eta at most. Armijo 1966; optax's
    `scale_by_backtracking_linesearch`. A step costs one gradient and as many losses as it tried lengths.
    """

    title = "Backtracking line search"
    family = "Chosen step length"
    formula = (
        r"\begin{aligned} x_{t+1} &= x_t - \alpha_t g_t \\[0.5em] "
        r"f(x_t - \alpha_t g_t) &\le f(x_t) - c\, \alpha_t \lVert g_t \rVert^2 \end{aligned}"
    )
    lesson = "Try a long step and shorten it until the loss falls enough: it cannot explode."
    reference = "L. Armijo, Minimization of functions having Lipschitz continuous first partial derivatives, Pacific J. Math. 16 (1966) 1-3"
    colour = "#A08A00"
    dash = "dash"
    by_coordinate = True
    settles_after = 1

    learning_rate: Array = knob(1.0, 1e-5, 10.0, scale="log", help="the longest step that is tried")
    shrink: Array = knob(0.5, 0.02, 0.98, valid="between", help="what a rejected step is multiplied by")
    decrease: Array = knob(
        1e-4, 1e-6, 0.5, scale="log", valid="between", help="how much of the promised fall a step must keep"
    )

    def transform(self):
        search = optax.scale_by_backtracking_linesearch(
            SEARCH_STEPS, slope_rtol=self.decrease, decrease_factor=self.shrink,
            increase_factor=2.0, max_learning_rate=self.learning_rate,
        )  # fmt: skip
        return optax.chain(optax.sgd(1.0), search)

    def evaluations(self, state, dimension):
        tried = state[1].info.num_linesearch_steps.astype(jnp.int32)
        return jnp.array([1, 0, 0], jnp.int32) * tried + jnp.array([0, 1, 0], jnp.int32)
