"""Words for newcomers: what the landscape teaches, how to read the picture, an optimizer's formula."""

import streamlit as st

from landscapes import Landscape
from optimizers import OPTIMIZERS, Optimizer
from views import session, teaching
from views.knobs import Knob, knobs
from views.runs import Run, Scene
from views.settings import Settings, build, shape_knobs
from views.words import folded, show

READING = """
<p>The <b>surface</b> is a loss: every point stands for two numbers that a model could have, and its height says how bad
the model would then be. Training means walking down.</p>
<p>Each <b>path</b> is one optimizer, from the same start. Colour and dashes tell them apart; the dot is where it is at
the current step. <b>Stars</b> are the minima that are known; of a formula of
your own, those that a search found.</p>
<p>Click anywhere to start from there. Drag a <b>rail</b> and the path follows your thumb. Where a path stops at a cross,
the numbers became too large to compute: it <i>diverged</i>.</p>
<p>Pale lines with a hollow dot are <b>kept runs</b>: press <i>Keep</i> on a card, and its run stays as it is while you
change rates, start, steps or schedule. A <b>schedule</b> multiplies every rate by the curve over the timeline; the rail
then holds the highest rate, and tuning looks for the best under the schedule.</p>
<p>Where height or colour is a <b>logarithm</b>, equal distances mean equal factors, not equal differences. The figure
says so.</p>
"""

RATE = """
<p>The slope says which way is down, not how far to go. The <b>learning rate</b> is how far.</p>
<p>Too small, and an optimizer crawls. Larger, and it is quicker, until it begins to overshoot the valley and swing from
side to side. Beyond some rate each swing is larger than the last, and it diverges. For gradient descent that limit is
2 divided by the steepest curvature.</p>
<p><i>Tuned here</i> means: of all the rates on the rail, the one that showed the optimizer at its best here, from this
start, within these steps: low in the end, calm on the way. On another landscape it will be another one. <i>Default</i>
is what books and libraries suggest before anything is known.</p>
"""

COST = """
<p>Optimizers do different amounts of work in a step. To compare them fairly the table counts <b>loss evaluations</b>:
computing the loss once counts 1, its gradient 3 (a fair figure for automatic differentiation, whatever the number of
parameters), and a matrix of all second derivatives (a Hessian) 3 for each parameter, so 6 here.</p>
<p>A method that needs ten steps of 9 is dearer than one that needs twenty of 3.</p>
"""

NOISE = """
<p>In training, a step rarely sees the whole loss: its gradient comes from a few samples, and is right only on average.
<b>Gradient noise</b> adds to every coordinate a random number of that standard deviation; <b>Batch</b>, on landscapes made
of data, takes the gradient of that many samples, drawn anew at every step.</p>
<p>With a constant learning rate the loss then no longer falls to the bottom but stays on a <b>plateau</b>: the larger the
rate, the higher. Momentum of 0.9 at the same rate raises it about tenfold, for it makes every gradient count ten times.
The mean of the last positions lies much lower than any of them, where they swing around the bottom; a schedule
that lowers the rate brings the steps themselves down.</p>
<p>Every optimizer meets the same noise, drawn by the <i>seed</i>. One draw says little: the thin lines and bands of the
loss chart, and the table of plateaus, are of 32.</p>
"""

WORDS = folded(
    {
        "How to read this picture": READING,
        "What is a learning rate?": RATE,
        "What does a step cost?": COST,
        "What does noise do?": NOISE,
    }
)


def lesson(settings: Settings) -> None:
    """One line under the gallery: what this landscape teaches, or what the scene that was opened tells."""
    scene, landscape = teaching.told(settings), build(settings.landscape, ())
    st.markdown(f"**{scene.title}.** {scene.look}" if scene else f"**{landscape.title}.** {landscape.lesson}")


def explanations(scene: Scene) -> None:
    with st.expander(f"About this landscape: {scene.landscape.title}"):
        st.markdown(_about(scene.landscape, tuple(shape_knobs(scene.settings.landscape).values())))
    show(WORDS)


def _about(landscape: Landscape, knobs: tuple[Knob, ...]) -> str:
    ways = "\n".join(f"- **{knob.label}**: {knob.help}." for knob in knobs)
    return "\n\n".join([f"$$\n{landscape.formula}\n$$", landscape.note, ways, f":small[{landscape.reference}]"])


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
        st.markdown(f"A step costs **{_cost(run):.3g} loss evaluations** here, on average.")
    st.caption(kind.reference)


def _cost(run: Run) -> float:
    """Loss evaluations a step, up to where the run diverged."""
    diverged = run.record.diverged_at
    last = run.record.steps if diverged < 0 else diverged
    return float(run.record.cost(2)[last]) / max(last, 1)
