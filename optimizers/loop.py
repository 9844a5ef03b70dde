"""The one loop of the project, compiled: an optax transformation over a counted number of steps.

A run is one compiled call for up to `LENGTHS[-1]` positions. How many of them are computed is traced, so another
number of steps recompiles only when it leaves its bucket; longer runs, and runs that report, go on in further calls.
"""

from functools import partial, reduce
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float, Int, PyTree

from landscapes.compiling import brisk_jit, long_jit, once_jit, quick_jit

LENGTHS = (320, 2048)  # positions that a compiled call can hold: the buckets for the number of steps
REPORTED = 64  # positions between two reports
RECORD_BYTES = 2**28  # what a call may hold when points are large


class Moving(NamedTuple):
    """What the next step needs."""

    parameters: PyTree
    state: Any


class Ask(NamedTuple):
    """What to record beside the losses."""

    gradients: bool = False
    states: bool = False
    positions: bool = True
    norms: bool = False


class Pace(NamedTuple):
    """Which positions a call keeps: the steps that `stride` divides, and the last one. `first` is its first step.

    Step t is written to the place ceil(t / stride) - ceil(first / stride), over the steps before it that have the same.
    """

    first: int
    stride: int


class Frame(NamedTuple):
    """A plane to project on: the orthonormal `basis` times R are its directions; `inverse` is that of R."""

    origin: PyTree
    basis: tuple[PyTree, PyTree]
    inverse: Float[Array, "2 2"]


class Given(NamedTuple):
    """What every step of a training is given, each along a leading axis of steps."""

    factors: Float[Array, "steps"]  # multiply the learning rate
    batches: Int[Array, "steps batch"] | None


def bucket(positions: int, reported: bool, point_bytes: int) -> int:
    """How many positions a compiled call should hold, for a run that records `positions`."""
    length = REPORTED if reported else next((length for length in LENGTHS if positions <= length), LENGTHS[-1])
    return max(1, min(length, RECORD_BYTES // max(1, point_bytes)))


@quick_jit
def begin(loss, optimizer, start: PyTree, count, length: int, ask: Ask, factors=None):
    """The first `count` positions from `start`: what moves on, and the record in buffers of `length`.

    `factors` `(length,)` multiply the learning rate of the steps; without them there is nothing to multiply.
    """
    return _loop(partial(advance, loss, ask, optimizer), _init(optimizer, start), count, length, factors)


@quick_jit
def go_on(loss, optimizer, moving: Moving, count, length: int, ask: Ask, factors=None):
    """The next `count` positions."""
    return _loop(partial(advance, loss, ask, optimizer), moving, count, length, factors)


@quick_jit
def begin_lanes(loss, optimizers, starts: PyTree, count, length: int, ask: Ask, factors=None):
    """`begin` for every lane: optimizers and starts with a leading axis. The record has steps first, then lanes."""
    moving = eqx.filter_vmap(_init)(optimizers, starts)
    step, moving = _side_by_side(partial(advance, loss, ask), optimizers, moving, given=_first_of(factors))
    return _loop(step, moving, count, length, factors)


@quick_jit
def go_on_lanes(loss, optimizers, moving: Moving, count, length: int, ask: Ask, factors=None):
    """`go_on` for every lane."""
    return _loop(_lanes(partial(advance, loss, ask), optimizers, moving), moving, count, length, factors)


class Search(NamedTuple):
    """Descents from many starts on their way to minima: what moves, where they are, and since when they are there.

    `still` counts the latest steps in which nothing of a descent has changed; only where that can end it.
    """

    moving: Moving
    position: PyTree[Float[Array, "... starts"]]
    since: Int[Array, "starts"]
    still: Int[Array, "starts"]


@once_jit
def set_out(optimizer, starts: PyTree[Float[Array, "... starts"]]) -> Search:
    """The descents from `starts`, which stand last, before their first step."""
    moving = jax.vmap(partial(_init, optimizer), in_axes=-1, out_axes=-1)(starts)
    here = jax.vmap(optimizer.position, in_axes=(-1, _axes(moving.state, -1)), out_axes=-1)(*moving)
    nowhere = jnp.zeros(jax.tree.leaves(starts)[0].shape[-1], jnp.int32)
    return Search(moving, here, nowhere, nowhere)


@long_jit
def arrive(
    loss, optimizer, search: Search, minima: Float[Array, "minima n"], radius, first, last, factors=None
) -> tuple[Search, Int[Array, ""]]:
    """The steps from `first` up to `last` of descents that look for minima, and the step up to which they were made.

    `since` is the step from which a descent stays within `radius` of a minimum (one more than the last step where it is
    outside); or, below zero, -1 - t for the first step t at which loss or position is not finite. The steps end before
    `last` when nothing of any descent can change any more. Nothing of their way is kept.
    """
    step = lambda _, moving, *given: advance(loss, Ask(), optimizer, moving, *given)
    run, moving = _side_by_side(step, None, search.moving, axis=-1, given=_first_of(factors))
    patience = optimizer.settles_after if factors is None else None

    def body(carried):
        index, (moving, _, since, still) = carried
        new, record = run(moving, *(() if factors is None else (index, False, factors[index])))
        # Coordinate by coordinate: the compiler joins that into one pass, where reductions would each be their own.
        points = list(record["positions"])
        away = jnp.full(since.shape, jnp.inf)
        for place in minima:
            away = jnp.minimum(away, sum((row - at) ** 2 for row, at in zip(points, place)))
        finite = reduce(jnp.logical_and, map(jnp.isfinite, points), jnp.isfinite(record["losses"]))
        arrived = jnp.where(away <= radius**2, since, index + 1)
        since = jnp.where(since < 0, since, jnp.where(finite, arrived, -1 - index))
        if patience is not None:
            still = jnp.where(_unchanged(moving, new), still + 1, 0)
        return index + 1, Search(new, record["positions"], since, still)

    def goes_on(carried):
        index, search = carried
        return (index < last) if patience is None else (index < last) & jnp.any(search.still < patience)

    done, after = jax.lax.while_loop(goes_on, body, (first, search._replace(moving=moving)))
    apart = jax.tree.map(lambda new, old: jnp.broadcast_to(new, old.shape), after.moving, search.moving)
    return after._replace(moving=apart), done


def _unchanged(before: Moving, after: Moving) -> Bool[Array, "starts"]:
    """Whether every number with a fraction is the same as before, or as little a number; lanes stand last."""

    def same(old, new):
        if not jnp.issubdtype(old.dtype, jnp.floating) or old.ndim == 0:
            return True
        return ((old == new) | (jnp.isnan(old) & jnp.isnan(new))).reshape(-1, old.shape[-1]).all(axis=0)

    return reduce(jnp.logical_and, jax.tree.leaves(jax.tree.map(same, before, after)))


@quick_jit
def losses(loss, points: Float[Array, "points n"]) -> Float[Array, "points"]:
    """The loss at every point."""
    return jax.vmap(loss)(points)


@quick_jit
def spend(loss, optimizers, starts: Float[Array, "n lanes"], window: Float[Array, "n 2"], budget, prices: Int[Array, "3"], marks: int):
    """The lowest loss that the descent of every lane has found inside `window` for a share k / `marks` of `budget`.

    `(marks + 1, lanes)`; a loss, a gradient and a Hessian cost `prices`, and the start is free. Optimizers have a leading
    axis of lanes. Nothing of the way is kept.
    """
    moving = eqx.filter_vmap(_init, in_axes=(eqx.if_array(0), -1), out_axes=-1)(optimizers, starts)
    run, moving = _side_by_side(partial(advance, loss, Ask()), optimizers, moving, axis=-1)
    fixed = "spent" not in jax.eval_shape(run, moving)[1]
    each = optimizers.evaluations(None, len(starts)) @ prices if fixed else None
    most = budget // (each if fixed else prices[1])  # a step whose cost varies takes one gradient at least

    def body(carried):
        index, moving, spent, lowest, found = carried
        moving, record = run(moving)
        inside = [(low <= row) & (row <= high) for row, (low, high) in zip(record["positions"], window)]
        counts = reduce(jnp.logical_and, inside, jnp.isfinite(record["losses"]) & (spent <= budget))
        lowest = jnp.where(counts & (record["losses"] < lowest), record["losses"], lowest)
        place = -(-spent * marks // jnp.maximum(budget, 1))  # the first mark at or after this cost
        if fixed:
            found = jax.lax.dynamic_update_index_in_dim(found, lowest, place, 0)
            return index + 1, moving, spent + each, lowest, found
        found = found.at[place, jnp.arange(len(spent))].set(lowest, mode="drop")
        return index + 1, moving, spent + prices @ record["spent"], lowest, found

    lanes = starts.shape[-1]
    nothing = jnp.zeros_like(budget) if fixed else jnp.zeros(lanes, budget.dtype)
    unknown = jnp.full((marks + 1, lanes), jnp.inf)
    carried = (jnp.zeros_like(budget), moving, nothing, unknown[0], unknown)
    found = jax.lax.while_loop(lambda carried: (carried[0] <= most) & jnp.any(carried[2] <= budget), body, carried)[-1]
    return jax.lax.cummin(found, axis=0)


@once_jit
def ready(optimizer, start: PyTree) -> Moving:
    """What the first step of a training needs."""
    return _init(optimizer, start)


@brisk_jit
def train(
    losses, optimizer, frames: tuple[Frame, ...], moving: Moving, given: Given, count, pace: Pace, places: int, ask: Ask
):
    """The next `count` steps of a training: `go_on` with what every step is given, on batches, seen on planes.

    `losses` is the loss of the parameters, and of a batch where there are batches, and the full loss or None. The
    record has one entry for each step given, and `places` for positions.
    """
    step = partial(_train_step, losses, ask, optimizer, frames, pace)
    return _loop(step, moving, count, len(given.factors), given, pace, places)


@brisk_jit
def train_once(losses, optimizer, frames: tuple[Frame, ...], moving: Moving, given: Given, last, pace: Pace, ask: Ask):
    """One step of `train` in no loop, for a loss whose derivatives are slow in one."""
    step = partial(_train_step, losses, ask, optimizer, frames, pace)
    moving, record = step(moving, 0, last, jax.tree.map(lambda leaf: leaf[0], given))
    return moving, jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], record)


def _init(optimizer, start: PyTree) -> Moving:
    start = jax.tree.map(jnp.asarray, start)
    moving = Moving(start, optimizer.transform().init(start))
    # A weakly typed leaf would come back from a step strongly typed, which no loop can carry.
    return jax.tree.map(lambda leaf: jax.lax.convert_element_type(leaf, jnp.asarray(leaf).dtype), moving)


def _first_of(factors) -> tuple:
    """What the first step is given beside what moves: its number, whether it is the last, and its factor."""
    return () if factors is None else (0, False, factors[0])


def _side_by_side(step, optimizers, moving: Moving, axis: int = 0, given: tuple = ()):
    """`step` for all lanes along `axis`, and `moving` with the counters that all lanes share kept once.

    Adam raises its decay rates to the power of the counter: lane by lane that would take longer than all the rest.
    """
    counts = lambda leaf: leaf.ndim == 1 and jnp.issubdtype(leaf.dtype, jnp.integer)
    shared = jax.tree.map(lambda leaf: leaf[0] if counts(leaf) else leaf, moving)
    together = _lanes(step, optimizers, shared, axis)
    try:
        jax.eval_shape(together, shared, *given)
    except ValueError:  # an optimizer whose lanes count for themselves
        return _lanes(step, optimizers, moving, axis), moving
    return together, shared


def _lanes(step, optimizers, moving: Moving, axis: int = 0):
    """`step` for every lane; what `moving` has once, without an axis of lanes, stays so."""
    axes = _axes(moving, axis)

    def together(moving, *given):  # which is the same for every lane
        one = lambda optimizer, moving: step(optimizer, moving, *given)
        return eqx.filter_vmap(one, in_axes=(eqx.if_array(0), axes), out_axes=(axes, axis))(optimizers, moving)

    return jax.jit(together)  # traced once, however often it is looked at


def _axes(tree: PyTree, axis: int):
    return jax.tree.map(lambda leaf: axis if leaf.ndim else None, tree)


def advance(loss, ask: Ask, optimizer, moving: Moving, _index=None, _last=None, factor=None):
    """One update with `factor` times the learning rate, and the record of the point it left."""
    if factor is not None:
        optimizer = optimizer.slowed(factor)
    parameters, state = moving
    transform = optimizer.transform()
    value, gradient = jax.value_and_grad(loss)(parameters)
    position = optimizer.position(parameters, state)
    record = {"losses": value if position is parameters else loss(position)}
    if ask.positions:
        record["positions"] = position
    if ask.gradients:
        record["gradients"] = gradient
    if ask.norms:
        record["norms"] = optax.tree.norm(gradient)
    if ask.states:
        record["states"] = state
    updates, new_state = transform.update(gradient, state, parameters, value=value, grad=gradient, value_fn=loss)
    spent = optimizer.evaluations(new_state, dimension(parameters))
    if isinstance(spent, jax.core.Tracer):
        record["spent"] = spent
    return Moving(optax.apply_updates(parameters, updates), new_state), record


def _train_step(losses, ask: Ask, optimizer, frames, pace: Pace, moving: Moving, index, last, given: Given):
    """`advance` on the batch and with the learning rate of this step, seen on every plane."""
    loss, full = losses
    loss_now = loss if given.batches is None else lambda parameters: loss(parameters, given.batches)
    new, record = advance(loss_now, ask, optimizer.slowed(given.factors), moving)
    # Behind the barrier the compiler cannot merge what only looks on with the update, which would change its rounding.
    position = jax.lax.optimization_barrier(optimizer.position(*moving))
    record["views"] = [project(frame, position) for frame in frames]
    if full is not None:
        kept = ((pace.first + index) % pace.stride == 0) | last
        nothing = jnp.full((), jnp.nan, record["losses"].dtype)
        record["full"] = jax.lax.cond(kept, lambda: full(position).astype(nothing.dtype), lambda: nothing)
    return new, record


def project(frame: Frame, point: PyTree) -> dict[str, Array]:
    """Plane coordinates of `point` by least squares, and its squared distances from the origin and from the plane."""
    away = jax.tree.map(jnp.subtract, point, frame.origin)
    first, second = frame.basis
    u, v = optax.tree.vdot(first, away), optax.tree.vdot(second, away)
    off = jax.tree.map(lambda leaf, one, other: leaf - u * one - v * other, away, first, second)
    squared = lambda tree: optax.tree.norm(tree, squared=True)
    return {
        "coordinates": frame.inverse @ jnp.stack([u, v]),
        "squared_distance": squared(away),
        "squared_off_plane": squared(off),
    }


def _loop(step, moving: Moving, count, length: int, given=None, pace: Pace | None = None, places: int | None = None):
    """`count` steps from `moving`, each recorded at its index; positions at their place, where there is a `pace`."""
    place = (lambda index: index) if pace is None else lambda index: _place(pace, index)
    step = jax.jit(step)  # traced once, for the shapes of the record and for the loop
    at = lambda index: (index, index == count - 1, jax.tree.map(lambda leaf: leaf[index], given))
    arguments = lambda index: () if given is None else at(index)
    shapes = jax.eval_shape(lambda: step(moving, *arguments(0)))[1]
    length_of = lambda path: places if places is not None and path[0].key == "positions" else length
    buffers = jax.tree_util.tree_map_with_path(
        lambda path, leaf: jnp.zeros((length_of(path), *leaf.shape), leaf.dtype), shapes
    )

    def body(index, carried):
        moving, buffers = carried
        moving, record = step(moving, *arguments(index))
        put = lambda path, buffer, leaf: jax.lax.dynamic_update_index_in_dim(
            buffer, leaf, place(index) if path[0].key == "positions" else index, 0
        )
        return moving, jax.tree_util.tree_map_with_path(put, buffers, record)

    return jax.lax.fori_loop(0, count, body, (moving, buffers))


def _place(pace: Pace, index):
    return -(-(pace.first + index) // pace.stride) + (-pace.first // pace.stride)


def dimension(point: PyTree) -> int:
    """The number of parameters of a point."""
    return sum(np.size(leaf) for leaf in jax.tree.leaves(point))
