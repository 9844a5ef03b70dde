"""What one visitor's browser tab holds: settings, the last event seen, messages. Nothing large."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

import streamlit as st

from views import events, query, sections
from views.history import History

MOST_MESSAGES = 8
LONGEST_NAME = 16


@dataclass(frozen=True)
class Page:
    """What a page is to its visitor's session: how its settings become an address and back, and follow events."""

    name: str
    read: Callable[[query.Query], tuple[Any, list[str]]]
    write: Callable[[Any], dict[str, list[str]]]
    apply: Callable[[Any, object], tuple[Any, str | None]]
    undoes: bool = False


EXPLORE = Page("explore", query.read, query.write, events.apply, undoes=True)


def begin(page: Page = EXPLORE) -> Any:
    """The settings of this run: from the address on a first visit or after Back, else what they were."""
    state, current = st.session_state, _address()
    state.sections = None
    # Who comes by the menu has no address and finds the page as it was left.
    edited = state.pop("edited", False) or (state.pop("turned", False) and not current)
    if state.setdefault("page", page) != page:
        _turn_to(page)
        edited = not current
    # While an edit is on its way the browser still reports the address from before it.
    if state.get("settings") is None or (current != state.address and not edited):
        settings, state.messages = page.read(current)
        _put(settings)
        state.address = current
        state.setdefault("seen", "")
    return state.settings


def _put(settings: Any) -> None:
    """Other settings, with those before in the history."""
    state = st.session_state
    if state.page.undoes:
        state.history = history().after(state.get("settings"), settings)
    state.settings = settings


def history() -> History:
    return st.session_state.setdefault("history", History())


def kept(text: Callable[[Any], str]) -> dict:
    """What the browser keeps of this session for one to come: its name, and its history as `text` writes settings."""
    return {"session": _name(), **history().addresses(text)}


def _name() -> str:
    """What this session is called on this page: a browser that knows another name knows of a session before it."""
    state = st.session_state
    return state.setdefault("names", {}).setdefault(state.page.name, secrets.token_hex(4))


def _restore(before: dict) -> None:
    """Go on where the session before ended: with its history, and under its name, so that this is done once."""
    state, name = st.session_state, before.get("session")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or name == _name():
        return
    state.names = {**state.names, state.page.name: name}
    state.history = history().following(History.of_addresses(before, _read))


def _read(text: str) -> Any:
    return st.session_state.page.read(parse_qs(text, keep_blank_values=True))[0]


def _travel(kind: str) -> None:
    """Back or forward in the history; a press too many does nothing."""
    state = st.session_state
    with suppress(ValueError):
        state.history, state.settings = getattr(history(), kind)(state.settings)


def _turn_to(page: Page) -> None:
    """Put the settings of the page before aside, with their history, and take up those of this one, None on a first visit."""
    state = st.session_state
    aside = state.setdefault("aside", {})
    aside[state.page.name] = state.settings, history()
    (state.settings, state.history), state.page = aside.get(page.name, (None, History())), page
    state.messages, state.formula = [], None


def publish() -> None:
    """Write the settings into the address, when that changes it."""
    address = st.session_state.page.write(st.session_state.settings)
    if address != _address():
        st.query_params.from_dict(address)
    st.session_state.address, st.session_state.edited = address, False


def edit(change: Callable[[Any], Any]) -> None:
    """Change the settings from a widget's callback; a value that cannot be used is said and left."""
    state = st.session_state
    dismiss()
    try:
        _put(change(state.settings))
    except ValueError as error:
        say(events.unchanged(error))
    sections.rebuild_all()


def handle(event: object) -> None:
    """Take an event of the stage or the gallery into the settings."""
    state = st.session_state
    state.edited = True
    state.seen = events.identity(event) or state.seen
    if events.only_looks(event):
        return _apply(event)
    dismiss()  # what was said about an earlier step
    if state.page.undoes and (kind := events.travels(event)):
        _travel(kind)
    elif state.page.undoes and (before := events.restores(event)):
        _restore(before)
    else:
        state.formula = events.formula(state.settings, event) or state.get("formula")
        _apply(event)
    sections.rebuild()


def _apply(event: object) -> None:
    settings, ignored = st.session_state.page.apply(st.session_state.settings, event)
    _put(settings)
    if ignored:
        say(ignored)


def say(sentence: str) -> None:
    messages = [message for message in st.session_state.messages if message != sentence]
    st.session_state.messages = [*messages, sentence][-MOST_MESSAGES:]


def dismiss() -> None:
    st.session_state.messages = []
    st.session_state.edited = True


def close_formula() -> None:
    st.session_state.formula = None
    st.session_state.edited = True


def update(**changes) -> Callable[[Any], Any]:
    return lambda settings: replace(settings, **changes)


def _address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}
