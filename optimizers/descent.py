"""Descents: one run, or one run for every value of a knob."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from numbers import Real

import equinox as eqx
import jax
import numpy as np
import optax
from jaxtyping import Array, Float, PyTree

from landscapes.pieces import Pieces, result_of, scaled
from optimizers import loop
from optimizers.knobs import check
from optimizers.optimizer import Optimizer, Plain
from optimizers.schedules import Constant, Schedule, check_schedule, factors
from optimizers.trajectory import Trajectory

LANES = (16, 64, 160)  # lanes of a compiled call of a sweep: any number of values reuses one of three


def descend(
    loss: Callable[[PyTree], Float[Array, ""]],
    optimizer: Optimizer | optax.GradientTransformation,
    start: PyTree,
    steps: int = 300,
    *,
    report: Callable[[int, int], bool | None] | None = None,
    gradients: bool = False,
    states: bool = False,
    schedule: Schedule | Callable = Constant(),
) -> Trajectory:
    """Run `optimizer` on `loss` from `start` and record every step.

    `loss` takes one point, a pytree like `start`, and returns a scalar. dtype follows `start`; Python
    numbers and integers mean float64. `report(done, steps)` is called every 64 positions; when it returns False the
    run ends there. `gradients` and `states` ask for the gradient and the optax state at every step as well.
    `schedule`, one of `SCHEDULES` or an optax schedule, multiplies the learning rate of every step; `Constant()` leaves
    the run as it is, to the bit.
    Raises ValueError for a negative number of steps or a start that is not finite.
    """
    check_loss(loss)
    optimizer, start = as_optimizer(optimizer), as_start(start)
    check_dimension(optimizer, loop.dimension(start))
    check_steps(steps)
    check_schedule(optimizer, schedule)
    with jax.enable_x64(is_double(start)):
        begin, go_on = partial(loop.begin, loss, optimizer), partial(loop.go_on, loss, optimizer)
        record = _run(begin, go_on, start, steps, report, loop.Ask(gradients, states), schedule)
    return _trajectory(record, optimizer, loop.dimension(start))


def sweep(
    loss: Callable[[PyTree], Float[Array, ""]],
    optimizer: Optimizer,
    start: PyTree,
    *,
    over: str,
    values: Sequence[float] | Float[np.ndarray, "lanes"],
    steps: int = 300,
    lanes: int = LANES[-1],
    schedule: Schedule | Callable = Constant(),
) -> Trajectory:
    """One run for every value of the knob named `over`, as one batch; axis 0 of the record is the lane.

    `over="start"` sweeps the start instead: `values` are then points, stacked along axis 0. Each lane is `descend`
    with that value, up to rounding: the compiler may order the additions of a batch in another way. Lanes run in
    padded batches of 16 or 64 (for up to so many values) or `lanes`, so any knob, start or number of values reuses one
    of three compiled calls. `steps=0` compiles ahead. Raises ValueError for a knob the optimizer has not,
    or a value that makes no sense for it.
    """
    return result_of(sweep_in_pieces(loss, optimizer, start, over=over, values=values, steps=steps, lanes=lanes, schedule=schedule))


def sweep_in_pieces(
    loss: Callable[[PyTree], Float[Array, ""]],
    optimizer: Optimizer,
    start: PyTree,
    *,
    over: str,
    values: Sequence[float] | Float[np.ndarray, "lanes"],
    steps: int = 300,
    lanes: int = LANES[-1],
    schedule: Schedule | Callable = Constant(),
    together: int | None = None,
) -> Pieces[Trajectory]:
    """`sweep`, a compiled call each piece, of at most `together` positions where that is given."""
    start = as_start(start)
    check_steps(steps)
    check_schedule(optimizer, schedule)
    optimizers, starts, count = _lanes(optimizer, start, over, values)
    block = min(lanes, next((few for few in LANES if count <= few), LANES[-1]))
    blocks, firsts = [], range(0, count, block)
    for number, first in enumerate(firsts):
        which = np.minimum(np.arange(first, first + block), count - 1)
        one = _block_in_pieces(loss, optimizers, starts, which, steps, schedule, together)
        blocks.append((yield from scaled(one, number / len(firsts), 1 / len(firsts))))
    record = jax.tree.map(lambda *parts: _lanes_first(_joined(parts, 1)[:, :count]), *blocks)
    return _trajectory(record, optimizer, loop.dimension(start))


def as_optimizer(optimizer) -> Optimizer:
    """A user's own optax transformation as an `Optimizer`. Raises TypeError for what is neither."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    if isinstance(optimizer, optax.GradientTransformation):
        return Plain(optimizer)
    if isinstance(optimizer, type) and issubclass(optimizer, Optimizer):
        raise TypeError(f"{optimizer.__name__} is a class; build one with its knobs: {optimizer.__name__}().")
    hint = f"; did you mean OPTIMIZERS[{optimizer!r}]()?" if isinstance(optimizer, str) else "."
    raise TypeError(
        f"An optimizer is one of OPTIMIZERS, such as Adam(), or an optax transformation; got {optimizer!r}{hint}"
    )


def check_loss(loss) -> None:
    """Raises TypeError for what cannot be called with a point."""
    if not callable(loss) or isinstance(loss, type):
        hint = "; give its `.loss`" if callable(getattr(loss, "loss", None)) else ""
        raise TypeError(f"A loss is a function of one point, got a {type(loss).__name__}{hint}.")


def check_dimension(optimizer: Optimizer, dimension: int) -> None:
    """Raises ValueError where a step of `optimizer` on so many parameters would not fit, or never end."""
    most = optimizer.most_parameters
    if most is not None and dimension > most:
        raise ValueError(
            f"{optimizer.title} works with {dimension:,} x {dimension:,} numbers for {dimension:,} parameters; it is "
            f"offered up to {most}. Choose an optimizer that needs the gradient alone, such as Adam."
        )


def as_start(start: PyTree) -> PyTree:
    """A point of arrays of floats; a sequence of numbers is one array. Raises ValueError if it is not finite."""
    if isinstance(start, (tuple, list)) and all(isinstance(number, Real) for number in start):
        start = np.asarray(start, dtype=np.float64)
    start = jax.tree.map(_as_floats, start)
    for leaf in jax.tree.leaves(start):
        if not np.isfinite(leaf).all():
            raise ValueError(f"A start needs finite numbers, got {np.asarray(leaf)}; choose a point inside the window.")
    return start


def _as_floats(leaf):
    leaf = leaf if isinstance(leaf, jax.Array) else np.asarray(leaf)
    if leaf.dtype == object:
        raise ValueError(
            f"A start is a pytree of numbers, got {leaf.item()!r} in it; of an equinox module, `eqx.filter(model, "
            "eqx.is_inexact_array)` leaves the parameters."
        )
    return leaf if np.issubdtype(leaf.dtype, np.floating) else np.asarray(leaf, dtype=np.float64)


def check_steps(steps: int) -> None:
    """Raises ValueError unless `steps` is a whole number of 0 or more."""
    if not isinstance(steps, (int, np.integer)) or steps < 0:
        raise ValueError(f"The number of steps must be a whole number of 0 or more, got {steps!r}.")


def is_double(start: PyTree) -> bool:
    return any(leaf.dtype == np.float64 for leaf in jax.tree.leaves(start))


def _lanes(optimizer: Optimizer, start: PyTree, over: str, values) -> tuple[Optimizer, PyTree, int]:
    """Every knob and the start repeated along a new leading axis, with `over` varying along it."""
    if over == "start":
        starts = jax.tree.map(_as_floats, values)
        count = len(jax.tree.leaves(starts)[0])
    else:
        values = checked_values(optimizer, over, values)
        count = len(values)
        starts = _repeated(start, count)
    if count == 0:
        raise ValueError("A sweep needs at least one value, got none.")
    return side_by_side(optimizer, count, {} if over == "start" else {over: values}), starts, count


def side_by_side(optimizer: Optimizer, count: int, values: Mapping[str, Float[np.ndarray, "lanes"]]) -> Optimizer:
    """Every knob repeated along a new leading axis, those in `values` varying along it."""
    arrays, rest = eqx.partition(optimizer, eqx.is_array)
    arrays = _repeated(arrays, count)
    for name, lanes in values.items():
        arrays = arrays.with_knob(name, lanes)
    return eqx.combine(arrays, rest)


def checked_values(optimizer: Optimizer, over: str, values) -> Float[np.ndarray, "lanes"]:
    known = optimizer.movable()
    if over not in known:
        raise ValueError(f"{optimizer.title} has no knob {over!r}; it has {', '.join(known) or 'none'}, or use 'start'.")
    values = np.asarray(values, dtype=np.float64)
    check(optimizer.title, known[over], values)
    return values


def _repeated(tree: PyTree, count: int) -> PyTree:
    return jax.tree.map(lambda leaf: np.broadcast_to(leaf, (count, *np.shape(leaf))), tree)


def _block_in_pieces(loss, optimizers, starts, which, steps: int, schedule, together: int | None) -> Pieces[dict]:
    optimizers, starts = jax.tree.map(lambda leaf: leaf[which], (optimizers, starts))
    begin, go_on = partial(loop.begin_lanes, loss, optimizers), partial(loop.go_on_lanes, loss, optimizers)
    return _record_in_pieces(begin, go_on, starts, steps, loop.bucket(steps + 1, False, _bytes(starts)), loop.Ask(), schedule, together)


def _run(begin, go_on, start: PyTree, steps: int, report, ask: loop.Ask, schedule):
    """Call after call until every position is there, or `report` says no; the joined record, steps first."""
    length = loop.bucket(steps + 1, report is not None, _bytes(start))
    return result_of(_record_in_pieces(begin, go_on, start, steps, length, ask, schedule, report=report))


def _record_in_pieces(
    begin, go_on, start: PyTree, steps: int, length: int, ask: loop.Ask, schedule, together: int | None = None, report=None
) -> Pieces[dict]:
    parts, done, moving = [], 0, None
    while done < steps + 1:
        count = min(length, together or length, steps + 1 - done)
        call = partial(begin, start) if moving is None else partial(go_on, moving)
        with jax.enable_x64(is_double(start)):  # for each piece: between two the thread does something else
            moving, record = call(np.int32(count), length, ask, paced(schedule, steps, done, length, start))
            # Copied where it is a small part: it would hold on to all of the call's buffer.
            take = np.asarray if 2 * count > length else np.array
            parts.append(jax.tree.map(lambda leaf, count=count, take=take: take(np.asarray(leaf)[:count]), record))
        done += count
        if report is not None and report(done - 1, steps) is False:
            break
        yield done / (steps + 1)
    return jax.tree.map(lambda *leaves: _joined(leaves, axis=0), *parts)


def _bytes(point: PyTree) -> int:
    return sum(np.asarray(leaf).nbytes for leaf in jax.tree.leaves(point))


def paced(schedule, steps: int, first: int, count: int, start: PyTree) -> Float[np.ndarray, "count"] | None:
    """`factors` in the dtype of `start`; None where nothing is multiplied, which leaves a loop without multiplications."""
    if isinstance(schedule, Constant):
        return None
    return factors(schedule, steps, first, count).astype(np.float64 if is_double(start) else np.float32)


def _joined(parts: Sequence[np.ndarray], axis: int) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=axis)


def _lanes_first(array: Float[np.ndarray, "steps lanes ..."]) -> Float[np.ndarray, "lanes steps ..."]:
    """Steps are first in the loop, lanes for the reader; in memory the coordinates are, as every read-out takes them one by one."""
    by_coordinate = np.ascontiguousarray(np.moveaxis(array, (0, 1), (-1, -2)))
    return np.moveaxis(by_coordinate, (-1, -2), (1, 0))


def _trajectory(record: dict, optimizer: Optimizer, dimension: int) -> Trajectory:
    if "spent" in record:
        spent = record.pop("spent").astype(np.int64)
        evaluations = np.cumsum(spent, axis=-2) - spent
    else:
        steps = np.arange(record["losses"].shape[-1])
        evaluations = steps[:, None] * np.asarray(optimizer.evaluations(None, dimension), dtype=np.int64)
    evaluations = np.broadcast_to(evaluations, (*record["losses"].shape, 3))
    return Trajectory(evaluations=evaluations, **record)
