"""What one visitor's tab holds of Learn: the place, and messages about its link."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from views.learn import progress
from views.learn.chapters import CHAPTERS
from views.learn.progress import Place, Said

MOST_MESSAGES = 8


def begin() -> Place:
    """The place of this run: from the address on a first visit or after Back, else where it was."""
    state, current = st.session_state, _address()
    edited = state.pop("learn_edited", False)
    # While an edit is on its way the browser still reports the address from before it.
    if state.get("learn_place") is None or (current != state.learn_address and not edited):
        place, messages = progress.read(current)
        known = state.learn_place.said if state.get("learn_place") else {}
        state.learn_place = replace(place, said={**known, **place.said})
        state.learn_messages = messages[:MOST_MESSAGES]
        state.learn_address = current
    return state.learn_place


def publish() -> None:
    """Write the place into the address, when that changes it."""
    query = progress.write(st.session_state.learn_place)
    address = {name: [text] for name, text in query.items()}
    if address != _address():
        st.query_params.from_dict(query)
    st.session_state.learn_address = address


def go(chapter: str | None, step: int) -> None:
    _change(lambda place: replace(place, chapter=chapter, step=step))


def predict(raw: str) -> None:
    """Commit to a prediction; one that the step does not offer is declined with its range."""

    def change(place: Place) -> Place:
        step = CHAPTERS[place.chapter].steps[place.step - 1]
        return place.saying(Said(progress.predicted(step, raw)))

    _change(change)


def unsay() -> None:
    _change(lambda place: place.saying(Said()))


def ran(chapter: str, step: int) -> None:
    """The learner has run the experiment of a step. The news may arrive when they have gone on to the next one."""
    _change(lambda place: place.having_run(chapter, step))


def dismiss() -> None:
    _change(lambda place: place)


def _change(change: Callable[[Place], Place]) -> None:
    state = st.session_state
    state.learn_edited, state.learn_messages = True, []
    try:
        state.learn_place = change(state.learn_place)
    except ValueError as error:
        state.learn_messages = [f"That cannot be predicted: {error}."]


def _address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}
