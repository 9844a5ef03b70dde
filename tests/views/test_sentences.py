"""Sentences say what the record shows, no more."""

import numpy as np
import pytest

from landscapes import LANDSCAPES, Minimum
from optimizers import OPTIMIZERS, Trajectory, sweep
from views.knobs import rail
from views.sentences import sentences

WINDOW = ((-1.0, 1.0), (-1.0, 1.0))
BOTTOM = (Minimum((0.0, 0.0), 0.0),)


def told(points, minima=BOTTOM) -> str:
    """The sentence about one hand-made path on x^2 + y^2."""
    points = np.asarray(points, dtype=float)[None]
    with np.errstate(over="ignore"):
        losses = (points**2).sum(axis=-1)
    return sentences(Trajectory(points, losses, np.zeros((*losses.shape, 3), int)), WINDOW, minima)[0]


def along(x) -> np.ndarray:
    x = np.asarray(x, dtype=float)
    return np.stack([x, np.zeros_like(x)], axis=1)


STEPS = np.arange(101)


def test_a_run_that_leaves_the_numbers_is_named_with_its_step():
    assert told([(0.5, 0), (0.9, 0), (np.inf, 0), (np.nan, 0)]) == "diverged at step 2"
    assert told([(0.5, 0), (5, 0), (50, 0), (np.inf, 0)]) == "leaves the window at step 1 and diverged at step 3"


def test_a_run_that_steps_to_where_there_is_no_loss_has_not_grown_without_bound():
    points, counts = np.array([along([0.5, 0.2, -0.3])]), np.zeros((1, 3, 3), int)
    end = lambda losses: sentences(Trajectory(points, np.array([losses]), counts), WINDOW, ())[0]
    assert end([0.7, 0.4, np.nan]) == "steps to where the loss is no number at step 2"
    assert end([np.nan, np.nan, np.nan]) == "starts where the loss is no number"
    assert end([0.7, 0.4, np.inf]) == "diverged at step 2"


def test_a_run_that_ends_outside_says_when_it_left():
    assert told(along([0, 0.5, 1.5, 2])) == "leaves the window at step 2 and ends outside it"


def test_one_step_is_one_step():
    assert told(along([0.9, 0.5])) == "is still on its way after 1 step: 0.5 from the minimum"


def test_overshoots_are_counted():
    assert told(along(0.8 * (-0.7) ** STEPS)).startswith("overshoots ")
    assert told(along(0.8 * (-0.7) ** STEPS)).endswith(" times, then settles at the minimum")


def test_who_only_guesses_does_not_overshoot():
    points = along(0.8 * (-0.7) ** STEPS)[None]
    record = Trajectory(points, (points**2).sum(axis=-1), np.zeros((1, 101, 3), int))
    assert sentences(record, WINDOW, BOTTOM, "changes direction")[0].startswith("changes direction ")


def test_a_smooth_arrival_gives_its_step():
    assert told(along(0.8 * 0.5**STEPS)) == "gets close at step 4 and ends at the minimum"
    assert told(along(0.8 * 0.95**STEPS)) == "gets close at step 52 and ends 0.0047 from the minimum"


def test_a_run_that_begins_where_it_wants_to_be_stays_there():
    assert told(along(np.zeros(101))) == "starts and stays at the minimum"


def test_a_crawl_says_how_far_is_left():
    assert told(along(0.9 - 1e-5 * STEPS)) == "crawls: after 100 steps still 0.9 from the minimum"


def test_swings_too_small_to_be_seen_are_not_told():
    seen = 0.8 * (-0.7) ** STEPS  # steps of 1.7 times that; of 0.0057 and more are seen in a window of diagonal 2.83
    visible = int((1.7 / 0.7 * abs(seen[2:]) > 0.002 * np.hypot(2, 2)).sum())
    assert 10 < visible < 25
    assert told(along(seen)) == f"overshoots {visible} times, then settles at the minimum"


def test_who_swings_and_comes_nearer_does_not_circle():
    circle = 0.03 * np.stack([np.cos(2 * STEPS), np.sin(2 * STEPS)], axis=1)
    circle[0] = 0.5, 0
    assert told(circle).startswith("circles the minimum without settling: 0.03 away")
    assert " times and still closes in: 0.011 from the minimum after 100 steps" in told(circle * 0.99 ** STEPS[:, None])


def test_a_run_that_climbs_is_said_to():
    assert told(along(0.5 + 0.001 * STEPS)) == "climbs: the loss rose from 0.25 to 0.36"


def test_a_swing_that_never_settles_is_said():
    assert told(along(0.5 * (-1.0) ** STEPS)) == "swings to and fro 99 times and does not settle: 0.5 from the minimum"


def test_on_its_way_is_neither_crawling_nor_there():
    assert told(along(0.9 - 0.005 * STEPS)) == "is still on its way after 100 steps: 0.4 from the minimum"


def test_a_local_minimum_is_not_called_the_minimum():
    minima = (Minimum((0.0, 0.0), 0.0), Minimum((0.5, 0.0), 0.3, "local"))
    assert "a local minimum (0.3 above the lowest)" in told(along(0.5 + 0.4 * 0.5**STEPS), minima)


def test_standing_still_is_said():
    assert told(along(np.full(101, 0.5))) == "does not move: it stays 0.5 from the minimum"


def test_without_known_minima_the_loss_speaks():
    assert "the loss went from 0.81 to" in told(along(0.9 - 0.005 * STEPS), ())


@pytest.mark.parametrize("key", ["rosenbrock", "two_layer_linear", "easom"])
def test_every_stop_of_every_fan_has_one(key):
    landscape = LANDSCAPES[key]
    optimizer = OPTIMIZERS["momentum"]
    values = rail(optimizer).stops[::8]
    fan = sweep(landscape.loss, optimizer(), landscape.start, over="learning_rate", values=values, steps=40)
    found = sentences(fan, landscape.window, landscape.minima)
    assert len(found) == len(values)
    assert all(5 < len(sentence) < 110 for sentence in found)
    for sentence, diverged in zip(found, fan.diverged_at):
        assert (f"diverged at step {diverged}" in sentence) == (diverged >= 0)
