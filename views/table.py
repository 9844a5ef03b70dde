"""The table under the stage: what every run reached and what it spent."""

import math
from dataclasses import dataclass

import numpy as np

from views import kept
from views.looks import Look
from views.runs import Run, Scene

ENOUGH = 0.01  # the automatic target: this share of the way from the lowest known loss up to the start's


@dataclass(frozen=True)
class Row:
    """One run in numbers; None where there is nothing to say. Distances are in parameter space."""

    title: str
    colour: str
    rail: str
    origin: str
    final: float
    distance: float | None
    steps_to: int | None
    length: float
    cost: float
    counts: tuple[int, int, int]
    diverged: int | None


def target_level(scene: Scene) -> float | None:
    """The loss asked for; when none is, 1 % of the way up from the lowest known loss to the start's."""
    if scene.settings.target is not None or not scene.runs:
        return scene.settings.target
    floor, first = scene.relief.floor, float(scene.runs[0].record.losses[0])
    if not math.isfinite(first) or first <= floor:
        return None
    share = ENOUGH * (first - floor)
    return round(floor + share, 1 - math.floor(math.log10(share)))


def rows(scene: Scene) -> list[Row]:
    """The optimizers' runs, then those that are kept."""
    target, worn = target_level(scene), kept.kept_looks(scene.settings)
    now = [_row(scene, run, target, run.title, run.origin, scene.looks[run.card.key]) for run in scene.runs]
    names = [kept.title(scene, *each).removesuffix(kept.SUFFIX) for each in zip(scene.settings.kept, scene.kept)]
    return now + [_row(scene, run, target, name, "kept", look) for run, name, look in zip(scene.kept, names, worn)]


def _row(scene: Scene, run: Run, target: float | None, title: str, origin: str, look: Look) -> Row:
    record, leading = run.record, run.rails[0]
    last = record.diverged_at if record.diverged_at >= 0 else record.steps
    reached = -1 if target is None else record.steps_to(target)
    return Row(
        title=title,
        colour=look.colour,
        rail=f"{leading.knob.label} {leading.value:g}",
        origin=origin,
        final=float(record.losses[-1]),
        distance=_distance(scene, record.positions[-1]),
        steps_to=reached if reached >= 0 else None,
        length=record.path_length,
        cost=float(record.cost(2)[last]),
        counts=tuple(int(count) for count in record.evaluations[last]),
        diverged=record.diverged_at if record.diverged_at >= 0 else None,
    )


def _distance(scene: Scene, point: np.ndarray) -> float | None:
    minima = scene.relief.minima
    if not minima or not np.isfinite(point).all():
        return None
    return float(min(np.hypot(*(point - minimum.position)) for minimum in minima))
