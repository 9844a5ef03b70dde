"""Undo and redo: every change can be taken back and made again, and to look about is none."""

from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from views import query
from views.history import LONGEST_KEPT, MOST, MOST_KEPT, History
from views.scenes import text
from views.settings import OwnFormula, Settings

# Few values each, so that some follow themselves and some come back.
VALUES = st.builds(
    Settings, landscape=st.sampled_from(["rosenbrock", "booth"]), steps=st.sampled_from([50, 300]),
    schedule=st.sampled_from(["constant", "cosine"]), start=st.none() | st.just((0.5, 1.0)), height=st.sampled_from(["auto", "log"]),
)  # fmt: skip
CHANGES = [Settings(), Settings(steps=50), Settings(landscape="booth"), Settings(landscape="booth", schedule="cosine")]


def lived(values) -> History:
    history = History()
    for before, now in zip(values, values[1:]):
        history = history.after(before, now)
    return history


@given(st.lists(VALUES, min_size=2, max_size=8))
def test_all_the_way_back_and_forward_again(values):
    distinct = [each for k, each in enumerate(values) if k == 0 or each != values[k - 1]]
    history, now = lived(distinct), distinct[-1]
    for expected in reversed(distinct[:-1]):
        history, now = history.undo(now)
        assert now == expected
    with pytest.raises(ValueError, match="nothing to undo"):
        history.undo(now)
    for expected in distinct[1:]:
        history, now = history.redo(now)
        assert now == expected
    with pytest.raises(ValueError, match="nothing to redo"):
        history.redo(now)


def test_to_look_about_is_no_change_and_stays_when_one_is_undone():
    history = lived(CHANGES[:2])
    looking = replace(CHANGES[1], view="contour", step=20, zoom=((0.0, 1.0), (0.0, 1.0)))
    assert history.after(CHANGES[1], looking) is history
    assert history.undo(looking)[1] == replace(CHANGES[0], view="contour", step=20, zoom=((0.0, 1.0), (0.0, 1.0)))
    late = replace(CHANGES[0], step=300)
    assert lived([CHANGES[1], CHANGES[0]]).undo(late)[1].step is None  # the run before had 50 steps


def test_another_landscape_takes_its_own_zoom_back():
    there = replace(CHANGES[0], zoom=((0.0, 1.0), (0.0, 1.0)))
    history = lived([there, CHANGES[2]])
    assert history.undo(CHANGES[2])[1] == there


def test_what_was_undone_is_gone_after_a_change_and_memory_is_bounded():
    history, now = lived(CHANGES).undo(CHANGES[-1])
    assert history.after(now, CHANGES[1]).future == ()
    many = lived([Settings(steps=steps) for steps in range(1, 3 * MOST)])
    assert len(many.past) == MOST


def read(text: str) -> Settings:
    return query.read(parse_qs(text, keep_blank_values=True))[0]


@given(st.lists(VALUES, min_size=2, max_size=8), st.integers(0, 3))
def test_what_a_browser_keeps_is_the_history_of_a_session_to_come(values, back):
    history, now = lived(values), values[-1]
    for _ in range(min(back, len(history.past))):
        history, now = history.undo(now)
    again = History.of_addresses(history.addresses(text), read)
    assert again == history
    assert History().following(again) == again
    changed = History().after(now, replace(now, steps=77)).following(again)
    assert (changed.past, changed.future) == ((*history.past, now), ())


def test_a_browser_keeps_the_nearest_changes_and_no_more_than_some_kilobytes():
    history = History(tuple(Settings(steps=steps) for steps in range(1, 99)), (Settings(steps=500),))
    kept = history.addresses(text)
    assert kept == {"past": tuple(f"steps={steps}" for steps in range(99 - MOST_KEPT, 99)), "future": ("steps=500",)}
    long = History(tuple(Settings(landscape=OwnFormula("x + y" + f" + {number}" * 40)) for number in range(30)))
    kept = long.addresses(text)["past"]
    assert 0 < len(kept) < 30 and sum(map(len, kept)) <= LONGEST_KEPT and read(kept[-1]) == long.past[-1]


@given(st.dictionaries(st.sampled_from(["past", "future"]), st.recursive(st.none() | st.integers() | st.text(), st.lists)))
def test_a_hostile_history_is_settings_or_nothing(kept):
    history = History.of_addresses(kept, read)
    assert all(isinstance(each, Settings) for each in (*history.past, *history.future))


def test_an_endless_history_is_not_read():
    assert History.of_addresses({"past": ["steps=9" * LONGEST_KEPT]}, read) == History()
    assert len(History.of_addresses({"past": ["steps=9"] * 10**5}, read).past) == MOST_KEPT
