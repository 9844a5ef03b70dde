"""Rules that use the gradient alone, or an average of it."""

import optax
from jaxtyping import Array

from optimizers.knobs import knob
from optimizers.optimizer import Optimizer


class GradientDescent(Optimizer):
    r"""x <- x - eta g. Cauchy 1847; the update is optax's `sgd`."""

    title = "Gradient descent"
    family = "First order"
    formula = r"x_{t+1} = x_t - \eta\, g_t"
    lesson = "Step against the slope: small rates crawl, large ones overshoot, too large ones explode."
    reference = "A. Cauchy, Methode generale pour la resolution des systemes d'equations simultanees, Comptes Rendus 25 (1847) 536-538"
    colour = "#0072B2"
    dash = "solid"
    by_coordinate = True

    learning_rate: Array = knob(0.01, 1e-5, 10.0, scale="log", help="how far to go along the slope")

    def transform(self):
        return optax.sgd(self.learning_rate)


class Momentum(Optimizer):
    r"""v <- beta v + g; x <- x - eta v. Polyak 1964; optax's `sgd` with momentum."""

    title = "Momentum"
    family = "First order"
    formula = (
        r"\begin{aligned} v_{t+1} &= \beta v_t + g_t \\[0.5em] "
        r"x_{t+1} &= x_t - \eta\, v_{t+1} \end{aligned}"
    )
    lesson = "A heavy ball: past gradients keep pushing, which speeds up valleys and overshoots bottoms."
    reference = "B. T. Polyak, Some methods of speeding up the convergence of iteration methods, USSR Comp. Math. 4(5) (1964) 1-17"
    colour = "#D55E00"
    dash = "dash"
    by_coordinate = True

    learning_rate: Array = knob(0.01, 1e-6, 1.0, scale="log", help="how far to go along the velocity")
    momentum: Array = knob(0.9, 0.0, 0.999, scale="decay", help="how much of the velocity is kept each step")

    def transform(self):
        return optax.sgd(self.learning_rate, momentum=self.momentum)


class Nesterov(Optimizer):
    r"""v <- beta v + g; x <- x - eta (g + beta v). Nesterov 1983, in Sutskever's form; optax's `sgd` with nesterov."""

    title = "Nesterov"
    family = "First order"
    formula = (
        r"\begin{aligned} v_{t+1} &= \beta v_t + g_t \\[0.5em] "
        r"x_{t+1} &= x_t - \eta\, (g_t + \beta v_{t+1}) \end{aligned}"
    )
    lesson = "Momentum that looks ahead along its velocity, and so brakes before it overshoots."
    reference = "Y. Nesterov, A method for solving the convex programming problem with convergence rate O(1/k^2), Dokl. Akad. Nauk SSSR 269 (1983) 543-547; I. Sutskever et al., On the importance of initialization and momentum in deep learning, ICML 2013, section 2"
    colour = "#E69F00"
    dash = "dot"
    by_coordinate = True

    learning_rate: Array = knob(0.01, 1e-5, 10.0, scale="log", help="how far to go along the velocity")
    momentum: Array = knob(0.9, 0.0, 0.999, scale="decay", help="how much of the velocity is kept each step")

    def transform(self):
        return optax.sgd(self.learning_rate, momentum=self.momentum, nesterov=True)
