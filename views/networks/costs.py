"""Costs: how long a picture would take, told before any work is done; what takes minutes is refused."""

import jax

from landscapes.networks import Network
from views.budget import BUDGET, RESERVED
from views.networks.recipes import Recipes
from views.networks.settings import RESOLUTIONS

LONGEST_TRAINING, LONGEST_SURFACE = 120.0, 90.0  # seconds
# Operations a second on two cores, measured: of large matrices, and of the few channels of a small convolution.
DENSE, CONVOLVED = 5e10, 2e10
STEP, POINT = 2e-4, 2e-5  # seconds that a step and a point of a surface take at least
COPIES = 8  # of a run's parameters that are there at once: two positions, and what the optimizers work with
NUMBER = 4  # bytes
MB = 10**6


def check(recipes: Recipes) -> None:
    """Raises ValueError, with the estimate and what would be possible, for a training or a surface that takes minutes."""
    train, _ = recipes.task.networks()
    _check_memory(recipes, train)
    _check_training(recipes, train)
    resolution, of = recipes.surface.resolution, recipes.surface.of
    seconds = surface_seconds(train, resolution, of)
    if seconds > LONGEST_SURFACE:
        fits = [size for size in RESOLUTIONS if surface_seconds(train, size, of) <= LONGEST_SURFACE]
        advice = f"choose {fits[-1]} x {fits[-1]} points" if fits else "choose fewer samples"
        raise ValueError(
            f"A surface of {resolution} x {resolution} points of {train.dimension:,} parameters would take about {seconds:,.0f} s, "
            f"and a visitor has {LONGEST_SURFACE:.0f} s: {advice}."
        )


def _check_training(recipes: Recipes, train: Network) -> None:
    if recipes.first is None:
        return
    steps, batch, runs = recipes.first.steps, recipes.first.batch, len(recipes.training)
    seconds = runs * steps * step_seconds(train, batch)
    if seconds > LONGEST_TRAINING:
        most = int(LONGEST_TRAINING / step_seconds(train, batch) / runs)
        raise ValueError(
            f"{runs} optimizers of {steps:,} steps with {train.dimension:,} parameters would train for about {seconds:,.0f} s, and a "
            f"visitor has {LONGEST_TRAINING:.0f} s: choose up to {most:,} steps, fewer optimizers or smaller batches."
        )


def _check_memory(recipes: Recipes, train: Network) -> None:
    size, most = _copies(recipes, train), int(RESERVED * BUDGET.limit)
    if size > most:
        raise ValueError(
            f"Training {_counted(len(recipes.training))} with {train.dimension:,} parameters would need about {size / MB:,.0f} MB of "
            f"memory, and this server has {most / MB:,.0f} MB for that: choose fewer optimizers or a smaller network."
        )


def _counted(runs: int) -> str:
    return "one optimizer" if runs == 1 else f"{runs} optimizers"


def training_bytes(recipes: Recipes, most: int) -> int:
    """Of a training with its record, which is thinned to at most `most` bytes."""
    train, _ = recipes.task.networks()
    steps = 0 if recipes.first is None else recipes.first.steps + 1
    return _copies(recipes, train) + min(most, NUMBER * train.dimension * steps * len(recipes.training))


def _copies(recipes: Recipes, train: Network) -> int:
    return NUMBER * COPIES * train.dimension * len(recipes.training)


def step_seconds(network: Network, batch: int | None) -> float:
    """Of one step: forward, and twice as much back; with batches the whole loss is looked at as well."""
    samples = len(network.inputs)
    forward = 3 * samples if batch is None else 3 * batch + samples
    return STEP + forward * _operations(network) / _rate(network)


def surface_seconds(network: Network, resolution: int, of: str = "train") -> float:
    """Of all points; the gap takes two surfaces."""
    point = POINT + len(network.inputs) * _operations(network) / _rate(network)
    return resolution**2 * point * (2 if of == "gap" else 1) / 2  # points are evaluated by two threads


def _operations(network: Network) -> float:
    """Of one sample's way forward: two for each weight, at each pixel where it is a filter's."""
    pixels = 1 if network.image_shape is None else network.image_shape[0] * network.image_shape[1]
    weights = [leaf for leaf in jax.tree.leaves(network.start) if leaf.ndim > 1]
    return 2.0 * sum(leaf.size * (pixels if leaf.ndim == 4 else 1) for leaf in weights)


def _rate(network: Network) -> float:
    return DENSE if network.start.dense else CONVOLVED
