"""What a page says while its server is gone, and how its session is woken when that is back."""

import streamlit as st

from views.assets import alive_url, loader

HERE = {
    "networks": "The timeline, the pictures and every rail that you have used still work; training waits until it is back.",
    "learn": "What you see here still works; predictions and the next steps wait until it is back.",
    "yours": "The timeline and the picture here still work; another file waits until it is back.",
}
STAGE = (
    "The timeline, the pictures and every rail that you have used still work; "
    "new starts and other numbers wait until it is back."
)

LOADER = loader("outage/outage.js", "mount(component)")

_component = st.components.v2.component("thalweg_outage", js=LOADER, isolate_styles=False)


def mount(page: str) -> None:
    """Watch the connection of a page, by the name in its address. It comes before the page, which may ask for `lost_files`."""
    words = f"The server does not answer. {HERE.get(page, STAGE)} Trying again…"
    # In a session that has just begun no callback is known: what woke it is found in what the component returns.
    back = _component(key="outage", data={"alive": alive_url(), "words": words}, on_back_change=lambda: None).back
    if isinstance(back, dict) and back.get("file") is True and "own_scene" not in st.session_state:
        st.session_state.lost_files = lost_files() + 1


def lost_files() -> int:
    """How often a file of the visitor's was on the page and no longer in the server, when that came back."""
    return st.session_state.get("lost_files", 0)
