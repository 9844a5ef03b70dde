"""Sharpness along a run, with the largest that its optimizer can bear, and whether the run agrees."""

from collections.abc import Iterator

import jax
import numpy as np
from jaxtyping import Float, PyTree

from landscapes.curvature import sharpness_along
from landscapes.networks import Network
from landscapes.vectors import flat
from optimizers import Batches, Optimizer, Run
from optimizers.stability import AHEAD, DIVIDING, LIMITS, preconditioner, stable_rates
from optimizers.walk import walk
from views.networks.findings import Sharpness
from views.networks.recipes import RunRecipe
from views.networks.scoring import SMALL
from views.networks.tracks import is_complete

MANY, FEW = 17, 7  # snapshots of a small network, of a large one


def sharpen(recipe: RunRecipe, run: Run, network: Network, batches: Batches | None = None) -> Iterator[Sharpness]:
    """The sharpness of what the optimizer descends, at both ends first; all of it with the last one."""
    rule = recipe.build()
    steps, positions = run.snapshots(MANY if network.dimension <= SMALL else FEW)
    divided = _divided_at(steps, rule, recipe, run, network, batches)
    known = divided is not None or not isinstance(rule, DIVIDING)
    limit, name = _limit(recipe, rule) if known else (None, "")
    turns, growth = np.full((2, len(steps)), np.nan)
    for found in sharpness_along(network.objective, positions, preconditioners=divided):
        scale = 1.0 if divided is None else flat(jax.tree.map(lambda leaf: leaf[found.newest], divided)) ** 0.5
        turns[found.newest], growth[found.newest] = swing(run, int(steps[found.newest]), scale * found.direction)
        stable = stable_rates(rule, found.values) if known else None
        yield Sharpness(steps, found.values, limit, name, divided is not None, stable, turns.copy(), growth.copy(), found.done / found.total)


def _limit(recipe: RunRecipe, rule: Optimizer) -> tuple[float | None, str]:
    """The sharpness that is just stable, where it is known: of the whole data, with a learning rate that stays."""
    known = LIMITS.get(type(rule))
    if known is None or recipe.batch is not None or recipe.schedule != "constant":
        return None, ""
    name = known.formula.replace("λₚ", "λ").replace("λ", "learning rate")
    return float(known.times(rule) / rule.learning_rate), name


def _divided_at(steps, rule: Optimizer, recipe: RunRecipe, run: Run, network: Network, batches: Batches | None) -> PyTree | None:
    """What the rule divides by at some steps, from its own state, where all positions are kept and are not too large."""
    if not isinstance(rule, DIVIDING) or network.dimension > SMALL or not is_complete(run) or len(run.kept) < 2:
        return None
    loss = network.objective if batches is None else network.batch_loss
    strides = walk(loss, rule, run.positions, _after, planned=recipe.steps, batches=batches, schedule=recipe.pace)
    # No step leaves the last point: its scaling is that of the step that came to it.
    every = list(strides)
    return jax.tree.map(lambda *leaves: np.stack(leaves), *(every[min(step, len(every) - 1)] for step in steps))


def _after(rule: Optimizer, stride, _) -> PyTree:
    return preconditioner(rule, stride.state)


def swing(run: Run, step: int, along: Float[np.ndarray, "n"]) -> tuple[float, float]:
    """How a run moves in one direction in the ten steps from `step` on, or in its last ten where fewer are left.

    How often it turns round, of nine times, and the factor a step by which the differences of its moves grow, from the
    first four to the last. NaN where not all positions of these steps are kept, and for a run that stands still.
    """
    first = max(0, min(int(np.searchsorted(run.kept, step)), len(run.kept) - AHEAD - 1))
    rows = slice(first, first + AHEAD + 1)
    if len(run.kept[rows]) <= AHEAD or run.kept[rows][-1] - run.kept[first] != AHEAD:
        return np.nan, np.nan
    places = sum(_places(leaf[rows], part) for leaf, part in zip(jax.tree.leaves(run.positions), _parts(along, run.positions)))
    moves = np.diff(places)
    swings = np.abs(np.diff(moves))  # a steady drift has none
    before, after = swings[:4].mean(), swings[5:].mean()
    turns = float((moves[1:] * moves[:-1] < 0).sum())
    return turns, float((after / before) ** (1 / 5)) if before > 0 else np.nan


def _places(rows: np.ndarray, along: np.ndarray) -> np.ndarray:
    return rows.reshape(len(rows), -1).astype(np.float64) @ along


def _parts(vector: np.ndarray, positions: PyTree) -> list[np.ndarray]:
    """A flat vector, leaf by leaf of stacked positions."""
    sizes = [leaf[0].size for leaf in jax.tree.leaves(positions)]
    return np.split(vector, np.cumsum(sizes)[:-1])
