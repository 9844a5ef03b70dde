"""What every page has: a place for messages, and the way in which components report."""

from collections.abc import Callable

import streamlit as st

from views import checks, session


def messages() -> None:
    """What a link or an event got wrong, until it is dismissed."""
    said = [checks.worded(message) for message in st.session_state.messages]
    # The container is always there: what follows keeps its place in the page, and so its canvas.
    with st.container(key="messages"):
        if said:
            st.info("\n".join(f"- {message}" for message in said) if len(said) > 1 else said[0])
            st.button("Dismiss", on_click=session.dismiss, type="tertiary")


def take(component: str, trigger: str, handle: Callable[[object], None]) -> None:
    """What a component reported; a message that names another page than this one brings nothing."""
    reported = getattr(st.session_state.get(component), trigger, None)
    if reported is not None:
        handle(reported)
