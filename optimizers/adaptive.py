"""Rules that give every coordinate its own step size from the gradients seen so far."""

import optax
from jaxtyping import Array

from optimizers.optimizer import Optimizer, knob


class RMSProp(Optimizer):
    r"""s <- rho s + (1 - rho) g^2; x <- x - eta g / (sqrt(s) + eps). Tieleman & Hinton 2012; optax's `rmsprop`."""

    title = "RMSProp"
    family = "Adaptive"
    formula = r"s_{t+1} = \rho s_t + (1-\rho) g_t^2,\quad x_{t+1} = x_t - \eta\, \frac{g_t}{\sqrt{s_{t+1}+\epsilon}}"
    lesson = "Divide each coordinate by its recent gradient size: steep and flat directions move alike."
    reference = "T. Tieleman, G. Hinton, Lecture 6.5 of Neural Networks for Machine Learning, Coursera 2012"
    colour = "#009E73"
    dash = "dot"

    learning_rate: Array = knob(0.01, 1e-5, 10.0, scale="log", help="the size of a step in every coordinate")
    decay: Array = knob(0.9, 0.0, 0.999, scale="decay", help="how long past gradient sizes are remembered")
    eps: Array = knob(1e-8, 1e-12, 1.0, scale="log", help="keeps the division finite when gradients vanish")

    def transform(self):
        return optax.rmsprop(self.learning_rate, decay=self.decay, eps=self.eps)


class Adam(Optimizer):
    r"""Momentum over RMSProp's scaling, both bias-corrected. Kingma & Ba 2015, algorithm 1; optax's `adam`."""

    title = "Adam"
    family = "Adaptive"
    formula = r"m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t,\; v_t = \beta_2 v_{t-1} + (1-\beta_2) g_t^2,\; x_{t+1} = x_t - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}"
    lesson = "Momentum with a step size per coordinate: a good first guess on most problems."
    reference = "D. P. Kingma, J. Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 1"
    colour = "#CC79A7"
    dash = "dashdot"

    learning_rate: Array = knob(0.001, 1e-5, 10.0, scale="log", help="the size of a step in every coordinate")
    b1: Array = knob(0.9, 0.0, 0.999, scale="decay", help="how much of the averaged gradient is kept")
    b2: Array = knob(0.999, 0.0, 0.9999, scale="decay", help="how long past gradient sizes are remembered")
    eps: Array = knob(1e-8, 1e-12, 1.0, scale="log", help="keeps the division finite when gradients vanish")

    def transform(self):
        return optax.adam(self.learning_rate, b1=self.b1, b2=self.b2, eps=self.eps)
