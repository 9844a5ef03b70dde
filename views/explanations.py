"""Words for newcomers: what the landscape teaches, how to read the picture, an optimizer's formula."""

import streamlit as st

from landscapes import Landscape
from optimizers import OPTIMIZERS, Optimizer
from views import session
from views.knobs import knobs
from views.runs import Run, Scene

READING = """
The **surface** is a loss: every point stands for two numbers that a model could have, and its height says how bad the
model would then be. Training means walking down.

Each **path** is one optimizer, from the same start. Colour and dashes tell them apart; the dot is where it is at the
current step. **Stars** are the minima that are known.

Click anywhere to start from there. Drag a **rail** and the path follows your thumb. Where a path stops at a cross, the
numbers became too large to compute: it *diverged*.

Where height or colour is a **logarithm**, equal distances mean equal factors, not equal differences. The figure says so.
"""

RATE = """
The slope says which way is down, not how far to go. The **learning rate** is how far.

Too small, and an optimizer crawls. Larger, and it is quicker, until it begins to overshoot the valley and swing from
side to side. Beyond some rate each swing is larger than the last, and it diverges. For gradient descent that limit is
2 divided by the steepest curvature.

*Tuned here* means: of all the rates on the rail, the one that ended lowest here, from this start, within these steps.
On another landscape it will be another one. *Default* is what books and libraries suggest before anything is known.
"""

COST = """
Optimizers do different amounts of work in a step. To compare them fairly the table counts **loss evaluations**: computing
the loss once counts 1, its gradient 3 (a fair figure for automatic differentiation, whatever the number of parameters),
and a matrix of all second derivatives (a Hessian) 3 for each parameter, so 6 here.

A method that needs ten steps of 9 is dearer than one that needs twenty of 3.
"""


def landscape_lesson(scene: Scene) -> None:
    """One line under the gallery: what this landscape teaches."""
    st.markdown(f"**{scene.landscape.title}.** {scene.landscape.lesson}")


def explanations(scene: Scene) -> None:
    with st.expander(f"About this landscape: {scene.landscape.title}"):
        _landscape(scene.landscape)
    for title, words in (
        ("How to read this picture", READING),
        ("What is a learning rate?", RATE),
        ("What does a step cost?", COST),
    ):
        with st.expander(title):
            st.markdown(words)


def _landscape(landscape: Landscape) -> None:
    st.latex(landscape.formula)
    if landscape.note:
        st.markdown(landscape.note)
    for knob in knobs(type(landscape)).values():
        st.markdown(f"- **{knob.label}**: {knob.help}.")
    st.caption(landscape.reference)


def formula_dialog(scene: Scene) -> None:
    """The optimizer asked about, until the dialog is closed."""
    key = st.session_state.get("formula")
    if key:
        run = next((run for run in scene.runs if run.card.key == key), None)
        st.dialog(OPTIMIZERS[key].title, on_dismiss=session.close_formula)(_formula)(OPTIMIZERS[key], run)


def _formula(kind: type[Optimizer], run: Run | None) -> None:
    st.markdown(kind.lesson)
    st.latex(kind.formula)
    st.markdown("\n".join(f"- **{knob.label}**, by default {knob.default:g}: {knob.help}." for knob in knobs(kind).values()))
    if run:
        st.markdown(f"A step cost **{_cost(run):.3g} loss evaluations** here, on average.")
    st.caption(kind.reference)


def _cost(run: Run) -> float:
    """Loss evaluations a step, up to where the run diverged."""
    diverged = run.record.diverged_at
    last = run.record.steps if diverged < 0 else diverged
    return float(run.record.cost(2)[last]) / max(last, 1)
