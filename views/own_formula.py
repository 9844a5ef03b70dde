"""The box for a formula of one's own: its text, its window, and what is wrong with a text that is none."""

from typing import NamedTuple

import streamlit as st

from landscapes import FormulaError, expressions, formula
from views import checks, session
from views.controls import show
from views.settings import OwnFormula, Settings, build

HELP = f"""
Write a loss of x and y, such as `(1-x)^2 + 100*(y-x^2)^2`, with `+ - * / ^` and parentheses, `pi`, `e` and
{", ".join(f"`{name}`" for name in expressions.FUNCTIONS)}. Products need their `*`. **Every other name becomes a slider**
from {formula.LOWEST:g} to {formula.HIGHEST:g}, such as a and b in `a*x^2 + b*y^2`. `x1, x2` or `w1, w2` will do in place
of x and y.
"""
EDGE_WIDTH = 120  # pixels, in which four of them fit beside the text, or below it on a telephone


class Draft(NamedTuple):
    """A text that could not be read: kept in the box, with what is wrong with it, while `shown` is what the stage shows."""

    text: str
    wrong: str
    shown: OwnFormula


def box(settings: Settings) -> None:
    """Text and window of the settings' formula. A text that cannot be read is answered below, and changes nothing."""
    own = settings.landscape
    draft = st.session_state.get("draft")
    if draft is not None and draft.shown != own:
        draft = st.session_state.draft = None
    with st.container(horizontal=True, key="own_formula", vertical_alignment="bottom"):
        show("own.text", draft.text if draft else own.text)
        # No `max_chars`: its "13/400" beside a formula would read like a part of it. What is too long is answered.
        st.text_input("Your own formula", key="own.text", on_change=_rewrite, help=HELP, width="stretch")
        with st.container(horizontal=True, width=EDGE_WIDTH * 4):
            for axis, sides in enumerate(own.window):
                with st.container(horizontal=True, width=EDGE_WIDTH * 2 - 20):  # on a telephone, from and to stay side by side
                    _edges(axis, build(own, ()).axes[axis], sides)
    if draft:
        st.code(f"{draft.wrong}\nStill drawn: {own.text}", language=None, wrap_lines=True)


def _edges(axis: int, name: str, sides: tuple[float, float]) -> None:
    for end, (word, value) in enumerate(zip(("from", "to"), sides)):
        key = f"own.edge.{2 * axis + end}"
        show(key, value)
        st.number_input(f"{name} {word}", key=key, on_change=_move, step=1.0, format="%.6g", width=EDGE_WIDTH - 20)


def _rewrite() -> None:
    text, shown = st.session_state["own.text"], st.session_state.settings.landscape
    if not isinstance(shown, OwnFormula):  # typed just before another landscape took its place
        return
    try:
        own = checks.own_formula(text, shown.window)
    except FormulaError as error:
        st.session_state.draft = Draft(text[: expressions.LONGEST + 1], f"{error.pointed}\n{error}", shown)
        return
    st.session_state.draft = None
    session.edit(lambda settings: settings.rewritten(own))


def _move() -> None:
    edges = [st.session_state[f"own.edge.{edge}"] for edge in range(4)]
    if not isinstance(st.session_state.settings.landscape, OwnFormula):
        return
    session.edit(lambda settings: settings.rewritten(settings.landscape._replace(window=checks.window([edges[:2], edges[2:]]))))
