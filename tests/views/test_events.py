"""Events of the stage: each does what it says, a bad one does nothing and is said."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.views.strategies import JSON, settings_values
from views import events, query
from views.settings import Card, Kept, OwnFormula, Settings

HANDLED = st.sampled_from(sorted(events.EXPLORE))
KEYS = ["id", "card", "name", "value", "point", "key", "open", "view", "camera", "zoom", "step", "speed", "height", "sha"]


def after(event: dict, settings: Settings = Settings()) -> Settings:
    changed, ignored = events.apply(settings, event)
    assert ignored is None
    return changed


def cards(settings: Settings) -> dict[str, dict[str, float]]:
    return {card.key: dict(card.knobs) for card in settings.optimizers}


@given(settings_values(), JSON)
def test_any_json_is_survived_and_changes_nothing(settings, event):
    assert events.apply(settings, event)[0] == settings
    events.identity(event)
    events.formula(settings, event)


@given(settings_values(), HANDLED, st.dictionaries(st.sampled_from(KEYS), JSON | st.integers(0, 8) | st.floats(0, 1)))
def test_near_misses_leave_settings_that_an_address_can_hold(settings, kind, parts):
    changed, _ = events.apply(settings, {**parts, "type": kind})
    assert query.read(query.write(changed)) == (changed, [])


def test_a_knob_is_set_by_key_or_by_place():
    event = {"type": "knob", "name": "learning_rate", "value": 0.5}
    assert cards(after({**event, "card": "adam"}))["adam"] == {"learning_rate": 0.5}
    assert cards(after({**event, "card": 3}))["adam"] == {"learning_rate": 0.5}


def test_textbook_defaults_write_the_rate_and_forget_the_rest():
    settings = after({"type": "knob", "card": "adam", "name": "b1", "value": 0.5})
    assert cards(after({"type": "default", "card": "adam"}, settings))["adam"] == {"learning_rate": 0.001}
    everywhere = cards(after({"type": "defaults"}, settings))
    assert all("learning_rate" in knobs for knobs in everywhere.values())


def test_tuning_forgets_the_rate_and_keeps_the_rest():
    settings = Settings(optimizers=(Card("adam", (("b1", 0.5), ("learning_rate", 0.1))),))
    assert cards(after({"type": "tune", "card": 0}, settings)) == {"adam": {"b1": 0.5}}
    assert cards(after({"type": "tune_all"}, settings)) == {"adam": {"b1": 0.5}}


def test_a_knob_back_at_its_default_leaves_the_address():
    settings = after({"type": "knob", "card": "adam", "name": "b1", "value": 0.5})
    assert after({"type": "knob", "card": "adam", "name": "b1", "value": 0.9}, settings) == Settings()


def test_optimizers_come_and_go():
    settings = after({"type": "add", "key": "lion"})
    assert [card.key for card in settings.optimizers][-1] == "lion"
    assert after({"type": "remove", "card": 4}, settings) == Settings()
    assert after({"type": "open", "card": "adam", "open": True}).optimizers[3].opened


def test_another_landscape_keeps_the_cards_and_tunes_them_again():
    settings = Settings(
        shape=(("a", 0.5),), start=(0.0, 0.0), zoom=((0.0, 1.0), (0.0, 1.0)), target=1.0, step=3, steps=50, view="both",
        optimizers=(Card("adam", (("b1", 0.5), ("learning_rate", 0.1)), opened=True),),
    )  # fmt: skip
    there = Settings(landscape="himmelblau", steps=50, view="both", optimizers=(Card("adam", (("b1", 0.5),), opened=True),))
    assert after({"type": "landscape", "key": "himmelblau"}, settings) == there


def test_start_shape_and_looks_are_taken():
    assert after({"type": "start", "point": [0.5, 2]}).start == (0.5, 2.0)
    tuned = Settings(optimizers=(Card("adam"), Card("momentum")))
    held = after({"type": "start", "point": [0.5, 2], "card": "adam", "value": 0.3}, tuned)
    assert held.start == (0.5, 2.0) and dict(held.optimizers[0].knobs) == {"learning_rate": 0.3} and held.optimizers[1].tuned
    settings = after({"type": "shape", "name": "a", "value": 1.2})
    assert settings.shape == (("a", 1.2),)
    assert after({"type": "shape_reset"}, settings) == Settings()
    look = {"type": "look", "view": "side", "camera": [1.23456] * 9, "zoom": [[0, 1], [0, 1]], "step": 5, "speed": 2, "height": "log"}
    settings = after(look)
    assert (settings.view, settings.camera, settings.step, settings.height) == ("side", (1.235,) * 9, 5, "log")
    assert after({"type": "look", "zoom": None, "camera": None, "step": None}, settings).zoom is None


def test_a_kept_run_stays_as_it_was_and_can_be_dropped():
    settings = Settings(optimizers=(Card("adam", opened=True), Card("random_search")), start=(0.5, 1.0), steps=40, schedule="cosine", seed=3)
    settings = after({"type": "keep", "card": "adam", "value": 0.05}, settings)
    adam = Kept(Card("adam", (("learning_rate", 0.05),)), (0.5, 1.0), 40, "cosine")
    assert settings.kept == (adam,)
    moved = after({"type": "knob", "card": "adam", "name": "learning_rate", "value": 0.2}, after({"type": "start", "point": [0, 0]}, settings))
    assert moved.kept == (adam,) and moved.of(adam) == replace(settings, optimizers=(adam.card,))
    # A rate that is written counts, whatever the event says; what guesses keeps its seed and has no schedule.
    both = after({"type": "keep", "card": 1, "value": 0.1}, after({"type": "keep", "card": "adam", "value": 0.5}, moved))
    assert [dict(run.card.knobs) for run in both.kept[1:]] == [{"learning_rate": 0.2}, {"proposal_scale": 0.1, "seed": 3.0}]
    assert both.kept[2].schedule == "constant"
    assert after({"type": "drop", "name": query.kept_text(adam)}, both).kept == both.kept[1:]
    assert after({"type": "landscape", "key": "booth"}, both).kept == ()
    assert "is kept already" in events.apply(both, {"type": "keep", "card": "adam"})[1]


def test_a_formula_of_ones_own_is_a_landscape_with_its_names_as_knobs():
    own = OwnFormula("a*x^2 + b*y^2")
    assert after({"type": "landscape", "key": "formula"}).landscape == OwnFormula()
    settings = after({"type": "shape", "name": "b", "value": 2.5}, Settings(landscape=own))
    assert settings.shape == (("b", 2.5),)
    assert "there is a, b" in events.apply(settings, {"type": "shape", "name": "c", "value": 1})[1]
    assert "from -10 to 10" in events.apply(settings, {"type": "shape", "name": "a", "value": 11})[1]


def test_a_rewritten_formula_keeps_what_still_belongs_to_it():
    settings = Settings(landscape=OwnFormula("a*x + b*y"), shape=(("a", 2.0), ("b", 3.0)), start=(1.0, 1.0), zoom=((0.0, 1.0),) * 2)
    again = settings.rewritten(OwnFormula("3*b*y + x"))
    assert (again.shape, again.start, again.zoom) == ((("b", 3.0),), (1.0, 1.0), ((0.0, 1.0),) * 2)
    elsewhere = settings.rewritten(OwnFormula("a*x + b*y", ((0.0, 9.0), (0.0, 9.0))))
    assert (elsewhere.shape, elsewhere.start, elsewhere.zoom) == (settings.shape, None, None)
    # What the browser asks of the server when the text is typed is what the box makes of it.
    assert after({"type": "rewrite", "text": " 3*b*y + x "}, settings) == again
    assert events.apply(settings, {"type": "rewrite", "text": "3*b*y +"})[0] == settings


def test_a_look_with_one_bad_part_changes_nothing():
    changed, ignored = events.apply(Settings(), {"type": "look", "view": "side", "step": 301})
    assert changed == Settings()
    assert "300" in ignored


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        {"type": "explode"},
        {"type": ["knob"]},
        {"type": "knob", "card": 9, "name": "learning_rate", "value": 1},
        {"type": "knob", "card": True, "name": "learning_rate", "value": 1},
        {"type": "knob", "card": "lion", "name": "learning_rate", "value": 0.1},
        {"type": "knob", "card": 0, "name": "learning_rate", "value": True},
        {"type": "knob", "card": 0, "name": "learning_rate", "value": float("nan")},
        {"type": "knob", "card": 0, "name": "learning_rate", "value": 10**400},
        {"type": "knob", "card": 0, "name": ["x"], "value": 1},
        {"type": "start", "point": [1e300, 0]},
        {"type": "start", "point": "12"},
        {"type": "start", "point": [1]},
        {"type": "add", "key": "adam"},
        {"type": "add", "key": "nobody"},
        {"type": "open", "card": 0, "open": "yes"},
        {"type": "shape", "name": "a", "value": 99},
        {"type": "landscape", "key": {}},
        {"type": "keep", "card": 0},
        {"type": "keep", "card": "lion", "value": 0.1},
        {"type": "drop", "name": "adam"},
        {"type": "look", "camera": [0, 0]},
        {"type": "look", "zoom": [[1, 0], [0, 1]]},
    ],
)
def test_a_bad_event_is_said(event):
    settings, ignored = events.apply(Settings(), event)
    assert settings == Settings()
    assert ignored.startswith("Nothing was changed: ")


def test_the_ninth_optimizer_is_declined():
    full = Settings(optimizers=tuple(Card(key) for key in ("adam", "adamw", "nadam", "radam", "lion", "sam", "yogi", "rprop")))
    _, ignored = events.apply(full, {"type": "add", "key": "momentum"})
    assert "holds 8" in ignored


def test_the_formula_asked_for_is_found():
    assert events.formula(Settings(), {"type": "formula", "card": 3}) == "adam"
    assert events.formula(Settings(), {"type": "formula", "card": 30}) is None
    assert events.formula(Settings(), {"type": "look"}) is None
