"""Grid search tries every point; a gradient costs a few losses by the operations counted."""

import equinox as eqx
import jax
import numpy as np
import pytest

from landscapes.grid_search import BLOCK, grid_search
from landscapes.networks import Architecture, make_network


def bowl(point):
    return ((point - 0.3) ** 2).sum()


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


def test_a_grid_of_over_a_hundred_million_points_is_refused_before_it_starts():
    with pytest.raises(ValueError, match="1,000,000,000"):
        grid_search(bowl, [(0.0, 1.0)] * 9, 10)


def test_progress_is_told_after_every_block():
    shares = []
    grid_search(bowl, [(0.0, 1.0)] * 2, 60, report=shares.append)
    assert shares == [min(1.0, BLOCK * block / 3600) for block in range(1, len(shares) + 1)] and shares[-1] == 1.0
