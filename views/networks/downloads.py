"""What can be taken home from the Networks page: paths as CSV, everything as one .npz, the stage as a page."""

import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import jax
import numpy as np

from optimizers import NETWORK_OPTIMIZERS
from views.knobs import knobs
from views.networks import pieces, query
from views.networks.findings import Findings
from views.networks.rates import suggested
from views.networks.recipes import knob_values, recipes
from views.networks.settings import NetworkSettings
from views.settings import Card
from views.stage import entries

if TYPE_CHECKING:
    from views.saved import Saved

COLUMNS = "optimizer,step,direction_1,direction_2,loss,slice_loss,off_plane"
MOST_PARAMETER_BYTES = 64 * 2**20


def csv(settings: NetworkSettings, found: Findings) -> bytes:
    """One row for each optimizer and step; `nan` for what is not known, or no longer finite."""
    lines = [COLUMNS]
    for key, track in found.tracks.items():
        for step, numbers in enumerate(zip(*track.path.T, track.losses, track.slice_losses, track.off_plane)):
            lines.append(",".join([key, str(step), *(repr(float(number)) for number in numbers)]))
    return ("\n".join(lines) + "\n").encode()


def live_page(settings: NetworkSettings, found: Findings) -> bytes:
    """The live stage in one HTML file, as far as things are found."""
    from views.standalone import page

    return page(scene(settings, found)).encode()


def scene(settings: NetworkSettings, found: Findings) -> "Saved":
    """What there is, to be saved. A rail with a training for each of its stops stays live; others are told as text."""
    from views.networks.pack import parts
    from views.saved import Saved, alone

    tensors, state = parts(settings, found)
    cards = [_card(settings, found, *each) for each in zip(state["optimizers"], settings.optimizers)]
    tensors = {name: array for name, array in tensors.items() if not name.startswith("sweep.") or cards[int(name[6:])]["knobs"]}
    known = found.ground and found.ground.blob, found.probes and found.probes.blob, *(fan.blob for fan in found.fans.values())
    blobs = {blob.address(): blob.content for blob in known if blob}
    surface = found.ground.surface if found.ground else None
    link = urlencode(query.write(settings), doseq=True)
    return Saved(settings.preset.title, tensors, alone({**state, "optimizers": cards, "progress": None}), blobs, surface, link, "/networks")


def _card(settings: NetworkSettings, found: Findings, shown: dict, card: Card) -> dict:
    """A card with its live rail where every stop was trained; else the rate is told, with what else was moved."""
    values, known, leading = knob_values(settings, card), knobs(card.kind), card.kind.rail
    moved = {known[name].label: value for name, value in values.items() if name != leading and value != known[name].default}
    named = {**shown, "title": card.kind.title, "opened": False}
    if card.key in found.fans:
        entry = next(entry for entry in entries(NETWORK_OPTIMIZERS) if entry["key"] == card.key)
        about = next(knob for knob in entry["knobs"] if knob["name"] == leading)
        (rail,) = (rail for rail in shown["knobs"] if rail["name"] == leading)
        rail = {**about, **rail, "only": True, "tuned": suggested(settings.network, card.key)}
        return {**named, "family": entry["family"], "also": _words(moved), "knobs": [rail]}
    text = _words({known[leading].label: values[leading], **moved})
    return {**named, "knobs": [], "also": text, "sentence": text}


def _words(values: dict[str, float]) -> str:
    return ", ".join(f"{label} {value:g}" for label, value in values.items())


def npz(settings: NetworkSettings, found: Findings) -> bytes:
    """Arrays of what there is; parameters flat, leaf after leaf, where all of them take at most 64 MiB.

    `settings`, `query` and `caption` are text in arrays of one string, so `np.load(..., allow_pickle=False)` reads it all.
    """
    arrays = dict(_arrays(settings, found))
    described = {**asdict(settings), "values": {card.key: knob_values(settings, card) for card in settings.optimizers}}
    texts = {"settings": json.dumps(described), "query": json.dumps(query.write(settings))}
    if found.trust:
        texts["caption"] = found.trust.caption()
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays, **{name: np.array(text) for name, text in texts.items()})
    return file.getvalue()


def _arrays(settings: NetworkSettings, found: Findings) -> Iterator[tuple[str, np.ndarray]]:
    if found.ground:
        surface = found.ground.surface
        yield from (("surface_x", surface.x), ("surface_y", surface.y), ("surface_loss", surface.loss))
    for key, track in found.tracks.items():
        parts = {"path": track.path, "losses": track.losses, "slice_losses": track.slice_losses, "off_plane": track.off_plane}
        yield from ((f"{key}_{name}", array) for name, array in parts.items())
    for kind in ("scores", "sharpness"):
        for key, each in getattr(found, kind).items():
            columns = {name: value for name, value in vars(each).items() if isinstance(value, np.ndarray)}
            yield from ((f"{key}_{kind}_{name}", value) for name, value in columns.items())
    yield from _parameters(settings, found)


def _parameters(settings: NetworkSettings, found: Findings) -> Iterator[tuple[str, np.ndarray]]:
    known = {key: run for key, recipe in recipes(settings).runs.items() if (run := pieces.RUNS.peek(recipe)) is not None}
    points = {f"{key}_parameters": run.positions for key, run in known.items()}
    if found.laid:
        plane = found.laid.plane
        points |= {"plane_origin": plane.origin, "plane_direction_1": plane.directions[0], "plane_direction_2": plane.directions[1]}
    if sum(map(pieces.tree_bytes, points.values())) > MOST_PARAMETER_BYTES:
        return
    for name, tree in points.items():
        rows = len(known[name.removesuffix("_parameters")].kept) if name.endswith("_parameters") else 1
        yield name, np.concatenate([np.reshape(leaf, (rows, -1)) for leaf in jax.tree.leaves(tree)], axis=1)
    yield from ((f"{key}_steps", run.kept) for key, run in known.items())
