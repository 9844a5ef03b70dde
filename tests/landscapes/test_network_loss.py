"""A network's loss as a landscape: its value, its derivative, other data, weight decay and BatchNorm's choices."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import Landscape
from landscapes.networks import Architecture, Dataset, Network, build, load, make_network
from tests.landscapes import network_reference as reference

TINY = {"samples": 60, "test_share": 0.5}


@pytest.fixture(scope="module")
def digits():
    """A small perceptron on 30 digits, and on 30 others."""
    return make_network(Architecture(widths=(12,)), data="digits", **TINY)


@pytest.fixture(scope="module")
def normalised():
    """The same with BatchNorm."""
    return make_network(Architecture(widths=(12, 8), activation="relu", norm=True), data="digits", **TINY)


def moved(parameters, size=0.3, seed=0):
    """Another point of the parameter space."""
    random = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: leaf + size * random.standard_normal(leaf.shape).astype(leaf.dtype), parameters)


def test_a_network_is_a_landscape_without_a_window(digits):
    network, _ = digits
    assert isinstance(network, Landscape)
    assert network.window is None and network.minima == ()
    assert network.title == "Handwritten digits" and network.formula and network.lesson.endswith(".")
    assert network.dimension == 64 * 12 + 12 + 12 * 10 + 10


def test_cross_entropy_is_scikit_learns_log_loss(digits):
    from scipy.special import softmax
    from sklearn.metrics import log_loss

    for network in digits:
        logits = np.asarray(network.predict(network.start, network.inputs), np.float64)
        expected = log_loss(network.targets, softmax(logits, axis=1), labels=range(10))
        assert float(network.loss(network.start)) == pytest.approx(expected, rel=1e-6)


def test_mean_squared_error_is_scikit_learns():
    from sklearn.metrics import mean_squared_error

    network, _ = make_network("diabetes")
    expected = mean_squared_error(network.targets, network.predict(network.start, network.inputs))
    assert float(network.loss(network.start)) == pytest.approx(expected, rel=1e-6)


def test_squared_error_of_a_classifier_is_against_one_and_zero():
    network, _ = make_network("iris", loss="mean squared error")
    outputs = np.asarray(network.predict(network.start, network.inputs), np.float64)
    expected = np.mean((outputs - np.eye(3)[np.asarray(network.targets)]) ** 2)
    assert float(network.loss(network.start)) == pytest.approx(expected, rel=1e-6)


def test_large_logits_give_a_finite_loss(digits):
    network, _ = digits
    far = jax.tree.map(lambda leaf: 1e4 * leaf, network.start)
    assert np.isfinite(network.loss(far)) and network.loss(far) > 1e3


def test_what_is_not_finite_is_kept(digits):
    network, _ = digits
    assert np.isnan(network.loss(jax.tree.map(lambda leaf: leaf * jnp.nan, network.start)))


def test_the_gradient_is_a_float32_point_and_agrees_with_finite_differences(normalised):
    network, _ = normalised
    gradient = jax.jit(jax.grad(network.loss))(network.start)
    same = lambda leaf, other: leaf.shape == other.shape and leaf.dtype == other.dtype == np.float32
    assert jax.tree.all(jax.tree.map(same, gradient, network.start))
    direction = moved(jax.tree.map(jnp.zeros_like, network.start), 1.0)
    inner = sum(float(jnp.vdot(*pair)) for pair in zip(jax.tree.leaves(gradient), jax.tree.leaves(direction)))
    at = lambda t: network.loss(jax.tree.map(lambda p, d: p.astype(np.float64) + t * d, network.start, direction))
    with jax.enable_x64(True):
        assert inner == pytest.approx(float(at(1e-5) - at(-1e-5)) / 2e-5, rel=1e-4)


def test_a_loss_of_float64_parameters_is_computed_in_float64(digits):
    network, _ = digits
    expected = reference.outputs(Architecture(widths=(12,)), network.start, network.inputs)
    with jax.enable_x64(True):
        loss = network.loss(jax.tree.map(lambda leaf: leaf.astype(np.float64), network.start))
    assert loss.dtype == np.float64
    assert float(loss) == pytest.approx(reference.cross_entropy(expected, np.asarray(network.targets)), rel=1e-13)


def test_accuracy_is_the_share_of_right_answers(digits):
    network, _ = digits
    answers = np.argmax(network.predict(network.start, network.inputs), axis=1)
    assert float(network.accuracy(network.start)) == pytest.approx(np.mean(answers == network.targets))
    assert np.isnan(make_network("diabetes")[0].accuracy(make_network("diabetes")[0].start))


def test_other_data_change_the_loss_and_nothing_else(digits):
    train, test = digits
    again = train.on((test.inputs, test.targets))
    assert float(again.loss(train.start)) == float(test.loss(train.start)) != float(train.loss(train.start))
    assert again.dimension == train.dimension
    half = train.on((train.inputs[:10], train.targets[:10]))
    np.testing.assert_allclose(half.sample_losses(train.start), train.sample_losses(train.start)[:10], rtol=1e-5)


def test_a_batch_is_the_mean_over_its_samples(digits):
    network, _ = digits
    indices = np.array([3, 17, 5])
    expected = network.sample_losses(network.start)[indices].mean()
    assert float(network.batch_loss(network.start, indices)) == pytest.approx(float(expected), rel=1e-6)


def test_the_mean_over_equal_batches_is_the_objective(digits):
    network, _ = make_network(Architecture(widths=(12,)), data="digits", weight_decay=0.01, **TINY)
    batches = np.random.default_rng(0).permutation(30).reshape(3, 10)
    mean = np.mean([network.batch_loss(network.start, batch) for batch in batches])
    assert mean == pytest.approx(float(network.objective(network.start)), rel=1e-6)


def test_weight_decay_is_half_of_it_times_the_squared_weights_and_not_in_the_loss(digits):
    plain, decayed = digits[0], make_network(Architecture(widths=(12,)), data="digits", weight_decay=0.1, **TINY)[0]
    parameters = moved(plain.start)
    squares = sum(np.sum(np.square(layer.weight, dtype=np.float64)) for layer in parameters.layers)
    assert float(decayed.loss(parameters)) == float(plain.loss(parameters)) == float(plain.objective(parameters))
    assert float(decayed.decay(parameters)) == pytest.approx(0.05 * squares, rel=1e-6)
    expected = float(plain.loss(parameters)) + 0.05 * squares
    assert float(decayed.objective(parameters)) == pytest.approx(expected, rel=1e-6)
    bias = jax.grad(decayed.decay)(parameters).layers[0].bias
    assert not np.any(bias)


def test_data_and_weight_decay_are_no_reason_to_compile_again(digits):
    train, test = digits
    traces = []

    @jax.jit
    def value(objective, parameters):
        traces.append(1)
        return objective(parameters)

    others = make_network(Architecture(widths=(12,)), data="digits", weight_decay=0.5, seed=1, **TINY)[0]
    first = value(train.objective, train.start)
    assert float(first) == pytest.approx(float(train.loss(train.start)), rel=1e-6)
    decayed = eqx.tree_at(lambda network: network.weight_decay, train, 0.1 + train.weight_decay)
    for network in (others, train.on((test.inputs, test.targets)), decayed):
        value(network.objective, network.start)
    assert len(traces) == 1


def test_networks_run_under_vmap_over_points(digits):
    network, _ = digits
    points = [moved(network.start, seed=seed) for seed in range(3)]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *points)
    np.testing.assert_allclose(jax.vmap(network.loss)(stacked), [network.loss(point) for point in points], rtol=1e-5)


def test_recomputed_statistics_are_those_of_the_data_at_the_point(normalised):
    network, _ = normalised
    parameters = moved(network.start)
    logits = reference.outputs(Architecture(widths=(12, 8), activation="relu", norm=True), parameters, network.inputs)
    expected = reference.cross_entropy(logits, np.asarray(network.targets))
    assert float(network.loss(parameters)) == pytest.approx(expected, rel=1e-5)


def test_test_data_are_normalised_by_training_statistics(normalised):
    train, test = normalised
    together = train.predict(train.start, test.inputs)
    alone = train.predict(train.start, test.inputs[3:4])
    np.testing.assert_allclose(together[3:4], alone, rtol=1e-4, atol=1e-5)
    frozen = _choose(train, "frozen").on((test.inputs, test.targets))
    assert float(test.loss(test.start)) == pytest.approx(float(frozen.loss(train.start)), rel=1e-5)


def test_a_batch_is_normalised_by_its_own_statistics(normalised):
    network, _ = normalised
    indices = np.arange(12)
    alone = Network.of(network.start, _part(network, indices))
    ours = network.batch_loss(network.start, indices)
    assert float(ours) == pytest.approx(float(alone.loss(network.start)), rel=1e-6)
    assert float(ours) != pytest.approx(float(network.sample_losses(network.start)[indices].mean()), rel=1e-3)


def test_frozen_statistics_stay_those_of_the_point_they_were_frozen_at(normalised):
    network, _ = normalised
    elsewhere = moved(network.start)
    frozen = _choose(network, "frozen")
    assert float(frozen.loss(network.start)) == pytest.approx(float(network.loss(network.start)), rel=1e-6)
    assert float(frozen.loss(elsewhere)) != pytest.approx(float(network.loss(elsewhere)), rel=1e-3)
    there = frozen.frozen_at(elsewhere)
    assert float(there.loss(elsewhere)) == pytest.approx(float(network.loss(elsewhere)), rel=1e-6)
    assert float(there.batch_loss(elsewhere, np.arange(30))) == pytest.approx(float(network.loss(elsewhere)), rel=1e-5)


def test_rescaling_the_weights_before_a_norm_changes_the_loss_only_when_its_statistics_are_frozen(normalised):
    network, _ = normalised
    doubled = eqx.tree_at(lambda p: p.layers[0].weight, network.start, 2 * network.start.layers[0].weight)
    assert float(network.loss(doubled)) == pytest.approx(float(network.loss(network.start)), rel=1e-4)
    frozen = _choose(network, "frozen")
    assert float(frozen.loss(doubled)) != pytest.approx(float(frozen.loss(network.start)), rel=1e-2)


def test_a_network_without_norm_has_no_statistics(digits):
    network, _ = digits
    assert not network.normalises and network.statistics == () and network.frozen_at(network.start) is network


@pytest.mark.parametrize(
    "choices, words",
    [
        ({"loss_kind": "hinge"}, "one of cross-entropy"),
        ({"loss_kind": "cross-entropy"}, "for classes"),
        ({"batchnorm": "ema"}, "one of recomputed"),
        ({"weight_decay": -1.0}, "weight_decay"),
        ({"weight_decay": float("nan")}, "weight_decay"),
        ({"weight_decay": [1.0, 2.0]}, "weight_decay"),
    ],
)
def test_choices_that_do_not_exist_are_refused(choices, words):
    data = load("diabetes").train
    with pytest.raises(ValueError, match=words):
        Network.of(build(Architecture(), data), data, **choices)


@pytest.mark.parametrize(
    "inputs, targets, words",
    [
        (np.zeros((3, 5)), np.zeros(3), r"\(64,\).*\(5,\)"),
        (np.zeros((3, 64)), np.zeros(4), "one target each"),
        (np.zeros((3, 64)), np.full(3, 10), "from 0 to 9"),
        (np.full((3, 64), np.nan), np.zeros(3), "finite"),
    ],
)
def test_data_that_do_not_fit_are_refused(inputs, targets, words, digits):
    with pytest.raises(ValueError, match=words):
        digits[0].on((inputs, targets))


def _choose(network, batchnorm):
    data = Dataset(network.title, network.inputs, network.targets, network.class_names)
    return Network.of(network.start, data, batchnorm=batchnorm)


def _part(network, indices):
    return Dataset(network.title, network.inputs[indices], network.targets[indices], network.class_names)
