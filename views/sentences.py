"""One honest sentence for each run, from its record alone, for all lanes of a fan at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from landscapes import Minimum
from landscapes.plane import Window
from optimizers import Trajectory

ARRIVED = 0.02  # share of the window's diagonal within which a run has found a minimum
STILL = 0.01  # share of the diagonal travelled in the last quarter, below which a run has come to rest
SWINGS = 3  # changes of direction that are worth a word


@dataclass(frozen=True)
class Story:
    """What happened in every lane. Distances are in parameter space; -1 means never."""

    steps: int
    diagonal: float
    known: int  # minima
    diverged: Int[np.ndarray, "lanes"]
    left: Int[np.ndarray, "lanes"]
    outside: Bool[np.ndarray, "lanes"]
    distance: Float[np.ndarray, "lanes"]
    rise: Float[np.ndarray, "lanes"]
    arrived: Int[np.ndarray, "lanes"]
    swings: Int[np.ndarray, "lanes"]
    moved: Bool[np.ndarray, "lanes"]
    late: Float[np.ndarray, "lanes"]
    first: Float[np.ndarray, "lanes"]
    final: Float[np.ndarray, "lanes"]


def sentences(record: Trajectory, window: Window, minima: Sequence[Minimum]) -> tuple[str, ...]:
    """A sentence for every lane of `record`, a sweep on a landscape with this window and these known minima."""
    with np.errstate(all="ignore"):
        told = story(record, window, minima)
    return tuple(_sentence(told, lane) for lane in range(len(told.diverged)))


def story(record: Trajectory, window: Window, minima: Sequence[Minimum]) -> Story:
    """The facts behind the sentences, `(lanes,)` each."""
    points = record.positions
    (x0, x1), (y0, y1) = window
    diagonal = float(np.hypot(x1 - x0, y1 - y0))
    x, y = points[..., 0], points[..., 1]
    out = (x < x0) | (x > x1) | (y < y0) | (y > y1)
    distance, above = _to_last(points, minima)
    return Story(
        steps=record.steps,
        diagonal=diagonal,
        known=len(minima),
        diverged=np.asarray(record.diverged_at),
        left=_first(out),
        outside=out[:, -1],
        distance=distance[:, -1],
        rise=above,
        arrived=_first(np.logical_and.accumulate((distance < ARRIVED * diagonal)[:, ::-1], axis=1)[:, ::-1]),
        swings=np.asarray(record.reversals),
        moved=record.step_lengths.any(axis=1),
        late=record.step_lengths[:, record.steps * 3 // 4 :].sum(axis=1),
        first=record.losses[:, 0],
        final=record.losses[:, -1],
    )


def _to_last(points: np.ndarray, minima: Sequence[Minimum]) -> tuple[np.ndarray, np.ndarray]:
    """Distance at every step to the minimum nearest to the end, `(lanes, steps+1)`, and its height above the lowest.

    NaN where no minimum is known.
    """
    if not minima:
        return np.full(points.shape[:-1], np.nan), np.full(len(points), np.nan)
    places, values = np.array([m.position for m in minima]), np.array([m.value for m in minima])
    nearest = np.hypot(*(points[:, -1, None] - places).transpose(2, 0, 1)).argmin(axis=1)
    away = points - places[nearest][:, None]
    return np.hypot(away[..., 0], away[..., 1]), values[nearest] - values.min()


def _first(happened: np.ndarray) -> np.ndarray:
    """The first step at which something holds, -1 where it never does."""
    return np.where(happened.any(axis=1), happened.argmax(axis=1), -1)


def _sentence(told: Story, lane: int) -> str:
    if told.diverged[lane] >= 0:
        return _diverged(told, lane)
    if told.outside[lane]:
        return f"leaves the window at step {told.left[lane]} and ends outside it"
    if told.arrived[lane] >= 0:
        return _arrived(told, lane)
    return _on_its_way(told, lane)


def _diverged(told: Story, lane: int) -> str:
    left, step = told.left[lane], told.diverged[lane]
    if 0 <= left < step:
        return f"leaves the window at step {left} and diverged at step {step}"
    return f"diverged at step {step}"


def _arrived(told: Story, lane: int) -> str:
    swings, step = told.swings[lane], told.arrived[lane]
    where = _minimum(told, lane)
    if step == 0:
        return f"starts and stays {_number(told.distance[lane])} from {where}"
    if swings >= SWINGS and told.late[lane] > STILL * told.diagonal:
        return f"circles {where} without settling: {_number(told.distance[lane])} away after {told.steps} steps"
    if swings >= SWINGS:
        return f"overshoots {swings} times, then settles {_number(told.distance[lane])} from {where}"
    return f"gets close to {where} at step {step} and ends {_number(told.distance[lane])} from it"


def _minimum(told: Story, lane: int) -> str:
    if told.rise[lane] > 1e-6 * max(1.0, abs(told.first[lane])):
        return f"a local minimum ({_number(told.rise[lane])} above the lowest)"
    return "the minimum"


def _on_its_way(told: Story, lane: int) -> str:
    if not told.moved[lane]:
        return f"does not move: {_end(told, lane, 'it stays ')}"
    moved, swings = told.late[lane] > STILL * told.diagonal, told.swings[lane]
    if swings >= max(SWINGS, told.steps // 4):
        return f"swings to and fro {swings} times and does not settle: {_end(told, lane)}"
    if not moved:
        return f"crawls: after {told.steps} steps {_end(told, lane, 'still ')}"
    if swings >= SWINGS:
        return f"overshoots {swings} times and is still moving: {_end(told, lane)}"
    return f"is still on its way after {told.steps} steps: {_end(told, lane)}"


def _end(told: Story, lane: int, still: str = "") -> str:
    """How far it is; where no minimum is known, what the loss has become."""
    if np.isfinite(told.distance[lane]):
        which = "the minimum" if told.known == 1 else "the nearest minimum"
        return f"{still}{_number(told.distance[lane])} from {which}"
    if told.first[lane] == told.final[lane]:
        return f"the loss stays {_number(told.first[lane])}"
    return f"the loss went from {_number(told.first[lane])} to {_number(told.final[lane])}"


def _number(value: float) -> str:
    return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}" if abs(value) < 1e5 else f"{value:.1e}"
