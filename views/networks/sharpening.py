"""Sharpness along a run, with the largest that its optimizer can bear."""

from collections.abc import Iterator

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from landscapes.curvature import THRESHOLDS, adam_preconditioner, sharpness_along
from landscapes.networks import Network
from optimizers import Run
from views.networks.recipes import RunRecipe
from views.networks.findings import Sharpness
from views.networks.scoring import SMALL
from views.networks.tracks import is_complete, snapshots

MANY, FEW = 17, 7  # snapshots of a small network, of a large one
NAMES = {
    "gradient_descent": "2 / learning rate",
    "momentum": "(2 + 2 momentum) / learning rate",
    "nesterov": "(2 + 2 momentum) / ((1 + 2 momentum) learning rate)",
    "adam": "(2 + 2 b1) / ((1 - b1) learning rate)",
}


def sharpen(recipe: RunRecipe, run: Run, network: Network) -> Iterator[Sharpness]:
    """The sharpness of what the optimizer descends, at both ends first; all of it with the last one."""
    steps, positions = snapshots(run, MANY if network.dimension <= SMALL else FEW)
    squares = _squares_at(recipe, run, network, steps)
    limit, name = _limit(recipe, squares is not None)
    for found in sharpness_along(network.objective, positions, preconditioners=squares):
        yield Sharpness(steps, found.values, limit, name, squares is not None, found.done / found.total)


def _limit(recipe: RunRecipe, preconditioned: bool) -> tuple[float | None, str]:
    """Where it is known: of the whole data, with a learning rate that stays."""
    known = THRESHOLDS.get(recipe.optimizer)
    if known is None or known.preconditioned != preconditioned or recipe.batch is not None or recipe.schedule != "constant":
        return None, ""
    knobs = dict(recipe.knobs)
    momentum = knobs.get("momentum", knobs.get("b1", 0.0))
    return float(known.limit(knobs["learning_rate"], momentum)), NAMES[recipe.optimizer]


def _squares_at(recipe: RunRecipe, run: Run, network: Network, steps: np.ndarray) -> PyTree | None:
    """Adam's preconditioner at some steps: its mean of squared gradients follows from the positions, where all are kept."""
    small = recipe.optimizer == "adam" and recipe.batch is None and network.dimension <= SMALL
    if not small or not is_complete(run):
        return None
    knobs = {name: np.asarray(value) for name, value in recipe.knobs if name in ("b1", "b2", "eps")}
    squares = _means(network, run.positions, knobs["b2"])
    at = lambda step: adam_preconditioner(jax.tree.map(lambda leaf: leaf[step], squares), step + 1, **knobs)
    return jax.tree.map(lambda *leaves: np.stack(leaves), *(at(int(step)) for step in steps))


@eqx.filter_jit
def _means(network: Network, positions: PyTree, b2) -> PyTree:
    """v <- b2 v + (1 - b2) g^2 along the positions."""

    def step(mean, parameters):
        gradient = jax.grad(network.objective)(parameters)
        mean = jax.tree.map(lambda v, g: b2.astype(v.dtype) * v + (1 - b2.astype(v.dtype)) * g**2, mean, gradient)
        return mean, mean

    start = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape[1:], leaf.dtype), positions)
    return jax.lax.scan(step, start, positions)[1]
