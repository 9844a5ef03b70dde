"""The loss of a network on a plane: what is affine in the plane coordinates is computed once for all points."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from landscapes.networks.layers import Statistics
from landscapes.plane import embed


class Slice(eqx.Module):
    """Plane coordinates (u, v) to the loss at origin + u d1 + v d2.

    `hidden` and `statistics`, where given, are affine in the coordinates: (at the origin, change with u, change
    with v). `hidden` is what leaves a dense first layer, `statistics` are those of the BatchNorms, moved.
    """

    network: eqx.Module
    origin: PyTree
    directions: tuple[PyTree, PyTree]
    hidden: tuple[Float[Array, "samples width"], ...] | None
    statistics: tuple[tuple[Statistics, ...], ...] | None

    def __call__(self, coordinates: Float[Array, "2"]) -> Float[Array, ""]:
        network, parameters = self.network, embed(self.origin, self.directions, coordinates)
        statistics = (
            network.statistics_for(parameters)
            if self.statistics is None
            else embed(self.statistics[0], self.statistics[1:], coordinates)
        )
        if self.hidden is None:
            outputs, _ = parameters(network.inputs, statistics)
        else:
            # The compiler drops the first layer of `parameters`, which nothing uses.
            outputs, _ = parameters.rest(embed(self.hidden[0], self.hidden[1:], coordinates), statistics)
        return jnp.mean(network.losses_of(outputs, network.targets))


def affine_hidden(network, origin: PyTree, directions: tuple[PyTree, PyTree]):
    """What leaves the first layer, X W^T + b, for the origin and for each direction."""
    return tuple(point.first(network.inputs) for point in (origin, *directions))


def moved_statistics(inputs, origin: PyTree, directions: tuple[PyTree, PyTree], ends: Float[Array, "2"]):
    """Statistics of `inputs` at the origin, and their change by unit of each coordinate up to the direction's end."""
    at_origin = origin(inputs)[1]

    def change(direction, end):
        at_end = jax.tree.map(lambda o, d: o + end * d, origin, direction)(inputs)[1]
        return jax.tree.map(lambda there, here: (there - here) / end, at_end, at_origin)

    return (at_origin, *map(change, directions, ends))
