"""Maps, sweeps and comparisons in pieces: the same bits, whoever computes them and in which turns."""

from collections.abc import Iterable
from importlib import import_module
from itertools import cycle

import jax
import numpy as np
import optax
import pytest

from landscapes import LANDSCAPES
from landscapes.pieces import result_of, scaled
from optimizers import LBFGS, Adam, Backtracking, GradientDescent, compare, descend, sweep
from optimizers.comparison import contend_in_pieces, heat, heat_in_pieces, terms
from optimizers.descent import sweep_in_pieces

MAPS = import_module("optimizers.basins")  # `optimizers.basins` is the function
HIMMELBLAU = LANDSCAPES["himmelblau"]
SIDE = np.linspace(-4, 4, 8)
STARTS = np.stack(np.meshgrid(SIDE, SIDE), axis=-1).reshape(-1, 2)


def in_turns(works: Iterable) -> list:
    """What comes of works in pieces that take turns in one thread, which has other settings between them."""
    works = list(works)
    results, shares, left = [None] * len(works), [[] for _ in works], set(range(len(works)))
    for number in cycle(range(len(works))):
        if not left:
            break
        if number in left:
            with jax.enable_x64(False):
                try:
                    shares[number].append(next(works[number]))
                except StopIteration as end:
                    results[number] = end.value
                    left.remove(number)
    for each in shares:
        assert each == sorted(each) and all(0 < share <= 1 for share in each)
    return results


def search(optimizer, starts=STARTS, steps=40):
    return MAPS.Search(HIMMELBLAU.loss, optimizer, starts, HIMMELBLAU.minima, HIMMELBLAU.window, steps)


def same(one, other) -> None:
    for name in ("minimum", "arrived", "diverged", "final"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


def test_pieces_say_what_share_is_done():
    def pieces():
        yield 0.5
        yield 1.0
        return "result"

    assert result_of(pieces()) == "result"
    part = scaled(pieces(), 0.2, 0.4)
    assert list(part) == pytest.approx([0.4, 0.6])
    assert result_of(scaled(pieces(), 0.2, 0.4)) == "result"


def test_a_map_is_the_same_in_any_number_of_parts(monkeypatch):
    monkeypatch.setattr(MAPS, "MOST_ABREAST", 16)
    descents = search(Adam(0.3))
    whole = descents.joined(in_turns(descents.parts(1)))
    assert len(whole.minimum) == 64 and (whole.minimum >= 0).any()
    for count in (2, 3, 7):  # of seven some have nothing to do
        same(descents.joined(in_turns(descents.parts(count))), whole)
    same(MAPS.reach(HIMMELBLAU.loss, Adam(0.3), STARTS, HIMMELBLAU.minima, HIMMELBLAU.window, 40), whole)


def test_a_map_of_few_starts_or_no_steps_is_whole(monkeypatch):
    monkeypatch.setattr(MAPS, "MOST_ABREAST", 2)
    descents = search(Adam(0.3), STARTS[:5])
    few = descents.joined(in_turns(descents.parts(2)))
    for start, end in zip(STARTS[:5], few.final, strict=True):
        np.testing.assert_allclose(end, descend(HIMMELBLAU.loss, Adam(0.3), start, 40).positions[-1], rtol=1e-6)
    descents = search(Adam(0.3), STARTS[:5], steps=0)
    none = descents.joined(in_turns(descents.parts(2)))
    np.testing.assert_array_equal(none.final, STARTS[:5])
    np.testing.assert_array_equal(none.diverged, -1)


def test_the_arrays_of_a_loss_stay_in_a_processors_cache():
    kernel = jax.jit(lambda point: jax.numpy.exp(-((jax.numpy.arange(64.0)[:, None] * point[0] - point[1]) ** 2) * np.ones(64)))
    starts = np.zeros((9000, 2))
    wide, narrow = (MAPS.Search(loss, Adam(), starts, (), HIMMELBLAU.window, 3)._width for loss in (HIMMELBLAU.loss, lambda at: kernel(at).sum()))
    assert wide == MAPS.MOST_ABREAST and narrow * 64 * 64 * 8 <= MAPS.ABREAST_BYTES < 2 * narrow * 64 * 64 * 8 + 1


class PatientLBFGS(LBFGS):
    settles_after = None


class PatientBacktracking(Backtracking):
    settles_after = None


@pytest.mark.parametrize("rule, patient", [(LBFGS(), PatientLBFGS()), (Backtracking(), PatientBacktracking())])
def test_a_map_that_settles_ends_early_as_it_would_end_late(rule, patient, monkeypatch):
    monkeypatch.setattr(MAPS, "MOST_ABREAST", 8)
    early, late = search(rule, STARTS[::4], 500), search(patient, STARTS[::4], 500)
    steps, advance = [], early._advance

    def watched(*arguments):
        advanced, done = advance(*arguments)
        steps.append((done, arguments[-1]))
        return advanced, done

    early._advance = watched
    ends = early.joined(in_turns(early.parts(1)))
    assert [done for done, last in steps if done < last], "no strip settled"
    same(ends, late.joined(in_turns(late.parts(1))))
    assert (ends.minimum >= 0).any()


def test_who_stops_to_iterate_ends_a_map():
    descents = search(Adam(0.3), steps=10**6)
    calls, advance = [], descents._advance
    descents._advance = lambda *arguments: calls.append(1) or advance(*arguments)
    pieces = descents.parts(1)[0]
    assert 0 < next(pieces) < next(pieces) < 0.5
    pieces.close()
    assert len(calls) == 2 and list(pieces) == []


def test_a_rule_whose_lanes_count_for_themselves_runs_in_a_map():
    rule = optax.apply_if_finite(optax.sgd(0.3), 3)  # which counts the steps that would diverge
    found = MAPS.reach(HIMMELBLAU.loss, rule, STARTS[:6], (), HIMMELBLAU.window, 30)
    for number, start in enumerate(STARTS[:6]):
        run = descend(HIMMELBLAU.loss, rule, start, 30)
        np.testing.assert_allclose(found.final[number], run.positions[-1], rtol=1e-6)
        assert found.diverged[number] == run.diverged_at


def test_a_sweep_in_pieces_has_the_bits_of_a_plain_one():
    rates = np.geomspace(1e-3, 1, 20)
    options = {"over": "learning_rate", "values": rates, "steps": 40, "lanes": 16}
    plain = {rule: sweep(HIMMELBLAU.loss, rule(), (1.0, 1.0), **options) for rule in (Adam, GradientDescent)}
    pieces = [sweep_in_pieces(HIMMELBLAU.loss, rule(), (1.0, 1.0), together=7, **options) for rule in plain]
    for whole, parts in zip(plain.values(), in_turns(pieces), strict=True):
        for name in ("positions", "losses", "evaluations"):
            np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name), strict=True)
    shares = list(sweep_in_pieces(HIMMELBLAU.loss, Adam(), (1.0, 1.0), together=7, **options))
    assert len(shares) == 2 * 6 and shares[-1] == 1


def test_comparisons_in_pieces_are_plain_ones():
    rules = {"adam": Adam(), "descent": GradientDescent()}
    whole = compare(HIMMELBLAU, rules, 60, starts=16, seed=2)
    ground = terms(HIMMELBLAU, 60, 16, 2)
    heats = [heat_in_pieces(HIMMELBLAU.loss, Adam(), ground, "b1", 25, 2)]
    *parts, (knobs, rates, shares) = in_turns([*(contend_in_pieces(HIMMELBLAU.loss, rule, ground) for rule in rules.values()), *heats])
    for one, other in zip(whole.contenders.values(), parts, strict=True):
        for name in ("values", "swept", "tested"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert one.best == other.best
    for one, other in zip((knobs, rates, shares), heat(HIMMELBLAU.loss, Adam(), ground, "b1", 25, 2), strict=True):
        np.testing.assert_array_equal(one, other)
