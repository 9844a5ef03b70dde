"""Models: the parameters themselves, as a pytree of float32 arrays that maps a batch of inputs to outputs.

Everything but arrays is static, so a model is what optimizers move: no part of it has to be left out.
Calling one gives (outputs, statistics): one pair for each BatchNorm, () without any.
"""

from functools import partial
from itertools import pairwise
from typing import ClassVar

import equinox as eqx
import jax
from jaxtyping import Array, Float

from landscapes.networks.layers import ACTIVATIONS, BatchNorm, Dense, Draw, Normaliser, Statistics


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
    """Dense layers with an activation between each two, and a BatchNorm before each where `norms` has one."""

    layers: tuple[Dense, ...]
    norms: tuple[BatchNorm | None, ...]
    activation: str = eqx.field(static=True)

    def __init__(self, draw: Draw, inputs: int, outputs: int, widths: tuple[int, ...], activation: str, norm: bool):
        sizes = (inputs, *widths)
        # A shift before a BatchNorm has no effect, so no bias.
        hidden = (Dense(draw, before, after, bias=not norm) for before, after in pairwise(sizes))
        self.layers = (*hidden, Dense(draw, sizes[-1], outputs, gain=1.0))
        self.norms = tuple(BatchNorm(draw, width) if norm else None for width in widths)
        self.activation = activation

    def first(self, inputs):
        return self.layers[0](flat(inputs))

    @property
    def first_weight(self):
        return self.layers[0].weight

    def rest(self, hidden, statistics=None):
        activation, normalise = ACTIVATIONS[self.activation], Normaliser(statistics)
        for norm, layer in zip(self.norms, self.layers[1:]):
            hidden = layer(activation(normalise(norm, hidden)))
        return hidden, normalise.used


class DeepLinear(Model):
    """A product of matrices, W_L ... W_1 x: a straight line as a function, a curved loss. Saxe et al. 2014."""

    layers: tuple[Dense, ...]

    def __init__(self, draw: Draw, inputs: int, outputs: int, widths: tuple[int, ...]):
        self.layers = tuple(Dense(draw, *sizes, bias=False) for sizes in pairwise((inputs, *widths, outputs)))

    def first(self, inputs):
        return self.layers[0](flat(inputs))

    @property
    def first_weight(self):
        return self.layers[0].weight

    def rest(self, hidden, statistics=None):
        for layer in self.layers[1:]:
            hidden = layer(hidden)
        return hidden, ()


class ResidualPerceptron(Model):
    """Dense layers of one width, each adding to what it got (h + f(W h + b)), or replacing it without `skip`.

    With `skip` the layers start smaller by their number, so that together they add about as much as comes in.
    He et al. 2016; the pair is the comparison of Li et al. 2018, figure 1.
    """

    encoder: Dense
    layers: tuple[Dense, ...]
    decoder: Dense
    activation: str = eqx.field(static=True)
    skip: bool = eqx.field(static=True)

    def __init__(self, draw: Draw, inputs: int, outputs: int, width: int, depth: int, activation: str, skip: bool):
        self.encoder = Dense(draw, inputs, width, gain=1.0)
        gain = draw.gain / depth if skip else draw.gain
        self.layers = tuple(Dense(draw, width, width, gain=gain) for _ in range(depth))
        self.decoder = Dense(draw, width, outputs, gain=1.0)
        self.activation, self.skip = activation, skip

    def first(self, inputs):
        return self.encoder(flat(inputs))

    @property
    def first_weight(self):
        return self.encoder.weight

    def rest(self, hidden, statistics=None):
        for layer in self.layers:
            hidden = _residual_layer(layer, hidden, self.activation, self.skip)
        return self.decoder(hidden), ()


# Traced once for all layers. A scan would need their weights stacked: in one leaf, which rules that work by layer
# (LAMB, Muon, filter normalisation) would take for one layer, or in the loss, which compiles four times longer.
@partial(jax.jit, static_argnames=("activation", "skip"))
def _residual_layer(layer: Dense, hidden, activation: str, skip: bool):
    added = ACTIVATIONS[activation](layer(hidden))
    return hidden + added if skip else added
