"""The Explore page: a landscape, optimizers going down it, and what they reached."""

from functools import partial

import streamlit as st

from views import anatomy, basins, comparison, frame, gallery, models, own_formula, runs, scenes, sections, session, stability, stage, style, teaching
from views.code import code
from views.controls import controls, shown
from views.explanations import explanations, formula_dialog, lesson
from views.gate import waited_for
from views.plateaus import plateaus
from views.results import results
from views.settings import OwnFormula, Settings


def page() -> None:
    settings = session.begin()
    sections.begin()
    with st.container(horizontal=True, key="head", vertical_alignment="center"):
        st.html(style.TITLE)
        teaching.row()
    frame.messages()
    gallery.mount(settings.key, on_choose=_choose)
    if isinstance(settings.landscape, OwnFormula):
        own_formula.box(settings)
    sections.section("lesson", lesson, lambda settings: (teaching.told(settings), settings.landscape))
    # Outside of sections, which a server that was restarted does not know: its events always reach the page.
    stage.mount(scenes.text(settings), seen=st.session_state.seen, on_event=_handle, history=session.kept(scenes.text))
    sections.section("looks", _looks, lambda settings: (settings, st.session_state.seen, session.history()))
    # The stage fetches its scene by itself; what stands below it may wait until everything is computed.
    scene = _scene(settings)
    controls(scene)
    sections.section("results", _results, lambda settings: (settings,))
    explanations(scene)
    formula_dialog(scene)
    sections.end(_around)


def _looks(settings: Settings) -> None:
    """Who only looks about, turning the camera or moving the step, reruns this and nothing else."""
    stage.mount_looks(seen=st.session_state.seen, on_look=_handle_look, query=scenes.text(settings), history=session.kept(scenes.text))
    session.publish()


def _scene(settings: Settings) -> runs.Scene:
    return waited_for(("page", scenes.text(settings)), partial(runs.scene_in_pieces, settings))


def _results(settings: Settings) -> None:
    """What was reached, and the panels that look into it."""
    scene = _scene(settings)
    results(scene)
    plateaus(scene)
    if settings.optimizers:
        told = teaching.told(settings)
        anatomy.mount(settings)
        models.mount(settings)
        basins.mount(scene)
        stability.mount(settings, opened=told is not None and told.panel == "stability")
        comparison.mount(settings)
    code(scene)


def _around(settings: Settings) -> tuple:
    """What the page depends on outside its sections; an open formula says what a step costs."""
    state = st.session_state
    formula = state.get("formula")
    return shown(settings), tuple(state.messages), formula, settings if formula else None


def _handle() -> None:
    frame.take("stage", "event", session.handle)


def _handle_look() -> None:
    frame.take("looks", "look", session.handle)


def _choose() -> None:
    frame.take("gallery", "landscape", lambda key: session.handle({"type": "landscape", "key": key}))
