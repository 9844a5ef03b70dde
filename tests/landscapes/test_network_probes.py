"""What a network is doing: decision boundary, confusion, worst samples, first layer."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes.networks import Architecture, confusion, decision_boundary, first_layer, make_network, worst

WINDOW = ((-2.0, 1.0), (-1.0, 3.0))


@pytest.fixture(scope="module")
def moons():
    return make_network(Architecture(widths=(4,)), data="moons", samples=60)[0]


@pytest.fixture(scope="module")
def digits():
    return make_network(Architecture(widths=(6,)), data="digits", samples=80)[0]


@pytest.fixture(scope="module")
def line():
    """A network without a hidden layer whose second class begins where x + 2 y > 1."""
    network = make_network(Architecture(widths=()), data="moons", samples=60)[0]
    weight, bias = jnp.float32([[0, 0], [1, 2]]), jnp.float32([0, -1])
    where = lambda model: (model.layers[0].weight, model.layers[0].bias)
    return network, eqx.tree_at(where, network.start, (weight, bias))


def test_the_boundary_of_a_line_is_that_line(line):
    boundary = decision_boundary(*line, WINDOW, 31)
    inside = boundary.x[None, :] + 2 * boundary.y[:, None] - 1
    clear = np.abs(inside) > 1e-5
    np.testing.assert_array_equal(boundary.classes[clear], (inside > 0)[clear])
    np.testing.assert_allclose(boundary.probabilities[..., 1], 1 / (1 + np.exp(-inside)), rtol=1e-4, atol=1e-6)


def test_the_boundary_has_the_edges_of_the_window_and_the_axes_of_a_surface(moons):
    boundary = decision_boundary(moons, moons.start, WINDOW, 7)
    assert (boundary.x[0], boundary.x[-1], boundary.y[0], boundary.y[-1]) == (-2, 1, -1, 3)
    sample = np.array([[boundary.x[5], boundary.y[2]]])
    expected = jax.nn.softmax(moons.predict(moons.start, sample))[0]
    np.testing.assert_allclose(boundary.probabilities[2, 5], expected, rtol=1e-5)
    assert boundary.probabilities.shape == (7, 7, 2) and boundary.classes.shape == (7, 7)


def test_confusion_is_scikit_learns(digits):
    from sklearn.metrics import confusion_matrix

    answers = np.argmax(digits.predict(digits.start, digits.inputs), axis=1)
    expected = confusion_matrix(digits.targets, answers, labels=range(10))
    counts = confusion(digits, digits.start)
    np.testing.assert_array_equal(counts, expected)
    assert np.trace(counts) / counts.sum() == pytest.approx(float(digits.accuracy(digits.start)))


def test_the_worst_samples_have_the_largest_losses_in_order(digits):
    found = worst(digits, digits.start, 5)
    losses = np.asarray(digits.sample_losses(digits.start))
    np.testing.assert_array_equal(found.indices, np.argsort(-losses)[:5])
    np.testing.assert_allclose(found.losses, np.sort(losses)[::-1][:5], rtol=1e-6)
    answers = np.argmax(digits.predict(digits.start, digits.inputs), axis=1)
    np.testing.assert_array_equal(found.answers, answers[found.indices])


def test_there_are_no_more_worst_samples_than_samples(digits):
    assert len(worst(digits, digits.start, 10_000).indices) == len(digits.inputs)


def test_the_first_layer_looks_like_the_image_it_looks_at(digits):
    pictures = first_layer(digits, digits.start)
    assert pictures.shape == (6, 8, 8)
    np.testing.assert_array_equal(pictures[2].ravel(), digits.start.layers[0].weight[2])


def test_the_first_layer_of_other_networks_is_a_row_or_a_filter(moons):
    assert first_layer(moons, moons.start).shape == (4, 1, 2)
    for architecture, shape in (
        (Architecture("residual", (5,), 2), (5, 8, 8)),
        (Architecture("deep_linear", (7,)), (7, 8, 8)),
        (Architecture("convolutional", (3,)), (3, 3, 3)),
    ):
        network, _ = make_network(architecture, data="digits", samples=40)
        assert first_layer(network, network.start).shape == shape


def test_probes_run_over_snapshots(moons, digits):
    snapshots = lambda network: jax.tree.map(lambda leaf: jnp.stack([leaf, -leaf]), network.start)
    classes = jax.vmap(lambda p: decision_boundary(moons, p, WINDOW, 5).classes)(snapshots(moons))
    opposite = jax.tree.map(jnp.negative, moons.start)
    np.testing.assert_array_equal(classes[1], decision_boundary(moons, opposite, WINDOW, 5).classes)
    assert jax.vmap(lambda p: confusion(digits, p))(snapshots(digits)).shape == (2, 10, 10)
    assert jax.vmap(lambda p: worst(digits, p, 3))(snapshots(digits)).indices.shape == (2, 3)
    assert first_layer(digits, snapshots(digits)).shape == (2, 6, 8, 8)


def test_a_nan_loss_is_among_the_worst(digits):
    poisoned = digits.on((digits.inputs, digits.targets))
    poisoned = eqx.tree_at(lambda n: n.inputs, poisoned, poisoned.inputs.at[7].set(jnp.nan))
    assert worst(poisoned, poisoned.start, 1).indices[0] == 7


def test_what_a_network_cannot_show_is_refused(digits):
    regression, _ = make_network("diabetes")
    for probe in (confusion, worst):
        with pytest.raises(ValueError, match="regression"):
            probe(regression, regression.start)
    with pytest.raises(ValueError, match="two inputs.*64"):
        decision_boundary(digits, digits.start, WINDOW)
