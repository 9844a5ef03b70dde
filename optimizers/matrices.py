"""Rules that treat a matrix as a matrix and not as a list of numbers: for networks."""

import optax
from jaxtyping import Array

from optimizers.knobs import knob
from optimizers.optimizer import Optimizer


class Muon(Optimizer):
    r"""M <- beta M + (1 - beta) G; X <- X - eta sqrt(max(1, rows / columns)) orthogonal(M), with Nesterov's look ahead.

    Jordan et al. 2024; optax's `contrib.muon`: five Newton-Schulz steps bring the singular values of the averaged
    gradient near 1. What is no matrix (biases, kernels of convolutions) moves by optax's AdamW with the same learning
    rate and without decay, so on a function of two parameters it would be NAdam: it is offered for networks alone.
    """

    title = "Muon"
    family = "Matrices"
    formula = (
        r"\begin{aligned} M_{t+1} &= \beta M_t + (1-\beta) G_t \\[0.5em] "
        r"X_{t+1} &= X_t - \eta\, U V^\top, \quad U \Sigma V^\top = M_{t+1} \end{aligned}"
    )
    lesson = "A layer is a matrix: move it equally far along all its directions, the rare ones too."
    reference = "K. Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024"
    colour = "#D55E00"
    dash = "longdash"

    learning_rate: Array = knob(0.02, 1e-5, 10.0, scale="log", help="how far a matrix moves in every direction")
    beta: Array = knob(0.95, 0.0, 0.999, scale="decay", help="how much of the averaged gradient is kept each step")
    weight_decay: Array = knob(0.0, 0.0, 1.0, valid="not negative", help="pulls every entry of a matrix toward zero")

    def transform(self):
        return optax.contrib.muon(self.learning_rate, beta=self.beta, weight_decay=self.weight_decay)
