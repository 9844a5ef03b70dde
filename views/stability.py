"""Stability under the stage: the panel, and by address how large each rate may be at every step. Stateless, as scenes are."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from jaxtyping import Float
from starlette.requests import Request
from starlette.responses import Response

from optimizers import OPTIMIZERS, SCHEDULES, Optimizer, Stability, stability
from optimizers.schedules import factors
from optimizers.stability import LIMITS
from views import runs, scenes, turns, wire
from views.assets import base_path, loader
from views.cache import Cache
from views.looks import looks
from views.relief import relief
from views.settings import Card, Noise, Pairs, Settings

_component = st.components.v2.component(
    "thalweg_stability", js=loader("stability/stability.js", "mount(component)"), isolate_styles=False
)


class Recipe(NamedTuple):
    landscape: object
    shape: Pairs
    optimizer: str
    knobs: Pairs
    start: tuple[float, float]
    steps: int
    schedule: str = "constant"
    noise: Noise = Noise()

    @property
    def rule(self) -> Optimizer:
        landscape = relief(self.landscape, self.shape).landscape
        return self.noise.on(OPTIMIZERS[self.optimizer](**dict(self.knobs)), landscape)


_found: Cache[Stability] = Cache("stability", lambda found: found.eigenvalues.nbytes * 12)


def mount(settings: Settings, query: str | None = None, at: str = "stability", **more) -> None:
    """Show the panel, closed at first; it follows the stage's timeline."""
    _component(key="stability", data={"address": f"{base_path()}/{at}", "query": scenes.text(settings) if query is None else query, **more})


async def answer(request: Request) -> Response:
    """POST {"query"}: for the i-th optimizer, step by step, float32, what `optimizers.Stability` holds of its path.

    `eigenvalues.i` (steps+1, 2), `direction.i` (steps+1, 2) of the larger one, `growth.i` (steps+1,) and, for rules whose
    limit is known, `limit.i` (steps+1,); `rate.i` (steps+1,), the rate that its schedule leaves. 400 for what is no such question.
    """
    return await turns.answer(request, lambda asked: pack(scenes.read_question(asked).settings), panel="stability")


def pack(settings: Settings) -> bytes:
    arrays, about, worn = {}, [], looks(card.key for card in settings.optimizers)
    for index, card in enumerate(settings.optimizers):
        asked = recipe(settings, card)
        told = found(asked)
        arrays |= {
            f"eigenvalues.{index}": told.eigenvalues,
            f"direction.{index}": told.directions[:, :, -1],
            f"growth.{index}": told.growth,
        }
        if told.limit is not None:
            arrays[f"limit.{index}"] = told.limit
        arrays[f"rate.{index}"] = dict(asked.knobs)[card.kind.rail] * pace(asked)
        about.append({"key": card.key, "title": card.kind.title, **worn[card.key]._asdict(), "rate": dict(asked.knobs)[card.kind.rail],
                      "rail": card.kind.rail, "formula": formula(type(asked.rule.bare)), "diverged": told.path.diverged_at})  # fmt: skip
    return wire.pack(arrays, optimizers=about, steps=settings.steps)


def formula(kind: type[Optimizer]) -> str | None:
    """That of the largest stable rate, where it is known."""
    return LIMITS[kind].formula if kind in LIMITS else None


def recipe(settings: Settings, card: Card) -> Recipe:
    start = settings.start or relief(settings.landscape, settings.shape).landscape.start
    knobs = tuple(sorted(runs.values(settings, card).items()))
    return Recipe(settings.landscape, settings.shape, card.key, knobs, tuple(map(float, start)), settings.steps,
                  runs.schedule_of(settings, card), settings.drawn)  # fmt: skip


def pace(recipe: Recipe) -> Float[np.ndarray, "steps+1"]:
    """What the schedule multiplies the rate by at every point; the last one is that of the step that would come next."""
    return factors(SCHEDULES[recipe.schedule](), recipe.steps, 0, recipe.steps + 1)


def found(recipe: Recipe) -> Stability:
    """The path of a recipe with its gradients, states and curvatures, computed when nobody has asked for it before."""
    return _found.get(recipe, lambda: _compute(recipe))


def _compute(recipe: Recipe) -> Stability:
    landscape = relief(recipe.landscape, recipe.shape).landscape
    return stability(landscape.loss, recipe.rule, recipe.start, recipe.steps, SCHEDULES[recipe.schedule]())
