"""Local models under the stage: the panel, and by address the models along a path or at a point. Stateless, as scenes are."""

from dataclasses import replace

import numpy as np
import streamlit as st
from starlette.requests import Request
from starlette.responses import Response

from landscapes.local_models import STEPS, LocalModels, local_models
from views import checks, panels, runs, scenes, turns, wire
from views.assets import base_path, loader
from views.settings import Card, Settings, build

SHARES = (0.01, 1.0)  # of the window's shorter side: the radius of trust
_component = st.components.v2.component("thalweg_models", js=loader("models/models.js", "mount(component)"), isolate_styles=False)


def mount(settings: Settings) -> None:
    """Show the panel, closed at first; it follows the stage's timeline and draws on the stage."""
    mount_at("models", settings, scenes.text(settings), axes=build(settings.landscape, settings.shape).axes)


def mount_at(place: str, settings, query: str, **more) -> None:
    """The panel for the optimizers of `settings`, which asks at `place` and is told `more`."""
    _component(key="models", data={"address": f"{base_path()}/{place}", "query": query, "cards": panels.cards(settings), **more})


async def answer(request: Request) -> Response:
    """POST {"query", "share", "card": key or "point": [x, y]}: models at every point of that path, or at that point, float32.

    `share` is the radius over the window's shorter side. Of `landscapes.local_models.LocalModels` for p points: `points`
    (p, 2), `loss` (p,), `gradient` (p, 2), `hessian` (p, 2, 2), `eigenvalues` (p, 2), `eigenvectors` (p, 2, 2), and for
    each of `STEPS`, `steps` (3, p, 2), `predicted`, `true` and `ratio` (3, p). 400 for what is no question.
    """
    return await turns.answer(request, lambda asked: pack(*_read(asked)), panel="models", about="card")


def _read(asked: dict) -> tuple[Settings, Card | None, tuple[float, float] | None, float]:
    settings = scenes.read_question(asked).settings
    share = checks.within(asked.get("share"), *SHARES)
    if asked.get("point") is None:
        return settings, panels.card(settings, asked), None, share
    return settings, None, checks.start(asked["point"], settings.landscape, settings.shape), share


def pack(settings: Settings, card: Card | None, point: tuple[float, float] | None, share: float) -> bytes:
    landscape = build(settings.landscape, settings.shape)
    points = _path(settings, card) if point is None else np.array([point])
    radius = share * float(np.ptp(landscape.window, axis=1).min())
    # Padded to whole hundreds: numbers of steps share their programs.
    padded = np.pad(points, ((0, -len(points) % 100), (0, 0)), mode="edge")
    found = local_models(landscape.loss, padded, radius)
    return packed(found, wire.rows_that_fit(found.points[: len(points)], found.loss, found.gradient, found.hessian))


def packed(found: LocalModels, count: int, **more) -> bytes:
    """The first `count` of the models; `rounding` is the share of a loss that the numbers do not hold."""
    arrays = {name: getattr(found, name)[:count] for name in ("points", "loss", "gradient", "hessian", "eigenvalues", "eigenvectors")}
    arrays |= {name: getattr(found, name)[:, :count] for name in ("steps", "predicted", "true", "ratio")}
    return wire.pack(arrays, models={"radius": found.radius, "names": STEPS, "rounding": float(np.finfo(np.float64).eps), **more})


def _path(settings: Settings, card: Card) -> np.ndarray:
    """Every point of the path of a card, as far as it is finite."""
    record = runs.scene(replace(settings, optimizers=(card,), kept=())).runs[0].record
    return record.positions[: max(record.diverged_at, 1)] if record.diverged_at >= 0 else record.positions
