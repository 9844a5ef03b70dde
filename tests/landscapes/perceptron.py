"""A perceptron of plain functions on a dict, as a user would write it, and one that knows what it shares on a slice."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

SAMPLES, INPUTS, HIDDEN, OUTPUTS = 40, 3, 8, 2


def data(samples=SAMPLES):
    random = np.random.default_rng(1)
    inputs = random.normal(size=(samples, INPUTS)).astype(np.float32)
    targets = np.stack([np.sin(inputs[:, 0]), inputs[:, 1] * inputs[:, 2]], axis=1)
    return inputs, targets.astype(np.float32)


def parameters(seed=0, dtype=np.float32, bias=0.1):
    """Weights are (outputs, inputs): a row is a filter."""
    random = np.random.default_rng(seed)
    matrix = lambda outputs, inputs: (random.normal(size=(outputs, inputs)) / np.sqrt(inputs)).astype(dtype)
    vector = lambda size: (bias * random.normal(size=size)).astype(dtype)
    return {
        "first": {"weight": matrix(HIDDEN, INPUTS), "bias": vector(HIDDEN)},
        "second": {"weight": matrix(HIDDEN, HIDDEN), "bias": vector(HIDDEN)},
        "third": {"weight": matrix(OUTPUTS, HIDDEN), "bias": vector(OUTPUTS)},
    }


def through(layer, inputs):
    return inputs @ layer["weight"].T + layer["bias"]


def rest(activation, hidden, point):
    return through(point["third"], activation(through(point["second"], activation(hidden))))


def squared_error(activation, inputs, targets):
    """A user's own loss(params)."""

    def loss(point):
        return jnp.mean((rest(activation, through(point["first"], inputs), point) - targets) ** 2)

    return loss


class Sharing(eqx.Module):
    """The same as an object, with the first layer shared by all points of a slice."""

    inputs: jax.Array
    targets: jax.Array
    points_together: int = eqx.field(static=True, default=2)

    def loss(self, point):
        return squared_error(jnp.tanh, self.inputs, self.targets)(point)

    def along(self, origin, directions):
        shared = tuple(through(point["first"], self.inputs) for point in (origin, *directions))

        def one(coordinates):
            u, v = coordinates
            moved = lambda o, d1, d2: o + u * d1 + v * d2
            point = jax.tree.map(moved, origin, *directions)
            return jnp.mean((rest(jnp.tanh, moved(*shared), point) - self.targets) ** 2)

        return one
