"""A visitor's show: paused, cancelled and taken up at once, ended when its visitor is gone, handed on where training stays."""

import threading
import time
from dataclasses import replace

import pytest

from landscapes.networks import NETWORKS
from views.budget import Budget
from views.networks import costs, pieces, show
from views.networks.findings import Findings
from views.networks.recipes import recipes
from views.networks.settings import NetworkSettings
from views.networks.show import Show, carried
from views.networks.visitors import Visitors
from views.settings import Card

SETTINGS = replace(NetworkSettings.of("xor"), samples=60, steps=12, resolution=25, optimizers=(Card("adam"),))


def settings(**changes) -> NetworkSettings:
    return replace(SETTINGS, **changes)


def wait_for(condition, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def begin():
    shows = []

    def begin(seed: int, **changes) -> Show:
        shows.append(Show(recipes(settings(seed=seed, **changes), brief=True)))
        return shows[-1]

    yield begin
    for each in shows:
        each.command("cancel")
        each.join(30)


def test_a_paused_training_stands_still_and_goes_on_where_it_was(begin):
    shown = begin(1)
    shown.command("pause")
    shown.begin()
    wait_for(lambda: shown.findings.activity is not None)
    time.sleep(0.3)
    assert not shown.findings.over and not pieces.RUNS.peek(shown.recipes.runs["adam"])
    shown.command("resume")
    wait_for(lambda: shown.begin().findings.over)
    assert len(shown.findings.tracks["adam"].losses) == 13 and shown.findings.ground.whole


def test_cancel_takes_effect_at_once_and_again_goes_on(begin):
    shown = begin(2)
    shown.command("pause")
    shown.begin()
    shown.command("cancel")
    assert shown.findings.over and shown.findings.activity is None
    shown.begin()
    wait_for(lambda: not shown._works)
    assert not pieces.RUNS.peek(shown.recipes.runs["adam"])
    shown.command("again")
    wait_for(lambda: shown.begin().findings.over)
    assert shown.findings.ground.whole


def test_a_show_ends_when_its_visitor_is_gone_and_goes_on_when_they_are_back(begin, monkeypatch):
    shown = begin(3)
    shown.command("pause")
    monkeypatch.setattr(show, "PATIENCE", 0.0)
    shown.begin()
    wait_for(lambda: not shown._works)
    assert not shown.findings.over
    monkeypatch.setattr(show, "PATIENCE", 60.0)
    shown.command("resume")
    wait_for(lambda: shown.begin().findings.over)


def test_who_is_away_for_a_moment_finds_no_picture_of_which_a_part_was_left_out(begin, monkeypatch):
    asked = []

    def is_gone(shown: Show) -> bool:
        """Once, in the middle of the surface."""
        asked.append("surface" in getattr(shown.findings.activity, "text", ""))
        return asked[-1] and sum(asked) == 2

    monkeypatch.setattr(Show, "is_gone", property(is_gone))
    shown = begin(6)
    wait_for(lambda: shown.begin().findings.over)
    assert sum(asked) > 2 and shown.findings.ground.whole


def test_others_wait_for_a_place_and_are_told_so(begin, monkeypatch):
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(show, "_PLACES", places)
    places.acquire()
    shown = begin(4).begin()
    wait_for(lambda: shown.findings.activity is not None)
    assert shown.findings.activity.text.startswith("Waiting: ")
    places.release()
    wait_for(lambda: shown.begin().findings.over)


def test_who_pauses_gives_the_place_to_others_and_takes_it_again(begin, monkeypatch):
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(show, "_PLACES", places)
    paused = begin(10)
    paused.command("pause")
    paused.begin()
    wait_for(lambda: paused._room is not None and not paused._has_place)
    other = begin(11).begin()
    wait_for(lambda: other.begin().findings.over)
    paused.command("resume")
    wait_for(lambda: paused.begin().findings.over)
    assert paused.findings.ground.whole and not paused.findings.problem
    wait_for(lambda: not paused._works)
    assert places._value == 1


def test_a_training_reserves_its_memory_and_waits_where_there_is_none(begin, monkeypatch):
    shown = begin(12)
    needed = costs.training_bytes(shown.recipes, pieces.OF_A_VISITOR)
    held = Budget(2 * needed)
    monkeypatch.setattr(show, "BUDGET", held)
    held.reserve(other := show._Room(), needed, "no")
    shown.begin()
    wait_for(lambda: shown.findings.activity is not None)
    assert shown.findings.activity.text == show.FULL and held.reserved == needed
    assert not shown._has_place  # who waits for memory keeps no place
    del other
    wait_for(lambda: held.reserved == needed and shown._room is not None)
    wait_for(lambda: shown.begin().findings.over)
    wait_for(lambda: not shown._works)
    assert held.reserved == 0 and not shown.findings.problem


def test_a_training_that_could_never_fit_is_refused_before_it_begins(begin, monkeypatch):
    shown = begin(13)
    monkeypatch.setattr(costs, "BUDGET", Budget(1000))
    shown.begin()
    wait_for(lambda: shown.findings.over)
    assert shown._training is None and not shown._has_place
    assert shown.findings.problem.startswith("Training one optimizer with ")
    assert shown.findings.problem.endswith(" MB for that: choose fewer optimizers or a smaller network.")


def test_what_a_library_refuses_is_said(begin, monkeypatch):
    def refuse(*_):
        raise ValueError("This does not fit.")

    monkeypatch.setattr(show, "Training", refuse)
    shown = begin(5).begin()
    wait_for(lambda: shown.findings.over)
    assert shown.findings.problem == "This does not fit."


def test_a_training_goes_on_where_only_its_picture_changes():
    before = Show(recipes(settings(seed=6), brief=True))
    before._training = training = show.Training(before.recipes)
    assert Show(recipes(settings(seed=6, plane="random"), brief=True), before)._training is training
    assert before.findings.over
    before._training = training
    assert Show(recipes(settings(seed=7), brief=True), before)._training is None


def test_what_stays_from_the_picture_before_fits_what_comes():
    two = settings(optimizers=(Card("adam"), Card("momentum")))
    before = Show(recipes(two))
    before.findings = Findings(tracks={"adam": 1, "momentum": 2}, scores={"adam": 3}, probes=4, over=True)
    after = carried(before, recipes(replace(two, plane="random")))
    assert (after.tracks, after.scores, after.probes, after.over) == ({"adam": 1, "momentum": 2}, {"adam": 3}, 4, False)
    assert carried(before, recipes(SETTINGS)).tracks == {"adam": 1}
    assert carried(before, recipes(replace(two, seed=9))) == Findings()


def test_each_visitor_has_one_show():
    visitors = Visitors()
    first = visitors.show("anna", recipes(settings(seed=8), brief=True))
    assert visitors.show("anna", recipes(settings(seed=8), brief=True)) is first
    other = visitors.show("anna", recipes(settings(seed=9), brief=True))
    assert other is not first and first.findings.over
    assert visitors.peek("bert", other.recipes) is None and visitors.peek("anna", other.recipes) is other
    visitors.close()
    assert not other._works


def test_what_takes_minutes_is_refused_with_the_estimate_before_anything_is_computed(begin):
    million = NetworkSettings.of("digits_million")
    costs.check(recipes(million))
    with pytest.raises(ValueError, match=r"201 x 201 points of 1,126,410 parameters would take about \d+ s.*51 x 51"):
        costs.check(recipes(replace(million, resolution=201)))
    with pytest.raises(ValueError, match=r"2 optimizers of 2,000 steps.*about \d+ s.*up to \d+ steps"):
        costs.check(recipes(replace(million, steps=2000, batch=None)))
    for network in NETWORKS:
        costs.check(recipes(NetworkSettings.of(network)))
    refused = begin(0, network="digits_million", samples=1024, noise=None, test_share=0.5, resolution=201).begin()
    wait_for(lambda: refused.findings.over, 10)
    assert "about" in refused.findings.problem and refused._training is None
