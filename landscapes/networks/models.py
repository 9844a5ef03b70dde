"""Models: the parameters themselves, as a pytree of float32 arrays that maps a batch of inputs to outputs.

Everything but arrays is static, so a model is what optimizers move: no part of it has to be left out.
Calling one gives (outputs, statistics): one pair for each BatchNorm, () without any.
"""

from itertools import pairwise
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from landscapes.networks.layers import ACTIVATIONS, BatchNorm, Dense, Draw, Statistics


class Model(eqx.Module):
    """What all models share. `first` is what happens before the first non-linearity where that is a dense layer."""

    dense: ClassVar[bool] = True

    def first(self, inputs: Float[Array, "samples features"]) -> Float[Array, "samples hidden"]:
        """The part that is affine in the parameters."""
        return inputs

    def rest(self, hidden, statistics: tuple[Statistics, ...] | None = None):
        """What follows `first`."""
        raise NotImplementedError

    def __call__(self, inputs: Float[Array, "samples *features"], statistics: tuple[Statistics, ...] | None = None):
        return self.rest(self.first(inputs), statistics)


def flat(inputs: Float[Array, "samples *features"]) -> Float[Array, "samples features"]:
    """Every sample as one row."""
    return inputs.reshape(len(inputs), -1)


class Perceptron(Model):
    """Dense layers with an activation between each two, and a BatchNorm before it where `norms` are given."""

    layers: tuple[Dense, ...]
    norms: tuple[BatchNorm, ...]
    activation: str = eqx.field(static=True)

    def __init__(self, draw: Draw, inputs: int, outputs: int, widths: tuple[int, ...], activation: str, norm: bool):
        sizes = (inputs, *widths)
        # A shift before a BatchNorm has no effect, so no bias.
        hidden = (Dense(draw, before, after, bias=not norm) for before, after in pairwise(sizes))
        self.layers = (*hidden, Dense(draw, sizes[-1], outputs, gain=1.0))
        self.norms = tuple(BatchNorm(draw, width) for width in widths if norm)
        self.activation = activation

    def first(self, inputs):
        return self.layers[0](flat(inputs))

    def rest(self, hidden, statistics=None):
        activation, used = ACTIVATIONS[self.activation], []
        for index, layer in enumerate(self.layers[1:]):
            if self.norms:
                hidden, moments = self.norms[index](hidden, None if statistics is None else statistics[index])
                used.append(moments)
            hidden = layer(activation(hidden))
        return hidden, tuple(used)


class DeepLinear(Model):
    """A product of matrices, W_L ... W_1 x: a straight line as a function, a curved loss. Saxe et al. 2014."""

    layers: tuple[Dense, ...]

    def __init__(self, draw: Draw, inputs: int, outputs: int, widths: tuple[int, ...]):
        self.layers = tuple(Dense(draw, *sizes, bias=False) for sizes in pairwise((inputs, *widths, outputs)))

    def first(self, inputs):
        return self.layers[0](flat(inputs))

    def rest(self, hidden, statistics=None):
        for layer in self.layers[1:]:
            hidden = layer(hidden)
        return hidden, ()


class ResidualPerceptron(Model):
    """Dense layers of one width, each adding to what it got (h + f(W h + b)), or replacing it without `skip`.

    He et al. 2016; the pair is the comparison of Li et al. 2018, figure 1.
    """

    encoder: Dense
    layers: tuple[Dense, ...]
    decoder: Dense
    activation: str = eqx.field(static=True)
    skip: bool = eqx.field(static=True)

    def __init__(self, draw: Draw, inputs: int, outputs: int, width: int, depth: int, activation: str, skip: bool):
        self.encoder = Dense(draw, inputs, width, gain=1.0)
        self.layers = tuple(Dense(draw, width, width) for _ in range(depth))
        self.decoder = Dense(draw, width, outputs, gain=1.0)
        self.activation, self.skip = activation, skip

    def first(self, inputs):
        return self.encoder(flat(inputs))

    def rest(self, hidden, statistics=None):
        activation = ACTIVATIONS[self.activation]

        def step(hidden, layer):
            added = activation(layer(hidden))
            return hidden + added if self.skip else added, None

        # One layer is compiled, not forty; each stays a leaf of its own, so rules that work by layer see it.
        stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *self.layers)
        hidden, _ = jax.lax.scan(step, hidden, stacked)
        return self.decoder(hidden), ()
