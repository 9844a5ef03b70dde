"""Steps against the condition number, in theory and taken; inputs in other units."""

import json
from pathlib import Path

import jax
import numpy as np
import pytest
from sklearn.datasets import load_diabetes

from landscapes import LANDSCAPES
from landscapes.conditioning import (
    best_gradient_descent,
    best_heavy_ball,
    gradient_descent_leaves,
    heavy_ball_leaves,
    steps_needed,
    steps_taken,
)
from landscapes.least_squares import LeastSquares, scaled
from optimizers import GradientDescent, Momentum, descend

BOWL = type(LANDSCAPES["quadratic_bowl"])
FACTS = json.loads((Path(__file__).parents[1] / "facts.json").read_text())["optimizer_theory"]
SHARE = 1e-3


def distances(kappa, optimizer, steps, start):
    return np.linalg.norm(descend(BOWL(condition_number=kappa, rotation=0.0).loss, optimizer, start, steps).positions, axis=1)


@pytest.mark.parametrize("kappa", [1.0, 2.0, 10.0, 100.0, 1000.0])
def test_gradient_descent_takes_the_steps_of_theory(kappa):
    left = distances(kappa, GradientDescent(learning_rate=best_gradient_descent(kappa)), 4000, (2.0, -1.0))
    np.testing.assert_allclose(left[:30] / left[0], [gradient_descent_leaves(kappa, t) for t in range(30)], atol=1e-12)
    assert steps_taken(left, SHARE) == np.ceil(steps_needed(gradient_descent_leaves, kappa, SHARE))


@pytest.mark.parametrize("kappa", [2.0, 10.0, 100.0, 1000.0])
def test_the_heavy_ball_takes_the_steps_of_theory_from_its_worst_start(kappa):
    rate, momentum = best_heavy_ball(kappa)
    left = distances(kappa, Momentum(learning_rate=rate, momentum=momentum), 400, (0.0, 1.0))
    np.testing.assert_allclose(left[:30], [heavy_ball_leaves(kappa, t) for t in range(30)], rtol=1e-9)
    assert steps_taken(left, SHARE) == np.ceil(steps_needed(heavy_ball_leaves, kappa, SHARE))


@pytest.mark.parametrize("kappa", [10, 100])
def test_the_rates_are_those_of_the_books(kappa):
    wanted = FACTS["gradient_descent_best_on_quadratic"][f"k={kappa}"]
    assert gradient_descent_leaves(kappa, 1) == pytest.approx(wanted, abs=1e-6)
    # The factor in front of the power dies out late.
    late = 1000
    ratio = heavy_ball_leaves(kappa, late + 1) / heavy_ball_leaves(kappa, late)
    assert ratio == pytest.approx(FACTS["heavy_ball_best"][f"k={kappa}"], rel=5e-3)


def test_steps_grow_like_kappa_and_like_its_root():
    descent, ball = (
        [steps_needed(leaves, kappa, SHARE) for kappa in (1e3, 1e5)] for leaves in (gradient_descent_leaves, heavy_ball_leaves)
    )
    assert descent[1] / descent[0] == pytest.approx(100, rel=1e-3)
    assert ball[1] / ball[0] == pytest.approx(10, rel=0.4)  # the start at rest costs a logarithm more


def test_what_swings_out_again_has_not_arrived():
    assert steps_taken([1.0, 0.01, 0.5, 0.05, 0.01], 0.1) == 3
    assert steps_taken([1.0, 0.01, 0.5], 0.1) is None


@pytest.mark.parametrize("call", [
    lambda: best_gradient_descent(0.5),
    lambda: best_heavy_ball(np.nan),
    lambda: steps_needed(gradient_descent_leaves, 10, 1.5),
    lambda: steps_needed(gradient_descent_leaves, 1e15, 0.1),
    lambda: scaled(np.ones((3, 1)), "log"),
    lambda: LeastSquares(np.ones(3), np.ones(3)),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(call):
    with pytest.raises(ValueError):
        call()


@pytest.fixture(scope="module")
def table():
    return load_diabetes(scaled=False)


def of(table, scaling, columns):
    return LeastSquares(scaled(table.data[:, columns], scaling), table.target / 100)


@pytest.mark.parametrize("scaling", ["raw", "centred", "standardised"])
def test_condition_numbers_and_minima_are_those_of_the_singular_values(table, scaling):
    model = of(table, scaling, [2, 3])
    singular = np.linalg.svd(np.column_stack([np.ones(442), scaled(table.data[:, [2, 3]], scaling)]), compute_uv=False)
    assert model.condition_number == pytest.approx((singular[0] / singular[-1]) ** 2, rel=1e-6)
    with jax.enable_x64(True):
        assert np.abs(jax.grad(model.loss)(model.minimum)).max() < 1e-9


def test_standardised_inputs_make_a_round_bowl_and_raw_ones_a_crack(table):
    raw, centred, standardised = (of(table, scaling, [2]) for scaling in ("raw", "centred", "standardised"))
    assert standardised.condition_number == pytest.approx(1)
    assert centred.condition_number == pytest.approx(table.data[:, 2].var())
    assert raw.condition_number > 1000 * centred.condition_number


def test_the_loss_is_the_mean_of_squares_also_from_few_rows(table):
    model, point = of(table, "raw", [2, 3]), np.array([1.0, -0.1, 0.02])
    wanted = np.mean((1.0 - 0.1 * table.data[:, 2] + 0.02 * table.data[:, 3] - table.target / 100) ** 2)
    few = model.compressed()
    with jax.enable_x64(True):
        assert [float(each.loss(point)) for each in (model, few)] == pytest.approx([wanted] * 2, rel=1e-10)
        np.testing.assert_allclose(jax.grad(few.loss)(point), jax.grad(model.loss)(point), rtol=1e-7)
        assert few.lowest == pytest.approx(float(model.loss(model.minimum)), rel=1e-9)
    assert few.design.shape == (4, 3)


def test_the_best_rate_shrinks_the_distance_as_theory_says(table):
    model = of(table, "centred", [2])
    kappa, start = model.condition_number, np.zeros(2)
    run = descend(model.loss, GradientDescent(learning_rate=model.best_rate), start, 40)
    left = np.linalg.norm(run.positions - model.minimum, axis=1)
    np.testing.assert_allclose(left / left[0], [gradient_descent_leaves(kappa, t) for t in range(41)], rtol=1e-6)
