"""Anatomy of a step under the stage: the panel, and by address the terms of every update of a path."""

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from optimizers import OPTIMIZERS, anatomy
from views import scenes, stability, wire
from views.assets import base_path, loader
from views.settings import Settings

_component = st.components.v2.component("thalweg_anatomy", js=loader("anatomy/anatomy.js", "mount(component)"), isolate_styles=False)


def mount(settings: Settings) -> None:
    """Show the panel, closed at first; it follows the stage's timeline and draws its arrows on the stage's contour."""
    cards = [{"key": card.key, "title": card.kind.title} for card in settings.optimizers]
    _component(key="anatomy", data={"address": f"{base_path()}/anatomy", "query": scenes.text(settings), "cards": cards})


async def answer(request: Request) -> Response:
    """POST {"query", "card": key}: every update of that optimizer's path, float32.

    `positions` (steps+1, 2); `term.i` (steps, 2) in the order of the metadata's `terms`, each with symbol and meaning;
    `update` (steps, 2), `rate` (steps,); and `scaling` (steps, 2), what the rule divides by, where it does. 400 for what is no question.
    """
    try:
        asked = await scenes.body(request)
        settings = scenes.read_question(asked).settings
        if asked.get("card") not in [card.key for card in settings.optimizers]:
            raise ValueError("expected the key of an optimizer on the stage as the card")
    except ValueError as error:
        return PlainTextResponse(f"{error}\n", 400)
    packed = await run_in_threadpool(pack, settings, asked["card"])
    return Response(packed, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


def pack(settings: Settings, key: str) -> bytes:
    card = next(card for card in settings.optimizers if card.key == key)
    recipe = stability.recipe(settings, card)
    optimizer, path = recipe.rule, stability.found(recipe).path
    pace = stability.pace(recipe)[:-1]
    taken = anatomy(optimizer, path, pace)
    arrays = {f"term.{index}": term.values for index, term in enumerate(taken.terms)}
    arrays |= {"positions": path.positions, "update": taken.update, "rate": dict(recipe.knobs)[card.kind.rail] * pace}
    if taken.scaling is not None:
        arrays["scaling"] = taken.scaling
    about = {"title": card.kind.title, "formula": taken.formula, "lesson": card.kind.lesson,
             "colour": card.kind.colour, "terms": [{"symbol": term.symbol, "meaning": term.meaning} for term in taken.terms]}  # fmt: skip
    return wire.pack(arrays, anatomy=about)
