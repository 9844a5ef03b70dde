"""Rules that take the gradient somewhere else than at the point they report."""

import jax
import optax
from jaxtyping import Array, PyTree

from optimizers.knobs import knob
from optimizers.optimizer import Optimizer


class ScheduleFree(Optimizer):
    r"""Gradients at y between the steps z and their average x, which is what counts.

    y = (1 - beta) z + beta x; z <- z - eta grad f(y); x <- the average of all z. Defazio et al. 2024, equation 1;
    optax's `schedule_free_sgd`. `position` is x: what is recorded, drawn and judged.
    """

    title = "Schedule-Free"
    family = "Averaging and sharpness"
    formula = (
        r"\begin{aligned} y_t &= (1-\beta) z_t + \beta x_t \\[0.5em] "
        r"z_{t+1} &= z_t - \eta \nabla f(y_t) \\[0.5em] "
        r"x_{t+1} &= \tfrac{t}{t+1} x_t + \tfrac{1}{t+1} z_{t+1} \end{aligned}"
    )
    lesson = "Report the average of all steps: it settles down without ever lowering the learning rate."
    reference = "A. Defazio et al., The road less scheduled, NeurIPS 2024, equation 1"
    colour = "#7B61C9"
    dash = "solid"
    by_coordinate = True

    learning_rate: Array = knob(1.0, 1e-5, 10.0, scale="log", help="how far the averaged point z goes along the slope")
    b1: Array = knob(
        0.9, 0.01, 0.999, scale="decay", valid="between", help="how close to the average the gradient is taken"
    )

    def transform(self):
        return optax.contrib.schedule_free_sgd(self.learning_rate, b1=self.b1)

    def position(self, parameters: PyTree, state) -> PyTree:
        return optax.contrib.schedule_free_eval_params(state, parameters)


class SAM(Optimizer):
    r"""x <- x - eta grad f(x + rho g / |g|). Foret et al. 2021, algorithm 1; optax's `contrib.sam` around `sgd`.

    At a point with zero gradient it stays: the direction is g / (|g| + 1e-12).
    """

    title = "SAM"
    family = "Averaging and sharpness"
    formula = r"x_{t+1} = x_t - \eta\, \nabla f\Bigl(x_t + \rho\, \frac{g_t}{\lVert g_t \rVert}\Bigr)"
    lesson = "Climb a little first, then use the slope found there: it leaves sharp holes for wide ones."
    reference = "P. Foret et al., Sharpness-aware minimization for efficiently improving generalization, ICLR 2021, algorithm 1"
    colour = "#D55E00"
    dash = "solid"
    by_coordinate = True
    per_step = (0, 2, 0)

    learning_rate: Array = knob(0.01, 1e-5, 10.0, scale="log", help="how far to go along the slope found uphill")
    radius: Array = knob(0.05, 1e-3, 10.0, scale="log", valid="not negative", help="how far uphill the slope is measured")

    def transform(self):
        # optax's own contrib.normalize divides zero by zero at a stationary point.
        uphill = optax.chain(optax.normalize_by_update_norm(eps=1e-12), optax.sgd(self.radius))
        rule = optax.contrib.sam(optax.sgd(self.learning_rate), uphill, opaque_mode=True)

        def update(gradient, state, parameters, *, value_fn, **_):
            return rule.update(gradient, state, parameters, grad_fn=lambda point, _: jax.grad(value_fn)(point))

        return optax.GradientTransformationExtraArgs(rule.init, update)
