"""The loss along a plane: the shortcut gives what the loss gives, and BatchNorm's statistics move as stated."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import Plane, losses_at
from landscapes.networks import Architecture, Dataset, Network, make_network
from landscapes.networks.network import _compiled, _measured
from landscapes.plane import embed
from tests.landscapes import network_reference as reference

NORMALISED = Architecture(widths=(12, 8), activation="relu", norm=True)
KINDS = {
    "perceptron": Architecture(widths=(24, 24)),
    "no hidden layer": Architecture(widths=()),
    "deep linear": Architecture("deep_linear", (12, 12)),
    "residual": Architecture("residual", (8,), 5, "relu", skip=True),
    "convolutional": Architecture("convolutional", (3, 5), 1, "relu", skip=True),
    "batch normalisation": NORMALISED,
}
COORDINATES = np.random.default_rng(0).uniform(-1, 1, (9, 2)).astype(np.float32)


def network_of(architecture, **more):
    return make_network(architecture, data="digits", samples=100, test_share=0.4, **more)


def directions_at(parameters):
    """Two random ones, each as long as the weights of every layer."""
    random = np.random.default_rng(1)

    def direction(leaf):
        drawn = random.standard_normal(leaf.shape)
        return jnp.asarray(drawn * max(0.1, np.linalg.norm(leaf)) / np.linalg.norm(drawn), jnp.float32)

    return tuple(jax.tree.map(direction, parameters) for _ in range(2))


@eqx.filter_jit
def over(loss, coordinates):
    return jax.lax.map(loss, coordinates)


@eqx.filter_jit
def plain(network, origin, directions, coordinates):
    return jax.lax.map(lambda c: network.loss(embed(origin, directions, c)), coordinates)


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_along_a_plane_is_the_loss_of_its_points(kind):
    # On test data a BatchNorm has more to do: its statistics still come from the training data.
    _, network = network_of(KINDS[kind])
    directions = directions_at(network.start)
    slice_of = network.along(network.start, directions)
    assert (slice_of.hidden is None) == (kind == "convolutional")
    expected = plain(network, network.start, directions, COORDINATES)
    np.testing.assert_allclose(over(slice_of, COORDINATES), expected, rtol=1e-5)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_error_against_float64_is_below_one_in_a_hundred_thousand(activation):
    architecture = Architecture(widths=(64, 64), activation=activation)
    network, _ = make_network(architecture, data="digits", test_share=0.0)
    directions = directions_at(network.start)
    ours = over(network.along(network.start, directions), COORDINATES)
    wide = lambda tree: jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), tree)
    points = [embed(*map(wide, (network.start, directions)), c.astype(np.float64)) for c in COORDINATES]
    targets = np.asarray(network.targets)
    theirs = [reference.cross_entropy(reference.outputs(architecture, p, network.inputs), targets) for p in points]
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_a_slice_of_other_data_or_another_origin_compiles_nothing():
    train, test = network_of(KINDS["perceptron"])
    train = train.on((test.inputs, test.targets))
    directions = directions_at(train.start)
    traces = []

    @jax.jit
    def at(loss, coordinates):
        traces.append(1)
        return loss(coordinates)

    first = at(train.along(train.start, directions), COORDINATES[0])
    second = at(test.along(directions[0], directions[::-1]), COORDINATES[0])
    assert len(traces) == 1 and float(first) != float(second)


def test_frozen_statistics_are_the_same_all_over_a_slice():
    network = chosen(network_of(NORMALISED)[0], "frozen")
    directions = directions_at(network.start)
    expected = plain(network, network.start, directions, COORDINATES)
    np.testing.assert_allclose(over(network.along(network.start, directions), COORDINATES), expected, rtol=1e-5)


def test_moved_statistics_are_exact_at_the_origin_and_at_both_ends():
    ends = (0.25, -0.5)
    recomputed, _ = network_of(NORMALISED)
    directions = directions_at(recomputed.start)
    moved = chosen(recomputed, "moved").along(recomputed.start, directions, ends)
    *corners, inside = np.float32([(0, 0), (ends[0], 0), (0, ends[1]), (ends[0] / 2, ends[1] / 2)])
    *expected, elsewhere = plain(recomputed, recomputed.start, directions, np.stack([*corners, inside]))
    *ours, between = over(moved, np.stack([*corners, inside]))
    np.testing.assert_allclose(ours, expected, rtol=1e-4)
    assert abs(between / elsewhere - 1) > 1e-3
    window = tuple((-abs(end), abs(end)) for end in ends)
    plane = Plane(recomputed.start, directions, window)
    drawn = losses_at(chosen(recomputed, "moved").loss, plane, np.array([(0.25, 0.0), (0.0, 0.5)]))
    wanted = plain(recomputed, recomputed.start, directions, np.float32([(0.25, 0.0), (0.0, 0.5)]))
    np.testing.assert_allclose(drawn, wanted, rtol=1e-4)


def test_moved_statistics_move_in_proportion_to_the_coordinates():
    network = chosen(network_of(NORMALISED)[0], "moved")
    directions = directions_at(network.start)
    at = lambda *c: _compiled(_measured, embed(network.start, directions, np.float32(c)), network.inputs)
    here, right, up = at(0, 0), at(1, 0), at(0, 1)
    middle = jax.tree.map(lambda o, a, b: o + 0.3 * (a - o) + 0.2 * (b - o), here, right, up)
    frozen = eqx.tree_at(lambda n: n.statistics, chosen(network, "frozen"), middle)
    expected = frozen.loss(embed(network.start, directions, np.float32([0.3, 0.2])))
    ours = network.along(network.start, directions)(np.float32([0.3, 0.2]))
    assert float(ours) == pytest.approx(float(expected), rel=1e-4)


def test_a_variance_that_moves_below_zero_is_nan_and_not_hidden():
    network = chosen(network_of(NORMALISED)[0], "moved")
    # Half way down the first direction all weights are halved, so the first variance falls to a quarter.
    shrink = jax.tree.map(lambda leaf: -leaf / 2, network.start)
    slice_of = network.along(network.start, (shrink, directions_at(network.start)[1]))
    assert np.isfinite(slice_of(np.float32([1.0, 0.0])))
    assert np.isnan(slice_of(np.float32([1.5, 0.0])))


@pytest.mark.parametrize("ends", [(0.0, 1.0), (1.0, float("nan"))])
def test_ends_at_the_origin_are_refused(ends):
    network = chosen(network_of(NORMALISED)[0], "moved")
    with pytest.raises(ValueError, match="other than 0"):
        network.along(network.start, directions_at(network.start), ends)


def test_points_are_taken_together_only_where_that_is_faster():
    assert network_of(KINDS["convolutional"])[0].points_together == 1
    assert make_network("digits_million")[0].points_together == 1
    assert make_network("xor")[0].points_together == 16


def chosen(network, batchnorm):
    data = Dataset(network.title, network.inputs, network.targets, network.class_names)
    return Network.of(network.start, data, batchnorm=batchnorm)
