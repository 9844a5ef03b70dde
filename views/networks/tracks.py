"""Tracks: runs as they are drawn on a plane, with what the plane hides of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import jax
import numpy as np
from jaxtyping import Float

from landscapes import Honesty, Plane, losses_at
from landscapes.honesty import CLOSE
from landscapes.pieces import Pieces
from landscapes.projection import projector
from optimizers import Run

SHARES = ((0.05, "hardly anything"), (0.35, "a part"), (0.65, "about half"), (0.95, "most"), (np.inf, "nearly all"))  # off the plane
AT_ONCE = 64  # points of the slice in a piece


@dataclass(frozen=True)
class Track:
    """One run on a plane, a row for every step so far. `losses` are the true ones on the training data, or those of the
    batches (`batchwise`); `slice_losses` are those of the surface below, NaN until known. `straight`: between the positions
    that are kept the path is a straight line, until a replay has filled it.
    """

    path: Float[np.ndarray, "steps+1 2"]
    losses: Float[np.ndarray, "steps+1"]
    slice_losses: Float[np.ndarray, "steps+1"]
    off_plane: Float[np.ndarray, "steps+1"]
    diverged_at: int
    planned: int
    batchwise: bool = False
    straight: bool = False

    @property
    def honesty(self) -> Honesty:
        return Honesty(self.path, self.losses, self.slice_losses, self.off_plane)

    @property
    def sentence(self) -> str:
        """What the loss did."""
        if self.diverged_at >= 0:
            return f"diverged at step {self.diverged_at}"
        first, last, steps = float(self.losses[0]), float(self.losses[-1]), len(self.losses) - 1
        what = "the batch's loss" if self.batchwise else "the loss"
        return f"{what} went from {first:.3g} to {last:.3g} in {steps} step{'s' if steps != 1 else ''}"

    @property
    def honest_sentence(self) -> str:
        """What the slice hides of the end of the path, in words, since its numbers stand above; empty until it is known."""
        last = self.honesty.last
        if last < 0 or np.isnan(self.slice_losses[last]):
            return ""
        if np.abs(self.path[last]).max() <= 1e-5 * np.nanmax(np.abs(self.path)):
            return "It ends where the picture has its centre." if self.diverged_at < 0 else ""
        when = "At the end," if self.diverged_at < 0 else "Before it diverged,"
        true, shown, off = (float(each[last]) for each in (self.losses, self.slice_losses, self.off_plane))
        share = next(words for most, words in SHARES if off <= most)
        near = abs(true - shown) <= CLOSE * max(abs(true), abs(shown))
        where = "about on the surface" if near else "below the surface" if true < shown else "above the surface"
        return f"{when} {share} of its way from the picture's centre points out of the picture. Its true loss is {where} drawn there."

    @property
    def nbytes(self) -> int:
        return self.path.nbytes + self.losses.nbytes + self.slice_losses.nbytes + self.off_plane.nbytes


class Projector:
    """Runs that grow, on one plane: only positions that are new are projected."""

    def __init__(self, plane: Plane):
        self.plane, self._place = plane, projector(plane)
        self._known: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def track(self, key: str, run: Run) -> Track:
        coordinates, off = self._known.get(key, (np.empty((0, 2)), np.empty(0)))
        if len(run.kept) > len(coordinates):
            place = self._place(jax.tree.map(lambda leaf: leaf[len(coordinates) :], run.positions))
            coordinates, off = np.concatenate([coordinates, place.coordinates]), np.concatenate([off, place.off_plane])
            self._known[key] = coordinates, off
        return _track(run, coordinates[: len(run.kept)], off[: len(run.kept)])


def _track(run: Run, coordinates: np.ndarray, off: np.ndarray) -> Track:
    losses, batchwise = true_losses(run)
    path, off = _between(run, coordinates), _between(run, off[:, None])[:, 0]
    unknown = np.full(len(losses), np.nan)
    return Track(path, losses, unknown, off, run.diverged_at, run.planned, batchwise, straight=not is_complete(run))


def _between(run: Run, rows: Float[np.ndarray, "kept columns"]) -> Float[np.ndarray, "steps+1 columns"]:
    """At every step, straight between the kept ones; NaN behind the last of them."""
    steps = np.arange(len(run.losses))
    if not len(run.kept):
        return np.full((len(steps), rows.shape[1]), np.nan)
    filled = np.stack([np.interp(steps, run.kept, column) for column in rows.T], axis=1)
    return np.where((steps <= run.kept[-1])[:, None], filled, np.nan)


def replayed(run: Run, again: Run) -> Track:
    """A run whose positions were thinned, with every step of its replay on one plane."""
    view, (losses, batchwise) = again.views[0], true_losses(run)
    unknown = np.full(len(losses), np.nan)
    path, off = (np.where(_finite(view)[:, None], view.coordinates, np.nan), np.where(_finite(view), view.off_plane, np.nan))
    return Track(path.astype(np.float64), losses, unknown, off, run.diverged_at, run.planned, batchwise)


def with_slice(track: Track, loss: Callable, plane: Plane) -> Pieces[Track]:
    """The track with the losses of the slice below every step."""
    found = []
    for first in range(0, len(track.path), AT_ONCE):
        yield first / len(track.path)
        found.append(losses_at(loss, plane, track.path[first : first + AT_ONCE]))
    return replace(track, slice_losses=np.concatenate(found))


def true_losses(run: Run) -> tuple[Float[np.ndarray, "steps+1"], bool]:
    """The loss on all training data where it is known at every step, else those of the batches, and which it is."""
    if run.full_losses is None:
        return run.losses, False
    if not is_complete(run):
        return run.losses, True
    losses = np.full(len(run.losses), np.nan)
    losses[run.kept] = run.full_losses
    return losses, False


def is_complete(run: Run) -> bool:
    """Whether the position at every step is kept, but for one that is no longer finite."""
    return len(run.kept) >= len(run.losses) - (run.diverged_at >= 0)


def _finite(view) -> np.ndarray:
    return np.isfinite(view.coordinates).all(axis=1)
