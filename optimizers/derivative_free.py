"""Rules that use no derivative: what the gradient buys is the contrast to them."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from optimizers.knobs import knob
from optimizers.optimizer import Optimizer


class RandomSearch(Optimizer):
    r"""Try x + sigma xi with xi standard normal, and go there if the loss is lower. Matyas 1965.

    One loss a step. The proposals follow from `seed` and the number of the step alone, so runs from other starts or
    with another `proposal_scale` see the same ones.
    """

    title = "Random search"
    family = "No derivative"
    formula = (
        r"\begin{aligned} x_{t+1} &= \begin{cases} x_t + \sigma \xi_t & f(x_t + \sigma \xi_t) < f(x_t) \\ x_t & \text{otherwise} \end{cases} \\[0.5em] "
        r"\xi_t &\sim \mathcal N(0, I) \end{aligned}"
    )
    lesson = "Guess nearby and keep what improves: it needs no slope, and ever more guesses in more dimensions."
    reference = "J. Matyas, Random optimization, Automation and Remote Control 26 (1965) 246-253"
    colour = "#A08A00"
    dash = "solid"
    by_coordinate = True
    rail = "proposal_scale"
    takes_schedule = False
    per_step = (1, 0, 0)

    proposal_scale: Array = knob(
        0.1, 1e-4, 100.0, scale="log", help="how far away it guesses: the standard deviation in every coordinate"
    )
    seed: Array = knob(0, 0, 99, scale="integer", help="the number that fixes the random guesses")

    def transform(self):
        def init(parameters):
            return jnp.zeros((), jnp.int32)

        def update(gradient, count, parameters, *, value, value_fn, **_):
            point, unravel = ravel_pytree(parameters)
            key = jax.random.fold_in(jax.random.key(jnp.asarray(self.seed).astype(jnp.int32)), count)
            proposal = unravel(self.proposal_scale * jax.random.normal(key, point.shape, point.dtype))
            better = value_fn(optax.apply_updates(parameters, proposal)) < value
            return jax.tree.map(lambda leaf: jnp.where(better, leaf, 0), proposal), count + 1

        return optax.GradientTransformationExtraArgs(init, update)


class CoordinateProbing(Optimizer):
    r"""x <- x - eta d, d_i = (f(x + h e_i) - f(x - h e_i)) / 2h. Kiefer & Wolfowitz 1952, with a fixed spacing h.

    2n losses a step for n parameters.
    """

    title = "Coordinate probing"
    family = "No derivative"
    formula = (
        r"\begin{aligned} x_{t+1} &= x_t - \eta\, d_t \\[0.5em] "
        r"d_{t,i} &= \frac{f(x_t + h e_i) - f(x_t - h e_i)}{2h} \end{aligned}"
    )
    lesson = "Feel the slope by trying both sides of every coordinate: gradient descent at a price that grows with them."
    reference = "J. Kiefer, J. Wolfowitz, Stochastic estimation of the maximum of a regression function, Annals of Mathematical Statistics 23 (1952) 462-466"
    colour = "#0072B2"
    dash = "dot"
    by_coordinate = True
    most_parameters = 500

    learning_rate: Array = knob(0.01, 1e-5, 10.0, scale="log", help="how far to go along the slope it felt")
    spacing: Array = knob(1e-3, 1e-6, 1.0, scale="log", help="how far to each side it looks")

    def transform(self):
        def update(gradient, state, parameters, *, value_fn, **_):
            point, unravel = ravel_pytree(parameters)
            loss = lambda flat: value_fn(unravel(flat))
            spacing = jnp.asarray(self.spacing, point.dtype)
            difference = lambda side: (loss(point + spacing * side) - loss(point - spacing * side)) / (2 * spacing)
            return unravel(jax.vmap(difference)(jnp.eye(point.size, dtype=point.dtype))), state

        return optax.chain(
            optax.GradientTransformationExtraArgs(optax.init_empty_state, update),
            optax.scale_by_learning_rate(self.learning_rate),
        )

    def evaluations(self, state, dimension):
        return np.array([2 * dimension, 0, 0], dtype=np.int32)
