"""Fair comparisons against single runs, and their intervals against scipy."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy import stats

from landscapes import LANDSCAPES
from optimizers import Adam, Backtracking, GradientDescent, Newton, compare, descend, result, verdict
from optimizers.comparison import MARKS, contend, goal, heat, lowest_losses, terms
from optimizers.verdict import median_interval, wilson

HIMMELBLAU, BOWL = LANDSCAPES["himmelblau"], LANDSCAPES["quadratic_bowl"]


class Nowhere:
    """A landscape whose minima nobody knows, and whose loss is a number on one half only."""

    window, minima = ((-1.0, 1.0), (-1.0, 1.0)), ()

    @staticmethod
    def loss(point):
        return jnp.log(point[0]) + point[1] ** 2


def _by_hand(optimizer, start, budget):
    """The lowest loss inside the window for each mark of the budget, from one recorded run."""
    run = descend(HIMMELBLAU.loss, optimizer, start, steps=budget)
    low, high = np.transpose(HIMMELBLAU.window)
    inside = ((run.positions >= low) & (run.positions <= high)).all(axis=1) & np.isfinite(run.losses)
    lowest, cost = np.minimum.accumulate(np.where(inside, run.losses, np.inf)), run.cost(2)
    return np.array([lowest[cost <= budget * mark / MARKS + 1e-9][-1] for mark in range(MARKS + 1)])


@pytest.mark.parametrize("optimizer", [GradientDescent(0.02), Adam(0.3), Newton(), Backtracking()])
def test_what_is_found_for_a_share_of_the_budget_is_what_a_single_run_finds(optimizer):
    ground = terms(HIMMELBLAU, 90, 3)
    rate = float(getattr(optimizer, optimizer.rail))
    found = lowest_losses(HIMMELBLAU.loss, optimizer, {optimizer.rail: np.full(3, rate)}, ground.testing, ground)
    expected = np.stack([_by_hand(optimizer, start, 90) for start in ground.testing], axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_bands_shares_and_costs_are_those_of_the_losses_themselves():
    told = compare(HIMMELBLAU, {"adam": Adam(), "descent": GradientDescent()}, 150, starts=8, rates=5, seed=3)
    for name, contender in told.contenders.items():
        assert len(contender.values) == 5 and contender.tuned in contender.values
        np.testing.assert_array_equal(contender.tested[0][0], contender.tested[1][0])
        curves = contender.tested[0]
        np.testing.assert_array_equal(told.bands(name)[1], np.median(curves, axis=1))
        np.testing.assert_array_equal(told.bands(name)[2], np.percentile(curves, 75, axis=1))
        level = told.floor + 1e-3 * (curves[0] - told.floor)
        assert result(told, name).successes == (curves[-1] <= level).sum()
        for start, cost in enumerate(told.costs(name)):
            reached = np.flatnonzero(curves[:, start] <= level[start])
            assert cost == (told.terms.marks[reached[0]] if reached.size else np.inf)
        most = told.shares(name).max()
        assert told.shares(name)[contender.best] == most
        assert (told.good(name) is None) == (most < 0.1)


def test_rates_are_judged_on_starts_that_did_not_choose_them_and_the_seed_draws_both():
    ground, again, other = (terms(HIMMELBLAU, 90, 16, seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(ground.testing, again.testing)
    assert not np.isin(ground.tuning[:, 0], ground.testing[:, 0]).any()
    assert not np.isin(ground.testing[:, 0], other.testing[:, 0]).any()
    low, high = np.transpose(HIMMELBLAU.window)
    assert ((ground.testing >= low) & (ground.testing <= high)).all()


def test_the_budgets_are_equal():
    """On a bowl that needs none of its costly curvature, Newton makes a third of the steps for the same cost."""
    ground = terms(BOWL, 27, 2)
    slow = {"learning_rate": np.full(2, 0.01)}
    for optimizer, each in ((GradientDescent(), 3), (Newton(), 9)):
        found = lowest_losses(BOWL.loss, optimizer, slow, ground.testing, ground)
        run = descend(BOWL.loss, optimizer.with_knob("learning_rate", slow["learning_rate"][0]), ground.testing[0], 27 // each)
        assert found[-1, 0] == pytest.approx(run.losses[-1], rel=1e-9)


@pytest.mark.parametrize("successes, trials", [(0, 64), (1, 1), (30, 64), (64, 64), (3, 7)])
def test_the_interval_of_a_share_is_scipys(successes, trials):
    expected = stats.binomtest(successes, trials).proportion_ci(method="wilson")
    assert wilson(successes, trials) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("count", [6, 15, 64])
def test_the_interval_of_a_median_covers_it_19_times_in_20_and_a_narrower_one_would_not(count):
    low, high = (int(end) for end in median_interval(np.arange(1.0, count + 1)))
    below = stats.binom(count, 0.5)
    assert below.cdf(high - 1) - below.cdf(low - 1) >= 0.95 > below.cdf(high - 2) - below.cdf(low)
    assert median_interval(np.arange(5.0)) == (-np.inf, np.inf)


def test_a_winner_is_named_only_where_intervals_are_apart():
    told = compare(BOWL, {"descent": GradientDescent(), "adam": Adam()}, 300, starts=64, rates=9)
    contenders = dict(told.contenders)
    assert verdict(told).startswith("No winner by successes: both reach the goal")
    first = contenders["descent"].tested.copy()
    first[:, 1:, :40] = first[:, :1, :40]  # fails from 40 of 64
    worse = replace(told, contenders={**contenders, "descent": replace(contenders["descent"], tested=first)})
    assert verdict(worse).startswith("Adam reaches the goal most often: from 64 of 64 starts (94 to 100 %); next is Gradient descent, from 24")


@pytest.mark.parametrize("failing, known", [(32, True), (33, False)])
def test_the_cost_of_success_is_known_where_half_of_the_starts_succeed(failing, known):
    told = compare(BOWL, {"descent": GradientDescent()}, 300, starts=64, rates=9)
    lost = told.contenders["descent"].tested.copy()
    lost[:, 1:, :failing] = lost[:, :1, :failing]
    half = replace(told, contenders={"descent": replace(told.contenders["descent"], tested=lost)})
    assert result(half, "descent").successes == 64 - failing
    assert np.isfinite(result(half, "descent").cost) == known


def test_where_no_minimum_is_known_the_lowest_found_is_the_goal_and_starts_lie_where_the_loss_is_a_number():
    told = compare(Nowhere, {"adam": Adam(), "newton": Newton()}, 60, starts=8, rates=3)
    assert np.isfinite(told.terms.tuning_losses).all() and (told.terms.testing[:, 0] > 0).all()
    found = min(min(each.swept.min(), each.tested.min()) for each in told.contenders.values())
    assert not told.known and told.floor == found
    assert compare(HIMMELBLAU, {"adam": Adam()}, 60, starts=2, rates=2).known


def test_little_to_go_on_is_said():
    both = {"descent": GradientDescent(), "adam": Adam()}
    nothing = compare(HIMMELBLAU, both, 0, starts=4, rates=2)
    assert "nobody gets lower" in verdict(nothing) and result(nothing, "adam").successes == 0
    one = compare(HIMMELBLAU, {"adam": Adam()}, 300, starts=1, rates=3)
    assert "nothing to compare" in verdict(one) and result(one, "adam").share[0] < 0.3
    ground = terms(BOWL, 90, 4)
    wild = lowest_losses(BOWL.loss, GradientDescent(), {"learning_rate": np.full(4, 1e9)}, ground.testing, ground)
    np.testing.assert_array_equal(wild[-1], wild[0])


def test_a_comparison_can_be_stopped_and_says_what_is_wrong():
    told = compare(HIMMELBLAU, {"descent": GradientDescent(), "adam": Adam()}, 30, starts=2, rates=2, report=lambda _: False)
    assert list(told.contenders) == ["descent"]
    for wrong in ({"budget": -1}, {"starts": 0}, {"seed": 0.5}, {"rates": 0}):
        with pytest.raises(ValueError, match="whole number"):
            compare(HIMMELBLAU, {"adam": Adam()}, **wrong)
    with pytest.raises(ValueError, match="could be tuned"):
        compare(HIMMELBLAU, {"mine": optax.sgd(0.1)})
    nan = type("Nan", (Nowhere,), {"loss": staticmethod(lambda point: point[0] * np.nan)})
    with pytest.raises(ValueError, match="at 0 of"):
        compare(nan, {"adam": Adam()})


def test_a_second_knob_makes_a_map_of_successes():
    ground = terms(HIMMELBLAU, 150, 8, 3)
    others, values, shares = heat(HIMMELBLAU.loss, Adam(), ground, "b1", rates=5, others=3)
    assert shares.shape == (len(others), len(values)) == (3, 5)
    row = contend(HIMMELBLAU.loss, Adam(b1=others[1]), ground, 5)
    np.testing.assert_allclose(shares[1], (row.swept <= goal(ground.tuning_losses, min(0.0, row.swept.min()))).mean(axis=1))
    with pytest.raises(ValueError, match="no second knob"):
        heat(HIMMELBLAU.loss, GradientDescent(), ground, "momentum")
