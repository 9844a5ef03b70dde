"""What looking costs: grids of k^d points, and a gradient as a multiple of one loss."""

from fractions import Fraction

import equinox as eqx
import jax
import numpy as np
import pytest

from landscapes.costs import AGE_OF_UNIVERSE, cost_of_gradient, duration, grid_points, log_grid_seconds
from landscapes.grid_search import grid_search
from landscapes.networks import Architecture, make_network


def bowl(point):
    return ((point - 0.3) ** 2).sum()


@pytest.mark.parametrize(("per_axis", "dimension"), [(2, 1), (10, 5), (7, 40), (1000, 3)])
def test_a_grid_has_points_to_the_power_of_the_dimension(per_axis, dimension):
    points = 1
    for _ in range(dimension):
        points *= per_axis
    assert grid_points(per_axis, dimension) == points
    exact = Fraction(points, 1000)
    assert 10 ** log_grid_seconds(per_axis, dimension, 1e-3) == pytest.approx(float(exact), rel=1e-9)


def test_every_further_parameter_multiplies_the_time():
    times = [log_grid_seconds(10, dimension, 2e-6) for dimension in (5, 6, 2410)]
    assert times[1] - times[0] == pytest.approx(1)
    assert times[2] - times[0] == pytest.approx(2405)


@pytest.mark.parametrize(("seconds", "said"), [
    (2.5e-6, "2.5 microseconds"),
    (0.25, "250 milliseconds"),
    (90, "1.5 minutes"),
    (7200, "2.0 hours"),
    (86400 * 20, "20 days"),
    (3.15576e7 * 100, "100 years"),
    (3.15576e7 * 5e7, "5 × 10^7 years"),
    (2 * AGE_OF_UNIVERSE, "2.0 ages of the universe"),
])  # fmt: skip
def test_a_time_is_said_in_its_unit(seconds, said):
    assert duration(float(np.log10(seconds))) == said


def test_a_time_that_fits_no_float_is_said_too():
    assert duration(log_grid_seconds(10, 2410, 1e-4)) == "2 × 10^2388 ages of the universe"


def test_the_whole_grid_is_tried_and_its_lowest_point_found():
    found = grid_search(bowl, [(0.0, 1.0)] * 4, 11)
    assert found.points == 11**4
    np.testing.assert_allclose(found.position, [0.3] * 4)
    assert found.loss == pytest.approx(0, abs=1e-15)
    assert found.each == found.seconds / found.points > 0


def test_the_lowest_point_is_that_of_a_loop_over_the_grid():
    window, per_axis = [(-1.0, 2.0), (0.5, 1.0), (-3.0, -1.0)], 4
    loss = lambda point: jax.numpy.sin(3 * point[0]) * point[1] + point[2] ** 2
    axes = [np.linspace(*side, per_axis) for side in window]
    losses = {(x, y, z): np.sin(3 * x) * y + z**2 for x in axes[0] for y in axes[1] for z in axes[2]}
    found = grid_search(loss, window, per_axis)
    np.testing.assert_allclose(found.position, min(losses, key=losses.get))
    assert found.loss == pytest.approx(min(losses.values()))


def test_a_loss_that_is_nan_is_never_the_lowest_and_progress_is_told():
    shares = []
    found = grid_search(lambda point: jax.numpy.log(point[0]) ** 2, [(-1.0, 2.0)], 10, report=shares.append)
    assert found.position == pytest.approx(1.0)
    assert shares == [1.0]


@pytest.mark.parametrize("widths", [(8,), (128, 128)])
def test_by_operations_a_gradient_costs_two_to_five_losses_for_any_size(widths):
    network = make_network(Architecture(widths=widths), data="digits", samples=256, test_share=0.5)[0]
    arrays, rest = eqx.partition(network.loss, eqx.is_array)

    def operations(kind):
        call = lambda arrays, point: kind(eqx.combine(arrays, rest))(point)
        return jax.jit(call).lower(arrays, network.start).compile().cost_analysis()["flops"]

    assert 2 <= operations(jax.value_and_grad) / operations(lambda loss: loss) <= 5


def test_the_measured_price_of_a_gradient_is_a_few_losses():
    network = make_network(Architecture(widths=(256, 256)), data="digits", samples=512, test_share=0.5)[0]
    price = cost_of_gradient(network.loss, network.start, repeats=7)
    assert price.dimension == network.dimension == 64 * 256 + 256 + 256 * 256 + 256 + 2560 + 10
    # Other programs share the machine; nudging would cost 85,003.
    assert 1 < price.ratio < 20


@pytest.mark.parametrize("call", [
    lambda: grid_points(1, 2),
    lambda: grid_points(2, 0),
    lambda: grid_points(2.5, 2),
    lambda: grid_points(2, 10**6 + 1),
    lambda: log_grid_seconds(10, 2, 0.0),
    lambda: grid_search(bowl, [(0.0, 1.0)] * 9, 10),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(call):
    with pytest.raises(ValueError):
        call()
