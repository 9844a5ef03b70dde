"""What can be taken home from the Networks page: paths as CSV, everything as one .npz, the stage as a page."""

import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from urllib.parse import urlencode

import jax
import numpy as np

from views.knobs import knobs
from views.networks import pieces, query
from views.networks.findings import Findings
from views.networks.recipes import knob_values, recipes
from views.networks.settings import NetworkSettings
from views.settings import Card

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
    """The live stage in one HTML file, as far as things are found. Its rails would need trainings, and are told as text."""
    from views.networks.pack import parts
    from views.saved import Saved, alone
    from views.standalone import page

    tensors, state = parts(settings, found)
    tensors = {name: array for name, array in tensors.items() if not name.startswith("sweep.")}
    cards = [{**card, "title": each.kind.title, **_told(settings, each)} for card, each in zip(state["optimizers"], settings.optimizers)]
    blobs = {blob.address(): blob.content for blob in (found.ground and found.ground.blob, found.probes and found.probes.blob) if blob}
    surface = found.ground.surface if found.ground else None
    link = urlencode(query.write(settings), doseq=True)
    return page(Saved(settings.preset.title, tensors, alone({**state, "optimizers": cards, "progress": None}), blobs, surface, link, "/networks")).encode()


def _told(settings: NetworkSettings, card: Card) -> dict:
    """What stands for the rails of a card: the values that are not at their defaults, and the leading one."""
    known = knobs(card.kind)
    moved = {known[name].label: value for name, value in knob_values(settings, card).items() if name == card.kind.rail or value != known[name].default}
    text = ", ".join(f"{label} {value:g}" for label, value in moved.items())
    return {"knobs": [], "opened": False, "also": text, "sentence": text}


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
