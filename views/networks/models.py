"""Local models under the Networks stage: the panel of `views.models`, filled with those of the slice below a step of a run."""

import jax
import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from landscapes.local_models import slice_models
from landscapes.projection import project_many
from optimizers import Run
from views import checks, models, panels, scenes, turns
from views.networks import events, pieces, query
from views.networks.findings import Laid
from views.networks.recipes import recipes
from views.networks.settings import NetworkSettings
from views.settings import Card

FARTHEST = 10.0  # windows from the picture's centre: a point of one's own lies in sight or near
MOST_STEPS = 10**6


def mount(settings: NetworkSettings, laid: Laid | None, ready: bool) -> None:
    """Show the panel, closed at first. Not `ready`: the training may not be over, and it asks again."""
    axes = laid.axes if laid else ("direction 1", "direction 2")
    models.mount_at("models/networks", settings, scenes.text(settings, query.write), axes=axes, ready=ready, slice=True)


async def answer(request: Request) -> Response:
    """POST {"query", "share", "card": key and "step": number or null, or "point": [u, v]}: the models of the slice there, float32.

    As on Explore, for one point: where the path is seen at that step, or at the last one that is kept before it, which the
    metadata names. 400 for what is no question, and with the reason where there is no plane yet.
    """
    return await turns.answer(request, lambda asked: pack(*_read(asked)), panel="models/networks", about="card")


def _read(asked: dict) -> tuple[NetworkSettings, Card | None, int | None, np.ndarray | None, float]:
    settings = scenes.read_question(asked, query.read, events.apply).settings
    share = checks.within(asked.get("share"), *models.SHARES)
    if asked.get("point") is not None:
        return settings, None, None, np.array(checks.numbers(asked["point"], 2)), share
    step = asked.get("step")
    return settings, panels.card(settings, asked), None if step is None else checks.whole(step, 0, MOST_STEPS), None, share


def pack(settings: NetworkSettings, card: Card | None, step: int | None, point: np.ndarray | None, share: float) -> bytes:
    wanted, (train, _) = recipes(settings), settings.networks()
    laid, run = pieces.LAID.peek(wanted.plane), pieces.RUNS.peek(wanted.runs[card.key]) if card else None
    if laid is None or (card and run is None):
        raise ValueError("the training is not over yet.")
    if point is None:
        point, step = _seen(laid, run, step)
    sides = np.ptp(laid.plane.window, axis=1)
    if (np.abs(point - np.mean(laid.plane.window, axis=1)) > FARTHEST * sides).any():
        raise ValueError("this point lies too far outside of the picture.")
    found = slice_models(train.loss, laid.plane, point[None], share * float(sides.min()))
    return models.packed(found, 1, step=step, rounding=float(np.finfo(laid.plane.dtype).eps))


def _seen(laid: Laid, run: Run, step: int | None) -> tuple[np.ndarray, int]:
    """Where the plane shows a run at `step`, its end where that is None, or at the last step before that is kept."""
    row = len(run.kept) - 1 if step is None else max(0, int(np.searchsorted(run.kept, step, side="right")) - 1)
    place = jax.tree.map(lambda leaf: leaf[row : row + 1], run.positions)
    return project_many(laid.plane, place)[0].astype(np.float64), int(run.kept[row])
