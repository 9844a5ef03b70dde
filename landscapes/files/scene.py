"""Scenes in files: a plane, the surface over it and the paths on it, with how they were made."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib.metadata import PackageNotFoundError, version
from typing import BinaryIO

import jax
import numpy as np
from jaxtyping import PyTree

from landscapes.files.archive import Group, read_archive, write_archive
from landscapes.files.pytrees import is_plain, leaves_of, outline, rebuilt
from landscapes.files.source import LIMIT, Bounds, Members, Source, opened, quoted
from landscapes.files.target import written
from landscapes.honesty import Honesty
from landscapes.plane import Plane, Window
from landscapes.projection import projected
from landscapes.surface import Surface

FORMAT = 1
LAST_STEP = 2**31 - 1  # what travels to a browser has 32 bits
ROUNDING = 1e-6  # of shares that add up to 1
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
    with written(file) as stream:
        write_archive(stream, group)


def load_scene(source: Source, *, like: PyTree | None = None, limit: int | Bounds = LIMIT) -> Scene:
    """Read what `save_scene` wrote. Safe for a stranger's file, of at most `limit` bytes and unpacking to as many.

    Parameters come back as dicts, lists and tuples of arrays; those that were a class of their own (a network, say)
    as a dict of its fields, or in the structure of `like`. Raises ValueError, in one sentence, for anything else.
    """
    with opened(source, limit) as file:
        return read_scene(Members(file, limit), like=like, limit=limit)


def read_scene(members: Members, *, like: PyTree | None = None, limit: int | Bounds = LIMIT) -> Scene:
    """The same from the members of a zip file."""
    group = read_archive(members, limit)
    if group.attributes.get("thalweg_scene") != FORMAT:
        raise ValueError(f"This is no scene of Thalweg in format {FORMAT}; save_scene writes one.")
    try:
        return _unpacked(group, like, Bounds.of(limit))
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


def checked_surface(x, y, loss, plane: Plane | None = None, bounds: Bounds = Bounds()) -> Surface:
    """A surface of arrays from anywhere, on the plane of its own two axes unless given. Raises ValueError, in one sentence."""
    bounds.check_points(np.size(loss))
    x, y, loss = (_numbers(name, array) for name, array in (("x", x), ("y", y), ("loss", loss)))
    for name, axis in (("x", x), ("y", y)):
        if axis.ndim != 1 or len(axis) < 2 or not np.isfinite(axis).all() or not (axis[1:] > axis[:-1]).all():
            raise ValueError(f"{name} must be a row of at least two finite numbers that grow.")
    if loss.shape != (len(y), len(x)):
        raise ValueError(f"The loss needs shape {(len(y), len(x))}, one number at each (x[i], y[j]); got {loss.shape}.")
    if not np.isfinite(loss).any():
        raise ValueError("Not one loss of this surface is a finite number: there is nothing to show.")
    plane = plane or Plane.axes(((x[0], x[-1]), (y[0], y[-1])))
    return Surface(x.copy(), y.copy(), loss.copy(), plane)


def _numbers(name: str, array) -> np.ndarray:
    array = np.asarray(array)
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{name} must hold real numbers, not {array.dtype.name}.")
    # No file holds wider numbers than those of 64 bits.
    return array if array.dtype.kind == "f" and array.dtype.itemsize <= 8 else array.astype(np.float64)


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


def _unpacked(group: Group, like: PyTree | None, bounds: Bounds) -> Scene:
    plane = _unpacked_plane(group.members["plane"], like)
    surface = group.members.get("surface")
    if surface is not None:
        surface = checked_surface(*(surface.members[name] for name in ("x", "y", "loss")), plane, bounds)
    made = group.attributes.get("made", {})
    if not isinstance(made, dict) or not is_plain(made):
        raise ValueError("What this scene says of how it was made is no JSON object, or lies too deep in itself.")
    return Scene(plane, surface, _unpacked_paths(group.members["paths"], bounds), made)


def _unpacked_paths(group: Group, bounds: Bounds) -> dict[str, Honesty]:
    names = group.attributes["names"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise ValueError("The names of the paths of this scene are no texts, or one of them is there twice.")
    bounds.check_paths(len(names))
    arrays = {name: group.members[str(number)].members for number, name in enumerate(names)}
    bounds.check_steps(sum(each["losses"].size for each in arrays.values()))
    return {name: _unpacked_path(quoted(name), each) for name, each in arrays.items()}


def _unpacked_path(name: str, arrays: Mapping[str, np.ndarray]) -> Honesty:
    path = {each.name: _numbers(f"{each.name} of {name}", arrays[each.name]) for each in fields(Honesty) if each.name != "steps"}
    count = path["losses"].size
    for key, array in path.items():
        if array.shape != ((count, 2) if key == "coordinates" else (count,)):
            raise ValueError(f"{key} of the path {name} does not fit its {count:,} losses: its shape is {array.shape}.")
    if not count:
        raise ValueError(f"The path {name} has no steps.")
    return Honesty(**path, steps=_unpacked_steps(name, count, arrays.get("steps")))


def _unpacked_steps(name: str, count: int, steps: np.ndarray | None) -> np.ndarray | None:
    if steps is None:
        return None
    if steps.shape != (count,) or steps.dtype.kind not in "iu" or not (steps[1:] > steps[:-1]).all() or not 0 <= steps[0] <= steps[-1] <= LAST_STEP:
        raise ValueError(f"The path {name} needs the number of each of its {count:,} steps: whole ones that grow, up to {LAST_STEP:,}.")
    return steps.astype(np.int64)


def _unpacked_plane(group: Group, like: PyTree | None) -> Plane:
    about = group.attributes
    vectors = []
    for name in ("origin", "direction_1", "direction_2"):
        arrays = group.members[name].members
        leaves = [_numbers(name, arrays[str(number)]) for number in range(len(arrays))]
        vectors.append(rebuilt(about["structure"], leaves) if like is None else _in_structure(leaves, like))
    if not any(leaf.size for leaf in jax.tree.leaves(vectors[0])):
        raise ValueError("The plane of this scene has no parameters.")
    shapes = [jax.tree.map(np.shape, vector) for vector in vectors]
    if shapes.count(shapes[0]) < 3:
        raise ValueError("The directions of this scene have other shapes than its origin.")
    left_out = about.get("left_out", [])
    if not isinstance(left_out, list):
        raise ValueError("The runs that the plane of this scene leaves out are no list of names.")
    return Plane(vectors[0], tuple(vectors[1:]), _window(about["window"]), _shares(about.get("explained")), tuple(map(str, left_out)))


def _window(window) -> Window:
    """Four numbers in two pairs; whether they span a window is the plane's to say."""
    (u_low, u_high), (v_low, v_high) = window if _are_pairs(window) else ((0, 0), (0, 0))
    return (float(u_low), float(u_high)), (float(v_low), float(v_high))


def _are_pairs(window) -> bool:
    are_two = isinstance(window, list) and len(window) == 2
    return are_two and all(isinstance(side, list) and len(side) == 2 and all(map(_is_number, side)) for side in window)


def _is_number(value) -> bool:
    return type(value) in (int, float)


def _shares(explained) -> tuple[float, float] | None:
    if explained is None:
        return None
    if not isinstance(explained, list) or len(explained) != 2 or not all(_is_number(each) and 0 <= each <= 1 + ROUNDING for each in explained):
        raise ValueError("The shares of the movement along the axes of this scene are no two numbers from 0 to 1.")
    return tuple(map(float, explained))


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
