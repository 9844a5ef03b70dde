"""`train_fan`: every stop trained, coarse ones first, and each the very run it stands for."""

import threading

import numpy as np
import pytest

from optimizers import OPTIMIZERS, replay, train_fan
from optimizers.fan import coarse_first
from tests.optimizers.perceptron import counted, perceptron, start
from tests.optimizers.test_training import plane

RATES = np.geomspace(1e-3, 3.0, 21)


def test_coarse_stops_come_first_and_none_twice():
    assert coarse_first(9) == [0, 8, 4, 2, 6, 1, 3, 5, 7]
    for count in (1, 2, 3, 139):
        assert sorted(coarse_first(count)) == list(range(count))


def test_a_lane_is_the_replay_with_that_value_to_the_bit():
    network, options = counted(), {"steps": 60, "planes": [plane()]}
    fans = list(train_fan(network.loss, OPTIMIZERS["adam"](), start(), values=RATES, **options))
    assert [fan.done for fan in fans] == [8, 16, 21] and fans[-1].known.all()
    traced = network.counter.traces
    for lane in (0, 7, 20):
        run = replay(network.loss, OPTIMIZERS["adam"](learning_rate=RATES[lane]), start(), **options)
        np.testing.assert_array_equal(fans[-1].losses[lane], run.losses)
        np.testing.assert_array_equal(fans[-1].views[0].coordinates[lane], run.views[0].coordinates)
        np.testing.assert_array_equal(fans[-1].views[0].off_plane[lane], run.views[0].off_plane)
    assert network.counter.traces == traced
    early = fans[0]
    assert np.isnan(early.losses[~early.known]).all() and np.isfinite(early.losses[early.known]).all()
    np.testing.assert_array_equal(early.losses[early.known], fans[-1].losses[early.known])


def test_a_lane_that_diverges_is_cut_and_the_others_go_on():
    loss = lambda point: point @ point
    *_, fan = train_fan(loss, OPTIMIZERS["gradient_descent"](), [1.0, 2.0], values=[0.1, 1e200, 0.5], steps=20)
    assert fan.diverged_at[0] == fan.diverged_at[2] == -1 and 0 < fan.diverged_at[1] < 20
    assert np.isnan(fan.losses[1, fan.diverged_at[1] + 1 :]).all() and np.isfinite(fan.losses[[0, 2]]).all()


def test_to_stop_looking_is_to_cancel():
    before = threading.active_count()
    fans = train_fan(perceptron().loss, OPTIMIZERS["adam"](), start(), values=np.linspace(0.001, 0.1, 500), steps=3000)
    assert next(fans).done == 8
    fans.close()
    assert threading.active_count() == before


def test_another_knob_and_what_makes_no_sense():
    loss = lambda point: point @ point
    *_, fan = train_fan(loss, OPTIMIZERS["momentum"](), [1.0, 2.0], over="momentum", values=[0.0, 0.5], steps=5)
    assert fan.over == "momentum" and fan.losses[0, -1] != fan.losses[1, -1]
    with pytest.raises(ValueError, match="Adam has no knob 'speed'"):
        train_fan(loss, OPTIMIZERS["adam"](), [1.0], over="speed", values=[1.0])
    with pytest.raises(ValueError, match="at least one value"):
        train_fan(loss, OPTIMIZERS["adam"](), [1.0], values=[])
    with pytest.raises(ValueError, match="learning_rate must be a number above 0, got -1"):
        train_fan(loss, OPTIMIZERS["adam"](), [1.0], values=[0.1, -1.0])
