"""The two that use no derivative: they never look at it, and what they spend is losses alone."""

import jax
import numpy as np
import pytest

from optimizers import OPTIMIZERS, descend

RandomSearch, CoordinateProbing = OPTIMIZERS["random_search"], OPTIMIZERS["coordinate_probing"]


@jax.custom_jvp
def bowl(point):
    return 0.5 * point @ point


@bowl.defjvp
def _no_derivative(points, tangents):
    return bowl(*points), float("nan") * tangents[0].sum()


@pytest.mark.parametrize("optimizer", [RandomSearch(proposal_scale=0.3), CoordinateProbing(learning_rate=0.1)])
def test_a_wrong_gradient_makes_no_difference(optimizer):
    assert np.isnan(descend(bowl, OPTIMIZERS["gradient_descent"](), (2.0, 1.0), steps=2).losses[-1])
    path = descend(bowl, optimizer, (2.0, 1.0), steps=200)
    assert path.losses[-1] < 0.01 and (path.evaluations[:, 1:] == 0).all()


def test_random_search_never_climbs_and_keeps_what_improves():
    path = descend(bowl, RandomSearch(proposal_scale=0.5), (2.0, 1.0), steps=300)
    moved = (np.diff(path.positions, axis=0) != 0).any(axis=1)
    assert (np.diff(path.losses)[moved] < 0).all() and (np.diff(path.losses)[~moved] == 0).all()
    assert 5 < moved.sum() < 200


def test_the_seed_decides_the_guesses():
    first, again, other = (descend(bowl, RandomSearch(seed=seed), (2.0, 1.0), 50).positions for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_guesses_are_normal_with_the_scale_asked_for():
    falling = lambda point: -(point @ point)  # from far out every other guess is kept
    path = descend(falling, RandomSearch(proposal_scale=0.2), np.full(100, 1e3), steps=300)
    steps = np.diff(path.positions, axis=0)
    steps = steps[(steps != 0).any(axis=1)]
    assert steps.std() == pytest.approx(0.2, rel=0.03)


def test_probing_is_gradient_descent_where_the_loss_is_quadratic():
    loss = lambda point: 1.5 * point[0] ** 2 + point[0] * point[1] + point[1] ** 2
    probing = descend(loss, CoordinateProbing(learning_rate=0.1, spacing=0.5), (2.0, 1.0), steps=30)
    descent = descend(loss, OPTIMIZERS["gradient_descent"](learning_rate=0.1), (2.0, 1.0), steps=30)
    np.testing.assert_allclose(probing.positions, descent.positions, rtol=1e-10)


def test_probing_costs_two_losses_a_parameter():
    path = descend(lambda point: point @ point, CoordinateProbing(), np.ones(7), steps=5)
    np.testing.assert_array_equal(path.evaluations[:, 0], 14 * np.arange(6))
