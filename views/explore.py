"""The Explore page: a landscape, optimizers going down it, and what they reached."""

from functools import partial

import streamlit as st

from views import anatomy, basins, comparison, frame, gallery, models, own_formula, runs, scenes, session, stability, stage, style, teaching
from views.code import code
from views.controls import controls
from views.explanations import explanations, formula_dialog, lesson
from views.gate import waited_for
from views.plateaus import plateaus
from views.results import results
from views.settings import OwnFormula


def page() -> None:
    settings = session.begin()
    with st.container(horizontal=True, key="head", vertical_alignment="center"):
        st.html(style.TITLE)
        teaching.row()
    frame.messages()
    gallery.mount(settings.key, on_choose=_choose)
    if isinstance(settings.landscape, OwnFormula):
        own_formula.box(settings)
    lesson(settings)
    text = scenes.text(settings)
    stage.mount(text, seen=st.session_state.seen, on_event=_handle, history=session.kept(scenes.text))
    _looks()
    # The stage fetches its scene by itself; what stands below it may wait until everything is computed.
    scene = waited_for(("page", text), partial(runs.scene_in_pieces, settings))
    controls(scene)
    results(scene)
    plateaus(scene)
    if settings.optimizers:
        shown = teaching.told(settings)
        anatomy.mount(settings)
        models.mount(settings)
        basins.mount(scene)
        stability.mount(settings, opened=shown is not None and shown.panel == "stability")
        comparison.mount(settings)
    code(scene)
    explanations(scene)
    formula_dialog(scene)


@st.fragment
def _looks() -> None:
    """Who only looks about, turning the camera or moving the step, reruns this and nothing else."""
    stage.mount_looks(seen=st.session_state.seen, on_look=_handle_look)
    session.publish()


def _handle() -> None:
    frame.take("stage", "event", session.handle)


def _handle_look() -> None:
    frame.take("looks", "look", session.handle)


def _choose() -> None:
    frame.take("gallery", "landscape", lambda key: session.handle({"type": "landscape", "key": key}))
