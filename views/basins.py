"""Basins of attraction under the stage: the panel, and its maps by address. Stateless, as scenes are."""

import gzip
import time
from collections.abc import Generator
from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st
from jaxtyping import Float
from starlette.requests import Request
from starlette.responses import Response

from landscapes import Landscape, Plane
from landscapes.slices import losses_at
from optimizers import OPTIMIZERS, SCHEDULES, Basins
from optimizers.basins import ARRIVED, THREADS, Map
from views import panels, runs, scenes, turns, wire
from views.assets import base_path, loader
from views.cache import Cache
from views.relief import Relief, Searched, relief
from views.settings import Card, Noise, Pairs, Settings

RESOLUTIONS = (64, 256)  # coarse to fine
NOWHERE, DIVERGED = -1, -2  # in the place of a minimum's number


_component = st.components.v2.component(
    "thalweg_basins", js=loader("basins/basins.js", "mount(component)"), isolate_styles=False
)


class Recipe(NamedTuple):
    landscape: str
    shape: Pairs
    optimizer: str
    knobs: Pairs
    steps: int
    resolution: int
    schedule: str = "constant"
    noise: Noise = Noise()


_maps: Cache[bytes] = Cache("map of starts", len)
LOWER = "Choose fewer steps, or an optimizer whose steps are quicker."


def mount(scene: runs.Scene) -> None:
    """Show the panel, closed at first; a click on its map is an event of the stage."""
    settings = scene.settings
    cards = tuple({"key": run.card.key, "title": run.title, "rail": _rail(run.rails[0])} for run in scene.runs)
    data = {"address": f"{base_path()}/basins", "query": scenes.text(settings), "cards": cards, "first": first(scene)}
    _component(key="basins", data=data)


def _rail(rail: runs.Rail) -> dict:
    """The leading rail once more, beside the map that follows it."""
    stops = tuple(rail.fan.values.tolist())
    return {"name": rail.knob.name, "label": rail.knob.label, "value": float(rail.value), "stops": stops}


def first(scene: runs.Scene) -> str:
    """The optimizer whose map is shown before one is chosen: the first whose run ends at a known minimum; else the first."""
    radius = ARRIVED * float(np.hypot(*np.ptp(scene.landscape.window, axis=1)))
    away = lambda run: min((np.hypot(*(run.record.positions[-1] - each.position)) for each in scene.relief.minima), default=np.inf)
    arrived = (run.card.key for run in scene.runs if away(run) <= radius)
    return next(arrived, scene.runs[0].card.key if scene.runs else "")


async def answer(request: Request) -> Response:
    """POST {"query", "event", "card": key, "resolution": 64 or 256}: the packed map of that optimizer after the event.

    `minimum` (ny, nx), int8: the number of the minimum that the descent from there ends at, or NOWHERE, or DIVERGED;
    `arrived` (ny, nx), uint8: when it stays there, as a logarithm, 255 for the last step; of NOWHERE how high it still is
    (see `_heights`). 400 for what is no such question.
    """
    return await turns.answer(request, _map, panel="basins", about="card", gzipped=True)


def _map(asked: dict) -> Generator:
    settings = scenes.read_question(asked).settings
    recipe = _recipe(settings, panels.card(settings, asked), asked.get("resolution"))
    return _maps.computed(recipe, lambda: _compute(recipe, asked.get("long") is True))


def _recipe(settings: Settings, card: Card, resolution: object) -> Recipe:
    if resolution not in RESOLUTIONS:
        raise ValueError(f"expected one of {RESOLUTIONS} as the resolution")
    knobs = tuple(sorted(runs.values(settings, card).items()))
    return Recipe(settings.landscape, settings.shape, card.key, knobs, settings.steps, resolution, runs.schedule_of(settings, card), settings.drawn)


def _compute(recipe: Recipe, long: bool) -> Generator:
    ground = relief(recipe.landscape, recipe.shape)
    optimizer = recipe.noise.on(OPTIMIZERS[recipe.optimizer](**dict(recipe.knobs)), ground.landscape)
    atlas = Map(Searched(ground), optimizer, recipe.steps, recipe.resolution, SCHEDULES[recipe.schedule]())
    atlas.search.compile()  # which the time must not count
    began = time.perf_counter()
    ends = yield [partial(turns.limited, part, long, LOWER) for part in atlas.search.parts(THREADS)]
    seconds = time.perf_counter() - began
    return _packed(recipe, ground, atlas.of(atlas.search.joined(ends)), seconds)


def _packed(recipe: Recipe, ground: Relief, found: Basins, seconds: float) -> bytes:
    landscape, reached = ground.landscape, found.reached
    arrived = 255 * np.log1p(np.maximum(reached.arrived, 0)) / np.log1p(max(recipe.steps, 1))
    minimum = np.where(reached.diverged >= 0, DIVERGED, reached.minimum)
    elsewhere = minimum == NOWHERE
    arrived[elsewhere] = _heights(landscape, ground.floor, reached.final[elsewhere])
    arrays = {"minimum": minimum.astype(np.int8), "arrived": arrived.astype(np.uint8)}
    about = {"minima": _told(found), "diverged": float((reached.diverged >= 0).mean()), "nowhere": float((reached.diverged == 0).mean()),
             "rate": dict(recipe.knobs).get(OPTIMIZERS[recipe.optimizer].rail), "window": landscape.window,
             "axes": landscape.axes, "seconds": seconds, "steps": recipe.steps}  # fmt: skip
    # Level 1: a map of few colours packs into a tenth in a millisecond.
    return gzip.compress(wire.pack(arrays, basins=about), 1, mtime=0)


def _heights(landscape: Landscape, floor: float, points: Float[np.ndarray, "k 2"]) -> Float[np.ndarray, "k"]:
    """The losses above `floor` at some points on a logarithmic scale from 0 to 255, which their lowest and highest twentieth end."""
    if not len(points):
        return np.empty(0)
    above = losses_at(landscape.loss, Plane.axes(landscape.window), points) - floor
    logarithms = np.log10(np.maximum(np.nan_to_num(above, nan=np.inf, posinf=1e300), 1e-300))
    low, high = np.quantile(logarithms, (0.05, 0.95))
    return 255 * np.clip((logarithms - low) / max(high - low, 1e-9), 0, 1)


def _told(found: Basins) -> list[dict]:
    """Each minimum with the share of starts that end there, and the median step from which they stay; None for no start."""
    arrived = [found.reached.arrived[found.reached.minimum == number] for number in range(len(found.minima))]
    return [
        {**minimum._asdict(), "share": float(share), "steps": float(np.median(steps)) if steps.size else None}
        for minimum, share, steps in zip(found.minima, found.shares, arrived)
    ]
