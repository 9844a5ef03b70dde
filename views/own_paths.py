"""Paths of one's own on a surface of one's own, as the stage draws them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import jax
import numpy as np

from landscapes import Honesty, Surface, honest
from landscapes.files.scene import placed
from landscapes.projection import projected
from optimizers import Trajectory, best
from views import wire
from views.looks import COLOURS, DASHES
from views.relief import Heights

MOST_PATHS = 8
LONGEST_NAME = 80


@dataclass(frozen=True)
class Line:
    """A path in plane coordinates. `slice_losses` and `off_plane` where it runs beside the plane; NaN for unknown.

    `steps` are the numbers of its steps where they are not 0, 1, 2, ...
    """

    coordinates: np.ndarray
    losses: np.ndarray
    sentence: str = ""
    honesty: str = ""
    slice_losses: np.ndarray | None = None
    off_plane: np.ndarray | None = None
    steps: np.ndarray | None = None
    rail: dict | None = None
    finals: np.ndarray | None = None
    fan: bytes | None = None

    @property
    def diverged_at(self) -> int:
        good = np.isfinite(self.losses) & np.isfinite(self.coordinates).all(axis=1)
        return -1 if good.all() else int(np.argmin(good))

    @property
    def lowest(self) -> float:
        return float(np.min(self.losses[np.isfinite(self.losses)], initial=np.inf))


def line(surface: Surface, path, loss: Callable | None = None, name: str = "This run") -> Line:
    """One path of `views.saved.saved`. Raises ValueError for what is none."""
    if isinstance(path, Honesty):
        return _beside(path, name)
    if isinstance(path, tuple) and len(path) in (2, 3):
        return _swept(surface, *(("value",)[: 3 - len(path)] + path))
    if not (hasattr(path, "positions") and hasattr(path, "losses")):
        raise ValueError(f"A path is a Trajectory, the result of honest(...), or (values, sweep); got {type(path).__name__}.")
    if np.ndim(path.losses) != 1:
        raise ValueError("A sweep needs the values that were swept: give (values, sweep).")
    there = placed(surface.plane, path)
    if is_flat(surface):
        return Line(there.coordinates, there.losses, _told(there.coordinates, there.losses, there.steps), steps=there.steps)
    if loss is not None:
        return _beside(honest(loss, surface.plane, path.positions, there.losses, there.steps), name)
    return Line(there.coordinates, there.losses, slice_losses=there.slice_losses, off_plane=there.off_plane, steps=there.steps)


def is_flat(surface: Surface) -> bool:
    """Whether the plane is all of parameter space: nothing is hidden then."""
    return sum(np.size(leaf) for leaf in jax.tree.leaves(surface.plane.origin)) == 2


def _beside(path: Honesty, name: str) -> Line:
    return Line(path.coordinates, path.losses, "", path.sentence(name), path.slice_losses, path.off_plane, path.steps)


def _swept(surface: Surface, label: str, values, fan: Trajectory) -> Line:
    values = np.asarray(values, dtype=float)
    shape = np.shape(getattr(fan, "losses", ()))
    if not (is_flat(surface) and values.ndim == 1 and len(shape) == 2 and shape[:1] == values.shape):
        raise ValueError("(values, sweep) are of a function of two parameters, one lane for each value.")
    order = np.argsort(values, kind="stable")
    positions = np.concatenate([np.reshape(leaf, (*shape, -1)) for leaf in jax.tree.leaves(fan.positions)], axis=2)
    coordinates = projected(surface.plane, _like(surface, positions.reshape(-1, 2))).coordinates.reshape(*shape, 2)
    told = [_told(*each) for each in zip(coordinates, fan.losses)]
    lane = best(fan, values, surface.plane.window)
    lanes = {"positions": coordinates[order], "losses": fan.losses[order], "diverged": fan.diverged_at[order]}
    packed = wire.pack(lanes, sentences=[told[k] for k in order])
    rail = {
        "name": "value", "label": plain(label), "help": "One of the values that were swept.", "scale": "linear", "default": values[lane],
        "stops": values[order].tolist(), "value": values[lane], "tuned": values[lane], "best": "best of these", "only": True, "fan": wire.Blob.publish(packed).sha,
    }  # fmt: skip
    finals = np.where(fan.diverged_at < 0, fan.losses[:, -1], np.nan)[order]
    return Line(coordinates[lane], fan.losses[lane], told[lane], rail=rail, finals=finals, fan=packed)


def _like(surface: Surface, numbers: np.ndarray):
    """Rows of two numbers as stacked positions of the plane's own structure."""
    leaves, structure = jax.tree.flatten(surface.plane.origin)
    parts = np.split(numbers, np.cumsum([np.size(leaf) for leaf in leaves])[:-1], axis=1)
    return jax.tree.unflatten(structure, [part.reshape(len(numbers), *np.shape(leaf)) for part, leaf in zip(parts, leaves)])


def _told(coordinates: np.ndarray, losses: np.ndarray, steps: np.ndarray | None = None) -> str:
    """What can be said where no minimum is known."""
    each = Line(coordinates, losses)
    number = np.arange(len(losses)) if steps is None else steps
    if each.diverged_at >= 0:
        return f"diverged at step {number[each.diverged_at]}."
    took = number[-1] - number[0]
    return f"goes from a loss of {losses[0]:.3g} to {losses[-1]:.3g} in {took} steps; the lowest on the way is {each.lowest:.3g}."


def timeline(lines: Iterable[Line]) -> np.ndarray | None:
    """The numbers of all steps that a path was kept at; None where every path was kept at each from 0 on."""
    numbers = [np.arange(len(each.losses)) if each.steps is None else each.steps for each in lines]
    known = np.unique(np.concatenate(numbers)) if numbers else np.empty(0)
    return None if all(np.array_equal(each, np.arange(len(each))) for each in numbers) else known


def plain(text: str, longest: int = LONGEST_NAME) -> str:
    """A name for figures, which read a little markup and templates: without the signs that begin these."""
    cleaned = "".join(letter if letter.isprintable() else " " for letter in str(text)).replace("%{", "% {")
    return cleaned.replace("<", "‹").replace(">", "›").replace("&", "＆").strip()[:longest]


def scene(surface: Surface, paths: Mapping[str, object], loss: Callable | None, title: str) -> tuple[dict, dict, dict]:
    """Tensors, state and blobs of a surface with paths, as `views.stage.parts` has them."""
    if not isinstance(paths, Mapping) or len(paths) > MOST_PATHS:
        raise ValueError(f"Expected at most {MOST_PATHS} paths in a dict by name.")
    lines = {plain(name): line(surface, path, loss, plain(name)) for name, path in paths.items()}
    fixed = not is_flat(surface) or any(each.off_plane is not None for each in lines.values())
    heights = Heights(surface.loss, tuple(each.lowest for each in lines.values() if np.isfinite(each.lowest)))
    grid = wire.pack({"x": surface.x, "y": surface.y, "loss": surface.loss})
    blobs = {wire.Blob.publish(grid).sha: grid} | {each.rail["fan"]: each.fan for each in lines.values() if each.rail}
    numbers = timeline(lines.values())
    tensors = {} if numbers is None else {"numbers": numbers}
    for index, each in enumerate(lines.values()):
        tensors |= _tensors(index, each, fixed, numbers)
    state = {
        "landscape": {
            "key": "surface", "title": title, "axes": _axes(surface, fixed), "window": surface.plane.window, "start": _start(lines),
            "minima": [], "unknown": True, "surface": next(iter(blobs)), "floor": heights.floor, "offset": heights.offset,
            "knobs": [], "neighbour": None, "fixed": fixed,
        },
        "height": heights.scale, "colour": heights.scale, "target": None,
        "steps": max((len(each.losses) for each in lines.values()), default=1) - 1 if numbers is None else len(numbers) - 1,
        "look": {"camera": None, "zoom": None, "step": None, "speed": 1.0},
        "optimizers": [_card(index, name, each) for index, (name, each) in enumerate(lines.items())],
    }  # fmt: skip
    return tensors, state, blobs


def _tensors(index: int, each: Line, fixed: bool, numbers: np.ndarray | None) -> dict[str, np.ndarray]:
    known = {"path": each.coordinates, "loss": each.losses, "sweep": np.empty(0) if each.finals is None else each.finals}
    if fixed:
        unknown = np.full(len(each.losses), np.nan)
        beside = {"slice": each.slice_losses, "off": each.off_plane}
        known |= {name: unknown if shares is None else shares for name, shares in beside.items()}
    if numbers is not None:
        steps = np.arange(len(each.losses)) if each.steps is None else each.steps
        # At each tick of the timeline a path is where it was kept last.
        known |= {"steps": steps, "places": np.maximum(np.searchsorted(steps, numbers, side="right") - 1, 0)}
    return {f"{name}.{index}": numbers for name, numbers in known.items()}


def _card(index: int, name: str, each: Line) -> dict:
    return {
        "key": f"path{index}", "title": name, "colour": COLOURS[index % len(COLOURS)], "dash": DASHES[index % len(DASHES)],
        "sentence": each.sentence, "honesty": each.honesty, "diverged": each.diverged_at, "tuned": each.rail is not None,
        "origin": None if each.rail else "recorded", "opened": False, "textbook": False, "also": "",
        "knobs": [each.rail] if each.rail else [],
    }  # fmt: skip


def _start(lines: Mapping[str, Line]) -> tuple[float, float]:
    first = next((each.coordinates[0] for each in lines.values() if len(each.coordinates)), np.zeros(2))
    return tuple(float(number) for number in np.nan_to_num(first))


def _axes(surface: Surface, fixed: bool) -> tuple[str, str]:
    explained = surface.plane.explained
    if explained is not None:
        return tuple(f"direction {number} ({share:.0%} of the movement)" for number, share in enumerate(explained, 1))
    return ("direction 1", "direction 2") if fixed else ("x", "y")
