"""The Networks page: optimizers train one network, and their paths lie on a slice of its loss."""

import secrets
import streamlit as st

from views import frame, session, stage, style
from views.assets import scene_url
from views.networks import events, query, scenes

PAGE = session.Page("networks", query.read, query.write, events.apply)
STAGE, LOOKS = "network_stage", "network_looks"


def page() -> None:
    settings = session.begin(PAGE)
    st.html(style.PAGE + style.TITLE)
    frame.messages()
    st.markdown(f"**{settings.preset.title}.** {settings.preset.sentence}")
    stage.mount(scenes.text(settings), seen=st.session_state.seen, on_event=_handle, key=STAGE, scene=_address())
    _looks()


@st.fragment
def _looks() -> None:
    """Who only looks about reruns this and nothing else."""
    stage.mount_looks(seen=st.session_state.seen, on_look=_handle_look, key=LOOKS)
    session.publish()


def visitor() -> str:
    """The name under which this session and its stage look at the same show; nobody can guess it."""
    return st.session_state.setdefault("visitor", secrets.token_urlsafe(16))


def _address() -> str:
    return f"{scene_url()}/networks?visitor={visitor()}"


def _handle() -> None:
    frame.take(STAGE, "event", session.handle)


def _handle_look() -> None:
    frame.take(LOOKS, "look", session.handle)
