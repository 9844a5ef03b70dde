"""What looking costs: exact counts, words for any time, and a measured gradient."""

from itertools import cycle

import jax.numpy as jnp
import numpy as np
import pytest

from landscapes.costs import AGE_OF_UNIVERSE, YEAR, cost_of_gradient, duration, grid_points, log_grid_seconds


def test_a_grid_is_points_to_the_power_of_dimensions():
    assert grid_points(10, 3) == 1000
    assert grid_points(10, 2410) == 10**2410


def test_the_time_of_a_grid_is_its_points_times_one():
    assert log_grid_seconds(10, 6, 1e-4) == pytest.approx(2)
    assert log_grid_seconds(3, 40, 2e-3) == pytest.approx(np.log10(3.0**40 * 2e-3))


@pytest.mark.parametrize(
    "seconds, words",
    [
        (2e-5, "20 microseconds"),
        (0.05, "50 milliseconds"),
        (4.2, "4.2 seconds"),
        (90, "1.5 minutes"),
        (3 * YEAR, "3.0 years"),
        (5e8 * YEAR, "5 × 10^8 years"),
        (2 * AGE_OF_UNIVERSE, "2.0 ages of the universe"),
        (1e90 * AGE_OF_UNIVERSE, "1 × 10^90 ages of the universe"),
    ],
)
def test_any_time_has_words(seconds, words):
    assert duration(np.log10(seconds)) == words


@pytest.mark.parametrize("per_axis, dimension", [(1, 2), (2000, 2), (10, 0), (10, 10**7), (2.5, 2)])
def test_grids_that_are_none_are_refused_with_the_range(per_axis, dimension):
    with pytest.raises(ValueError, match="from"):
        grid_points(per_axis, dimension)
    with pytest.raises(ValueError):
        log_grid_seconds(10, 2, 0.0)


def test_a_gradient_is_measured_beside_its_loss(monkeypatch):
    # What is tested is what is made of the times: the times themselves belong to benchmarks.
    monkeypatch.setattr("landscapes.costs._seconds", lambda call, count, turn=cycle([1e-4, 3e-4]): (call(), next(turn))[1])
    weights = np.random.default_rng(0).standard_normal((200, 200))
    cost = cost_of_gradient(lambda p: jnp.sum(jnp.tanh(weights @ jnp.tanh(weights @ p)) ** 2), np.ones(200), repeats=5)
    assert (cost.dimension, cost.loss, cost.gradient) == (200, 1e-4, 3e-4)
    assert cost.ratio == pytest.approx(3)
