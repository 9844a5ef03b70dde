"""One network scene as the stage reads it: the wire of `views.stage.pack`, with what only networks have."""

import functools
from collections.abc import Mapping

import numpy as np

from optimizers import NETWORK_OPTIMIZERS, SCHEDULES
from views import stage, wire
from views.assets import data_url
from views.kept import SUFFIX, kept_looks
from views.knobs import knobs
from views.looks import Look, looks
from views.networks.curves import curves
from views.networks.recipes import knob_values
from views.networks.findings import Activity, Findings
from views.networks.query import kept_text
from views.networks.settings import KeptRun, NetworkSettings
from views.networks.tracks import Track
from views.provenance import made
from views.runs import Rail
from views.settings import Card

NOWHERE = Track(np.empty((0, 2)), np.empty(0), np.empty(0), np.empty(0), -1, 0)


def pack(settings: NetworkSettings, found: Findings, *, query: str = "") -> bytes:
    """What there is of the picture that `settings` ask for.

    Tensors for the i-th optimizer, a row for each step so far: `path.i` plane coordinates, `loss.i` true loss, `slice.i` the
    loss of the surface at the path, `off.i` the share of the displacement off the plane, both NaN while unknown; `sweep.i` final losses
    of the rail's stops, empty while unknown; `kept.i`, `kept_loss.i`, `kept_slice.i` and `kept_off.i` of kept runs;
    `schedule` (steps,), what the rates are multiplied by, unless that is 1. Further ones are named by the state's `curves`.
    """
    tensors, state = parts(settings, found)
    return wire.pack(tensors, query=query, state=state)


def parts(settings: NetworkSettings, found: Findings) -> tuple[dict[str, np.ndarray], dict]:
    """The tensors and the state of a scene, before they are packed."""
    tensors = {}
    for index, card in enumerate(settings.optimizers):
        track, fan = found.tracks.get(card.key, NOWHERE), found.fans.get(card.key)
        tensors |= {
            f"path.{index}": track.path,
            f"loss.{index}": track.losses,
            f"slice.{index}": track.slice_losses,
            f"off.{index}": track.off_plane,
            f"sweep.{index}": fan.finals if fan else np.empty(0),
        }
    for index, kept in enumerate(settings.kept):
        track = found.tracks.get(kept_text(kept), NOWHERE)
        tensors |= {
            f"kept.{index}": track.path, f"kept_loss.{index}": track.losses,
            f"kept_slice.{index}": track.slice_losses, f"kept_off.{index}": track.off_plane,
        }  # fmt: skip
    drawn, more = curves(settings, found)
    return {**tensors, **more, **stage.pacing(settings)}, {**_state(settings, found), "curves": drawn}


def _state(settings: NetworkSettings, found: Findings) -> dict:
    heights = found.ground.heights(found.tracks) if found.ground else None
    scale = heights.scale if heights else "linear"
    worn = looks(card.key for card in settings.optimizers)
    return {
        "page": "networks",
        "live": True,
        "busy": not found.over,
        "progress": _progress(found),
        "data": data_url(),
        "landscape": {**_landscape(settings, found), "floor": heights.floor if heights else 0.0, "offset": heights.offset if heights else 0.0},
        "height": scale if settings.height == "auto" else settings.height,
        "colour": scale if settings.colour == "auto" else settings.colour,
        "lossTitle": _loss_title(found.tracks),
        "steps": settings.steps,
        "schedule": SCHEDULES[settings.schedule].title,
        "target": None,
        "look": {name: getattr(settings, name) for name in ("view", "camera", "zoom", "step", "speed")},
        "optimizers": [_optimizer(settings, found, card, worn[card.key]) for card in settings.optimizers],
        "kept": _kept(settings, found),
        "network": found.probes.told() if found.probes else None,
        "made": made(settings.seed),
        "catalogue": _catalogue().address(),
    }  # fmt: skip


def _progress(found: Findings) -> dict | None:
    if found.problem:
        return vars(Activity(found.problem, job=False))
    return vars(found.activity) if found.activity else None


def _landscape(settings: NetworkSettings, found: Findings) -> dict:
    laid = found.laid
    return {
        "key": settings.network,
        "title": settings.preset.title,
        "axes": laid.axes if laid else ("direction 1", "direction 2"),
        "window": laid.plane.window if laid else ((-1.0, 1.0), (-1.0, 1.0)),
        "start": laid.start if laid else (0.0, 0.0),
        "minima": [],
        "surface": found.ground.blob.address() if found.ground else None,
        "knobs": [],
        "neighbour": None,
        "fixed": True,
    }


def _loss_title(tracks: Mapping[str, Track]) -> str:
    return "loss of each batch" if any(track.batchwise for track in tracks.values()) else "training loss"


def _optimizer(settings: NetworkSettings, found: Findings, card: Card, look: Look) -> dict:
    track = found.tracks.get(card.key)
    return {
        "key": card.key,
        **look._asdict(),
        **_ended(track),
        "honesty": track.honest_sentence if track else "",
        "tuned": card.tuned,
        "origin": "suggested here" if card.tuned else None,
        "opened": card.opened,
        "knobs": [stage.rail(rail) for rail in rails(settings, found, card)],
    }


def _kept(settings: NetworkSettings, found: Findings) -> list[dict]:
    """What the stage is told of every kept run; `key` names it in events and in the address."""
    keys = map(kept_text, settings.kept)
    return [
        {"key": key, "title": kept_title(settings, run), **look._asdict(), **_ended(found.tracks.get(key))}
        for key, run, look in zip(keys, settings.kept, kept_looks(settings))
    ]


def kept_title(settings: NetworkSettings, run: KeptRun) -> str:
    """Optimizer and values, and the schedule where it is not the page's."""
    known = knobs(run.card.kind)
    values = [f"{known[name].label} {value:g}" for name, value in run.card.knobs]
    other = run.schedule != settings.schedule and run.card.kind.takes_schedule
    return ", ".join([run.card.kind.title, *values, *[SCHEDULES[run.schedule].title.lower()] * other]) + SUFFIX


def _ended(track: Track | None) -> dict:
    """What the loss of a run did, and where it diverged."""
    return {"sentence": track.sentence if track and len(track.losses) else "waits to be trained", "diverged": track.diverged_at if track else -1}


def rails(settings: NetworkSettings, found: Findings, card: Card) -> list[Rail]:
    """The leading rail, with its fan where there is one; the others once the card is open."""
    values, known = knob_values(settings, card), knobs(card.kind)
    shown = known if card.opened else [card.kind.rail]
    return [Rail(known[name], values[name], found.fans.get(card.key) if name == card.kind.rail else None) for name in shown]


@functools.cache
def _catalogue() -> wire.Blob:
    return stage.catalogue(NETWORK_OPTIMIZERS)
