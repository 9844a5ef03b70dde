"""Planes for runs: provisional ones while they grow, and the one asked for when they are there."""

from collections.abc import Callable, Iterable, Mapping

import jax
import numpy as np

from landscapes import NOISE_SHARES, Plane, window_for
from landscapes.networks import Network
from landscapes.plane import Window
from landscapes.projection import projected
from optimizers import NETWORK_OPTIMIZERS, Run
from views.networks.recipes import PlaneRecipe, RunRecipe
from views.networks.findings import Laid

POSITIONS = 2048  # of all runs together: more change no axis that can be seen
# Numbers in all positions that a plane is made of: of a million parameters 35 positions, which takes 3 s; while runs grow.
NUMBERS, GLANCE = 40_000_000, 10_000_000


def first_plane(network: Network, seed: int) -> Laid:
    """Before anything has moved: a random plane at the start."""
    plane = Plane.random(network.start, seed)
    return Laid(plane, ("random direction 1", "random direction 2"), (0.0, 0.0), "Until the runs have moved: a random plane.")


def growing_plane(network: Network, runs: Mapping[str, Run], before: Plane) -> Laid | None:
    """Through the runs so far, axes as far as possible the way round they were; None where nothing has moved yet."""
    try:
        plane = Plane.pca(_positions(runs, int(np.clip(GLANCE // network.dimension, 8, 256)) // max(1, len(runs))))
    except ValueError:
        return None
    plane = _turned_like(plane, before)
    # Room for what is still to come.
    return _principal(network, plane.over(scaled(plane.window, 1.5)))


def lay(recipe: PlaneRecipe, runs: Mapping[RunRecipe, Run], network: Network) -> Laid:
    """The plane asked for. Where these runs give none, a random one, with a sentence that says why."""
    good = {recipe: run for recipe, run in runs.items() if run.diverged_at < 0}
    try:
        laid = _KINDS[recipe.kind](recipe, runs, good, network)
    except ValueError as error:
        plane = Plane.random(network.start, recipe.seed)
        note = f"A random plane through the start, since the one asked for cannot be laid: {error}"
        laid = Laid(plane, ("random direction 1", "random direction 2"), (0.0, 0.0), note)
    plane = laid.plane.over(scaled(laid.plane.window, recipe.reach))
    return Laid(plane, laid.axes, laid.start, laid.note)


def scaled(window: Window, factor: float) -> Window:
    """The window with sides `factor` times as long, around its middle."""
    halves = [((low + high) / 2, factor * (high - low) / 2) for low, high in window]
    return tuple((middle - half, middle + half) for middle, half in halves)


def _pca(recipe: PlaneRecipe, runs, good, network: Network) -> Laid:
    _best(good)  # or there is none to lay a plane through
    positions = _positions({name: runs[each] for each, name in names(runs).items()}, positions_of_each(network, len(runs)))
    plane = _or("no run has moved; give them more steps or a higher rate.", lambda: Plane.pca(positions))
    # All positions, also those that the axes were not made of.
    return _principal(network, plane.over(window_for(plane, _coordinates(plane, good.values()))))


def _random(recipe: PlaneRecipe, runs, good, network: Network) -> Laid:
    best = _best(good)
    plane = Plane.random(good[best].last, recipe.seed, recipe.normalize)
    return _named(plane, network, ("random direction 1", "random direction 2"), f"Random directions from the end of {title(best)}.")


def _hessian(recipe: PlaneRecipe, runs, good, network: Network) -> Laid:
    best = _best(good)
    plane = Plane.hessian(network.loss, good[best].last)
    return _named(
        plane, network, ("sharpest direction", "second sharpest direction"),
        f"The two directions in which the loss bends most at the end of {title(best)}.",
    )  # fmt: skip


def _through(recipe: PlaneRecipe, runs, good, network: Network) -> Laid:
    if len(good) < 3:
        raise ValueError(f"three runs must end somewhere, and {len(good)} did; add an optimizer.")
    a, b, c = list(good)[:3]
    ends = [good[each].last for each in (a, b, c)]
    plane = _or("the first three runs end at one place, or on one line; give one of them another rate.", lambda: Plane.through(*ends))
    plane = plane.over(window_for(plane, _coordinates(plane, good.values())))
    axes = f"distance from {title(a)} towards {title(b)}", f"distance towards {title(c)}"
    return _named(plane, network, axes, f"Through the ends of {title(a)}, {title(b)} and {title(c)}; distances are true.")


def _or(reason: str, plane: Callable[[], Plane]) -> Plane:
    """The plane, or ValueError with a reason that tells a visitor what to do; the library's own is for who calls it."""
    try:
        return plane()
    except ValueError as error:
        raise ValueError(reason) from error


_KINDS = {"pca": _pca, "random": _random, "hessian": _hessian, "through": _through}


def title(recipe: RunRecipe) -> str:
    return NETWORK_OPTIMIZERS[recipe.optimizer].title


def names(recipes: Iterable[RunRecipe]) -> dict[RunRecipe, str]:
    """Titles, with a number where there are several runs of one optimizer."""
    found: dict[RunRecipe, str] = {}
    for recipe in dict.fromkeys(recipes):
        before = sum(other.optimizer == recipe.optimizer for other in found)
        found[recipe] = f"{title(recipe)} ({before + 1})" if before else title(recipe)
    return found


def _principal(network: Network, plane: Plane) -> Laid:
    first, second = plane.explained
    axes = f"direction 1 ({first:.0%} of the movement)", f"direction 2 ({second:.0%})"
    left_out = f" Left out, since it diverged: {', '.join(plane.left_out)}." if plane.left_out else ""
    note = (
        f"The plane nearest to all paths: it holds {first + second:.0%} of their movement; "
        f"a walk without any aim would give {sum(NOISE_SHARES):.0%}.{left_out}"
    )
    return _named(plane, network, axes, note)


def _named(plane: Plane, network: Network, axes: tuple[str, str], note: str) -> Laid:
    start = projected(plane, jax.tree.map(lambda leaf: np.asarray(leaf)[None], network.start)).coordinates[0]
    return Laid(plane, axes, tuple(map(float, start)), note)


def _best(good: Mapping[RunRecipe, Run]) -> RunRecipe:
    """The run with the lowest loss at its end."""
    if not good:
        raise ValueError("no run has an end; add an optimizer, or lower a rate with which one diverged.")
    return min(good, key=lambda each: good[each].losses[-1])


def positions_of_each(network: Network, runs: int) -> int:
    """How many positions of each of so many runs a plane is made of, at most."""
    return int(np.clip(NUMBERS // network.dimension, 16, POSITIONS)) // max(1, runs)


def _positions(runs: Mapping[str, Run], most: int) -> dict:
    """Positions of every run, thinned to `most` of each; of one that diverged the name is enough."""
    moved = {name: run for name, run in runs.items() if len(run.kept)}
    return {name: run if run.diverged_at >= 0 else run.snapshots(max(2, most))[1] for name, run in moved.items()}


def _coordinates(plane: Plane, runs) -> list[np.ndarray]:
    return [projected(plane, run.positions).coordinates for run in runs]


def _turned_like(plane: Plane, before: Plane) -> Plane:
    """Axes turned round where that brings them nearer to those of the plane before."""
    signs = [-1.0 if _along(one, other) < 0 else 1.0 for one, other in zip(plane.directions, before.directions)]
    directions = tuple(jax.tree.map(lambda leaf: sign * leaf, each) for sign, each in zip(signs, plane.directions))
    sides = (side if sign > 0 else (-side[1], -side[0]) for sign, side in zip(signs, plane.window))
    return Plane(plane.origin, directions, tuple(sides), plane.explained, plane.left_out)


def _along(one, other) -> float:
    return sum(float(np.vdot(a, b)) for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other)))
