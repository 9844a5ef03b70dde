"""A visitor's session that follows another one, which a restarted server has lost."""

from types import SimpleNamespace

import pytest

from views import session
from views.scenes import text
from views.settings import Settings


class State(dict):
    """Streamlit's session state, as far as a session uses it."""

    __getattr__, __setattr__ = dict.__getitem__, dict.__setitem__


class Address(dict):
    """Streamlit's query parameters, of which none is there twice."""

    def get_all(self, name: str) -> list[str]:
        return [self[name]]


@pytest.fixture
def begin(monkeypatch):
    """Begins a session at a page's address; returns its state."""

    def begin(**address) -> State:
        monkeypatch.setattr(session, "st", SimpleNamespace(session_state=State(), query_params=Address(address)))
        session.begin()
        return session.st.session_state

    return begin


def test_undo_goes_on_in_the_session_after_a_restart(begin):
    begin(landscape="booth")
    session.edit(session.update(steps=20))
    session.edit(session.update(steps=30))
    session.handle({"type": "undo", "id": "a"})
    kept = session.kept(text)

    state = begin(landscape="booth", steps="20")
    assert session.kept(text)["session"] != kept["session"]
    session.handle({"type": "restore", "id": "b", **kept})
    assert session.kept(text) == kept and state.seen == "b"
    session.handle({"type": "redo"})
    assert state.settings == Settings(landscape="booth", steps=30)
    for _ in range(3):
        session.handle({"type": "undo"})
    assert state.settings == Settings(landscape="booth")


def test_what_was_kept_is_taken_once_and_does_not_displace_what_has_happened_since(begin):
    begin()
    session.edit(session.update(steps=20))
    kept = session.kept(text)
    state = begin(steps="20")
    session.edit(session.update(steps=40))
    for _ in range(2):
        session.handle({"type": "restore", **kept})
    assert [each.steps for each in state.history.past] == [Settings().steps, 20]


@pytest.mark.parametrize("before", [None, 7, "", ["x"], "x" * 10**6])
def test_a_session_without_a_name_is_none(begin, before):
    state = begin()
    session.handle({"type": "restore", "session": before, "past": ["steps=9"]})
    assert state.get("history", session.History()) == session.History()
