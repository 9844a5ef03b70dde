"""Honest paths: what a path drawn on a slice hides, told step by step."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float, Int, PyTree

from landscapes.plane import Plane
from landscapes.projection import projected
from landscapes.slices import losses_at

CLOSE = 0.05  # of the slice's loss: a smaller gap cannot be seen


@dataclass(frozen=True)
class Honesty:
    """A path against the slice it is drawn on; arrays of one number a step.

    `coordinates` are those of the nearest points of the plane, `losses` the loss the model had, `slice_losses` the
    loss the surface shows at the coordinates. `off_plane` is the share of the displacement p - o from the plane's
    origin o that the plane cannot show, |r| / |p - o| with r what is left of p - o beside the plane: 0 on the plane
    and at p = o, 1 at right angles to the plane. NaN from where a run diverged. `steps` are the numbers of the steps
    where they are not 0, 1, 2, ... Arrays are read-only.
    """

    coordinates: Float[np.ndarray, "k 2"]
    losses: Float[np.ndarray, "k"]
    slice_losses: Float[np.ndarray, "k"]
    off_plane: Float[np.ndarray, "k"]
    steps: Int[np.ndarray, "k"] | None = None

    def __post_init__(self):
        for field in fields(self):
            if getattr(self, field.name) is None:
                continue
            array = np.asarray(getattr(self, field.name)).view()
            array.setflags(write=False)
            object.__setattr__(self, field.name, array)
        if self.steps is not None and not _numbers(self.steps, len(self.losses)):
            raise ValueError(f"Each of {len(self.losses)} positions needs the number of its step, and these grow; got {self.steps}.")

    @property
    def last(self) -> int:
        """The last step that has a place on the plane; -1 where there is none."""
        known = np.flatnonzero(np.isfinite(self.off_plane))
        return int(known[-1]) if known.size else -1

    def sentence(self, name: str = "This run", step: int | None = None) -> str:
        """What a newcomer should know about the path at a step, the last one unless given."""
        when = "at its end" if step is None else f"at step {step if self.steps is None else self.steps[step]}"
        step = self.last if step is None else step
        if step < 0 or not np.isfinite(self.off_plane[step]):
            return f"{name} has left the finite numbers and has no place on this slice."
        true, shown, off = (float(each[step]) for each in (self.losses, self.slice_losses, self.off_plane))
        hidden = f"{name}, {when}: {percent(off)} of its distance from the centre of this slice points out of the picture"
        if np.isnan(shown):
            return f"{hidden}; its true loss is {true:.3g}." if np.isfinite(true) else f"{hidden}."
        if not np.isfinite(true) or not np.isfinite(shown):
            return f"{hidden}; its true loss is {true:.3g}, below it the surface shows {shown:.3g}."
        if abs(true - shown) <= CLOSE * max(abs(shown), abs(true)):
            return f"{hidden}; its true loss, {true:.3g}, is about what the surface shows there."
        side = "below" if true < shown else "above"
        return f"{hidden}, so its true loss, {true:.3g}, lies {side} the surface, which shows {shown:.3g} there."


def honest(
    loss: Callable,
    plane: Plane,
    positions: PyTree,
    losses: Float[np.ndarray, "k"],
    steps: Int[np.ndarray, "k"] | None = None,
) -> Honesty:
    """True loss, loss of the slice and off-plane share at k positions, stacked along a leading axis.

    `losses` are those recorded with the positions, `steps` the numbers of their steps where these are not 0, 1, 2, ...
    `loss` is that of the slice, as for `evaluate`. Raises ValueError for positions that do not fit the plane, for
    another number of losses or steps, and for steps that do not grow.
    """
    place = projected(plane, positions)
    losses = np.asarray(losses)
    if losses.shape != place.off_plane.shape:
        raise ValueError(f"Each of {len(place.off_plane)} positions needs its loss; got shape {losses.shape}.")
    return Honesty(place.coordinates, losses, losses_at(loss, plane, place.coordinates), place.off_plane, steps)


def _numbers(steps: np.ndarray, count: int) -> bool:
    """Whether these can be the numbers of so many steps, which are drawn as integers of 32 bits."""
    fits = steps.shape == (count,) and steps.dtype.kind in "iu"
    return fits and (count == 0 or (steps[0] >= 0 and steps[-1] < 2**31 and bool((np.diff(steps) > 0).all())))


def percent(share: float) -> str:
    """A share without false precision: none and all are said only where they are true."""
    return "less than 1 %" if 0 < share < 0.01 else "more than 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"
