"""Schedules: optax's values, stretched over the run, and no surprise at its ends."""

import numpy as np
import optax
import pytest

from landscapes import LANDSCAPES
from optimizers import OPTIMIZERS, SCHEDULES, anatomy, descend, sweep, train
from optimizers.basins import reach
from optimizers.schedules import Cosine, Exponential, OneCycle, Restarts, Steps, WarmUpCosine, factors
from tests.optimizers.perceptron import counted, perceptron, start

STEPS = 60
AS_OPTAX = {
    "cosine": (Cosine(final=0.1), optax.cosine_decay_schedule(1.0, STEPS, 0.1)),
    "warm_up_cosine": (WarmUpCosine(0.2, 0.05, 0.1), optax.warmup_cosine_decay_schedule(0.05, 1.0, 12, STEPS, 0.1)),
    "exponential": (Exponential(0.02), optax.exponential_decay(1.0, STEPS, 0.02)),
    "steps": (Steps(2, 0.3), optax.piecewise_constant_schedule(1.0, {20: 0.3, 40: 0.3})),
    "one_cycle": (OneCycle(0.3), optax.cosine_onecycle_schedule(STEPS, 1.0, 0.3001, 25.0, 1e4)),
    "restarts": (
        Restarts(3, 0.5),
        optax.sgdr_schedule(
            [{"init_value": p, "peak_value": p, "warmup_steps": 0, "decay_steps": 20} for p in (1, 0.5, 0.25)]
        ),
    ),
}
every_schedule = pytest.mark.parametrize("kind", SCHEDULES.values(), ids=SCHEDULES.keys())


def bowl(point):
    return 0.5 * point @ point


@pytest.mark.parametrize("key", AS_OPTAX)
def test_factors_are_those_of_optax(key):
    schedule, theirs = AS_OPTAX[key]
    expected = [float(theirs(step)) for step in range(STEPS + 5)]
    np.testing.assert_allclose(factors(schedule, STEPS, 0, STEPS + 5), expected, rtol=1e-5, atol=1e-7)


@every_schedule
def test_factors_are_finite_and_at_most_one_also_in_very_short_runs(kind):
    for steps in (0, 1, 2, 3, 7):
        values = factors(kind(), steps, 0, steps + 3)
        assert len(values) == steps + 3 and np.isfinite(values).all()
        assert (values >= 0).all() and values.max() <= 1 + 1e-9


@every_schedule
def test_it_is_a_value_and_says_what_it_does(kind):
    assert kind() == kind() and hash(kind()) == hash(kind())
    assert kind.title and kind.sentence.endswith(".") and kind.__doc__


def test_a_block_does_not_depend_on_where_it_begins():
    whole = factors(Cosine(), 600, 0, 600)
    np.testing.assert_array_equal(whole[300:320], factors(Cosine(), 600, 300, 20))


def test_gradient_descent_steps_by_the_scheduled_rate():
    # On 1/2 x^2 every step multiplies x by 1 - rate.
    run = train(bowl, OPTIMIZERS["gradient_descent"](learning_rate=0.3), [1.0], 60, schedule=Cosine())
    rates = 0.3 * factors(Cosine(), 60, 0, 60)
    np.testing.assert_allclose(run.positions[1:, 0], np.cumprod(1 - rates), rtol=1e-12)


def test_an_optax_schedule_of_ones_own_multiplies_the_rate():
    own = optax.linear_schedule(1.0, 0.0, 50)
    run = train(bowl, OPTIMIZERS["gradient_descent"](learning_rate=0.3), [1.0], 60, schedule=own)
    assert run.positions[-1] == run.positions[50] != run.positions[49]


def test_no_schedule_and_no_number_of_one_recompiles():
    network = counted()
    train(network.loss, OPTIMIZERS["adam"](), start(), 20)
    traced = network.counter.traces
    for schedule in (Cosine(), Cosine(0.5), WarmUpCosine(), Steps(3, 0.2), lambda step: 1.0 / (1.0 + step)):
        train(network.loss, OPTIMIZERS["adam"](learning_rate=0.02), start(), 25, schedule=schedule)
    assert network.counter.traces == traced > 0


@pytest.mark.parametrize("build, message", [
    (lambda: Cosine(final=2.0), "Cosine: final must be a number from 0 to 1, got 2.0"),
    (lambda: Steps(drops=1.5), "Steps: drops must be a whole number from 1 to 20, got 1.5"),
    (lambda: Exponential(final=0), "final must be"), (lambda: WarmUpCosine(warm_up=np.nan), "warm_up must be"),
    (lambda: Restarts(cycles="three"), "cycles must be"),
    (lambda: factors(lambda step: -1.0 - step, 10, 0, 10), "factors of 0 or more, got -1.0 at step 0"),
])  # fmt: skip
def test_numbers_that_make_no_sense_raise(build, message):
    with pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize("key", ["rprop", "random_search"])
def test_a_rule_whose_rate_cannot_change_takes_no_schedule(key):
    with pytest.raises(ValueError, match="takes no schedule"):
        train(perceptron().loss, OPTIMIZERS[key](), start(), 5, schedule=Cosine())


def test_what_is_no_schedule_raises():
    for wrong in ("cosine", Cosine, 0.5):
        with pytest.raises(ValueError, match="A schedule is one of SCHEDULES"):
            train(perceptron().loss, OPTIMIZERS["adam"](), start(), 5, schedule=wrong)


# Of a descent on a function: as of a training, and constant costs nothing.


@pytest.mark.parametrize("key", ["momentum", "newton"])
def test_every_stop_of_a_sweep_and_every_start_of_a_map_follows_the_schedule(key):
    place, kind, schedule = LANDSCAPES["himmelblau"], OPTIMIZERS[key], WarmUpCosine(0.2)
    rates = [0.001, 0.01, 0.02]
    fan = sweep(place.loss, kind(), place.start, over="learning_rate", values=rates, steps=40, schedule=schedule)
    for lane, rate in enumerate(rates):
        alone = descend(place.loss, kind(rate), place.start, 40, schedule=schedule)
        np.testing.assert_allclose(fan.positions[lane], alone.positions, rtol=1e-9, atol=1e-12)
    ends = reach(place.loss, kind(0.01), np.array([place.start, (1.0, 1.0)]), place.minima, place.window, 40, schedule)
    np.testing.assert_allclose(ends.final[0], descend(place.loss, kind(0.01), place.start, 40, schedule=schedule).positions[-1], rtol=1e-9)
    plain = descend(place.loss, kind(0.01), place.start, 40)
    assert not np.allclose(plain.positions[1], fan.positions[1, 1])  # the warm-up's first step is a hundredth


def test_a_schedule_of_a_long_descent_goes_on_in_its_next_call():
    run = descend(bowl, OPTIMIZERS["gradient_descent"](1e-3), [1.0], 3000, schedule=Cosine())
    np.testing.assert_allclose(run.positions[1:, 0], np.cumprod(1 - 1e-3 * factors(Cosine(), 3000, 0, 3000)), rtol=1e-12)


def test_a_constant_schedule_is_the_descent_without_one_to_the_bit_and_compiles_nothing():
    network, rule = counted(), OPTIMIZERS["adam"](0.02)
    plain = descend(network.loss, rule, start(), 20)
    traced = network.counter.traces
    constant = descend(network.loss, rule, start(), 20, schedule=SCHEDULES["constant"]())
    assert network.counter.traces == traced > 0
    np.testing.assert_array_equal(constant.losses, plain.losses)


def test_what_cannot_be_scheduled_is_refused_by_a_descent_too():
    with pytest.raises(ValueError, match="takes no schedule"):
        sweep(bowl, OPTIMIZERS["rprop"](), [1.0], over="learning_rate", values=[0.1], schedule=Cosine())
    with pytest.raises(ValueError, match="A schedule is one of SCHEDULES"):
        descend(bowl, OPTIMIZERS["adam"](), [1.0], 5, schedule="cosine")


def test_the_terms_of_a_scheduled_step_add_up_to_it():
    place, rule = LANDSCAPES["himmelblau"], OPTIMIZERS["adam"](0.05)
    path = descend(place.loss, rule, place.start, 30, gradients=True, states=True, schedule=Cosine())
    taken = anatomy(rule, path, factors(Cosine(), 30, 0, 30))
    np.testing.assert_allclose(taken.assembled, taken.update, rtol=1e-6, atol=1e-12)
