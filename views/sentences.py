"""One honest sentence for each run, from its record alone, for all lanes of a fan at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landscapes import Minimum
from landscapes.plane import Window
from optimizers import Trajectory
from optimizers.basins import ARRIVED
from optimizers.trajectory import columns

THERE = 1e-4  # share of the diagonal, less than a pixel, within which a run is at the minimum
STILL = 0.01  # share of the diagonal travelled in the last quarter, below which a run has come to rest
SEEN = 0.002  # share of the diagonal, a pixel or two, from which on a step can be seen to turn back
NEARER = 0.9  # the factor on the farthest distance between two eighths of a run, below which it closes in
SWINGS = 3  # changes of direction that are worth a word


@dataclass(frozen=True)
class Story:
    """What happened in every lane, in plain lists. Distances are in parameter space; -1 means never."""

    steps: int
    diagonal: float
    known: int  # minima
    overshooting: str
    diverged: list[int]
    undefined: list[bool]
    left: list[int]
    outside: list[bool]
    distance: list[float]
    rise: list[float]
    arrived: list[int]
    swings: list[int]
    nearing: list[bool]
    moved: list[bool]
    late: list[float]
    first: list[float]
    final: list[float]


def sentences(
    record: Trajectory, window: Window, minima: Sequence[Minimum], overshooting: str = "overshoots"
) -> tuple[str, ...]:
    """A sentence for every lane of `record`, a sweep on a landscape with this window and these known minima.

    `overshooting` is what the optimizer does when it turns back: one that only guesses has aimed at nothing.
    """
    with np.errstate(all="ignore"):
        told = story(record, window, minima, overshooting)
    return tuple(_sentence(told, lane) for lane in range(len(told.diverged)))


def story(record: Trajectory, window: Window, minima: Sequence[Minimum], overshooting: str) -> Story:
    """The facts behind the sentences, one for each lane."""
    x, y = columns(record.positions, record.losses.shape)
    (x0, x1), (y0, y1) = window
    diagonal = float(np.hypot(x1 - x0, y1 - y0))
    out = (x < x0) | (x > x1) | (y < y0) | (y > y1)
    square, above = _to_last(x, y, minima)
    facts = {
        "diverged": record.diverged_at,
        "undefined": _undefined(record, np.isfinite(x) & np.isfinite(y) & ~out),
        "left": _first(out),
        "outside": out[:, -1],
        "distance": np.sqrt(square[:, -1]),
        "rise": above,
        "arrived": _since(square < (ARRIVED * diagonal) ** 2),
        "swings": (record.turns[:, 1:] & (record.step_lengths > SEEN * diagonal)).sum(axis=1),
        "nearing": _nearing(square),
        "moved": record.step_lengths.any(axis=1),
        "late": record.step_lengths[:, record.steps * 3 // 4 :].sum(axis=1),
        "first": record.losses[:, 0],
        "final": record.losses[:, -1],
    }
    # Python's own numbers are written several times faster than NumPy's.
    return Story(record.steps, diagonal, len(minima), overshooting, **{name: fact.tolist() for name, fact in facts.items()})


def _undefined(record: Trajectory, inside: np.ndarray) -> np.ndarray:
    """Whether a lane ended inside the window, where the loss is no number: the square root of a negative one, say."""
    end = np.arange(len(inside)), np.maximum(record.diverged_at, 0)
    return inside[end] & np.isnan(record.losses[end])


def _to_last(x: np.ndarray, y: np.ndarray, minima: Sequence[Minimum]) -> tuple[np.ndarray, np.ndarray]:
    """Squared distance at every step to the minimum nearest to the end, `(lanes, steps+1)`; its height above the lowest.

    NaN where no minimum is known.
    """
    if not minima:
        return np.full(x.shape, np.nan), np.full(len(x), np.nan)
    (at_x, at_y), values = np.transpose([m.position for m in minima]), np.array([m.value for m in minima])
    nearest = np.hypot(x[:, -1:] - at_x, y[:, -1:] - at_y).argmin(axis=1)
    away_x, away_y = x - at_x[nearest][:, None], y - at_y[nearest][:, None]
    return away_x * away_x + away_y * away_y, values[nearest] - values.min()


def _nearing(square: np.ndarray) -> np.ndarray:
    """Whether a lane is nearer in its last eighth than in the one before."""
    quarter, eighth = (square.shape[1] - 1) * 3 // 4, (square.shape[1] - 1) * 7 // 8
    return square[:, eighth:].max(axis=1) < NEARER**2 * square[:, quarter : eighth + 1].max(axis=1)


def _since(holds: np.ndarray) -> np.ndarray:
    """The step from which something holds to the end, -1 where it does not hold there."""
    broken = ~holds[:, ::-1]
    since = np.where(broken.any(axis=1), holds.shape[1] - broken.argmax(axis=1), 0)
    return np.where(since < holds.shape[1], since, -1)


def _first(happened: np.ndarray) -> np.ndarray:
    """The first step at which something holds, -1 where it never does."""
    return np.where(happened.any(axis=1), happened.argmax(axis=1), -1)


def counted(steps: int) -> str:
    return f"{steps} step{'s' if steps != 1 else ''}"


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
    if told.undefined[lane]:
        return f"steps to where the loss is no number at step {step}" if step else "starts where the loss is no number"
    if 0 <= left < step:
        return f"leaves the window at step {left} and diverged at step {step}"
    return f"diverged at step {step}"


def _arrived(told: Story, lane: int) -> str:
    swings, step = told.swings[lane], told.arrived[lane]
    where, away = _minimum(told, lane), _number(told.distance[lane])
    at = f"at {where}" if told.distance[lane] < THERE * told.diagonal else f"{away} from {where}"
    if step == 0:
        return f"starts and stays {at}"
    if swings >= SWINGS and told.late[lane] > STILL * told.diagonal:
        if told.nearing[lane]:
            return f"{told.overshooting} {swings} times and still closes in: {away} from {where} after {counted(told.steps)}"
        return f"circles {where} without settling: {away} away after {counted(told.steps)}"
    if swings >= SWINGS:
        return f"{told.overshooting} {swings} times, then settles {at}"
    return f"gets close at step {step} and ends {at}"


def _minimum(told: Story, lane: int) -> str:
    if told.rise[lane] > 1e-6 * max(1.0, abs(told.first[lane])):
        return f"a local minimum ({_number(told.rise[lane])} above the lowest)"
    return "the minimum"


def _on_its_way(told: Story, lane: int) -> str:
    if not told.moved[lane]:
        return f"does not move: {_end(told, lane, 'it stays ')}"
    if told.final[lane] > told.first[lane] and told.swings[lane] < SWINGS:
        return f"climbs: the loss rose from {told.first[lane]:.4g} to {told.final[lane]:.4g}"
    moved, swings = told.late[lane] > STILL * told.diagonal, told.swings[lane]
    if not told.known and told.late[lane] < THERE * told.diagonal:  # where it came to is not for a distance to say
        before = f"{told.overshooting} {swings} times and " if swings >= SWINGS else ""
        return f"{before}comes to rest: {_end(told, lane)}"
    if swings >= max(SWINGS, told.steps // 4):
        return f"swings to and fro {swings} times and does not settle: {_end(told, lane)}"
    if not moved:
        return f"crawls: after {counted(told.steps)} {_end(told, lane, 'still ')}"
    if swings >= SWINGS:
        return f"{told.overshooting} {swings} times and is still moving: {_end(told, lane)}"
    return f"is still on its way after {counted(told.steps)}: {_end(told, lane)}"


def _end(told: Story, lane: int, still: str = "") -> str:
    """How far it is; where no minimum is known, what the loss has become."""
    if math.isfinite(told.distance[lane]):
        which = "the minimum" if told.known == 1 else "the nearest minimum"
        return f"{still}{_number(told.distance[lane])} from {which}"
    if told.first[lane] == told.final[lane]:
        return f"the loss stays {_number(told.first[lane])}"
    return f"the loss went from {_number(told.first[lane])} to {_number(told.final[lane])}"


def _number(value: float) -> str:
    return f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}" if abs(value) < 1e5 else f"{value:.1e}"
