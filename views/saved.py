"""Scenes that live without a server: what the stage shows, with every surface and fan that it can ask for."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import numpy as np

from landscapes import Surface
from views import own_paths, query, runs, scenes, stage, wire
from views.knobs import knobs
from views.own_paths import plain
from views.provenance import made
from views.settings import VIEWS, Settings, named
from views.store import STORE

MOST_FIELDS = 200


@dataclass(frozen=True)
class Saved:
    """A scene and its blobs by address. `link` is the query of a `page` that it answers, empty for arrays of one's own."""

    title: str
    tensors: Mapping[str, np.ndarray]
    state: dict
    blobs: Mapping[str, bytes]
    surface: Surface | None = field(repr=False)
    link: str = ""
    page: str = "/"

    @property
    def message(self) -> bytes:
        """What the stage reads."""
        return wire.pack(self.tensors, state=self.state)


def saved(
    what: str | Settings | Surface,
    paths: Mapping[str, object] | None = None,
    *,
    loss: Callable | None = None,
    title: str = "",
    view: str = "",
    how: str = "",
) -> Saved:
    """The scene of a link or of settings of the Explore page, or of a surface with paths by name.

    A path is a `Trajectory` (or anything with `positions` and `losses`), what `honest` returned, or (values, sweep):
    values of a knob and what `sweep` returned for them, a live rail, to which (label, values, sweep) gives a name. On a
    slice through more than two parameters a trajectory needs the `loss`, for the slice's loss beside its own; without
    it that is unknown, and said so. `how` says how they were made, for captions.

    Raises:
        ValueError: nothing can be shown of it; a part of a link that cannot be used is an error here.
    """
    if view and view not in VIEWS:
        raise ValueError(f"A view is one of {', '.join(VIEWS)}; got {view!r}.")
    if isinstance(what, Surface):
        return _own(what, paths or {}, loss, title, view or "both", how)
    if paths:
        raise ValueError("A link brings its own paths: give paths together with a Surface only.")
    return explore(settings_of(what), title, view)


def settings_of(link: str | Settings) -> Settings:
    """The settings of a link of the Explore page, whole or from its question mark on; settings stay as they are."""
    if isinstance(link, Settings):
        return link
    if not isinstance(link, str):
        raise ValueError(f"Expected a link such as ?landscape=himmelblau, or a Surface with paths; got {type(link).__name__}.")
    page, fields = parted(link)
    if page:
        raise ValueError(f"“{plain(link)}” is no link of the Explore page, such as ?landscape=himmelblau.")
    return wholly(query.read, fields)


def parted(link: str) -> tuple[str, dict[str, list[str]]]:
    """The page that a link names, "" for Explore, and the fields of its query."""
    path, mark, text = link.strip().partition("?")
    if mark == "" and "=" in path:
        path, text = "", path
    fields = parse_qs(text.partition("#")[0], keep_blank_values=True, max_num_fields=MOST_FIELDS)
    return urlsplit(path).path.strip("/"), fields


def wholly(read: Callable, fields: dict[str, list[str]]):
    """The settings that a page reads from a query, all of which must be of use."""
    settings, ignored = read(fields)
    if ignored:
        raise ValueError(f"This link cannot be used. {' '.join(ignored)}")
    return settings


def explore(settings: Settings, title: str = "", view: str = "") -> Saved:
    """An Explore scene. Each card keeps its leading rail: a fan of another knob holds for one value of that rail only."""
    scene = runs.scene(settings)
    tensors, state = stage.parts(scene)
    entries = {entry["key"]: entry for entry in stage.entries(settings.registry)}
    cards = [_card(card, entries[card["key"]], run) for card, run in zip(state["optimizers"], scene.runs)]
    blobs = {state["landscape"]["surface"]: scene.relief.blob.content}
    for (rail,) in (card["knobs"] for card in cards):
        lanes = STORE.get(rail["fan"]).raw
        rail["fan"] = hashlib.sha256(lanes).hexdigest()  # another process saves it under the same name
        blobs[rail["fan"]] = lanes
    state = {**state, "optimizers": cards, "look": {**state["look"], **({"view": view} if view else {})}}
    called = plain(title or named(settings.landscape, scene.landscape))
    return Saved(called, tensors, alone(state), blobs, scene.relief.surface, scenes.text(settings))


def _own(surface: Surface, paths: Mapping[str, object], loss: Callable | None, title: str, view: str, how: str) -> Saved:
    named = plain(title) or "A surface of your own"
    tensors, state, blobs = own_paths.scene(surface, paths, loss, named)
    state = {**state, "made": " ".join(filter(None, (how, made()))), "look": {**state["look"], "view": view}}
    return Saved(named, tensors, alone(state), blobs, surface)


def alone(state: dict) -> dict:
    """A state that has everything in itself and no server behind it."""
    return {**state, "saved": True, "live": False, "busy": False, "catalogue": None, "data": ""}


def _card(card: dict, entry: dict, run: runs.Run) -> dict:
    about = {knob["name"]: knob for knob in entry["knobs"]}
    leading, fan = card["knobs"][0], run.rails[0].fan
    known = knobs(run.card.kind)
    usual = all(value == known[name].default for name, value in run.card.knobs if name != run.card.kind.rail)
    rail = {**about[leading["name"]], **leading, "only": True, "tuned": float(fan.values[fan.best])}
    return {**card, "title": entry["title"], "family": entry["family"], "opened": False, "textbook": usual, "knobs": [rail]}
