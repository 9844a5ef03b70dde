"""Muon: optax's on matrices, AdamW's on the rest."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from optimizers import NETWORK_OPTIMIZERS, OPTIMIZERS, train

TARGET = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
START = {"w": np.zeros((6, 4), np.float32), "b": np.ones(6, np.float32)}


def loss(point):
    return jnp.sum((point["w"] - TARGET) ** 2) + jnp.sum(point["b"] ** 4)


def test_it_moves_as_optax_says_on_a_matrix_and_a_bias():
    run = train(loss, NETWORK_OPTIMIZERS["muon"](learning_rate=0.1, beta=0.8), START, 12)
    rule, point = optax.contrib.muon(0.1, beta=0.8), START
    state, update = rule.init(point), jax.jit(rule.update)
    for _ in range(12):
        gradient = {"w": 2 * (point["w"] - TARGET), "b": 4 * point["b"] ** 3}
        updates, state = update(gradient, state, point)
        point = optax.apply_updates(point, updates)
    for name in point:
        np.testing.assert_allclose(run.positions[name][-1], point[name], rtol=1e-3, atol=1e-4)


def test_its_first_step_is_nearly_orthogonal():
    run = train(loss, NETWORK_OPTIMIZERS["muon"](learning_rate=1.0), START, 1)
    step = np.linalg.svd(run.positions["w"][1], compute_uv=False) / np.sqrt(6 / 4)
    assert step.min() > 0.5 and step.max() < 1.3
    assert np.linalg.cond(TARGET) > 2 * step.max() / step.min()


def test_it_is_offered_for_networks_alone_for_a_vector_is_no_matrix():
    assert "muon" not in OPTIMIZERS and list(NETWORK_OPTIMIZERS)[-1] == "muon"
    bowl = lambda point: 0.5 * point[0] ** 2 + 2 * point[1] ** 2
    run = train(bowl, NETWORK_OPTIMIZERS["muon"](learning_rate=0.1), [2.0, -1.0], 20)
    nadam = train(bowl, OPTIMIZERS["nadam"](learning_rate=0.1), [2.0, -1.0], 20)
    np.testing.assert_allclose(run.losses, nadam.losses, rtol=1e-6)


def test_network_optimizers_are_those_that_move_many_parameters():
    assert set(OPTIMIZERS) - set(NETWORK_OPTIMIZERS) == {
        "newton", "saddle_free_newton", "random_search", "coordinate_probing"
    }  # fmt: skip
    looks = [(kind.colour, kind.dash) for kind in NETWORK_OPTIMIZERS.values()]
    assert len(set(looks)) == len(looks)


@pytest.mark.parametrize("key", ["rprop", "lbfgs", "sam", "backtracking"])
def test_rules_that_look_at_the_loss_train_too(key):
    run = train(loss, NETWORK_OPTIMIZERS[key](), START, 10)
    assert run.losses[-1] < run.losses[0] and run.evaluations[-1].sum() >= 10
