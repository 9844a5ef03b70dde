"""Stability under the Networks stage: the panel of `views.stability`, filled from the sharpness measured along each run."""

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from optimizers.schedules import factors
from optimizers.stability import DIVIDING
from views import scenes, stability, turns, wire
from views.looks import looks
from views.networks import events, pieces, query
from views.networks.findings import Sharpness
from views.networks.recipes import RunRecipe, recipes
from views.networks.scoring import SMALL
from views.networks.settings import NetworkSettings
from views.settings import Card


def mount(settings: NetworkSettings, ready: bool) -> None:
    """Show the panel, closed at first. Not `ready`: the sharpness is still being measured, and it asks again."""
    stability.mount(settings, scenes.text(settings, query.write), "stability/networks", ready=ready)


async def answer(request: Request) -> Response:
    """POST {"query"}: for the i-th optimizer at its m measured `steps.i`, float32.

    `sharpness.i` (m,), the largest curvature; `limit.i` (m,), the largest stable rate, for rules whose limit is known;
    `rate.i` (m,), what its schedule leaves; `turns.i` and `growth.i` (m,), how the run swings: see `sharpening.swing`.
    """
    return await turns.answer(request, lambda asked: pack(scenes.read_question(asked, query.read, events.apply).settings), panel="stability/networks")


def pack(settings: NetworkSettings) -> bytes:
    arrays, about, wanted = {}, [], recipes(settings)
    worn = looks(card.key for card in settings.optimizers)
    for index, card in enumerate(settings.optimizers):
        recipe = wanted.runs[card.key]
        found = pieces.SMALL.peek(("sharpness", recipe))
        about.append({**worn[card.key]._asdict(), **_told(settings, card, recipe, found)})
        if found is not None:
            arrays |= {f"{name}.{index}": array for name, array in _arrays(recipe, found).items()}
    return wire.pack(arrays, optimizers=about, steps=settings.steps, note=_note(settings))


def _told(settings: NetworkSettings, card: Card, recipe: RunRecipe, found: Sharpness | None) -> dict:
    formula = stability.formula(card.kind)
    if found is not None and found.stable is None:
        formula = None
    rate = dict(recipe.knobs)[card.kind.rail]
    run = pieces.RUNS.peek(recipe)
    told = {"key": card.key, "title": card.kind.title, "rail": card.kind.rail, "rate": rate, "formula": formula,
            "diverged": -1 if run is None else run.diverged_at}  # fmt: skip
    return told if found is not None else {**told, "missing": "is still to be measured"}


def _arrays(recipe: RunRecipe, found: Sharpness) -> dict[str, np.ndarray]:
    pace = factors(recipe.pace, recipe.steps, 0, recipe.steps + 1)[found.steps]
    kind = type(recipe.build())
    rate = dict(recipe.knobs)[kind.rail] * pace
    arrays = {"steps": found.steps, "sharpness": found.values, "rate": rate, "turns": found.turns, "growth": found.growth}
    return arrays if found.stable is None else {**arrays, "limit": found.stable}


def _note(settings: NetworkSettings) -> str:
    """What else is to be known of these limits, in words."""
    train, _ = settings.networks()
    words = []
    if settings.batch is not None:
        words.append("The curvature is that of all training data; steps see batches, whose curvature differs from step to step, so paths swing at smaller rates too.")
    if train.dimension > SMALL and any(issubclass(card.kind, DIVIDING) for card in settings.optimizers):
        words.append(f"Rules that scale each coordinate have a limit of their own; with more than {SMALL:,} parameters it is not measured.")
    return " ".join(words)
