"""A small perceptron as a pytree of arrays, with a counter of traces: what trainings are tested on."""

from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np


class Counter:
    """How often a loss was traced."""

    def __init__(self):
        self.traces = 0


class Perceptron(eqx.Module):
    """2-5-1 tanh, mean squared error of `targets`."""

    inputs: np.ndarray
    targets: np.ndarray
    counter: Counter = eqx.field(static=True, default_factory=Counter)

    def loss(self, parameters):
        return self.error(parameters, self.inputs, self.targets)

    def batch_loss(self, parameters, indices):
        return self.error(parameters, self.inputs[indices], self.targets[indices])

    def error(self, parameters, inputs, targets):
        self.counter.traces += 1
        (w1, b1), (w2, b2) = parameters
        outputs = jnp.tanh(inputs @ w1.T + b1) @ w2.T + b2
        return jnp.mean((outputs[:, 0] - targets) ** 2)


@cache
def perceptron(dtype=np.float32) -> Perceptron:
    """The same one for all tests, so that they share what is compiled; `counted` is a new one."""
    return counted(dtype)


def counted(dtype=np.float32) -> Perceptron:
    """A perceptron that nobody has traced."""
    random = np.random.default_rng(3)
    inputs = random.normal(size=(40, 2))
    targets = np.sin(2 * inputs[:, 0]) * inputs[:, 1]
    return Perceptron(inputs.astype(dtype), targets.astype(dtype))


def start(dtype=np.float32):
    random = np.random.default_rng(5)
    draw = lambda *shape: random.normal(size=shape).astype(dtype)
    return ((draw(5, 2), draw(5)), (draw(1, 5), draw(1)))


def numpy_loss_and_gradient(parameters, inputs, targets):
    """The loss and its gradient, by hand."""
    (w1, b1), (w2, b2) = parameters
    hidden = np.tanh(inputs @ w1.T + b1)
    errors = (hidden @ w2.T + b2)[:, 0] - targets
    back = 2 * errors[:, None] / len(errors)
    inside = (back @ w2) * (1 - hidden**2)
    return np.mean(errors**2), ((inside.T @ inputs, inside.sum(0)), (back.T @ hidden, back.sum(0)))


def flat(tree, steps=None) -> np.ndarray:
    """A point as a vector; stacked points as rows."""
    leaves = [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(tree)]
    return np.concatenate([leaf.reshape(-1) if steps is None else leaf.reshape(steps, -1) for leaf in leaves], axis=-1)
