"""Tuning: the first learning rate a person sees works."""

from collections.abc import Sequence

import jax
import numpy as np
from jaxtyping import Bool, Float, PyTree

from optimizers.descent import as_start, sweep
from optimizers.optimizer import Optimizer
from optimizers.trajectory import Trajectory, columns

TOLERANCE = 1e-4  # of the fall from the start's loss to the lowest: losses closer than this are equally good
RISE = 20  # times the start's height above the lowest final loss: a lane that rises further has been thrown out
DETOUR = 5  # times its extent: a path longer than this hops about instead of going somewhere

Window = tuple[tuple[float, float], tuple[float, float]]


def best(fan: Trajectory, values: Sequence[float], window: Window | None = None) -> int:
    """The lane of a sweep that shows the optimizer at its best: low in the end, calm on the way, soon there.

    A lane is *calm* when it stays finite, never rises more than 20 times as high above the lowest final loss as the
    start is, has a path at most 5 times as long as its extent (the diagonal of the box around it), and never leaves
    `window`, where one is given as ((x low, x high), (y low, y high)). Its score is the highest final loss of itself
    and of the lanes with the next smaller and larger value, so that a lucky lane among wild ones, or one on the brink
    of divergence, does not win. Among calm lanes whose score is within 0.01 % of the fall (start's loss minus lowest score), the
    one that settles soonest below that level wins; the smaller value on a tie. Where no lane is calm, all
    finite ones count; where none is finite, the one that lasts longest wins.
    """
    finite = np.atleast_1d(fan.diverged_at) < 0
    if not finite.any():
        return int(np.argmax(fan.diverged_at))
    order = np.argsort(np.asarray(values, dtype=np.float64), kind="stable")
    scores = np.empty(len(order))
    scores[order] = _worst_of_neighbours(np.where(finite, fan.losses[:, -1], np.inf)[order])
    candidates = _first_not_empty(_calm(fan, window) & np.isfinite(scores), finite & np.isfinite(scores), finite)
    scores = np.where(np.isfinite(scores), scores, fan.losses[:, -1])
    lowest = scores[candidates].min()
    level = lowest + TOLERANCE * max(fan.losses[0, 0] - lowest, 0)
    good = order[(candidates & (scores <= level))[order]]
    return int(good[_settled(fan.losses[good], level).argmin()])


def tune(loss, optimizer: Optimizer, start: PyTree, steps: int = 300, window: Window | None = None) -> Optimizer:
    """`optimizer` with its rail at the best stop for `loss` from `start` (see `best`); other knobs stay.

    The same arguments as `descend`; `window` is in plane coordinates of a function of two parameters.
    """
    values = optimizer.movable()[optimizer.rail].stops
    fan = sweep(loss, optimizer, as_start(start), over=optimizer.rail, values=values, steps=steps)
    return optimizer.with_knob(optimizer.rail, np.asarray(values[best(fan, values, window)]))


def _calm(fan: Trajectory, window: Window | None) -> Bool[np.ndarray, "lanes"]:
    """Whether a lane is, of those that do not diverge: each test is put to the lanes that have passed the one before."""
    calm = fan.diverged_at < 0
    lowest_loss = fan.losses[np.isfinite(fan.losses[:, -1]), -1].min(initial=np.inf)
    with np.errstate(over="ignore", invalid="ignore"):
        calm &= fan.losses.max(axis=1) - lowest_loss <= RISE * (fan.losses[:, 0] - lowest_loss)
        points = [columns(leaf, fan.losses.shape)[:, calm] for leaf in jax.tree.leaves(fan.positions)]
        lowest, highest = (np.concatenate([end(part, axis=-1) for part in points]) for end in (np.min, np.max))
        within = _within(lowest, highest, window)
        extent = np.linalg.norm(highest - lowest, axis=0)[within]
        calm[calm] = within
        calm[calm] = _lengths([part[:, within] for part in points]) <= DETOUR * extent
    return calm


def _within(lowest, highest, window: Window | None) -> Bool[np.ndarray, "lanes"]:
    if window is None:
        return np.ones(lowest.shape[1:], bool)
    low, high = np.transpose(window)[..., None]
    return ((lowest >= low) & (highest <= high)).all(axis=0)


def _lengths(points: Sequence[Float[np.ndarray, "n lanes steps+1"]]) -> Float[np.ndarray, "lanes"]:
    """`Trajectory.path_length` of lanes that do not diverge, from the coordinates of their leaves."""
    updates = (np.diff(part.astype(np.float64, copy=False)) for part in points)
    return np.sqrt(sum(np.einsum("i...,i...->...", update, update) for update in updates)).sum(axis=-1)


def _worst_of_neighbours(final: Float[np.ndarray, "lanes"]) -> Float[np.ndarray, "lanes"]:
    padded = np.concatenate([final[:1], final, final[-1:]])
    return np.max([padded[:-2], final, padded[2:]], axis=0)


def _settled(losses: Float[np.ndarray, "lanes steps+1"], level: float) -> np.ndarray:
    """The step from which the loss stays at or below `level`."""
    above = ~(losses <= level)
    return np.where(above.any(axis=1), losses.shape[1] - above[:, ::-1].argmax(axis=1), 0)


def _first_not_empty(*choices: Bool[np.ndarray, "lanes"]) -> Bool[np.ndarray, "lanes"]:
    return next(choice for choice in choices if choice.any())
