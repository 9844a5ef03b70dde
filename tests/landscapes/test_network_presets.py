"""The menu of networks: every preset builds, and its loss is what plain NumPy computes."""

import jax
import numpy as np
import pytest

from landscapes.networks import DATA, NETWORKS, Architecture, Network, load, make_network
from optimizers import OPTIMIZERS
from tests.landscapes import network_reference as reference

ORDER = """
    moons circles spirals xor iris wine breast_cancer diabetes deep_linear digits digits_relu digits_million
    residual residual_without_skips convolutional residual_convolutional digits_batchnorm
""".split()


@pytest.fixture(params=NETWORKS)
def key(request):
    return request.param


@pytest.fixture
def preset(key):
    return NETWORKS[key]


def test_the_menu_keeps_its_order():
    assert list(NETWORKS) == ORDER


def test_a_preset_says_what_it_is(preset):
    assert preset.sentence[0].isupper() and preset.sentence.endswith(".") and len(preset.sentence) < 120
    assert preset.data in DATA and preset.steps > 0
    assert preset.optimizers and set(preset.optimizers) <= set(OPTIMIZERS)
    assert len({preset.title for preset in NETWORKS.values()}) == len(NETWORKS)


def test_the_loss_of_every_preset_is_what_plain_numpy_computes(key, preset):
    train, test = make_network(key)
    outputs = reference.outputs(preset.architecture, train.start, train.inputs)
    targets = np.asarray(train.targets)
    if preset.loss == "cross-entropy":
        expected = reference.cross_entropy(outputs, targets)
    else:
        expected = np.mean((outputs - (np.eye(10)[targets] if train.class_names else targets)) ** 2)
    assert float(train.loss(train.start)) == pytest.approx(expected, rel=1e-5)
    assert preset.batch is None or preset.batch < len(train.inputs)


def test_the_gradient_of_every_preset_is_a_point(key):
    train, _ = make_network(key)
    shapes = jax.eval_shape(jax.grad(train.objective), train.start)
    assert jax.tree.structure(shapes) == jax.tree.structure(train.start)
    assert [leaf.shape for leaf in jax.tree.leaves(shapes)] == [leaf.shape for leaf in jax.tree.leaves(train.start)]
    assert {str(leaf.dtype) for leaf in jax.tree.leaves(shapes)} == {"float32"}


def test_one_preset_has_over_a_million_parameters():
    train, _ = make_network("digits_million")
    assert train.dimension == 64 * 1024 + 1024 + 1024 * 1024 + 1024 + 1024 * 10 + 10 > 1_000_000


def test_both_networks_of_forty_layers_see_the_same_data_and_have_the_same_shapes():
    with_skip, without = (make_network(key)[0] for key in ("residual", "residual_without_skips"))
    assert with_skip.dimension == without.dimension
    np.testing.assert_array_equal(with_skip.inputs, without.inputs)


def test_equal_requests_share_one_network_and_a_seed_makes_another():
    assert make_network("moons", seed=2) is make_network("moons", seed=2)
    one, other = (make_network("moons", seed=seed)[0] for seed in (2, 3))
    assert not np.array_equal(one.inputs, other.inputs)
    assert not np.array_equal(one.start.layers[0].weight, other.start.layers[0].weight)


def test_what_a_preset_decides_can_be_overridden():
    train, test = make_network("moons", samples=30, test_share=0.2, noise=0.0, loss="mean squared error")
    assert (len(train.inputs), len(test.inputs)) == (24, 6)
    assert train.loss_kind == "mean squared error"


def test_ones_own_data_make_a_network():
    split = load("iris", seed=9)
    train, test = make_network(Architecture(widths=(3,)), data=split)
    assert isinstance(train, Network) and np.array_equal(test.inputs, split.test.inputs)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("mnist",), "no network 'mnist'; choose one of moons"),
        ((Architecture(),), "needs data"),
    ],
)
def test_what_makes_no_network_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        make_network(*arguments)
