"""Anatomy of a step under the Networks stage: the panel of `views.anatomy`, filled with what the plane shows of each term."""

import re
import threading

import jax
import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from landscapes.networks import Network
from landscapes.projection import projected
from landscapes.vectors import flat
from optimizers import Run
from optimizers.schedules import factors
from optimizers.shadows import Shadow, Shadows, shadows
from views import anatomy, checks, panels, scenes, turns, wire
from views.cache import Cache
from views.networks import events, pieces, query
from views.networks.costs import step_seconds
from views.networks.recipes import Recipes, recipes
from views.networks.settings import NetworkSettings
from views.networks.tracks import is_complete
from views.settings import Card

LONGEST = 30.0  # seconds
_packed: Cache[bytes] = Cache("anatomy", len)
_one = threading.Lock()  # each keeps a core busy


def mount(settings: NetworkSettings, ready: bool) -> None:
    """Show the panel, closed at first. Not `ready`: the training may not be over, and it asks again."""
    train, _ = settings.networks()
    anatomy.mount(settings, scenes.text(settings, query.write), "anatomy/networks", ready=ready, weights=train.dimension)


async def answer(request: Request) -> Response:
    """POST {"query", "card": key, "weight": number or null}: every update of that optimizer's run, float32.

    As on Explore `positions`, `term.i`, `update` and `rate`, here as coordinates on the plane; for each of them `told.i` and
    `told.update` (steps, 3): length, share that lies in the plane, entry for the weight; `direction` (steps,), of the weight;
    `divisor` (steps, 3): smallest, largest, of the weight, where there is one. Without a number the weight is the one that
    went farthest. 400 with the reason where nothing can be taken apart.
    """
    return await turns.answer(request, lambda asked: pack(*_read(asked)), panel="anatomy/networks", about="card")


def _read(asked: dict) -> tuple[NetworkSettings, Card, int | None]:
    settings = scenes.read_question(asked, query.read, events.apply).settings
    train, _ = settings.networks()
    weight = asked.get("weight")
    return settings, panels.card(settings, asked), None if weight is None else checks.whole(weight, 0, train.dimension - 1)


def pack(settings: NetworkSettings, card: Card, weight: int | None) -> bytes:
    wanted, (train, _) = recipes(settings), settings.networks()
    recipe = wanted.runs[card.key]
    run = pieces.RUNS.peek(recipe)
    if run is None or pieces.LAID.peek(wanted.plane) is None:
        raise ValueError("The steps can be taken apart when the training is over.")
    _check(settings, run, train)
    if weight is None:
        ends = (jax.tree.map(lambda leaf: leaf[row], run.positions) for row in (0, -1))
        weight = int(np.abs(np.subtract(*map(flat, ends))).argmax())
    with _one:
        return _packed.get((wanted.plane, recipe, weight), lambda: _compute(wanted, card, run, train, weight))


def _check(settings: NetworkSettings, run: Run, train: Network) -> None:
    if not is_complete(run) or len(run.kept) < 2:
        raise ValueError(
            "Not for these runs: a step is taken apart between two positions that follow each other, and the memory of a visitor "
            f"holds {len(run.kept)} of {len(run.losses)}. Choose fewer steps or fewer optimizers."
        )
    seconds = len(run.kept) * step_seconds(train, settings.batch)
    if seconds > LONGEST:
        raise ValueError(f"Not for these runs: every step would be computed once more, which takes about {seconds:.0f} s. Choose fewer steps or smaller batches.")


def _compute(wanted: Recipes, card: Card, run: Run, train: Network, weight: int) -> bytes:
    recipe, plane = wanted.runs[card.key], pieces.LAID.peek(wanted.plane).plane
    loss = train.objective if wanted.batches is None else train.batch_loss
    given = {"planned": recipe.steps, "batches": wanted.batches, "schedule": recipe.pace}
    *_, found = shadows(loss, recipe.build(), run.positions, plane, weight, **given)
    rate = dict(recipe.knobs)[card.kind.rail] * factors(recipe.pace, recipe.steps, 0, len(run.kept) - 1)
    arrays = {"positions": projected(plane, run.positions).coordinates, "rate": rate, **_arrays(found)}
    about = {
        "title": card.kind.title, "lesson": card.kind.lesson, "formula": found.formula, "weight": weight, "place": place(train.start, weight),
        "terms": [{"symbol": symbol, "meaning": found.meanings[symbol]} for symbol in found.terms],
    }  # fmt: skip
    return wire.pack(arrays, anatomy=about)


def _arrays(found: Shadows) -> dict[str, np.ndarray]:
    arrays = {"update": found.update.arrow, "told.update": _told(found.update)}
    for index, term in enumerate(found.terms.values()):
        arrays |= {f"term.{index}": term.arrow, f"told.{index}": _told(term)}
    if found.direction is not None:
        arrays["direction"] = found.direction.chosen
    return arrays if found.divisor is None else {**arrays, "divisor": found.divisor}


def _told(shadow: Shadow) -> np.ndarray:
    return np.stack([shadow.length, shadow.share, shadow.chosen], axis=1)


def place(start, weight: int) -> str:
    """Where a parameter stands: `layer 2 weight[3, 5]`."""
    for path, leaf in jax.tree_util.tree_leaves_with_path(start):
        if weight < leaf.size:
            name = re.sub(r"layers\[(\d+)\]\.", lambda found: f"layer {int(found[1]) + 1} ", jax.tree_util.keystr(path).lstrip("."))
            return f"{name}{list(map(int, np.unravel_index(weight, leaf.shape)))}"
        weight -= leaf.size
    raise ValueError("expected the number of a parameter")
