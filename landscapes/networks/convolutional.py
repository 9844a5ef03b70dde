"""Convolutional networks, plain and residual. Images are (samples, height, width, channels) inside."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from landscapes.networks.layers import ACTIVATIONS, BatchNorm, Dense, Draw, Normaliser
from landscapes.networks.models import Model


class Convolution(eqx.Module):
    """3 x 3, zeros beyond the edge, no bias; `weight` (outputs, inputs, 3, 3)."""

    weight: Float[Array, "outputs inputs 3 3"]
    stride: int = eqx.field(static=True)

    def __init__(self, draw: Draw, inputs: int, outputs: int, stride: int = 1, gain: float | None = None):
        self.weight = draw.weight(outputs, inputs, 3, 3, gain=gain)
        self.stride = stride

    def __call__(self, images):
        # Data are float32 also where parameters are float64, to check a result; a convolution takes one type.
        images = images.astype(jnp.result_type(images, self.weight))
        # Inside a loop, XLA takes ten times as long for kernels whose filters come first.
        kernels = jnp.transpose(self.weight, (2, 3, 1, 0))
        layout = ("NHWC", "HWIO", "NHWC")
        strides = (self.stride, self.stride)
        return jax.lax.conv_general_dilated(images, kernels, strides, "SAME", dimension_numbers=layout)


class Block(eqx.Module):
    """Two convolutions, added to what came in where the network has skip connections. He et al. 2016, figure 2.

    Where the number of channels changes, the first convolution halves the image, and what is added is every other
    pixel with zeros for the new channels (option A there): no parameters, so both kinds of network have the same.
    """

    first: Convolution
    second: Convolution
    norms: tuple[BatchNorm | None, BatchNorm | None]

    def __init__(self, draw: Draw, inputs: int, outputs: int, stride: int, norm: bool, gain: float):
        self.first = Convolution(draw, inputs, outputs, stride)
        self.second = Convolution(draw, outputs, outputs, gain=gain)
        self.norms = tuple(BatchNorm(draw, outputs) if norm else None for _ in range(2))

    def __call__(self, images, activation, skip: bool, normalise: Normaliser):
        hidden = activation(normalise(self.norms[0], self.first(images)))
        hidden = normalise(self.norms[1], self.second(hidden))
        return activation(hidden + self._shortcut(images) if skip else hidden)

    def _shortcut(self, images):
        stride, (outputs, inputs) = self.first.stride, self.first.weight.shape[:2]
        return jnp.pad(images[:, ::stride, ::stride], ((0, 0), (0, 0), (0, 0), (0, max(0, outputs - inputs))))


class Convolutional(Model):
    """A convolution, `depth` blocks for each of `channels`, the mean over all pixels, a dense layer.

    With `skip` and without a BatchNorm the blocks' second convolutions start smaller by the number of blocks.
    """

    dense: ClassVar[bool] = False

    stem: Convolution
    norm: BatchNorm | None
    blocks: tuple[Block, ...]
    decoder: Dense
    image: tuple[int, int, int] = eqx.field(static=True)
    activation: str = eqx.field(static=True)
    skip: bool = eqx.field(static=True)

    def __init__(self, draw: Draw, image, outputs: int, channels, depth: int, activation: str, skip: bool, norm: bool):
        self.stem = Convolution(draw, image[2], channels[0])
        self.norm = BatchNorm(draw, channels[0]) if norm else None
        widths = (channels[0], *(width for width in channels for _ in range(depth)))
        gain = draw.gain / (len(widths) - 1) if skip and not norm else draw.gain
        # The first block of each stage but the first halves the image.
        strides = (2 if index and index % depth == 0 else 1 for index in range(len(widths) - 1))
        sizes = zip(widths, widths[1:], strides)
        self.blocks = tuple(Block(draw, before, after, stride, norm, gain) for before, after, stride in sizes)
        self.decoder = Dense(draw, channels[-1], outputs, gain=1.0)
        self.image, self.activation, self.skip = image, activation, skip

    def rest(self, hidden, statistics=None):
        activation, normalise = ACTIVATIONS[self.activation], Normaliser(statistics)
        images = hidden.reshape(-1, *self.image)
        images = activation(normalise(self.norm, self.stem(images)))
        for block in self.blocks:
            images = block(images, activation, self.skip, normalise)
        return self.decoder(jnp.mean(images, axis=(1, 2))), normalise.used
