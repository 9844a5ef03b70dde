"""Walking along a recorded run: what its optimizer held at every step, from the gradients at the recorded positions."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from landscapes.compiling import brisk_jit
from optimizers import loop
from optimizers.batches import Batches
from optimizers.descent import as_start, is_double
from optimizers.optimizer import Optimizer
from optimizers.schedules import Constant, Schedule, factors
from optimizers.training import Loss, on_device


class Stride(NamedTuple):
    """One step of a run: where it began, the gradient that it saw, the optimizer's state before and after it, and how far it went."""

    position: PyTree
    gradient: PyTree
    before: Any
    state: Any
    update: PyTree


def walk(
    loss: Loss,
    optimizer: Optimizer,
    positions: PyTree,
    look: Callable[[Optimizer, Stride, PyTree], PyTree],
    about: PyTree = (),
    *,
    planned: int,
    batches: Batches | None = None,
    schedule: Schedule | Callable = Constant(),
) -> Iterator[PyTree]:
    """`look(optimizer, stride, about)`, compiled, of every step of a run whose `positions` (steps+1, ...) are all kept.

    The other arguments are those of `train`. What is carried from step to step is the optimizer's state alone: each
    gradient is taken at a recorded position, so rounding does not add up. (A rule that reports another point than its
    parameters carries these as well.) Step by step, not in a compiled loop, in which a convolution would be slow.
    """
    at = lambda step: jax.tree.map(lambda leaf: leaf[step], positions)
    steps = len(jax.tree.leaves(positions)[0]) - 1
    pace = factors(schedule, planned, 0, steps)
    with jax.enable_x64(is_double(as_start(at(0)))):
        loss, moving = on_device(loss), loop.ready(optimizer, as_start(at(0)))
    for step in range(steps):
        batch = None if batches is None else batches.indices(step, 1)[0]
        with jax.enable_x64(is_double(moving.parameters)):
            moving, seen = _stride(loss, optimizer, moving, at(step), at(step + 1), pace[step], batch, look, about)
        yield jax.tree.map(np.asarray, seen)


@brisk_jit
def _stride(loss, optimizer, moving: loop.Moving, here, there, factor, batch, look, about):
    optimizer = optimizer.slowed(factor)
    if optimizer.position(*moving) is moving.parameters:
        moving = loop.Moving(here, moving.state)
    now = loss if batch is None else lambda parameters: loss(parameters, batch)
    new, record = loop.advance(now, loop.Ask(gradients=True, positions=False), optimizer, moving)
    update = jax.tree.map(jnp.subtract, there, here)
    return new, look(optimizer, Stride(here, record["gradients"], moving.state, new.state, update), about)
