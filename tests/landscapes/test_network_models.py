"""Models: what they compute, how they start, and what is refused."""

import jax
import numpy as np
import pytest

from landscapes.networks import ACTIVATIONS, Architecture, build, load, parameter_count
from landscapes.networks.layers import BatchNorm, Draw
from tests.landscapes import network_reference as reference

# Three stages in the convolutional ones, so that a block with a stride and one without are in them.
EVERY_KIND = [
    Architecture("perceptron", (16, 12)),
    Architecture("perceptron", (16, 12), norm=True),
    Architecture("perceptron", ()),
    Architecture("deep_linear", (12, 9, 12)),
    Architecture("residual", (8,), 6, "relu", skip=True),
    Architecture("residual", (8,), 6, "relu"),
    Architecture("convolutional", (3, 5), 2, "relu"),
    Architecture("convolutional", (3, 5), 2, "relu", skip=True),
    Architecture("convolutional", (3, 5), 1, "relu", skip=True, norm=True),
]


@pytest.fixture(scope="module")
def digits():
    return load("digits", samples=40).train


@pytest.fixture(params=EVERY_KIND, ids=repr)
def architecture(request):
    return request.param


def perturbed(model):
    """With other biases and norms than zeros and ones, which would hide what they do."""
    random = np.random.default_rng(1)
    return jax.tree.map(lambda leaf: leaf + np.float32(0.1) * random.standard_normal(leaf.shape, np.float32), model)


def test_a_model_computes_what_plain_numpy_does(architecture, digits):
    model = perturbed(build(architecture, digits))
    ours, _ = jax.jit(lambda model, inputs: model(inputs))(model, digits.inputs)
    theirs = reference.outputs(architecture, model, digits.inputs)
    assert ours.shape == (len(digits), 10)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5 * np.abs(theirs).max())


def test_all_that_is_in_a_model_is_a_float32_parameter(architecture, digits):
    leaves = jax.tree.leaves(build(architecture, digits))
    assert all(isinstance(leaf, jax.Array) and leaf.dtype == np.float32 for leaf in leaves)
    assert sum(leaf.size for leaf in leaves) == parameter_count(architecture, digits)


def test_a_seed_decides_the_start(architecture, digits):
    same = lambda one, other: all(map(np.array_equal, *map(jax.tree.leaves, (one, other))))
    assert same(build(architecture, digits, 5), build(architecture, digits, 5))
    assert not same(build(architecture, digits, 5), build(architecture, digits, 6))


def test_a_jax_key_is_a_seed(digits):
    one, other = (build(Architecture(), digits, jax.random.key(seed)).layers[0].weight for seed in (1, 2))
    np.testing.assert_array_equal(one, build(Architecture(), digits, jax.random.PRNGKey(1)).layers[0].weight)
    assert not np.array_equal(one, other)


def test_counts_are_those_of_the_textbook(digits):
    assert parameter_count(Architecture(widths=(64, 64)), digits) == 64 * 64 + 64 + 64 * 64 + 64 + 64 * 10 + 10
    assert parameter_count(Architecture("deep_linear", (5,)), digits) == 64 * 5 + 5 * 10
    assert parameter_count(Architecture("residual", (32,), 40), digits) == 64 * 32 + 32 + 40 * (32 * 32 + 32) + 330
    assert parameter_count(Architecture("convolutional", (4, 6), 1), digits) == 9 * (4 + 16 + 16 + 24 + 36) + 70
    assert parameter_count(Architecture(widths=(7,), norm=True), digits) == 64 * 7 + 2 * 7 + 7 * 10 + 10


def test_skip_connections_take_no_parameters(digits):
    for kind, widths in (("residual", (16,)), ("convolutional", (4, 8))):
        with_skip, without = (Architecture(kind, widths, 2, "relu", skip=skip) for skip in (True, False))
        shapes = lambda architecture: jax.tree.map(np.shape, jax.tree.leaves(build(architecture, digits)))
        assert shapes(with_skip) == shapes(without)


@pytest.mark.parametrize("activation, gain", [("tanh", 1.0), ("relu", 2**0.5)])
def test_weights_start_normal_with_gain_over_the_root_of_what_comes_in(activation, gain, digits):
    model = build(Architecture(widths=(400, 300), activation=activation), digits)
    for layer, gain in zip(model.layers, (gain, gain, 1.0)):
        weight = np.asarray(layer.weight)
        assert np.std(weight) * np.sqrt(weight.shape[1]) == pytest.approx(gain, rel=0.06)
        assert abs(np.mean(weight)) < 3 * np.std(weight) / np.sqrt(weight.size)
        assert not np.any(layer.bias)


@pytest.mark.parametrize("skip", [True, False])
def test_forty_layers_start_with_outputs_of_a_sensible_size(skip, digits):
    model = build(Architecture("residual", (32,), 40, "relu", skip=skip), digits)
    assert 0.05 < np.std(model(digits.inputs)[0]) < 5


def test_every_activation_runs_and_keeps_shape_and_type():
    values = np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3)
    for activation in ACTIVATIONS.values():
        result = activation(values)
        assert result.shape == (2, 3) and result.dtype == np.float32 and np.isfinite(result).all()


def test_batchnorm_makes_mean_0_and_variance_1_and_says_by_what():
    images = 3 + 2 * np.random.default_rng(0).standard_normal((5, 4, 4, 2), np.float32)
    norm = BatchNorm(Draw(0, 1.0), 2)
    normalised, (mean, variance) = norm(images)
    np.testing.assert_allclose(np.mean(normalised, (0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(np.var(normalised, (0, 1, 2)), 1, rtol=1e-4)
    np.testing.assert_allclose(mean, images.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(variance, images.var((0, 1, 2)), rtol=1e-5)
    again, _ = norm(images[:1], (mean, variance))
    np.testing.assert_allclose(again, normalised[:1], rtol=1e-5, atol=1e-6)


def test_a_negative_variance_gives_nan_even_a_small_one():
    norm = BatchNorm(Draw(0, 1.0), 2)
    outputs, _ = norm(np.ones((3, 2), np.float32), (np.zeros(2, np.float32), np.float32([1.0, -1e-6])))
    assert np.isfinite(outputs[:, 0]).all() and np.isnan(outputs[:, 1]).all()


def test_a_perceptron_takes_images_of_any_layout(digits):
    model = build(Architecture(), digits)
    np.testing.assert_array_equal(model(digits.inputs)[0], model(digits.inputs.reshape(-1, 8, 8))[0])


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"kind": "transformer"}, "kind must be one of"),
        ({"activation": "softmax"}, "activation must be one of tanh"),
        ({"widths": (16, 0)}, "above 0"),
        ({"widths": (16, 2.5)}, "whole numbers"),
        ({"widths": (2,) * 500}, "up to 200 layers"),
        ({"kind": "residual", "widths": (16, 16)}, "one width"),
        ({"kind": "residual", "widths": (16,), "depth": 10**6}, "up to 200 layers"),
        ({"kind": "convolutional", "widths": (4, 4), "depth": 80}, "up to 200 layers"),
        ({"kind": "convolutional", "widths": ()}, "channels"),
        ({"skip": True}, "skip"),
        ({"kind": "deep_linear", "norm": True}, "norm"),
        ({"kind": "residual", "widths": (16,), "norm": True}, "norm"),
    ],
)
def test_what_makes_no_network_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        Architecture(**arguments)


def test_a_network_too_large_is_refused_with_its_size_before_it_is_drawn(digits):
    with pytest.raises(ValueError, match=r"10,007,600,010 parameters, 40,030 MB a point.*smaller widths"):
        build(Architecture(widths=(100_000, 100_000)), digits)


def test_convolutions_need_images():
    with pytest.raises(ValueError, match="Two moons.*needs images"):
        build(Architecture("convolutional", (4,)), load("moons").train)


def test_an_architecture_is_a_key():
    assert {Architecture(widths=[16, 16]): 1}[Architecture(widths=(16, 16))] == 1
