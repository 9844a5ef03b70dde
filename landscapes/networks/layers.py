"""Layers: what networks are built of. A whole batch goes in, every weight leads with the axis of its filters."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

ACTIVATIONS: dict[str, Callable] = {
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "gelu": jax.nn.gelu,
    "silu": jax.nn.silu,
    "softplus": jax.nn.softplus,
    "sigmoid": jax.nn.sigmoid,
    "sine": jnp.sin,
    "identity": lambda values: values,
}

# The standard deviation of a start is gain / sqrt(fan in). He et al. 2015, equation 10: half of a rectifier's
# inputs are lost, so its weights are larger.
GAINS = {"relu": 2**0.5, "gelu": 2**0.5, "silu": 2**0.5}

EPSILON = 1e-5  # added to a variance before its root

# Mean and variance (channels,) of what entered a BatchNorm.
Statistics = tuple[Float[Array, "channels"], Float[Array, "channels"]]


class Draw:
    """Weights at random: NumPy's generator, which compiles nothing. Without a seed, zeros that take no memory."""

    def __init__(self, seed: int | None, gain: float):
        self.random = None if seed is None else np.random.default_rng(seed)
        self.gain = gain

    def weight(self, *shape: int, gain: float | None = None):
        """Normal, with standard deviation gain / sqrt(fan in); the leading axis counts filters."""
        if self.random is None:
            return np.broadcast_to(np.float32(0), shape)
        scale = (self.gain if gain is None else gain) / np.prod(shape[1:]) ** 0.5
        return jnp.asarray(scale * self.random.standard_normal(shape), jnp.float32)

    def constant(self, value: float, size: int):
        values = np.broadcast_to(np.float32(value), (size,))
        return values if self.random is None else jnp.asarray(values)


class Dense(eqx.Module):
    """x W^T + b; `weight` (outputs, inputs), `bias` (outputs,) or None."""

    weight: Float[Array, "outputs inputs"]
    bias: Float[Array, "outputs"] | None

    def __init__(self, draw: Draw, inputs: int, outputs: int, bias: bool = True, gain: float | None = None):
        self.weight = draw.weight(outputs, inputs, gain=gain)
        self.bias = draw.constant(0.0, outputs) if bias else None

    def __call__(self, inputs: Float[Array, "samples inputs"]) -> Float[Array, "samples outputs"]:
        outputs = inputs @ self.weight.T
        return outputs if self.bias is None else outputs + self.bias


class BatchNorm(eqx.Module):
    r"""\gamma (x - m) / sqrt(v + 1e-5) + \beta with mean m and variance v of each channel (the last axis).

    Without `statistics` they are those of the batch: v is the mean squared deviation. A negative variance, which
    moved statistics can reach, gives NaN. Ioffe and Szegedy 2015, algorithm 1.
    """

    scale: Float[Array, "channels"]
    shift: Float[Array, "channels"]

    def __init__(self, draw: Draw, channels: int):
        self.scale, self.shift = draw.constant(1.0, channels), draw.constant(0.0, channels)

    def __call__(self, inputs, statistics: Statistics | None = None) -> tuple[Array, Statistics]:
        """The normalised inputs, and the statistics that normalised them."""
        mean, variance = _moments(inputs) if statistics is None else statistics
        # A small negative variance would vanish in epsilon.
        deviation = jnp.sqrt(jnp.where(variance < 0, jnp.nan, variance) + EPSILON)
        return self.scale * (inputs - mean) / deviation + self.shift, (mean, variance)


class Normaliser:
    """Applies BatchNorms in order, each with its own of the given `statistics`, and collects what they used."""

    def __init__(self, statistics: tuple[Statistics, ...] | None):
        self._given = None if statistics is None else iter(statistics)
        self._used = []

    def __call__(self, norm: BatchNorm | None, inputs):
        if norm is None:
            return inputs
        outputs, moments = norm(inputs, None if self._given is None else next(self._given))
        self._used.append(moments)
        return outputs

    @property
    def used(self) -> tuple[Statistics, ...]:
        """The statistics of every BatchNorm so far."""
        return tuple(self._used)


def _moments(inputs) -> Statistics:
    axes = tuple(range(inputs.ndim - 1))
    mean = jnp.mean(inputs, axes)
    return mean, jnp.mean((inputs - mean) ** 2, axes)
