"""The Explore page: a landscape, optimizers going down it, and what they reached."""

from collections.abc import Callable

import streamlit as st

from landscapes import LANDSCAPES
from views import gallery, runs, scenes, session, stage, style
from views.controls import controls
from views.explanations import explanations, formula_dialog, landscape_lesson
from views.results import results


def page() -> None:
    settings = session.begin()
    st.html(style.PAGE + style.TITLE)
    _messages()
    gallery.mount(settings.landscape, on_choose=_choose)
    landscape_lesson(LANDSCAPES[settings.landscape])
    stage.mount(scenes.text(settings), seen=st.session_state.seen, on_event=_handle)
    _looks()
    # The stage fetches its scene by itself; what stands below it may wait until everything is computed.
    scene = runs.scene(settings)
    controls(scene)
    results(scene)
    explanations(scene)
    formula_dialog(scene)


@st.fragment
def _looks() -> None:
    """Who only looks about, turning the camera or moving the step, reruns this and nothing else."""
    stage.mount_looks(seen=st.session_state.seen, on_look=_handle_look)
    session.publish()


def _handle() -> None:
    _take("stage", "event", session.handle)


def _handle_look() -> None:
    _take("looks", "look", session.handle)


def _choose() -> None:
    _take("gallery", "landscape", lambda key: session.handle({"type": "landscape", "key": key}))


def _take(component: str, trigger: str, handle: Callable[[object], None]) -> None:
    """What a component reported; a message that names another page than this one brings nothing."""
    reported = getattr(st.session_state.get(component), trigger, None)
    if reported is not None:
        handle(reported)


def _messages() -> None:
    messages = st.session_state.messages
    # The container is always there: what follows keeps its place in the page, and so its canvas.
    with st.container(key="messages"):
        if messages:
            st.info("\n".join(f"- {message}" for message in messages) if len(messages) > 1 else messages[0])
            st.button("Dismiss", on_click=session.dismiss, type="tertiary")
