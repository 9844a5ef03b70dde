"""Anatomy of a step under the stage: the panel, and by address the terms of every update of a path."""

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response

from optimizers import anatomy
from views import panels, scenes, stability, turns, wire
from views.assets import base_path, loader
from views.relief import relief
from views.settings import Card, Settings

_component = st.components.v2.component("thalweg_anatomy", js=loader("anatomy/anatomy.js", "mount(component)"), isolate_styles=False)


def mount(settings: Settings, query: str | None = None, at: str = "anatomy", **more) -> None:
    """Show the panel, closed at first; it follows the stage's timeline and draws its arrows on the stage's contour."""
    data = {"query": scenes.text(settings) if query is None else query, "cards": panels.cards(settings), **more}
    _component(key="anatomy", data={"address": f"{base_path()}/{at}", **data})


async def answer(request: Request) -> Response:
    """POST {"query", "card": key}: every update of that optimizer's path, as far as it is finite, float32.

    `positions` (steps+1, 2); `term.i` (steps, 2) in the order of the metadata's `terms`, each with symbol and meaning;
    `update` (steps, 2), `rate` (steps,); for rules that are taken apart `direction` (steps, 2), and `scaling` (steps, 2), what
    the rule divides by, where it does. 400 for what is no question.
    """
    return await turns.answer(request, lambda asked: pack(*_read(asked)), panel="anatomy", about="card")


def _read(asked: dict) -> tuple[Settings, Card]:
    settings = scenes.read_question(asked).settings
    return settings, panels.card(settings, asked)


def pack(settings: Settings, card: Card) -> bytes:
    recipe = stability.recipe(settings, card)
    path, pace = stability.found(recipe).path, stability.pace(recipe)[:-1]
    taken = anatomy(recipe.rule, path, pace)
    steps = wire.rows_that_fit(path.positions, taken.update)
    arrays = {f"term.{index}": term.values[:steps] for index, term in enumerate(taken.terms)}
    arrays |= {"positions": path.positions[: steps + 1], "update": taken.update[:steps], "rate": dict(recipe.knobs)[card.kind.rail] * pace[:steps]}
    arrays |= {name: part[:steps] for name in ("direction", "scaling") if (part := getattr(taken, name)) is not None}
    terms = [{"symbol": term.symbol, "meaning": term.meaning} for term in taken.terms]
    axes = relief(settings.landscape, settings.shape).landscape.axes
    about = {"axes": axes, "title": card.kind.title, "formula": taken.formula, "lesson": card.kind.lesson, "terms": terms}
    return wire.pack(arrays, anatomy=about)
