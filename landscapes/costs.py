"""What it costs to look: every point of a grid, or one gradient."""

from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

YEAR = 365.25 * 86400
AGE_OF_UNIVERSE = 13.787e9 * YEAR  # Planck Collaboration 2020, table 2: 13.787 billion years

Loss = Callable[[PyTree], Float[Array, ""]]


class GradientCost(NamedTuple):
    """Seconds for one loss and for one loss with its gradient, warm, on this machine now."""

    dimension: int
    loss: float
    gradient: float

    @property
    def ratio(self) -> float:
        """A gradient (with the loss, which comes with it) as a multiple of one loss."""
        return self.gradient / self.loss


def cost_of_gradient(loss: Loss, point: PyTree, *, repeats: int = 15, least: float = 2e-3) -> GradientCost:
    """Measure one loss and one gradient at `point`, compiled first; each time is at least `least` seconds of calls.

    Of `repeats` times the least counts: whatever else the machine does can only add to it.

    Reverse-mode differentiation costs a small multiple of the loss, however many parameters there are: at most about
    5 by the operations counted (Griewank and Walther, Evaluating Derivatives (2008), section 4.6, "cheap gradient").
    """
    with jax.enable_x64(any(np.asarray(leaf).dtype == np.float64 for leaf in jax.tree.leaves(point))):
        point = jax.tree.map(jnp.asarray, point)
        dimension = sum(leaf.size for leaf in jax.tree.leaves(point))
        plain, both = (_compiled(kind, loss, point) for kind in (_loss, _value_and_gradient))
        counts = [_calls(call, least) for call in (plain, both)]
        # In turns, so that what else the machine does falls on both alike.
        times = [[_seconds(call, count) for call, count in zip((plain, both), counts)] for _ in range(repeats)]
    return GradientCost(dimension, *np.min(times, axis=0).tolist())


def grid_points(per_axis: int, dimension: int) -> int:
    """How many points a grid has: `per_axis` to the power of `dimension`, exactly.

    Raises ValueError for fewer than 2 points an axis, less than 1 dimension, or over a million of them.
    """
    if not isinstance(per_axis, int) or not 2 <= per_axis <= 1000:
        raise ValueError(f"Points an axis are a whole number from 2 to 1000, got {per_axis!r}.")
    if not isinstance(dimension, int) or not 1 <= dimension <= 10**6:
        raise ValueError(f"Dimensions are a whole number from 1 to 1000000, got {dimension!r}.")
    return per_axis**dimension


def log_grid_seconds(per_axis: int, dimension: int, seconds: float) -> float:
    """The decimal logarithm of the time a whole grid takes, at `seconds` for each point: the time may fit no float."""
    grid_points(per_axis, 1), grid_points(2, dimension)
    if not seconds > 0:
        raise ValueError(f"Seconds for a point are above 0, got {seconds!r}.")
    return dimension * float(np.log10(per_axis)) + float(np.log10(seconds))


def duration(log_seconds: float) -> str:
    """10^`log_seconds` seconds as a person says it: milliseconds, hours, years, ages of the universe."""
    if log_seconds >= np.log10(AGE_OF_UNIVERSE):
        ages = log_seconds - float(np.log10(AGE_OF_UNIVERSE))
        return f"{_large(ages)} ages of the universe"
    seconds = 10.0**log_seconds
    units = (("years", YEAR), ("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0), ("milliseconds", 1e-3))
    name, unit = next(((name, unit) for name, unit in units if seconds >= unit), ("microseconds", 1e-6))
    count = f"{seconds / unit:,.0f}" if seconds / unit >= 10 else f"{seconds / unit:.1f}"
    return f"{count} {name}" if seconds / unit < 1e6 else f"{_large(float(np.log10(seconds / unit)))} {name}"


def _large(log_count: float) -> str:
    if log_count < 4:
        return f"{10**log_count:,.0f}" if log_count >= 1 else f"{10**log_count:.1f}"
    power = int(np.floor(log_count))
    digit = 10 ** (log_count - power)
    return f"{digit:.0f} × 10^{power}" if digit < 9.5 else f"1 × 10^{power + 1}"


def _loss(loss, point):
    return loss(point)


def _value_and_gradient(loss, point):
    return jax.value_and_grad(loss)(point)


def _compiled(kind, loss: Loss, point: PyTree) -> Callable[[], object]:
    """A call that is compiled and warm. Arrays of a bound method are arguments, so nothing is computed ahead."""
    arrays, rest = eqx.partition(loss, eqx.is_array)
    program = jax.jit(lambda arrays, point: kind(eqx.combine(arrays, rest), point)).lower(arrays, point).compile()
    call = lambda: jax.block_until_ready(program(arrays, point))
    call()
    return call


def _calls(call, least: float) -> int:
    """How many calls fill `least` seconds."""
    return max(1, int(np.ceil(least / max(_seconds(call, 1), 1e-7))))


def _seconds(call, count: int) -> float:
    start = perf_counter()
    for _ in range(count):
        call()
    return (perf_counter() - start) / count
