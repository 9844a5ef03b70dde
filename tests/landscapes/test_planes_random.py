"""Random planes: filter normalisation, and what a slice must and must not depend on."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import Plane, evaluate
from tests.landscapes.perceptron import data, parameters, squared_error

relu_loss = squared_error(jax.nn.relu, *data())


def stretched(point, factor):
    """The same ReLU function: one layer times `factor`, the next divided by it."""
    # The second bias meets inputs of the old scale.
    scales = {"first": factor, "second": 1 / factor, "third": 1.0}
    biases = {"first": factor, "second": 1.0, "third": 1.0}
    return {
        name: {"weight": scales[name] * layer["weight"], "bias": biases[name] * layer["bias"]}
        for name, layer in point.items()
    }


def test_every_filter_of_a_direction_is_as_long_as_that_filter_of_the_parameters():
    convolution = np.random.default_rng(0).normal(size=(4, 3, 5, 5)).astype(np.float32)
    point = {**parameters(), "convolution": convolution}
    for direction in Plane.random(point, 0).directions:
        for name in ("first", "second", "third"):
            lengths = (np.linalg.norm(each[name]["weight"], axis=1) for each in (direction, point))
            np.testing.assert_allclose(*lengths, rtol=1e-6)
            assert not direction[name]["bias"].any()
        lengths = (np.linalg.norm(each["convolution"].reshape(4, -1), axis=1) for each in (direction, point))
        np.testing.assert_allclose(*lengths, rtol=1e-6)


def test_filters_may_be_columns_and_vectors_may_move():
    point = {"weight": np.arange(1.0, 7.0).reshape(2, 3), "bias": np.array([3.0, 4.0, 0.0])}
    first, _ = Plane.random(point, 0, filter_axis=-1, vectors=True).directions
    np.testing.assert_allclose(np.linalg.norm(first["weight"], axis=0), np.linalg.norm(point["weight"], axis=0))
    np.testing.assert_allclose(np.linalg.norm(first["bias"]), 5)


def test_layers_are_normalised_whole():
    first, _ = Plane.random(parameters(), 0, "layer").directions
    rows, whole = ([np.linalg.norm(p["second"]["weight"], axis=a) for p in (first, parameters())] for a in (1, None))
    np.testing.assert_allclose(*whole, rtol=1e-6)
    assert not np.allclose(*rows, rtol=0.01)


def test_without_normalisation_directions_are_standard_normal_everywhere():
    first, second = Plane.random({"a": np.zeros((100, 100)), "b": np.zeros(5000)}, 0, "none").directions
    for leaf in (first["a"], first["b"], second["a"]):
        assert abs(leaf.mean()) < 0.05 and abs(leaf.std() - 1) < 0.05
    assert abs(np.corrcoef(first["b"], second["b"])[0, 1]) < 0.05


@pytest.mark.parametrize("normalize", ["filter", "layer"])
def test_a_slice_does_not_depend_on_how_layers_share_their_scale(normalize):
    surfaces = [evaluate(relu_loss, Plane.random(p, 7, normalize), 9).loss for p in _same_function()]
    np.testing.assert_allclose(*surfaces, rtol=1e-4)


def test_without_normalisation_it_does():
    window = ((-1.0, 1.0), (-1.0, 1.0))
    surfaces = [evaluate(relu_loss, Plane.random(p, 7, "none", window), 9).loss for p in _same_function()]
    np.testing.assert_allclose(surfaces[0][4, 4], surfaces[1][4, 4], rtol=1e-5)
    assert np.abs(surfaces[0] / surfaces[1] - 1).max() > 0.3


def _same_function():
    point = parameters()
    return point, stretched(point, np.float32(5))


def test_the_centre_of_the_slice_is_the_loss():
    point = parameters()
    np.testing.assert_allclose(evaluate(relu_loss, Plane.random(point, 0), 5).loss[2, 2], relu_loss(point), rtol=1e-6)


def test_reflected_directions_reflect_the_surface():
    plane = Plane.random(parameters(), 0)
    back = jax.tree.map(np.negative, plane.directions[0])
    reflected = Plane(plane.origin, (back, plane.directions[1]), plane.window)
    exchanged = Plane(plane.origin, plane.directions[::-1], plane.window)
    surface = evaluate(relu_loss, plane, 7).loss
    np.testing.assert_allclose(evaluate(relu_loss, reflected, 7).loss, surface[:, ::-1], rtol=1e-5)
    np.testing.assert_allclose(evaluate(relu_loss, exchanged, 7).loss, surface.T, rtol=1e-5)


def test_each_grid_coordinate_of_a_network_is_where_it_was_evaluated():
    plane = Plane.random(parameters(), 0, window=((-1.0, 0.5), (0.25, 2.0)))
    surface = evaluate(relu_loss, plane, (4, 3))
    for j, i in ((0, 3), (2, 0), (1, 2)):
        here = jax.tree.map(
            lambda o, d, e: o + np.float32(surface.x[i]) * d + np.float32(surface.y[j]) * e,
            plane.origin,
            *plane.directions,
        )
        np.testing.assert_allclose(surface.loss[j, i], relu_loss(here), rtol=1e-5)


def test_a_seed_or_a_key_draws_the_same_plane_again_and_another_one_another():
    same, again, other = (Plane.random(parameters(), seed).directions[0]["first"]["weight"] for seed in (3, 3, 4))
    np.testing.assert_array_equal(same, again)
    assert not np.allclose(same, other)
    Plane.random(parameters(), jax.random.key(3))
    Plane.random(parameters(), jax.random.PRNGKey(3))


def test_directions_keep_the_dtype_of_the_parameters():
    for dtype in (np.float32, np.float64):
        plane = Plane.random(parameters(dtype=dtype), 0)
        assert {leaf.dtype for leaf in jax.tree.leaves(plane.directions)} == {np.dtype(dtype)} == {plane.dtype}


def test_a_filter_of_zeros_stays_and_the_others_move():
    point = parameters()
    point["second"]["weight"][3] = 0
    direction, _ = Plane.random(point, 0).directions
    assert not direction["second"]["weight"][3].any() and direction["second"]["weight"][2].all()
    assert np.isfinite(evaluate(relu_loss, Plane.random(point, 0), 3).loss).all()


@pytest.mark.parametrize("point", [np.ones(5), {"weight": np.zeros((3, 2)), "bias": np.ones(2)}])
def test_where_nothing_can_move_the_message_says_what_to_do(point):
    with pytest.raises(ValueError, match="vectors=True"):
        Plane.random(point, 0)


def test_an_unknown_normalisation_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="filter, layer, none; got 'weight'"):
        Plane.random(parameters(), 0, "weight")


def test_windows_of_random_planes():
    point = parameters()
    assert Plane.random(point, 0).window == ((-1.0, 1.0), (-1.0, 1.0))
    plane = Plane.random(point, 0, "none")
    flat = lambda tree: np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])
    reach = [side[1] * np.linalg.norm(flat(d)) for side, d in zip(plane.window, plane.directions)]
    np.testing.assert_allclose(reach, np.linalg.norm(flat(point)), rtol=1e-6)
