"""Rules that look only at the sign of the gradient, or of an average of it."""

import optax
from jaxtyping import Array

from optimizers.knobs import knob
from optimizers.optimizer import Optimizer


class SignDescent(Optimizer):
    r"""x <- x - eta sign(g). Bernstein et al. 2018; optax's `sign_sgd`."""

    title = "Sign descent"
    family = "Signs"
    formula = r"x_{t+1} = x_t - \eta\, \operatorname{sign}(g_t)"
    lesson = "Every coordinate moves by the same amount each step, however steep: it cannot settle closer than that."
    reference = "J. Bernstein et al., signSGD: compressed optimisation for non-convex problems, ICML 2018, algorithm 1"
    colour = "#56B4E9"
    dash = "dashdot"
    by_coordinate = True

    learning_rate: Array = knob(0.01, 1e-5, 10.0, scale="log", help="how far every coordinate moves each step")

    def transform(self):
        return optax.sign_sgd(self.learning_rate)


class RProp(Optimizer):
    r"""A step size for every coordinate, grown while its gradient keeps its sign and cut when it turns.

    delta <- clip(delta * (eta+ if g g' > 0, eta- if g g' < 0, 1 if 0), 1e-6, 50), x <- x - delta sign(g), where g'
    is the gradient before; after a turn that coordinate waits one step (g' = 0). Riedmiller & Braun 1993 in the
    form iRprop- of Igel & Huesken 2003. The step sizes are those of optax's `rprop`; its `update` hands out the
    step of the call before (optax pull request 1725), so the step is read from its state here.
    """

    title = "RProp"
    family = "Signs"
    formula = (
        r"\begin{aligned} \delta_{t} &= \delta_{t-1} \cdot \begin{cases} \eta^+ & g_t g_{t-1} > 0 \\ \eta^- & g_t g_{t-1} < 0 \end{cases} \\[0.5em] "
        r"x_{t+1} &= x_t - \delta_t \operatorname{sign}(g_t) \end{aligned}"
    )
    lesson = "Each coordinate speeds up while the slope keeps its sign and slows down when it turns."
    reference = "M. Riedmiller, H. Braun, A direct adaptive method for faster backpropagation learning: the RPROP algorithm, ICNN 1993, 586-591; C. Igel, M. Huesken, Neurocomputing 50 (2003) 105-123"
    colour = "#7B61C9"
    dash = "longdash"
    by_coordinate = True
    takes_schedule = False  # its learning rate is the first step only

    learning_rate: Array = knob(0.01, 1e-5, 10.0, scale="log", help="the first step of every coordinate; later steps adapt")
    growth: Array = knob(1.2, 1.0, 2.0, valid="growth", help="what a step is multiplied by while the slope keeps its sign")
    shrink: Array = knob(0.5, 0.02, 0.98, valid="between", help="what a step is multiplied by when the slope turns")

    def transform(self):
        rule = optax.rprop(self.learning_rate, eta_minus=self.shrink, eta_plus=self.growth)

        def update(gradient, state, parameters=None, **_):
            _, state = rule.update(gradient, state, parameters)
            return optax.tree.scale(-1.0, state[0].prev_updates), state

        return optax.GradientTransformationExtraArgs(rule.init, update)


class Lion(Optimizer):
    r"""x <- x - eta (sign(b1 m + (1 - b1) g) + lambda x); m <- b2 m + (1 - b2) g. Chen et al. 2023; optax's `lion`."""

    title = "Lion"
    family = "Signs"
    formula = (
        r"\begin{aligned} x_{t+1} &= x_t - \eta\, \bigl(\operatorname{sign}(\beta_1 m_t + (1-\beta_1) g_t) + \lambda x_t\bigr) \\[0.5em] "
        r"m_{t+1} &= \beta_2 m_t + (1-\beta_2) g_t \end{aligned}"
    )
    lesson = "A rule found by program search: the sign of an averaged gradient, so every step is equally long."
    reference = "X. Chen et al., Symbolic discovery of optimization algorithms, NeurIPS 2023, program 1"
    colour = "#E69F00"
    dash = "solid"
    by_coordinate = True

    learning_rate: Array = knob(1e-4, 1e-5, 10.0, scale="log", help="how far every coordinate moves each step")
    b1: Array = knob(0.9, 0.0, 0.999, scale="decay", help="share of the average in the sign that is taken")
    b2: Array = knob(0.99, 0.0, 0.9999, scale="decay", help="how long the average remembers")
    weight_decay: Array = knob(
        1e-3, 1e-6, 1.0, scale="log", valid="not negative", help="pulls every coordinate toward zero"
    )

    def transform(self):
        return optax.lion(self.learning_rate, b1=self.b1, b2=self.b2, weight_decay=self.weight_decay)
