"""One parameter nudged: predicted and true change, and three ways to a derivative."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from landscapes import LANDSCAPES
from landscapes.networks import Architecture, make_network
from landscapes.sensitivity import differences, nudges, sensitivity

ROSENBROCK = LANDSCAPES["rosenbrock"].loss
POINT = np.array([-1.2, 1.0])
EPSILONS = np.logspace(-14, -1, 53)
UNITS = {np.float32: 2.0**-24, np.float64: 2.0**-53}  # rounding units


@pytest.fixture(scope="module")
def network():
    return make_network(Architecture(widths=(6,)), data="iris")[0]


def log_slope(x, y, low, high):
    between = (x >= low) & (x <= high)
    return np.polyfit(np.log(x[between]), np.log(y[between]), 1)[0]


def test_sensitivity_is_the_gradient_by_hand():
    x, y = POINT
    expected = [-400 * x * (y - x**2) - 2 * (1 - x), 200 * (y - x**2)]
    np.testing.assert_allclose(sensitivity(ROSENBROCK, POINT), expected, rtol=1e-12)


def test_a_change_is_that_of_the_loss_with_one_parameter_raised(network):
    flat, unravel = ravel_pytree(network.start)
    made = nudges(network.loss, network.start, [0, 7, len(flat) - 1], [-0.5, 0.25])
    for row, parameter in enumerate([0, 7, len(flat) - 1]):
        for column, epsilon in enumerate([-0.5, 0.25]):
            moved = network.loss(unravel(flat.at[parameter].add(epsilon)))
            assert made.change[row, column] == pytest.approx(float(moved - network.loss(network.start)), abs=1e-6)


def test_many_parameters_are_told_in_order_and_progress_ends_at_one(network):
    shares = []
    size = ravel_pytree(network.start)[0].size
    made = nudges(network.loss, network.start, range(size), [0.1], report=shares.append)
    assert made.change.shape == made.predicted.shape == (size, 1)
    assert shares[-1] == 1.0 and sorted(shares) == shares
    again = nudges(network.loss, network.start, [size - 2], [0.1])
    assert made.change[size - 2] == pytest.approx(again.change[0], abs=1e-7)


@pytest.mark.parametrize(("kind", "low", "high"), [(np.float64, 1e-6, 1e-2), (np.float32, 3e-3, 1e-1)])
def test_the_error_of_the_prediction_falls_with_slope_two(kind, low, high):
    made = nudges(ROSENBROCK, POINT.astype(kind), [0], EPSILONS)
    assert log_slope(EPSILONS, made.error[0], low, high) == pytest.approx(2, abs=0.05)
    # What is left is half the second derivative: 1200 x^2 - 400 y + 2.
    at = int(np.argmin(abs(EPSILONS - 1e-2)))
    half = (1200 * POINT[0] ** 2 - 400 * POINT[1] + 2) / 2
    assert made.error[0, at] / EPSILONS[at] ** 2 == pytest.approx(half, rel=0.05)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_rounding_takes_over_where_the_parabola_falls_below_a_unit_of_the_loss(kind):
    half = (1200 * POINT[0] ** 2 - 400 * POINT[1] + 2) / 2
    made = nudges(ROSENBROCK, POINT.astype(kind), [0], EPSILONS)
    unit = UNITS[kind] * made.loss
    place = np.sqrt(unit / half)
    parabola = half * EPSILONS**2
    above = (EPSILONS > 30 * place) & (EPSILONS < 1e-2)
    np.testing.assert_allclose(made.error[0, above], parabola[above], rtol=0.1)
    # A raised parameter is rounded too, and the slope here is 216: the floor is some units high.
    below = (EPSILONS > place / 100) & (EPSILONS < place / 10)
    assert unit / 64 < np.median(made.error[0, below]) < 256 * unit
    assert (np.median(made.error[0, below] / parabola[below])) > 10


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_forward_differences_are_best_near_the_root_of_the_unit_and_central_ones_near_its_third_root(kind):
    found = differences(ROSENBROCK, POINT.astype(kind), 0, EPSILONS)
    unit = UNITS[kind]
    forward, central = (EPSILONS[int(error.argmin())] for error in (found.forward_error, found.central_error))
    assert unit**0.5 / 30 < forward < 30 * unit**0.5
    assert unit ** (1 / 3) / 30 < central < 30 * unit ** (1 / 3)
    assert found.central_error.min() < found.forward_error.min()
    # Below the best nudge rounding grows as 1 / epsilon; above, errors grow with slopes 1 and 2.
    assert found.forward_error[0] > 100 * found.forward_error.min()


def test_above_the_best_nudge_errors_have_slopes_one_and_two():
    found = differences(ROSENBROCK, POINT, 0, EPSILONS)
    assert log_slope(EPSILONS, found.forward_error, 1e-6, 1e-2) == pytest.approx(1, abs=0.03)
    assert log_slope(EPSILONS, found.central_error, 1e-3, 1e-1) == pytest.approx(2, abs=0.03)


def test_automatic_differentiation_is_off_by_rounding_alone():
    x, y = POINT
    found = differences(ROSENBROCK, POINT, 0, EPSILONS)
    assert found.truth == pytest.approx(-400 * x * (y - x**2) - 2 * (1 - x), rel=1e-14)
    assert found.automatic_error == 0
    single = differences(ROSENBROCK, POINT.astype(np.float32), 0, EPSILONS)
    assert single.automatic_error < 1e-6 * abs(single.truth) < single.forward_error.min()


def test_a_loss_that_is_a_straight_line_is_predicted_exactly():
    made = nudges(lambda point: 3.0 * jnp.sum(point), np.zeros(2), [1], [0.5, -2.0])
    assert made.error.max() == 0
    assert made.slope == [3.0]


@pytest.mark.parametrize("call", [
    lambda: nudges(ROSENBROCK, POINT, [2], [0.1]),
    lambda: nudges(ROSENBROCK, POINT, [-1], [0.1]),
    lambda: nudges(ROSENBROCK, POINT, [0.5], [0.1]),
    lambda: nudges(ROSENBROCK, POINT, [], [0.1]),
    lambda: nudges(ROSENBROCK, POINT, [0], [np.inf]),
    lambda: differences(ROSENBROCK, POINT, 0, [0.0]),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(call):
    with pytest.raises(ValueError):
        call()


def test_arrays_are_read_only_and_no_mode_is_left_behind():
    made = nudges(ROSENBROCK, POINT, [0], [0.1])
    with pytest.raises(ValueError):
        made.change[0, 0] = 1
    assert jnp.zeros(1).dtype == (np.float64 if jax.config.jax_enable_x64 else np.float32)
