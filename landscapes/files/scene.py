"""Scenes in files: a plane, the surface over it and the paths on it, with how they were made."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import BinaryIO

import jax
import numpy as np
from jaxtyping import PyTree

from landscapes.files.archive import Group, read_archive, write_archive
from landscapes.files.pytrees import leaves_of, outline, rebuilt
from landscapes.files.source import LIMIT, Members, Source, opened
from landscapes.grid import LARGEST
from landscapes.honesty import Honesty
from landscapes.plane import Plane
from landscapes.projection import projected
from landscapes.surface import Surface

FORMAT = 1
COORDINATES = "surface.loss[j, i] is the loss at origin + x[i] * direction_1 + y[j] * direction_2, leaf by leaf"


@dataclass(frozen=True)
class Scene:
    """What a figure needs: `plane`, the `surface` over it or None, `paths` on it by name, and how it was `made`."""

    plane: Plane
    surface: Surface | None = None
    paths: Mapping[str, Honesty] = field(default_factory=dict)
    made: Mapping = field(default_factory=dict)


def save_scene(
    file: str | os.PathLike | BinaryIO,
    surface: Surface | None = None,
    paths: Mapping[str, object] = {},
    *,
    plane: Plane | None = None,
    made: Mapping = {},
) -> None:
    """Write one self-describing file, Zarr version 3 in a zip: call it `<name>.zarr.zip`.

    `paths` by name are what `honest` returns, or have `positions` in parameter space and `losses`: these are projected
    on the plane, and what the slice shows below them is then not known (NaN). `plane` is the surface's unless given.
    `made` says how it was made (a seed, a command) in JSON's types; versions are added. Raises ValueError
    without a plane, and where paths do not fit it.
    """
    plane = plane if surface is None else surface.plane
    if plane is None:
        raise ValueError("A scene needs a surface, or a plane for its paths.")
    group = _packed(Scene(plane, surface, {str(name): placed(plane, path) for name, path in paths.items()}, made))
    if hasattr(file, "write"):
        write_archive(file, group)
        return
    # Beside it first: a file that stands there is whole.
    target = Path(file)
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as stream:
            write_archive(stream, group)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def load_scene(source: Source, *, like: PyTree | None = None, limit: int = LIMIT) -> Scene:
    """Read what `save_scene` wrote. Safe for a stranger's file, of at most `limit` bytes and unpacking to as many.

    Parameters come back as dicts, lists and tuples of arrays; those that were a class of their own (a network, say)
    as a dict of its fields, or in the structure of `like`. Raises ValueError, in one sentence, for anything else.
    """
    with opened(source, limit) as file:
        return read_scene(Members(file, limit), like=like, limit=limit)


def read_scene(members: Members, *, like: PyTree | None = None, limit: int = LIMIT) -> Scene:
    """The same from the members of a zip file."""
    group = read_archive(members, limit)
    if group.attributes.get("thalweg_scene") != FORMAT:
        raise ValueError(f"This is no scene of Thalweg in format {FORMAT}; save_scene writes one.")
    try:
        return _unpacked(group, like)
    except (KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError):
        raise ValueError("This scene lacks a part, or has one of another kind than save_scene writes.") from None


def placed(plane: Plane, path) -> Honesty:
    """A path on a plane: as it is, or projected where it has `positions` and `losses` (and the `steps` of these)."""
    if isinstance(path, Honesty):
        return path
    place = projected(plane, path.positions)
    losses = np.asarray(path.losses)
    kept = getattr(path, "kept", None)
    if kept is not None and len(losses) != len(kept):
        losses = losses[np.asarray(kept)]  # a training's losses are those of every step
    if losses.shape != place.off_plane.shape:
        raise ValueError(f"Each of {len(place.off_plane)} positions needs its loss; got shape {losses.shape}.")
    return Honesty(place.coordinates, losses, np.full(len(losses), np.nan), place.off_plane, kept)


def checked_surface(x, y, loss, plane: Plane | None = None) -> Surface:
    """A surface of arrays from anywhere, on the plane of its own two axes unless given. Raises ValueError, in one sentence."""
    x, y, loss = (_numbers(name, array) for name, array in (("x", x), ("y", y), ("loss", loss)))
    for name, axis in (("x", x), ("y", y)):
        if axis.ndim != 1 or len(axis) < 2 or not np.isfinite(axis).all() or not (np.diff(axis) > 0).all():
            raise ValueError(f"{name} must be a row of at least two finite numbers that grow.")
    if loss.shape != (len(y), len(x)):
        raise ValueError(f"The loss needs shape {(len(y), len(x))}, one number at each (x[i], y[j]); got {loss.shape}.")
    if loss.size > LARGEST:
        raise ValueError(f"This surface has {loss.size:,} points; at most {LARGEST:,} are shown.")
    if not np.isfinite(loss).any():
        raise ValueError("Not one loss of this surface is a finite number: there is nothing to show.")
    plane = plane or Plane.axes(((x[0], x[-1]), (y[0], y[-1])))
    return Surface(x.copy(), y.copy(), loss.copy(), plane)


def _numbers(name: str, array) -> np.ndarray:
    array = np.asarray(array)
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{name} must hold real numbers, not {array.dtype.name}.")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _packed(scene: Scene) -> Group:
    names = {"names": list(scene.paths)}
    members = {"plane": _packed_plane(scene.plane)}
    if scene.surface is not None:
        members["surface"] = Group(members={name: getattr(scene.surface, name) for name in ("x", "y", "loss")})
    members["paths"] = Group(names, {str(number): _packed_path(path) for number, path in enumerate(scene.paths.values())})
    about = {"thalweg_scene": FORMAT, "coordinates": COORDINATES, "made": {**_versions(), **scene.made}}
    return Group(about, members)


def _packed_path(path: Honesty) -> Group:
    arrays = {each.name: getattr(path, each.name) for each in fields(path)}
    return Group(members={name: array for name, array in arrays.items() if array is not None})


def _packed_plane(plane: Plane) -> Group:
    about = {
        "structure": outline(plane.origin),
        "window": plane.window,
        "explained": plane.explained,
        "left_out": plane.left_out,
    }
    vectors = {"origin": plane.origin, "direction_1": plane.directions[0], "direction_2": plane.directions[1]}
    return Group(about, {name: Group(members=leaves_of(vector)) for name, vector in vectors.items()})


def _unpacked(group: Group, like: PyTree | None) -> Scene:
    plane = _unpacked_plane(group.members["plane"], like)
    surface = group.members.get("surface")
    if surface is not None:
        surface = checked_surface(*(surface.members[name] for name in ("x", "y", "loss")), plane)
    paths = group.members["paths"]
    names = paths.attributes["names"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("The names of the paths of this scene are no texts.")
    read = {name: _unpacked_path(name, paths.members[str(number)].members) for number, name in enumerate(names)}
    made = group.attributes.get("made", {})
    return Scene(plane, surface, read, made if isinstance(made, dict) else {})


def _unpacked_path(name: str, arrays: Mapping[str, np.ndarray]) -> Honesty:
    path = {key: _numbers(f"{key} of {name}", array) for key, array in arrays.items()}
    steps = path.pop("steps", None)
    count = len(path["losses"])
    path = {each.name: path[each.name] for each in fields(Honesty) if each.name != "steps"}
    for key, array in path.items():
        if array.shape != ((count, 2) if key == "coordinates" else (count,)):
            raise ValueError(f"{key} of the path {name} does not fit its {count} losses: its shape is {array.shape}.")
    if steps is not None and steps.shape != (count,):
        raise ValueError(f"The path {name} has {count} positions and {steps.shape} steps.")
    return Honesty(**path, steps=None if steps is None else steps.astype(np.int64))


def _unpacked_plane(group: Group, like: PyTree | None) -> Plane:
    about = group.attributes
    vectors = []
    for name in ("origin", "direction_1", "direction_2"):
        arrays = group.members[name].members
        leaves = [_numbers(name, arrays[str(number)]) for number in range(len(arrays))]
        vectors.append(rebuilt(about["structure"], leaves) if like is None else _in_structure(leaves, like))
    explained = about.get("explained")
    explained = None if explained is None else tuple(map(float, explained))
    return Plane(vectors[0], tuple(vectors[1:]), about["window"], explained, tuple(map(str, about.get("left_out", ()))))


def _in_structure(leaves: list[np.ndarray], like: PyTree) -> PyTree:
    expected, structure = jax.tree.flatten(like)
    shapes = [np.shape(leaf) for leaf in expected]
    if [leaf.shape for leaf in leaves] != shapes:
        raise ValueError(f"The parameters of this scene have shapes {[leaf.shape for leaf in leaves]}, `like` has {shapes}.")
    return structure.unflatten(leaves)


def _versions() -> dict[str, str]:
    versions = {"python": ".".join(map(str, sys.version_info[:3])), "numpy": np.__version__, "jax": jax.__version__}
    try:
        return {"thalweg": version("thalweg"), **versions}
    except PackageNotFoundError:
        return versions
