"""The first learning rate a person sees works: low in the end, calm on the way, soon there."""

import numpy as np
import pytest

from landscapes import LANDSCAPES
from optimizers import OPTIMIZERS, Trajectory, best, descend, sweep, tune

FIRST_VISIT = ("gradient_descent", "momentum", "rmsprop", "adam")
UNSTABLE = {"gradient_descent": 10.0, "momentum": 1.0}


def fan_of(losses):
    """Lanes with these losses, on a line where the position is the loss."""
    losses = np.array(losses, dtype=np.float64)
    return Trajectory(losses[..., None], losses, np.zeros((*losses.shape, 3), dtype=np.int64))


def test_the_lowest_final_loss_wins():
    assert best(fan_of([[9, 8, 8], [9, 7, 6], [9, 5, 3], [9, 5, 3.5], [9, 7, 7]]), [1, 2, 3, 4, 5]) == 2


def test_of_equally_low_lanes_the_soonest_wins():
    assert best(fan_of([[9, 5, 2, 0], [9, 3, 0, 0], [9, 0, 0, 0], [9, 0, 0, 0]]), [1, 2, 3, 4]) == 2


def test_a_lucky_lane_among_wild_ones_does_not_win():
    assert best(fan_of([[9, 6, 5], [9, 5, 4], [9, 5, 4], [9, 8, 8], [9, 1, 0], [9, 8, 8]]), range(6)) in (0, 1)


def test_the_brink_of_divergence_does_not_win():
    assert best(fan_of([[9, 6, 5], [9, 5, 4], [9, 3, 2], [9, 2, 1], [9, 99, np.inf]]), range(5)) == 2


def test_neighbours_are_those_of_the_value_whatever_the_order():
    losses = np.array([[9, 6, 5], [9, 5, 4], [9, 3, 2], [9, 2, 1], [9, 99, np.inf]])
    shuffled = np.array([3, 0, 4, 1, 2])
    assert shuffled[best(fan_of(losses[shuffled]), shuffled)] == 2


def test_a_lane_that_hops_about_does_not_win():
    hopping = [9, *[8, 1] * 20, 0]
    calm = np.linspace(9, 2, len(hopping))
    assert best(fan_of([calm + 0.01, calm, hopping, hopping]), range(4)) in (0, 1)


def test_a_lane_that_is_thrown_far_up_does_not_win():
    assert best(fan_of([[9, 8, 7], [9, 8, 6], [9, 900, 0], [9, 900, 0]]), range(4)) in (0, 1)


def test_a_lane_that_leaves_the_window_does_not_win():
    away = fan_of([[3, 2.5, 2], [3, 2, 1], [3, -5, -50], [3, -20, -90]])
    assert best(away, range(4)) == 3
    assert best(away, range(4), window=((0.0, 4.0), (0.0, 4.0))[:1]) in (0, 1)


def test_where_all_diverge_the_longest_lasting_wins():
    assert best(fan_of([[1, np.inf, np.inf], [1, 2, np.inf]]), [1, 2]) == 1


@pytest.mark.parametrize("key", FIRST_VISIT)
def test_the_first_visit_runs_well_on_the_curved_valley(key):
    valley = LANDSCAPES["rosenbrock"]
    tuned = tune(valley.loss, OPTIMIZERS[key](), valley.start, window=valley.window)
    path = descend(valley.loss, tuned, valley.start)
    assert path.diverged_at == -1
    assert path.losses[-1] < 0.1 * path.losses[0]
    low, high = np.transpose(valley.window)
    assert ((path.positions >= low) & (path.positions <= high)).all()
    assert path.path_length < 10
    assert float(tuned.learning_rate) in tuned.knobs()["learning_rate"].stops


@pytest.mark.parametrize("key", UNSTABLE)
def test_tuning_keeps_the_other_knobs_and_finds_a_stable_rate(key):
    knobs = {"momentum": 0.5} if key == "momentum" else {}
    tuned = tune(lambda p: 0.5 * p @ p, OPTIMIZERS[key](learning_rate=UNSTABLE[key], **knobs), (1.0, 1.0), steps=50)
    assert 0.1 < float(tuned.learning_rate) < 2
    assert not knobs or tuned.momentum == 0.5


@pytest.mark.full
@pytest.mark.parametrize("landscape", LANDSCAPES)
@pytest.mark.parametrize("key", OPTIMIZERS)
def test_every_optimizer_gets_lower_on_every_landscape(key, landscape):
    place, kind = LANDSCAPES[landscape], OPTIMIZERS[key]
    values = kind.knobs()[kind.rail].stops
    lowest = min((float(minimum.value) for minimum in place.minima), default=0.0)
    optimizer = kind(f_min=lowest) if key == "polyak_step" else kind()
    fan = sweep(place.loss, optimizer, place.start, over=kind.rail, values=values, steps=300)
    path = fan[best(fan, values, place.window)]
    assert path.diverged_at == -1
    if key != "newton":  # it walks into the nearest stationary point, uphill as readily
        assert path.losses[-1] < path.losses[0]
