"""Words for newcomers: what a slice is, what it hides, and an optimizer's formula."""

from collections.abc import Mapping

import streamlit as st

from optimizers import Optimizer
from views import session
from views.explanations import RATE
from views.knobs import knobs
from views.words import folded, show

SLICE = """
<p>A network's loss depends on all of its parameters, hundreds or millions of them. A picture has room for two directions. What
you see is a <b>slice</b>: the loss on one flat sheet through that space. The <b>surface</b> is computed, point by point, and true
on the sheet.</p>
<p>The <b>paths</b> are not on the sheet. Each optimizer moves in all directions at once, and the picture shows its shadow: the
nearest point of the sheet. So a path may seem to cross a hill that it went around.</p>
<p>That is why every path tells three numbers: its <b>true loss</b>, the loss that the <b>slice</b> shows below it, and how much of its
way points <b>off the plane</b>. The stems between path and surface are the difference.</p>
"""

PLANES = """
<p><b>Nearest to all paths</b>: the two directions in which the runs moved most (principal axes of all positions). Even a walk without
aim would fill 76 % of such a plane, so look at what is above that.</p>
<p><b>Two random directions</b>: nobody chose them, so they show what the surroundings of the end look like in general. Paths are
hardly seen: nearly all of their way is off this plane.</p>
<p><b>The two sharpest directions</b>: where the loss bends most. It looks steeper than almost any other slice.</p>
<p><b>Through three ends</b>: where the first three runs arrived, in true distances.</p>
"""

SHARP = """
<p><b>Sharpness</b> is the largest curvature of the loss at a point. Gradient descent is stable only while it stays below 2 / learning rate.
Often the sharpness grows until it gets there, and then hovers: the edge of stability. Momentum and Adam have limits of their own.</p>
"""

TRUST = """
<p>Training loss falls on data that the network sees again and again. The <b>test loss</b>, on data it has never seen, is what counts. When it
turns and rises, the network learns by heart. Choose <i>Surface of: test loss</i> or the gap to see where.</p>
"""

ELSEWHERE = """
<p><b>Basins of attraction</b> need a descent from every point of a map. A network starts in all of its parameters, not on the sheet,
and 65,536 trainings would take hours.</p>
<p><b>The fair comparison</b> tries 25 learning rates from 64 starts, 1,600 trainings an optimizer. Here all optimizers have the same
start, steps and batches: <i>Final loss for every learning rate</i> shows how wide the good rates are, and another <i>seed</i> brings another start and other data.</p>
<p><b>Noise of a chosen size</b> is not drawn here: gradients are noisy where a step sees a batch of the data (<i>Training</i>).</p>
"""

WORDS = folded(
    {
        "What is a slice, and what does it hide?": SLICE,
        "Which plane?": PLANES,
        "What is sharpness?": SHARP,
        "Training and test": TRUST,
        "What is a learning rate?": RATE,
        "What does only Explore have, and why?": ELSEWHERE,
    }
)


def explanations() -> None:
    show(WORDS)


def formula_dialog(registry: Mapping[str, type[Optimizer]]) -> None:
    """The optimizer asked about, until the dialog is closed."""
    kind = registry.get(st.session_state.get("formula"))
    if kind is not None:
        st.dialog(kind.title, on_dismiss=session.close_formula)(_formula)(kind)


def _formula(kind: type[Optimizer]) -> None:
    st.markdown(kind.lesson)
    st.latex(kind.formula)
    st.markdown("\n".join(f"- **{knob.label}**, by default {knob.default:g}: {knob.help}." for knob in knobs(kind).values()))
    st.caption(kind.reference)
