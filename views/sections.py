"""Parts of a page that rerun by themselves: an edit rebuilds those that show what it has changed, and the rest stays."""

from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st

from views.gate import GATE

PAGE = "app"  # Streamlit's name for all of it

Shown = Callable[[Any], Hashable]  # of some settings all that a part depends on, never None


def begin() -> None:
    """The page is being built, all of it."""
    st.session_state.sections = {}


def section(name: str, show: Callable[[Any], None], shown: Shown) -> None:
    """A part of the page, `show(settings)`, which is rebuilt alone when `shown(settings)` has changed."""

    def run() -> None:
        settings, sections = st.session_state.settings, st.session_state.sections
        sections[name] = shown, None  # whoever interrupts it finds it half old, half new
        with GATE.inside():
            show(settings)
        sections[name] = shown, shown(settings)

    st.fragment(run, key=name)()


def end(shown: Shown) -> None:
    """The page is there; `shown(settings)` is what its parts outside of sections depend on."""
    st.session_state.sections[PAGE] = shown, shown(st.session_state.settings)


def rebuild() -> None:
    """Rerun what is not as the settings are: the last word of a callback. On a page without sections Streamlit reruns it all."""
    sections = st.session_state.get("sections")
    if sections is None:
        return
    stale = [name for name, (shown, value) in sections.items() if shown(st.session_state.settings) != value]
    if PAGE in stale or PAGE not in sections:  # or it was interrupted before it was whole
        st.rerun()
    if stale:
        st.rerun(stale)


def rebuild_all() -> None:
    """The last word of an input's callback: one that stands in a section would rerun that alone."""
    if st.session_state.get("sections") is not None:
        st.rerun()
