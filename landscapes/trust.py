"""How far a slice can be believed: one report, and its caption for a paper."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import equinox as eqx
import jax
import numpy as np
from jaxtyping import PyTree

from landscapes.directions import random_plane
from landscapes.honesty import Honesty
from landscapes.plane import Plane
from landscapes.principal import NOISE_SHARES
from landscapes.slices import losses_at
from landscapes.vectors import flat

PLANES, POINTS = 4, 12  # random planes, and points around the centre of each
PROBES = 32  # random signs for the trace
PARTS = PLANES + 4  # reports of `trust_by_parts`


@dataclass(frozen=True)
class TrustReport:
    """What limits the trust in a slice. Fields that were not asked for, or do not apply, are None or empty.

    - `rises`: by how much the loss rises from the centre to a circle of coordinate radius 1, at the median of the
      points of the circle, in each of several random planes, filter-normalised (layer by layer where no leaf has
      filters): how much one random plane means.
    - `off_plane`: by run, the share of the displacement from the plane's origin that its last position has off it.
    - `gap`: by run, the loss the slice shows at the last position minus the loss the run had.
    - `slice_curvature`: the mean of d^T H d over unit directions d of the plane; `mean_curvature`: over all
      directions, trace(H) / n, with its standard error.
    - `explained`: shares of the variance along principal axes; `NOISE_SHARES` is what a random walk would give.
    - `rounding`: the largest |loss - loss in float64| / |loss in float64| over points of the window.
    """

    loss: float
    dimension: int
    rises: tuple[float, ...]
    off_plane: dict[str, float]
    gap: dict[str, float]
    slice_curvature: float | None
    mean_curvature: tuple[float, float] | None
    explained: tuple[float, float] | None
    rounding: float | None
    left_out: tuple[str, ...] = ()

    @property
    def spread(self) -> float:
        """The standard deviation of `rises` over their mean."""
        rises = np.array(self.rises)
        with np.errstate(invalid="ignore", divide="ignore"):
            return float(np.std(rises, ddof=1) / abs(np.mean(rises))) if len(rises) > 1 else np.nan

    def caption(self) -> str:
        """The report in sentences, for a paper."""
        said = (self._size(), self._spread(), *self._paths(), self._curvature(), self._explained(), self._rounding())
        return " ".join(sentence for sentence in said if sentence)

    def _size(self) -> str:
        return f"A plane through {self.dimension:,} dimensions; loss {self.loss:.4g} at the centre."

    def _spread(self) -> str:
        if not self.rises:
            return ""
        if len(self.rises) == 1:
            return f"In a random plane, normalised, the loss rises by {self.rises[0]:.3g} at distance 1."
        return (
            f"In {len(self.rises)} random planes, normalised, the loss rises by {min(self.rises):.3g} to "
            f"{max(self.rises):.3g} at distance 1 (standard deviation {self.spread:.0%} of the mean)."
        )

    def _paths(self) -> list[str]:
        said = [
            f"{name} ends with {self.off_plane[name]:.0%} of its displacement off the plane, where the slice is "
            f"{abs(gap):.3g} {'above' if gap >= 0 else 'below'} its true loss."
            for name, gap in self.gap.items()
        ]
        return said + ([f"Not shown, since diverged: {', '.join(self.left_out)}."] if self.left_out else [])

    def _curvature(self) -> str:
        if self.slice_curvature is None or self.mean_curvature is None:
            return ""
        mean, error = self.mean_curvature
        return (
            f"The mean curvature of the slice is {self.slice_curvature:.3g}; over all directions it is trace(H)/n = "
            f"{mean:.3g} (standard error {error:.1g})."
        )

    def _explained(self) -> str:
        if self.explained is None:
            return ""
        return (
            f"The axes explain {self.explained[0]:.0%} and {self.explained[1]:.0%} of the variance of the paths; a "
            f"random walk would give {NOISE_SHARES[0]:.0%} and {NOISE_SHARES[1]:.0%}, {sum(NOISE_SHARES):.0%} together."
        )

    def _rounding(self) -> str:
        return "" if self.rounding is None else f"Relative error against float64: at most {self.rounding:.1g}."


def trust(loss: Callable, plane: Plane, paths: Mapping[str, Honesty] | None = None, **choices) -> TrustReport:
    """How far the slice of `loss` on `plane` can be believed: the last report of `trust_by_parts`, with its `choices`."""
    *_, report = trust_by_parts(loss, plane, paths, **choices)
    return report


def trust_by_parts(
    loss: Callable,
    plane: Plane,
    paths: Mapping[str, Honesty] | None = None,
    *,
    parameters: PyTree | None = None,
    planes: int = PLANES,
    seed: int = 0,
    curvature: bool = True,
    rounding: bool = True,
) -> Iterator[TrustReport]:
    """The report, part after part: at once what the paths tell, `rounding` last. The last report is whole.

    `paths` are the runs drawn on the slice, by name. The random planes and the curvatures are taken at `parameters`, the
    plane's origin unless given. `planes=0`, `curvature=False` and `rounding=False` leave a part out;
    each takes about as long as a coarse surface. `seed` draws planes and test vectors. Raises ValueError as
    `losses_at` does.
    """
    centre = plane.origin if parameters is None else parameters
    there = Plane(centre, plane.directions, plane.window)
    value = float(losses_at(loss, there, np.zeros((1, 2)))[0])
    last = {name: path for name, path in (paths or {}).items() if path.last >= 0}
    diverged = tuple(name for name in paths or {} if name not in last)
    report = TrustReport(
        loss=value,
        dimension=sum(np.size(leaf) for leaf in jax.tree.leaves(centre)),
        rises=(),
        off_plane={name: float(path.off_plane[path.last]) for name, path in last.items()},
        gap={name: float(path.slice_losses[path.last] - path.losses[path.last]) for name, path in last.items()},
        slice_curvature=None,
        mean_curvature=None,
        explained=plane.explained,
        rounding=None,
        left_out=tuple(dict.fromkeys((*plane.left_out, *diverged))),
    )
    yield report
    for rise in _rises(loss, centre, value, planes, seed):
        report = replace(report, rises=(*report.rises, rise))
        yield report
    if curvature:
        report = replace(report, slice_curvature=_slice_curvature(loss, there))
        yield report
        report = replace(report, mean_curvature=_mean_curvature(loss, centre, seed))
        yield report
    if rounding and plane.dtype == np.float32:
        yield replace(report, rounding=_rounding(loss, plane))


def _rises(loss: Callable, centre: PyTree, value: float, planes: int, seed: int) -> Iterator[float]:
    normalize = _normalization(centre)
    if normalize is None:
        return
    angles = 2 * np.pi * np.arange(POINTS) / POINTS
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    keys = np.random.SeedSequence(seed).generate_state(planes) if planes else ()
    random = (random_plane(centre, key, normalize, vectors=normalize == "layer") for key in keys)
    # The median: one point that overflows says little about the others.
    yield from (float(np.median(losses_at(loss, plane, circle))) - value for plane in random)


def _normalization(centre: PyTree) -> str | None:
    """By filters where there are any that move, else by leaves; None where all parameters are zero."""
    moving = [np.ndim(leaf) for leaf in jax.tree.leaves(centre) if np.any(leaf)]
    return ("filter" if max(moving) > 1 else "layer") if moving else None


def _slice_curvature(loss: Callable, plane: Plane) -> float:
    """trace((D^T D)^-1 D^T H D) / 2, which does not depend on how long or skew the directions D are."""
    from landscapes.curvature import slice_hessian

    directions = np.stack([flat(direction) for direction in plane.directions])
    inside = slice_hessian(loss, plane.origin, plane.directions)
    return float(np.trace(np.linalg.solve(directions @ directions.T, inside)) / 2)


def _mean_curvature(loss: Callable, centre: PyTree, seed: int) -> tuple[float, float]:
    from landscapes.curvature import trace

    estimate, dimension = trace(loss, centre, probes=PROBES, key=jax.random.key(seed)), len(flat(centre))
    return estimate.mean / dimension, estimate.standard_error / dimension


def _rounding(loss: Callable, plane: Plane) -> float:
    """At the centre of the window and halfway to its edges."""
    (left, right), (low, high) = plane.window
    u, v = (np.linspace(*side, 5)[1:4] for side in ((left, right), (low, high)))
    points = np.stack([np.tile(u, 3), np.repeat(v, 3)], axis=1)
    exact = losses_at(_in_float64(loss), _in_float64(plane), points)
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = np.abs(losses_at(loss, plane, points) - exact) / np.abs(exact)
    return float(np.max(errors[np.isfinite(errors)], initial=0))


def _in_float64(tree):
    """Also a loss: the data of an object whose method it is. What a plain function holds stays as it is."""
    return jax.tree.map(lambda leaf: np.asarray(leaf, np.float64) if eqx.is_inexact_array(leaf) else leaf, tree)
