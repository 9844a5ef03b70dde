"""The one loop of the project, compiled: an optax transformation over a counted number of steps.

A run is one compiled call for up to `LENGTHS[-1]` positions. How many of them are computed is traced, so another
number of steps recompiles only when it leaves its bucket; longer runs, and runs that report, go on in further calls.
"""

from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import PyTree

LENGTHS = (320, 2048)  # positions that a compiled call can hold: the buckets for the number of steps
REPORTED = 64  # positions between two reports
RECORD_BYTES = 2**28  # what a call may hold when points are large


class Moving(NamedTuple):
    """What the next step needs."""

    parameters: PyTree
    state: Any


class Ask(NamedTuple):
    """What to record beside positions and losses."""

    gradients: bool = False
    states: bool = False


def bucket(positions: int, reported: bool, point_bytes: int) -> int:
    """How many positions a compiled call should hold, for a run that records `positions`."""
    length = REPORTED if reported else next((length for length in LENGTHS if positions <= length), LENGTHS[-1])
    return max(1, min(length, RECORD_BYTES // max(1, point_bytes)))


@eqx.filter_jit
def begin(loss, optimizer, start: PyTree, count, length: int, ask: Ask):
    """The first `count` positions from `start`: what moves on, and the record in buffers of `length`."""
    return _loop(partial(_step, loss, ask, optimizer), _init(optimizer, start), count, length)


@eqx.filter_jit
def go_on(loss, optimizer, moving: Moving, count, length: int, ask: Ask):
    """The next `count` positions."""
    return _loop(partial(_step, loss, ask, optimizer), moving, count, length)


@eqx.filter_jit
def begin_lanes(loss, optimizers, starts: PyTree, count, length: int, ask: Ask):
    """`begin` for every lane: optimizers and starts with a leading axis. The record has steps first, then lanes."""
    moving = eqx.filter_vmap(_init)(optimizers, starts)
    return _loop(partial(eqx.filter_vmap(partial(_step, loss, ask)), optimizers), moving, count, length)


@eqx.filter_jit
def go_on_lanes(loss, optimizers, moving: Moving, count, length: int, ask: Ask):
    """`go_on` for every lane."""
    return _loop(partial(eqx.filter_vmap(partial(_step, loss, ask)), optimizers), moving, count, length)


def _init(optimizer, start: PyTree) -> Moving:
    start = jax.tree.map(jnp.asarray, start)
    moving = Moving(start, optimizer.transform().init(start))
    # A weakly typed leaf would come back from a step strongly typed, which no loop can carry.
    return jax.tree.map(lambda leaf: jax.lax.convert_element_type(leaf, jnp.asarray(leaf).dtype), moving)


def _step(loss, ask: Ask, optimizer, moving: Moving):
    """One update, and the record of the point it left."""
    parameters, state = moving
    transform = optimizer.transform()
    value, gradient = jax.value_and_grad(loss)(parameters)
    position = optimizer.position(parameters, state)
    record = {"positions": position, "losses": value if position is parameters else loss(position)}
    if ask.gradients:
        record["gradients"] = gradient
    if ask.states:
        record["states"] = state
    updates, new_state = transform.update(gradient, state, parameters, value=value, grad=gradient, value_fn=loss)
    spent = optimizer.evaluations(new_state, dimension(parameters))
    if isinstance(spent, jax.core.Tracer):
        record["spent"] = spent
    return Moving(optax.apply_updates(parameters, updates), new_state), record


def _loop(step, moving: Moving, count, length: int):
    step = jax.jit(step)  # traced once, for the shapes of the record and for the loop
    shapes = jax.eval_shape(step, moving)[1]
    buffers = jax.tree.map(lambda leaf: jnp.zeros((length, *leaf.shape), leaf.dtype), shapes)

    def body(index, carried):
        moving, buffers = carried
        moving, record = step(moving)
        put = lambda buffer, leaf: jax.lax.dynamic_update_index_in_dim(buffer, leaf, index, 0)
        return moving, jax.tree.map(put, buffers, record)

    return jax.lax.fori_loop(0, count, body, (moving, buffers))


def dimension(point: PyTree) -> int:
    """The number of parameters of a point."""
    return sum(np.size(leaf) for leaf in jax.tree.leaves(point))
