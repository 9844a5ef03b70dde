"""Theory on quadratics: where runs stop converging, how fast the best ones go, what curvature buys."""

import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from optimizers import OPTIMIZERS, descend, sweep

FACTS = json.loads((Path(__file__).parents[1] / "facts.json").read_text())["optimizer_theory"]
GradientDescent, Momentum, Newton, SaddleFreeNewton = (
    OPTIMIZERS[key] for key in ("gradient_descent", "momentum", "newton", "saddle_free_newton")
)


def quadratic(eigenvalues):
    eigenvalues = np.array(eigenvalues)
    return lambda point: 0.5 * jnp.sum(eigenvalues * point**2)


def rate_of(path, first=100):
    """The factor a step shrinks the distance by, over the second part of a run."""
    distance = np.linalg.norm(path.positions, axis=-1)
    return (distance[-1] / distance[first]) ** (1 / (path.steps - first))


def test_gradient_descent_converges_below_two_over_the_largest_eigenvalue_and_not_above():
    limit = 2 / 8.0
    fan = sweep(quadratic([1.0, 8.0]), GradientDescent(), (1.0, 1.0), over="learning_rate",
                values=[0.99 * limit, limit, 1.01 * limit], steps=1000)  # fmt: skip
    assert fan.losses[0, -1] < 1e-6
    assert fan.losses[1, -1] == pytest.approx(4.0)
    assert fan.losses[2, -1] > 1e6


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_the_heavy_ball_converges_below_two_plus_two_beta_and_not_above(momentum):
    limit = (2 + 2 * momentum) / 8.0
    fan = sweep(HEAVY, Momentum(momentum=momentum), (1.0, 1.0), over="learning_rate",
                values=[0.99 * limit, 1.01 * limit], steps=1000)  # fmt: skip
    assert fan.losses[0, -1] < 1e-3
    assert fan.losses[1, -1] > 1e3


HEAVY = quadratic([1.0, 8.0])


@pytest.mark.parametrize("condition", [10, 100])
def test_the_best_rates_are_those_of_theory(condition):
    loss, start = quadratic([1.0, condition]), (1.0, 1.0)
    descent = descend(loss, GradientDescent(learning_rate=2 / (1 + condition)), start, steps=400)
    assert rate_of(descent) == pytest.approx(FACTS["gradient_descent_best_on_quadratic"][f"k={condition}"], rel=1e-4)
    root = np.sqrt(condition)
    ball = Momentum(learning_rate=(2 / (1 + root)) ** 2, momentum=((root - 1) / (root + 1)) ** 2)
    # Its matrix has a double eigenvalue there: the distance shrinks as t times the power.
    assert rate_of(descend(loss, ball, start, steps=400)) == pytest.approx(
        FACTS["heavy_ball_best"][f"k={condition}"], rel=0.01
    )


def test_the_first_step_of_adam_is_the_learning_rate_against_the_sign():
    path = descend(quadratic([3.0, 200.0]), OPTIMIZERS["adam"](learning_rate=0.3), (2.0, -1.0), steps=1)
    np.testing.assert_allclose(path.positions[1] - path.positions[0], [-0.3, 0.3], rtol=1e-8)


def test_newton_needs_one_step_on_a_quadratic():
    path = descend(lambda p: 0.5 * p @ jnp.array([[3.0, 1.0], [1.0, 50.0]]) @ p, Newton(), (5.0, -7.0), steps=1)
    np.testing.assert_allclose(path.positions[1], 0, atol=1e-13)


def test_a_damped_newton_step_is_a_share_of_the_full_one():
    path = descend(quadratic([3.0, 50.0]), Newton(learning_rate=0.25), (4.0, 8.0), steps=2)
    np.testing.assert_allclose(path.positions[:, 0], [4, 3, 2.25])


def test_newton_walks_into_a_saddle_and_saddle_free_newton_leaves_it():
    double_well = lambda p: p[0] ** 2 + 0.25 * p[1] ** 4 - 0.5 * p[1] ** 2  # saddle (0, 0), minima (0, -1), (0, 1)
    newton, free = (descend(double_well, rule(), (0.5, 0.1), steps=40) for rule in (Newton, SaddleFreeNewton))
    np.testing.assert_allclose(newton.positions[-1], [0, 0], atol=1e-9)
    np.testing.assert_allclose(free.positions[-1], [0, 1], atol=1e-9)


def test_newton_takes_no_step_where_there_is_no_curvature():
    path = descend(lambda p: p[0] ** 2 + p[1], Newton(), (1.0, 1.0), steps=3)
    np.testing.assert_allclose(path.positions[-1], [0, 1], atol=1e-13)


def test_the_polyak_step_needs_the_true_lowest_loss():
    loss = lambda p: 5 + 0.5 * p @ p
    exact, below = (
        descend(loss, OPTIMIZERS["polyak_step"](learning_rate=10.0, f_min=f_min), (1.0, 0.0), steps=60)
        for f_min in (5.0, 0.0)
    )
    assert exact.losses[-1] - 5 < 1e-12
    assert below.losses[-1] - 5 > 0.1


def test_backtracking_never_climbs_however_long_its_first_trial():
    path = descend(quadratic([1.0, 1000.0]), OPTIMIZERS["backtracking"](learning_rate=10.0), (1.0, 1.0), steps=200)
    assert (np.diff(path.losses) <= 0).all() and path.losses[-1] < 1e-3 * path.losses[0]


def test_sam_leaves_a_hole_narrower_than_its_radius():
    narrow = lambda p: 0.05 * p[0] ** 2 - jnp.exp(-((p[0] - 2) ** 2) / 0.005) + 0 * p[1]
    sgd, sam = GradientDescent(learning_rate=0.001), OPTIMIZERS["sam"](learning_rate=0.5, radius=0.3)
    assert descend(narrow, sgd, (2.02, 0.0)).positions[-1, 0] == pytest.approx(2, abs=0.05)
    assert abs(descend(narrow, sam, (2.02, 0.0)).positions[-1, 0]) < 1
