"""Races: what is counted, who is tuned, and that nobody spends more than the budget."""

import jax.numpy as jnp
import numpy as np
import pytest

from optimizers import OPTIMIZERS
from optimizers.race import POINTS, RACERS, race, step_cost

SCALES = np.array([1.0, 0.3, 0.1])


def bowl(point):
    return 0.5 * jnp.sum(SCALES * point**2)


@pytest.fixture(scope="module")
def laps():
    return race(bowl, np.ones(3), 600)


@pytest.mark.parametrize(
    "key, cost",
    [("random_search", 1), ("gradient_descent", 3), ("momentum", 3), ("adam", 3), ("coordinate_probing", 2 * 50), ("newton", 3 + 3 * 50)],
)
def test_a_gradient_counts_three_losses_and_a_hessian_three_for_each_parameter(key, cost):
    assert step_cost(OPTIMIZERS[key](), 50) == cost


def test_nobody_spends_more_than_the_budget(laps):
    assert list(laps) == list(RACERS)
    for lap in laps.values():
        assert lap.cost[0] == 0 and 600 - lap.step_cost < lap.cost[-1] <= 600
        assert (np.diff(lap.cost) > 0).all() and len(lap.cost) <= POINTS + 1
        assert lap.loss[0] == pytest.approx(0.7)


def test_newton_solves_a_bowl_in_one_step(laps):
    assert laps["newton"].cost_to(1e-20) == 3 + 9
    assert laps["newton"].value == 1.0 and not laps["newton"].tuned


def test_who_is_tuned_gets_the_rate_that_is_lowest_after_a_twentieth(laps):
    lap = laps["gradient_descent"]
    assert lap.tuned and lap.value in RACERS["gradient_descent"].values
    assert lap.loss[-1] < 1e-10
    assert laps["coordinate_probing"].value == lap.value


def test_a_lap_knows_the_loss_at_every_cost(laps):
    lap = laps["random_search"]
    assert lap.at(0) == lap.loss[0] and lap.at(600) == lap.loss[-1]
    assert lap.cost_to(lap.loss[0]) == 0 and lap.cost_to(-1.0) == np.inf
    assert (np.diff(lap.loss) <= 0).all()


def test_who_cannot_pay_a_step_stays_at_the_start():
    lap = race(bowl, np.ones(3), 10, racers=["newton"])["newton"]
    assert lap.cost.tolist() == [0.0]


@pytest.mark.parametrize("wrong", [{"budget": 0}, {"budget": 10**7}, {"budget": 2.5}, {"racers": ["tortoise"]}])
def test_what_cannot_be_raced_is_refused(wrong):
    with pytest.raises(ValueError):
        race(bowl, np.ones(3), **wrong)
