"""Noise on gradients: its mean and variance, the same for everybody, none at all when off, and the plateaus it leaves."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import LANDSCAPES
from optimizers import OPTIMIZERS, Adam, GradientDescent, Momentum, RandomSearch, anatomy, basins, descend, noisy, plateau, stability, sweep
from optimizers.noise import Noisy, bands

HIMMELBLAU, LOGISTIC = LANDSCAPES["himmelblau"], LANDSCAPES["logistic_regression"]
flat = lambda point: 0.0 * jnp.sum(point)
CURVATURE = 2.0
bowl = lambda point: 0.5 * CURVATURE * jnp.sum(point**2)


def test_the_noise_has_mean_zero_and_the_stated_variance_and_is_new_at_every_step():
    path = descend(flat, noisy(GradientDescent(1.0), 0.5, 3), np.zeros(4), steps=2000)
    drawn = -np.diff(path.positions, axis=0) / 0.5
    assert np.abs(drawn.mean(axis=0)).max() < 4 / np.sqrt(2000)
    np.testing.assert_allclose(np.cov(drawn.T), np.eye(4), atol=6 / np.sqrt(2000))
    assert abs((drawn[1:] * drawn[:-1]).mean()) < 4 / np.sqrt(8000)


def test_every_optimizer_meets_the_same_noise_and_a_seed_another():
    seen = lambda rule, seed: descend(flat, noisy(rule, 0.5, seed), np.zeros(2), steps=20, states=True).states.seen
    np.testing.assert_array_equal(seen(GradientDescent(), 3), seen(Adam(), 3))
    assert not np.allclose(seen(Adam(), 3)[1:], seen(Adam(), 4)[1:])


@pytest.mark.parametrize("kind", [Adam, RandomSearch])
def test_no_noise_is_the_same_optimizer_and_noise_of_zero_the_same_path_to_the_bit(kind):
    assert noisy(rule := kind(), 0.0, 5) is rule
    plain, zero = (descend(HIMMELBLAU.loss, each, (1.0, 1.0), steps=50) for each in (rule, Noisy(rule, 0.0, 5)))
    np.testing.assert_array_equal(plain.positions, zero.positions)
    np.testing.assert_array_equal(plain.losses, zero.losses)


@pytest.mark.parametrize("key", ["backtracking", "sam", "newton", "coordinate_probing", "schedule_free"])
def test_every_kind_of_rule_runs_under_noise_and_feels_it(key):
    rule = OPTIMIZERS[key]()
    path = descend(bowl, noisy(rule, 0.1, 1), (1.0, 0.5), steps=8)
    assert path.diverged_at < 0 and not np.allclose(path.positions, descend(bowl, rule, (1.0, 0.5), steps=8).positions)
    if key == "newton":  # one step, to the minimum of the noisy parabola
        other = descend(bowl, noisy(GradientDescent(1 / CURVATURE), 0.1, 1), (1.0, 0.5), steps=8)
        np.testing.assert_allclose(path.positions, other.positions, atol=1e-12)


@pytest.mark.parametrize("rate, beta", [(0.1, None), (0.4, None), (0.05, 0.9)])
def test_plateaus_are_those_of_theory_and_averaging_lowers_them(rate, beta):
    """On curvature l with noise s the stationary variance of a coordinate is eta s^2 (1 + b) / (l (1 - b) (2 (1 + b) - eta l))."""
    rule = GradientDescent(rate) if beta is None else Momentum(rate, beta)
    b, size = beta or 0.0, 0.3
    variance = rate * size**2 * (1 + b) / (CURVATURE * (1 - b) * (2 * (1 + b) - rate * CURVATURE))
    runs = sweep(bowl, noisy(rule, size), (0.1, 0.1), over="noise_seed", values=np.arange(64), steps=2000)
    found = plateau(bowl, runs)
    assert abs(found.level - CURVATURE * variance) < 4 * found.level_error < 0.2 * found.level
    assert found.averaged + 4 * found.averaged_error < found.level
    low, mean, high = bands(runs)
    np.testing.assert_array_equal(mean, runs.losses.mean(axis=0))
    np.testing.assert_array_equal((low[-1], high[-1]), np.percentile(runs.losses[:, -1], (25, 75)))
    late = runs.losses[:, -500:].mean(axis=1)
    assert (found.level, found.runs) == (pytest.approx(late.mean()), 64)


def test_runs_that_diverge_have_no_plateau_and_one_seed_no_error():
    runs = sweep(bowl, noisy(GradientDescent(3.0), 0.1), (1.0, 1.0), over="noise_seed", values=[0, 1], steps=2000)
    assert plateau(bowl, runs).diverged == 2 and np.isnan(plateau(bowl, runs).level)
    one = sweep(bowl, noisy(GradientDescent(0.1), 0.1), (1.0, 1.0), over="noise_seed", values=[0], steps=8)
    assert plateau(bowl, one).level_error == np.inf


def test_a_batch_of_every_sample_is_the_whole_loss_and_batches_are_right_on_average():
    for key in ("linear_regression", "logistic_regression", "two_layer_linear"):
        place, point = LANDSCAPES[key], np.array([0.3, -0.7])
        with jax.enable_x64(True):
            np.testing.assert_allclose(place.batch_loss(point, np.arange(place.samples)), place.loss(point), rtol=1e-12)
    path = descend(LOGISTIC.loss, noisy(GradientDescent(1e-9), of=LOGISTIC, batch=20, seed=2), (0.5, -0.5), steps=1500, states=True, gradients=True)
    seen = path.states.seen[1:]
    assert (np.abs(seen.mean(axis=0) - path.gradients[0]) < 4 * seen.std(axis=0) / np.sqrt(1500)).all() and seen.std(axis=0).min() > 0.01
    for batch, of in ((20, None), (-1, LOGISTIC), (2.5, LOGISTIC)):
        with pytest.raises(ValueError, match="whole number of samples"):
            noisy(Adam(), of=of, batch=batch)


def test_a_noisy_rule_is_swept_tuned_mapped_and_taken_apart_as_any_other():
    rule = noisy(Momentum(0.01), 2.0, 1)
    fan = sweep(HIMMELBLAU.loss, rule, (1.0, 1.0), over="learning_rate", values=[0.001, 0.01], steps=40)
    single = descend(HIMMELBLAU.loss, rule, (1.0, 1.0), 40, gradients=True, states=True)
    np.testing.assert_allclose(fan.positions[1], single.positions, rtol=1e-9)
    taken = anatomy(rule, single)
    np.testing.assert_allclose(taken.assembled, taken.update, atol=1e-12)
    np.testing.assert_array_equal(taken.terms[0].values, single.states.seen[1:])
    assert stability(HIMMELBLAU.loss, rule, (1.0, 1.0), 40).limit is not None
    assert type(rule.with_knob("learning_rate", 0.5).rule) is Momentum
    cell = basins(HIMMELBLAU, rule, 40, (3, 3))
    run = descend(HIMMELBLAU.loss, rule, (cell.x[2], cell.y[0]), 40)
    np.testing.assert_allclose(cell.reached.final[0, 2], run.positions[-1], rtol=1e-6)
