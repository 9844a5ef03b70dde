"""What is computed: every stop exact, once for everybody, within a bounded memory."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from landscapes import LANDSCAPES, compiling
from landscapes.compiling import NotCompiled, compiled_only
from optimizers import OPTIMIZERS, SCHEDULES, descend, sweep
from views import events, fans, runs
from views.budget import ENTRY, Budget, Programs
from views.cache import Cache
from views.settings import Card, OwnFormula, Settings
from views.tasks import Pause


def one(card: Card, **settings) -> runs.Run:
    return runs.scene(Settings(optimizers=(card,), **settings)).runs[0]


def direct(key: str, landscape: str = "rosenbrock", steps: int = 30, **knobs):
    optimizer, place = OPTIMIZERS[key](**knobs), LANDSCAPES[landscape]
    values = [float(getattr(optimizer, optimizer.rail))]
    return sweep(place.loss, optimizer, place.start, over=optimizer.rail, values=values, steps=steps)[0]


@pytest.mark.parametrize("rate", [0.02, 0.0212345])
def test_a_rate_on_or_off_the_stops_is_exact(rate):
    run = one(Card("adam", (("b1", 0.7), ("learning_rate", rate))), steps=30)
    np.testing.assert_allclose(run.record.positions, direct("adam", learning_rate=rate, b1=0.7).positions, rtol=1e-12)
    assert run.rails[0].value == rate


def test_a_tuned_rate_is_a_stop_and_goes_down():
    run = one(Card("momentum"), steps=100)
    assert run.rails[0].value in run.rails[0].fan.values
    assert run.record.losses[-1] < run.record.losses[0]
    assert run.origin == "tuned here"


def test_the_lowest_loss_known_is_filled_in():
    card = Card("polyak_step")
    lowest = min(minimum.value for minimum in LANDSCAPES["styblinski_tang"].minima)
    assert runs.knob_values(Settings(landscape="styblinski_tang"), card)["f_min"] == lowest
    mine = Card("polyak_step", (("f_min", 0.0),))
    assert runs.knob_values(Settings(landscape="styblinski_tang"), mine)["f_min"] == 0.0


def test_the_seed_of_the_settings_moves_random_search():
    first, second = (one(Card("random_search", (("proposal_scale", 0.1),)), seed=seed, steps=20) for seed in (0, 1))
    assert not np.array_equal(first.record.positions, second.record.positions)


def test_shape_moves_the_surface_and_the_runs():
    settings = Settings(optimizers=(Card("adam"),), steps=10)
    plain, shaped = runs.scene(settings), runs.scene(settings.with_shape("b", 20.0))
    assert plain.relief.blob.sha != shaped.relief.blob.sha
    assert plain.runs[0].record.losses[0] != shaped.runs[0].record.losses[0]


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_kept_run_is_the_run_it_was_to_the_bit(schedule):
    rated = lambda rate: Settings(optimizers=(Card("adam", (("learning_rate", rate),)),), steps=30, schedule=schedule, start=(0.5, 1.0))
    before = runs.scene(rated(0.0212345))
    kept = events.kept(before.settings, before.settings.optimizers[0], None)
    later = runs.scene(replace(rated(0.5), kept=(kept,), start=(0.0, 0.0), steps=20, schedule="steps"))
    np.testing.assert_array_equal(later.kept[0].record.positions, before.runs[0].record.positions)
    expected = descend(before.landscape.loss, OPTIMIZERS["adam"](0.0212345), (0.5, 1.0), 30, schedule=SCHEDULES[schedule]())
    np.testing.assert_allclose(later.kept[0].record.positions, expected.positions, rtol=1e-9)


def test_a_tuned_rate_is_tuned_under_the_schedule_and_rules_without_a_rate_do_without():
    scene = runs.scene(Settings(optimizers=(Card("momentum"), Card("rprop")), steps=60, schedule="one_cycle"))
    fan = scene.runs[0].rails[0].fan
    assert fan.recipe.schedule == "one_cycle" and scene.runs[0].rails[0].value == fan.values[fan.best]
    assert scene.runs[1].rails[0].fan.recipe.schedule == "constant"


def test_many_asking_at_once_compute_it_once():
    cache, computed = Cache("test", lambda _: 1, Budget(10**6)), []

    def compute():
        time.sleep(0.05)
        computed.append(1)
        return "result"

    results = []
    threads = [threading.Thread(target=lambda: results.append(cache.get("recipe", compute))) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["result"] * 30
    assert len(computed) == 1


def test_what_is_computed_in_pieces_is_computed_once_and_taken_up_where_it_is_left():
    cache, begun = Cache("test", lambda _: 1, Budget(10**6)), []

    def compute():
        begun.append(1)
        yield 0.5
        return "result"

    first, second, third = (cache.computed("recipe", compute) for _ in range(3))
    assert next(first) == 0.5
    assert isinstance(next(second), Pause) and isinstance(next(third), Pause) and len(begun) == 1
    first.close()
    assert next(second) == 0.5 and isinstance(next(third), Pause) and len(begun) == 2
    for each in (second, third):
        with pytest.raises(StopIteration, match="result"):
            next(each)
    assert len(begun) == 2


def test_the_cache_forgets_the_least_recently_used():
    cache = Cache("test", lambda _: 1, Budget(2 * ENTRY + 10))
    for recipe in ("a", "b", "a", "c"):
        cache.get(recipe, lambda: recipe)
    assert ("a" in cache, "b" in cache, "c" in cache) == (True, False, True)
    assert cache.bytes == 2 * (ENTRY + 1)


def test_a_failure_is_not_kept():
    cache = Cache("test", lambda _: 1, Budget(10**6))
    with pytest.raises(ValueError):
        cache.get("a", lambda: int("x"))
    assert cache.get("a", lambda: 1) == 1


def test_what_needs_no_compiling_is_shown_while_the_rest_is_computed(monkeypatch):
    budget = Budget(10**9)
    monkeypatch.setattr(compiling, "_holder", Programs(budget))
    monkeypatch.setattr(fans, "_fans", Cache("fan", lambda fan: fan.bytes, budget))
    warm, cold = Card("gradient_descent"), Card("adagrad")
    settings = Settings(landscape="booth", optimizers=(warm, cold), steps=10)
    runs.scene(Settings(landscape="booth", optimizers=(warm,), steps=10))
    assert [run.card for run in runs.ready(settings).runs] == [warm]
    assert [run.card for run in runs.scene(settings).runs] == [warm, cold]
    assert [run.card for run in runs.ready(settings).runs] == [warm, cold]


def test_formulas_that_differ_in_numbers_share_their_programs():
    settings = lambda text: Settings(landscape=OwnFormula(text), optimizers=(Card("gradient_descent"),), steps=5)
    runs.scene(settings("2*x^2 + y^2"))
    with compiled_only():
        assert len(runs.scene(settings("3*x^4 + y^6")).runs) == 1
        with pytest.raises(NotCompiled):
            runs.scene(settings("3*x + y^6"))


@pytest.mark.full
@pytest.mark.parametrize("key", LANDSCAPES)
def test_every_optimizer_runs_on_every_landscape(key):
    for optimizer in OPTIMIZERS:
        run = one(Card(optimizer), landscape=key)
        # Newton's method goes to any point without a slope: from some starts to a pass or a top.
        assert run.record.losses[-1] <= run.record.losses[0] or optimizer == "newton", optimizer
