"""Noise: gradients that are not exact, by Gaussian noise of a chosen size or by mini-batches of the data.

What is drawn follows from the seed and the number of the step alone, so every optimizer meets the same noise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PyTree

from optimizers import loop
from optimizers.knobs import knob
from optimizers.optimizer import Optimizer
from optimizers.trajectory import Trajectory

STREAM, BATCHES = 2**29, 2**30  # of a seed's keys, beyond those of a random search's guesses, which count from 0
LATE = 0.25  # share of the steps, the last ones, over which a plateau is measured


class Drawn(NamedTuple):
    """The state of a rule under noise: how many steps it made, the gradient that it was given, and its own state."""

    step: Array
    seen: PyTree
    inner: Any


def gradient_noise(
    rule: optax.GradientTransformationExtraArgs, size, seed, sampled: Callable | None = None, samples: int = 0, batch: int = 0
) -> optax.GradientTransformationExtraArgs:  # fmt: skip
    """`rule`, given g + size xi with xi standard normal in every coordinate, the same for all that have `seed`.

    All that a step asks of the loss is asked of one noisy loss, f(x) + size xi . (x - x_t): its gradient is g + size xi
    everywhere, so line searches, Hessians, gradients taken elsewhere and guesses meet the noise of this step as well.
    With `sampled(point, indices)`, f is the loss of `batch` of `samples` samples, drawn anew at every step with replacement.
    """

    def init(parameters):
        return Drawn(jnp.zeros((), jnp.int32), jax.tree.map(jnp.zeros_like, parameters), rule.init(parameters))

    def update(gradient, state, parameters, *, value, value_fn, **_):
        key = jax.random.key(jnp.asarray(seed).astype(jnp.int32))
        if sampled is not None:
            # The remainder of 32 random bits: no sample is drawn more often than another by more than one in a million.
            indices = jax.random.bits(jax.random.fold_in(key, BATCHES + state.step), (batch,), jnp.uint32) % samples
            value_fn = lambda point: sampled(point, indices)
            value, gradient = jax.value_and_grad(value_fn)(parameters)
        flat, unravel = ravel_pytree(gradient)
        drawn = jax.random.normal(jax.random.fold_in(key, STREAM + state.step), flat.shape, flat.dtype)
        noise = unravel((size * drawn).astype(flat.dtype))
        noisy = jax.tree.map(jnp.add, gradient, noise)
        tilted = lambda point: value_fn(point) + optax.tree.vdot(noise, jax.tree.map(jnp.subtract, point, parameters))
        updates, inner = rule.update(noisy, state.inner, parameters, value=value, grad=noisy, value_fn=tilted)
        return updates, Drawn(state.step + 1, noisy, inner)

    return optax.GradientTransformationExtraArgs(init, update)


class Noisy(Optimizer):
    """`rule` under `gradient_noise`; what it shows and can move is the rule's, and the noise."""

    rule: Optimizer
    noise: Array = knob(0.0, 1e-4, 1e4, scale="log", valid="not negative", help="the standard deviation of each gradient coordinate")
    noise_seed: Array = knob(0, 0, 99, scale="integer", help="the number that fixes the noise")
    of: Any = None
    samples: int = eqx.field(default=0, static=True)
    batch: int = eqx.field(default=0, static=True)

    title = property(lambda self: self.rule.title)
    rail = property(lambda self: self.rule.rail)
    takes_schedule = property(lambda self: self.rule.takes_schedule)
    most_parameters = property(lambda self: self.rule.most_parameters)

    @property
    def bare(self):
        return self.rule

    def movable(self):
        return {**self.rule.movable(), **self.knobs()}

    def with_knob(self, name, value):
        if name in self.knobs():
            return super().with_knob(name, value)
        return eqx.tree_at(lambda noisy: noisy.rule, self, self.rule.with_knob(name, value))

    def transform(self):
        sampled = self.of.batch_loss if self.batch else None
        return gradient_noise(self.rule.transform(), self.noise, self.noise_seed, sampled, self.samples, self.batch)

    def position(self, parameters, state):
        return self.rule.position(parameters, state.inner)

    def slowed(self, factor):
        return eqx.tree_at(lambda noisy: noisy.rule, self, self.rule.slowed(factor))

    def evaluations(self, state, dimension):
        return self.rule.evaluations(None if state is None else state.inner, dimension)


def noisy(optimizer: Optimizer, size: float = 0.0, seed: int = 0, *, of: Any = None, batch: int = 0) -> Optimizer:
    """`optimizer` with noise of standard deviation `size` on every coordinate of its gradients.

    `of` a loss on data, with `samples` and `batch_loss(point, indices)`, its gradients are those of `batch` samples; a
    `batch` of 0 means all of them. Without noise it is the same optimizer. Raises ValueError for a batch of nothing.
    """
    if size == 0 and not batch:
        return optimizer
    if batch and not (isinstance(batch, (int, np.integer)) and batch > 0 and getattr(of, "samples", 0)):
        raise ValueError(f"A batch is a whole number of samples of a loss on data, got {batch!r}.")
    return Noisy(optimizer, size, seed, of if batch else None, int(of.samples) if batch else 0, int(batch))


@dataclass(frozen=True)
class Plateau:
    """Where runs under noise end up: the loss above a floor in the last quarter of their steps, averaged over `runs` seeds.

    `level` is the mean of the losses, `averaged` the loss at the mean of the positions (Polyak & Juditsky 1992), each
    with its standard error; NaN where a run diverged, which `diverged` counts.
    """

    level: float
    level_error: float
    averaged: float
    averaged_error: float
    runs: int
    diverged: int


def plateau(loss: Callable, runs: Trajectory, floor: float = 0.0) -> Plateau:
    """The plateau of `runs`, a sweep over seeds from one start `(n,)`."""
    count, late = len(runs.losses), max(1, round(LATE * runs.steps))
    diverged = int((np.asarray(runs.diverged_at) >= 0).sum())
    if diverged:
        return Plateau(*[np.nan] * 4, count, diverged)
    levels = runs.losses[:, -late:].mean(axis=1) - floor
    with jax.enable_x64(True):
        averaged = np.asarray(loop.losses(loss, runs.positions[:, -late:].mean(axis=1))) - floor
    mean_and_error = lambda each: (float(each.mean()), float(each.std(ddof=1) / np.sqrt(count)) if count > 1 else np.inf)
    return Plateau(*mean_and_error(levels), *mean_and_error(averaged), count, 0)


def bands(runs: Trajectory) -> Float[np.ndarray, "3 steps+1"]:
    """The lower quartile, the mean and the upper quartile of the losses of a sweep over seeds, at every step."""
    with np.errstate(all="ignore"):
        low, high = np.quantile(runs.losses, (0.25, 0.75), axis=0)
        return np.stack([low, runs.losses.mean(axis=0), high])
