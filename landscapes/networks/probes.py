"""What a network is doing at one point of its parameter space. Every probe can be vmapped over snapshots."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PyTree

from landscapes.compiling import jit
from landscapes.networks.network import Network
from landscapes.plane import Window


class Boundary(NamedTuple):
    """What a network answers over a window of its two inputs: `[j, i]` is at `(x[i], y[j])`.

    `probabilities` (ny, nx, classes) are the softmax of the outputs, `classes` (ny, nx) the largest of them.
    """

    x: Float[np.ndarray, "nx"]
    y: Float[np.ndarray, "ny"]
    probabilities: Float[Array, "ny nx classes"]
    classes: Int[Array, "ny nx"]


class Worst(NamedTuple):
    """Samples with the largest losses, the largest first; `answers` are the classes given instead."""

    indices: Int[Array, "count"]
    losses: Float[Array, "count"]
    answers: Int[Array, "count"]


def decision_boundary(network: Network, parameters: PyTree, window: Window, resolution: int = 64) -> Boundary:
    """The classes over `window` ((x low, x high), (y low, y high)), in the standardised units of the inputs.

    Raises ValueError for a network that has other than two inputs, or no classes.
    """
    _need_classes(network)
    if network.inputs.shape[1:] != (2,):
        raise ValueError(f"A decision boundary is drawn for two inputs; this network has {network.inputs.shape[1:]}.")
    x, y = (np.linspace(*side, resolution, dtype=np.float32) for side in window)
    return Boundary(x, y, *_answers(network, parameters, np.stack(np.meshgrid(x, y), axis=-1)))


def confusion(network: Network, parameters: PyTree) -> Int[Array, "classes classes"]:
    """How many samples of each class (rows) got which answer (columns). Raises ValueError for a regression."""
    _need_classes(network)
    return _confusion(network, parameters)


def worst(network: Network, parameters: PyTree, count: int = 12) -> Worst:
    """The samples with the largest losses; NaN counts as largest. Raises ValueError for a regression."""
    _need_classes(network)
    return _worst(network, parameters, min(count, len(network.targets)))


def first_layer(network: Network, parameters: PyTree) -> Float[Array, "*snapshots neurons height width"]:
    """The weights into each neuron of the first layer as pictures: of the inputs' image, or one row for a table.

    Of convolutions: the 3 x 3 filters, for the mean over their input channels. Leading axes of the parameters stay.
    """
    if not network.start.dense:
        return jnp.mean(parameters.stem.weight, axis=-3)
    weight = parameters.first_weight
    return weight.reshape(*weight.shape[:-1], *(network.image_shape or (1, weight.shape[-1])))


def _need_classes(network):
    if not network.class_names:
        raise ValueError(f"{network.title}: this is for classes, and a regression has none.")


@jit
def _answers(network, parameters, inputs: Float[Array, "ny nx 2"]):
    probabilities = jax.nn.softmax(network.predict(parameters, inputs.reshape(-1, 2)), axis=-1)
    probabilities = probabilities.reshape(*inputs.shape[:-1], -1)
    return probabilities, jnp.argmax(probabilities, axis=-1)


@jit
def _confusion(network, parameters):
    answers = jnp.argmax(network.outputs(parameters), axis=1)
    count = len(network.class_names)
    return jnp.bincount(network.targets * count + answers, length=count**2).reshape(count, count)


@jit
def _worst(network, parameters, count: int):
    outputs = network.outputs(parameters)
    losses = network.losses_of(outputs, network.targets)
    # A NaN with its sign bit set would sort below everything.
    _, indices = jax.lax.top_k(jnp.where(jnp.isnan(losses), jnp.inf, losses), count)
    return Worst(indices, losses[indices], jnp.argmax(outputs, axis=1)[indices])
