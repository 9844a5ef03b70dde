"""The one loop of the project: an optax transformation, scanned in chunks over its steps."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PyTree

from optimizers.optimizer import Optimizer, Plain
from optimizers.trajectory import Trajectory

CHUNK = 64  # steps a compiled call: any number of steps reuses it, and between calls a run can be cancelled
LANES = 160  # lanes a compiled call of a sweep: any number of values reuses it


class Moving(NamedTuple):
    """What the next step needs."""

    parameters: PyTree
    state: Any
    spent: Int[Array, "3"]


def descend(
    loss: Callable[[PyTree], Float[Array, ""]],
    optimizer: Optimizer | optax.GradientTransformation,
    start: PyTree,
    steps: int = 300,
    *,
    report: Callable[[int, int], bool | None] | None = None,
    gradients: bool = False,
    states: bool = False,
) -> Trajectory:
    """Run `optimizer` on `loss` from `start` and record every step.

    `loss` takes one point, a pytree like `start`, and returns a scalar. dtype follows `start`; Python
    numbers mean float64. `report(done, steps)` is called after every chunk; when it returns False the run
    ends there. `gradients` and `states` ask for the gradient and the optax state at every step as well.
    Raises ValueError for a negative number of steps or a start that is not finite.
    """
    optimizer, start = _as_optimizer(optimizer), _as_start(start)
    _check_steps(steps)
    with jax.enable_x64(_is_double(start)):
        moving = _begin(loss, optimizer, start)
        return _run(partial(_advance, loss, optimizer), moving, steps, report, gradients, states)


def sweep(
    loss: Callable[[PyTree], Float[Array, ""]],
    optimizer: Optimizer,
    start: PyTree,
    *,
    over: str,
    values: Sequence[float] | Float[np.ndarray, "lanes"],
    steps: int = 300,
    lanes: int = LANES,
) -> Trajectory:
    """One run for every value of the knob named `over`, as one batch; axis 0 of the record is the lane.

    `over="start"` sweeps the start instead: `values` are then points, stacked along axis 0. Each lane equals
    `descend` with that value. `lanes` run together; the last batch is padded, so no number of values
    recompiles. Raises ValueError for a knob the optimizer has not.
    """
    start = _as_start(start)
    _check_steps(steps)
    optimizers, starts, count = _lanes(optimizer, start, over, values)
    with jax.enable_x64(_is_double(start)):
        parts = []
        for first in range(0, count, lanes):
            part = np.minimum(np.arange(first, first + lanes), count - 1)
            batch, here = jax.tree.map(lambda leaf: leaf[part], (optimizers, starts))
            moving = _begin_lanes(loss, batch, here)
            parts.append(_run(partial(_advance_lanes, loss, batch), moving, steps, None, False, False))
    joined = jax.tree.map(lambda *leaves: np.concatenate(leaves)[:count], *[_fields(part) for part in parts])
    return Trajectory(*joined)


def _fields(trajectory):
    return trajectory.positions, trajectory.losses, trajectory.evaluations


def _as_optimizer(optimizer):
    return optimizer if isinstance(optimizer, Optimizer) else Plain(optimizer)


def _as_start(start: PyTree) -> PyTree:
    if isinstance(start, (tuple, list)) and all(isinstance(number, (int, float)) for number in start):
        start = np.asarray(start, dtype=np.float64)
    start = jax.tree.map(lambda leaf: leaf if isinstance(leaf, jax.Array) else np.asarray(leaf), start)
    for leaf in jax.tree.leaves(start):
        if not np.isfinite(leaf).all():
            raise ValueError(f"A start needs finite numbers, got {np.asarray(leaf)}.")
    return start


def _check_steps(steps: int) -> None:
    if steps < 0:
        raise ValueError(f"The number of steps must be 0 or more, got {steps}.")


def _is_double(start: PyTree) -> bool:
    return any(leaf.dtype == np.float64 for leaf in jax.tree.leaves(start))


def _lanes(optimizer: Optimizer, start: PyTree, over: str, values) -> tuple[Optimizer, PyTree, int]:
    """Every knob and the start repeated along a new leading axis, with `over` varying along it."""
    if over == "start":
        starts = jax.tree.map(np.asarray, values)
        count = len(jax.tree.leaves(starts)[0])
    else:
        if not isinstance(getattr(optimizer, over, None), (np.ndarray, jax.Array)):
            known = [name for name, value in vars(optimizer).items() if isinstance(value, (np.ndarray, jax.Array))]
            raise ValueError(f"{optimizer.title} has no knob {over!r}; it has {', '.join(known) or 'none'}.")
        values = np.asarray(values, dtype=np.float64)
        count = len(values)
        starts = jax.tree.map(lambda leaf: np.broadcast_to(leaf, (count, *np.shape(leaf))), start)
    if count == 0:
        raise ValueError("A sweep needs at least one value, got none.")
    arrays, rest = eqx.partition(optimizer, eqx.is_array)
    arrays = jax.tree.map(lambda leaf: np.broadcast_to(leaf, (count, *np.shape(leaf))), arrays)
    optimizers = eqx.combine(arrays, rest)
    if over != "start":
        optimizers = eqx.tree_at(lambda o: getattr(o, over), optimizers, values)
    return optimizers, starts, count


def _run(advance, moving: Moving, steps: int, report, gradients: bool, states: bool) -> Trajectory:
    chunks, done = [], 0
    while done < steps + 1:
        moving, record = advance(moving, gradients, states)
        chunks.append(record)
        done += CHUNK
        if report is not None and report(min(done - 1, steps), steps) is False:
            break
    axis = np.ndim(chunks[0]["losses"]) - 1
    length = min(done, steps + 1)
    cut = (slice(None),) * axis + (slice(length),)
    join = lambda *leaves: np.concatenate([np.asarray(leaf) for leaf in leaves], axis=axis)[cut]
    return Trajectory(**jax.tree.map(join, *chunks))


def _init(loss, optimizer: Optimizer, start: PyTree) -> Moving:
    start = jax.tree.map(jnp.asarray, start)
    moving = Moving(start, optimizer.transform().init(start), jnp.zeros(3, jnp.int32))
    # A weakly typed leaf here would come back strongly typed and trace the scan a second time.
    return jax.tree.map(lambda leaf: jax.lax.convert_element_type(leaf, jnp.asarray(leaf).dtype), moving)


def _scan(loss, optimizer: Optimizer, moving: Moving, gradients: bool, states: bool):
    transform = optimizer.transform()
    dimension = sum(leaf.size for leaf in jax.tree.leaves(moving.parameters))

    def step(moving: Moving, _):
        parameters, state, spent = moving
        value, gradient = jax.value_and_grad(loss)(parameters)
        position = optimizer.position(parameters, state)
        record = {
            "positions": position,
            "losses": value if position is parameters else loss(position),
            "evaluations": spent,
        }
        if gradients:
            record["gradients"] = gradient
        if states:
            record["states"] = state
        updates, new_state = transform.update(gradient, state, parameters, value=value, grad=gradient, value_fn=loss)
        spent = spent + optimizer.evaluations(new_state, dimension)
        return Moving(optax.apply_updates(parameters, updates), new_state, spent), record

    return jax.lax.scan(step, moving, None, length=CHUNK)


_begin = eqx.filter_jit(_init)
_advance = eqx.filter_jit(_scan)


@eqx.filter_jit
def _begin_lanes(loss, optimizers, starts):
    return eqx.filter_vmap(partial(_init, loss))(optimizers, starts)


@eqx.filter_jit
def _advance_lanes(loss, optimizers, moving, gradients, states):
    return eqx.filter_vmap(lambda o, m: _scan(loss, o, m, gradients, states))(optimizers, moving)
