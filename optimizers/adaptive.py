"""Rules that give every coordinate its own step size from the gradients seen so far."""

import optax
from jaxtyping import Array

from optimizers.knobs import knob
from optimizers.optimizer import Optimizer


class AdaGrad(Optimizer):
    r"""s <- s + g^2; x <- x - eta g / sqrt(s + 1e-7), from s = `initial`. Duchi et al. 2011; optax's `adagrad`."""

    title = "AdaGrad"
    family = "Adaptive"
    formula = (
        r"\begin{aligned} s_{t+1} &= s_t + g_t^2 \\[0.5em] "
        r"x_{t+1} &= x_t - \eta\, \frac{g_t}{\sqrt{s_{t+1} + \epsilon}} \end{aligned}"
    )
    lesson = "Divide by all gradients ever seen: steep coordinates are tamed, and every step is shorter than the last."
    reference = "J. Duchi, E. Hazan, Y. Singer, Adaptive subgradient methods for online learning and stochastic optimization, JMLR 12 (2011) 2121-2159"
    colour = "#A08A00"
    dash = "longdashdot"
    by_coordinate = True

    learning_rate: Array = knob(0.01, 1e-4, 100.0, scale="log", help="the size of the first steps in every coordinate")
    initial: Array = knob(
        0.1, 1e-4, 100.0, scale="log", valid="not negative", label="initial sum",
        help="the sum of squared gradients to begin with: larger ones shorten the first steps",
    )  # fmt: skip

    def transform(self):
        return optax.adagrad(self.learning_rate, initial_accumulator_value=self.initial)


class AdaDelta(Optimizer):
    r"""AdaGrad with a moving average, and the steps measured in the units of past steps. Zeiler 2012; optax's `adadelta`.

    s <- rho s + (1 - rho) g^2; d = g sqrt(u + eps) / sqrt(s + eps); u <- rho u + (1 - rho) d^2; x <- x - eta d.
    """

    title = "AdaDelta"
    family = "Adaptive"
    formula = (
        r"\begin{aligned} \Delta_t &= \frac{\sqrt{u_{t-1}+\epsilon}}{\sqrt{s_t+\epsilon}}\, g_t \\[0.5em] "
        r"x_{t+1} &= x_t - \eta\, \Delta_t \\[0.5em] "
        r"u_t &= \rho u_{t-1} + (1-\rho) \Delta_t^2 \end{aligned}"
    )
    lesson = "It sets its own step size from the steps it took before, and so starts very slowly."
    reference = "M. D. Zeiler, ADADELTA: an adaptive learning rate method, arXiv:1212.5701 (2012), algorithm 1"
    colour = "#56B4E9"
    dash = "solid"
    by_coordinate = True

    learning_rate: Array = knob(1.0, 0.01, 10000.0, scale="log", help="multiplies the step it chose itself; the paper has 1")
    decay: Array = knob(0.9, 0.0, 0.999, scale="decay", help="how long past gradients and steps are remembered")
    eps: Array = knob(1e-6, 1e-9, 1e-3, scale="log", help="sets the size of the very first steps")

    def transform(self):
        return optax.adadelta(self.learning_rate, rho=self.decay, eps=self.eps)


class RMSProp(Optimizer):
    r"""s <- rho s + (1 - rho) g^2; x <- x - eta g / sqrt(s + eps). Tieleman & Hinton 2012; optax's `rmsprop`."""

    title = "RMSProp"
    family = "Adaptive"
    formula = (
        r"\begin{aligned} s_{t+1} &= \rho s_t + (1-\rho) g_t^2 \\[0.5em] "
        r"x_{t+1} &= x_t - \eta\, \frac{g_t}{\sqrt{s_{t+1}+\epsilon}} \end{aligned}"
    )
    lesson = "Divide each coordinate by its recent gradient size: steep and flat directions move alike."
    reference = "T. Tieleman, G. Hinton, Lecture 6.5 of Neural Networks for Machine Learning, Coursera 2012"
    colour = "#009E73"
    dash = "dot"
    by_coordinate = True

    learning_rate: Array = knob(0.01, 1e-5, 10.0, scale="log", help="the size of a step in every coordinate")
    decay: Array = knob(0.9, 0.0, 0.999, scale="decay", help="how long past gradient sizes are remembered")
    eps: Array = knob(1e-8, 1e-8, 1e-2, scale="log", help="keeps the division finite when gradients vanish")

    def transform(self):
        return optax.rmsprop(self.learning_rate, decay=self.decay, eps=self.eps)
