"""The address of the Networks page: written and read back exactly, and nothing that comes in it breaks the page."""

from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscapes.networks import NETWORKS
from tests.views.network_strategies import network_settings
from tests.views.strategies import JSON
from views.networks import events, query
from views.networks.settings import KeptRun, NetworkSettings
from views.query import MOST_SENTENCES
from views.settings import Card

NAMES = ["network", "optimizer", "seed", "samples", "noise", "test_share", "batch", "steps", "step", "plane", "reach", "resolution", "camera", "kept"]
PIECES = st.sampled_from(["adam", "newton", "muon", "cosine", "moons", "iris", "learning_rate", "full", "nan", "1e400", "-1", "0.5", "30", "51", "pca", "", "~"])


@given(network_settings())
def test_settings_survive_the_address_exactly(settings):
    fields = parse_qs(urlencode(query.write(settings), doseq=True), keep_blank_values=True)
    assert query.read(fields) == (settings, [])


@given(st.dictionaries(st.text(), st.lists(st.text(), min_size=1)))
def test_reading_any_text_gives_settings(params):
    settings, ignored = query.read(params)
    assert settings == NetworkSettings() or params
    assert len(ignored) <= MOST_SENTENCES + 1


@given(st.dictionaries(st.sampled_from(NAMES), st.lists(st.lists(PIECES, min_size=1).map("~".join), min_size=1, max_size=9)))
def test_reading_near_misses_gives_settings_that_can_be_written(params):
    settings, _ = query.read(params)
    assert query.read(query.write(settings)) == (settings, [])


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_as_it_comes_is_its_name_alone(network):
    expected = {} if network == "moons" else {"network": [network]}
    assert query.write(NetworkSettings.of(network)) == expected


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"network": ["skynet"]}, "there is no network `skynet`"),
        ({"optimizer": ["newton"]}, "there is no optimizer `newton`"),
        ({"batch": ["501"]}, "from 1 to 500"),
        ({"network": ["iris"], "noise": ["0.1"]}, "no noise is added"),
        ({"samples": ["1e6"]}, "from 20 to 5000"),
        ({"resolution": ["1000000"]}, "expected one of 25, 51"),
        ({"plane": ["flat"]}, "expected one of pca"),
        ({"step": ["301"]}, "expected at most 300"),
        ({"landscape": ["rosenbrock"]}, "is not known here"),
    ],
)
def test_what_is_ignored_is_said(params, said):
    _, ignored = query.read(params)
    assert len(ignored) == 1 and said in ignored[0]


def test_a_batch_that_no_longer_fits_is_all_samples():
    settings, ignored = query.read({"network": ["digits"], "samples": ["100"]})
    assert (settings.batch, ignored) == (None, [])


@given(network_settings(), JSON)
def test_any_event_leaves_settings_that_can_be_written(settings, event):
    after, _ = events.apply(settings, event)
    assert query.read(query.write(after))[0] == after


ADAM = {"card": "adam"}
KEPT = KeptRun(Card("muon", (("learning_rate", 0.02),)), "cosine")
USED = [
    {"type": "knob", **ADAM, "name": "learning_rate", "value": 0.005}, {"type": "open", **ADAM, "open": True},
    {"type": "default", **ADAM}, {"type": "tune", **ADAM}, {"type": "defaults"}, {"type": "tune_all"}, {"type": "remove", **ADAM},
    {"type": "add", "key": "lion"}, {"type": "look", "step": 3}, {"type": "formula", **ADAM}, {"type": "landscape", "key": "iris"},
    *({"type": command} for command in events.COMMANDS), {"type": "keep", **ADAM}, {"type": "drop", "name": query.kept_text(KEPT)},
]  # fmt: skip


def test_every_kind_of_event_is_used_here():
    assert {event["type"] for event in USED} == set(events.NETWORKS)
    for event in USED:
        after, ignored = events.apply(NetworkSettings(kept=(KEPT,)), event)
        assert ignored is None, event
        assert query.read(query.write(after))[0] == after
    after, _ = events.apply(NetworkSettings(), USED[0])
    assert {card.key: dict(card.knobs) for card in after.optimizers}["adam"] == {"learning_rate": 0.005}


@pytest.mark.parametrize("command", events.COMMANDS)
def test_a_command_changes_no_settings(command):
    assert events.apply(NetworkSettings(), {"type": command}) == (NetworkSettings(), None)
    assert events.command({"type": command}) == command


def test_only_commands_command():
    assert [events.command(event) for event in (None, {"type": "look"}, {"type": ["pause"]}, "pause", 7)] == [None] * 5


def test_another_network_comes_as_it_is_and_is_looked_at_as_before():
    after, _ = events.apply(NetworkSettings(view="contour", steps=7, seed=3), {"type": "landscape", "key": "iris"})
    assert after == replace(NetworkSettings.of("iris"), view="contour")


def test_muon_can_be_added_here():
    after, ignored = events.apply(NetworkSettings(), {"type": "add", "key": "muon"})
    assert after.optimizers[-1] == Card("muon") and ignored is None
