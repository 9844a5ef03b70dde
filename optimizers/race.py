"""Races at equal cost: what each optimizer reaches for the same number of loss evaluations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Array, Float

from optimizers import loop
from optimizers.adam import Adam
from optimizers.derivative_free import CoordinateProbing, RandomSearch
from optimizers.descent import as_start, check_loss, is_double
from optimizers.first_order import GradientDescent, Momentum
from optimizers.optimizer import Optimizer
from optimizers.second_order import Newton
from optimizers.trajectory import GRADIENT_COST, HESSIAN_COST

LENGTH = 2048  # steps of a compiled call
POINTS = 500  # places of a curve, evenly spaced in the logarithm of the cost: each of the first sixty steps is one
TRIAL = 0.05  # share of the budget that a trial of one rate may spend
MOST_BUDGET = 1_000_000

Loss = Callable[[Float[Array, "n"]], Float[Array, ""]]


class ProbingOfMany(CoordinateProbing):
    """Coordinate probing for up to 1,000 parameters: a race shows what it costs there."""

    most_parameters = 1000


class NewtonOfMany(Newton):
    """Newton for up to 1,000 parameters: a race shows what it costs there."""

    most_parameters = 1000


@dataclass(frozen=True)
class Racer:
    """An optimizer that takes part; its rail is `tuned` over `values`, or takes that of the racer named `like`."""

    optimizer: type[Optimizer]
    values: tuple[float, ...] = ()
    like: str | None = None

    @property
    def tuned(self) -> bool:
        return bool(self.values or self.like)


# Two a decade, around what suits losses whose curvature is about one.
RATES = tuple(float(f"{digit}e{power}") for power in range(-3, 3) for digit in (1, 3))

RACERS: dict[str, Racer] = {
    "random_search": Racer(RandomSearch, RATES),
    "coordinate_probing": Racer(ProbingOfMany, like="gradient_descent"),
    "gradient_descent": Racer(GradientDescent, RATES),
    "momentum": Racer(Momentum, RATES),
    "adam": Racer(Adam, RATES),
    "newton": Racer(NewtonOfMany),
}


@dataclass(frozen=True)
class Lap:
    """What one optimizer reached: the loss after it had spent `cost`, in loss evaluations. Arrays are read-only.

    `value` is what its rail (its learning rate, or how far it guesses) was set to, `tuned` whether for this race.
    `step_cost` is the cost of one step.
    """

    title: str
    cost: Float[np.ndarray, "k"]
    loss: Float[np.ndarray, "k"]
    step_cost: float
    value: float
    tuned: bool

    def at(self, cost: float) -> float:
        """The loss when `cost` has been spent."""
        return float(self.loss[np.searchsorted(self.cost, cost, side="right") - 1])

    def cost_to(self, level: float) -> float:
        """The cost at which the loss is first at or below `level`; infinite where it never is."""
        below = self.loss <= level
        return float(self.cost[below.argmax()]) if below.any() else np.inf


def step_cost(optimizer: Optimizer, dimension: int) -> float:
    """One step in loss evaluations: a gradient counts 3, a Hessian 3 for each of the `dimension` parameters."""
    return float(optimizer.evaluations(None, dimension) @ np.array([1.0, GRADIENT_COST, HESSIAN_COST * dimension]))


def race(
    loss: Loss,
    start: Float[np.ndarray, "n"],
    budget: int = 10_000,
    *,
    racers: Sequence[str] = tuple(RACERS),
    report: Callable[[float, Lap], None] | None = None,
) -> dict[str, Lap]:
    """Let each of `racers` spend `budget` loss evaluations from `start`, by name.

    Those that are tuned take the value that is lowest after a twentieth of the budget; trials are not counted.
    An optimizer whose step costs more than the budget makes none. `report(share, lap)` is told how far it is and
    what the last one reached. dtype follows `start`. Raises ValueError for unknown names, and for budgets that are not from 1 to 1,000,000.
    """
    check_loss(loss)
    start = as_start(start)
    dimension = loop.dimension(start)
    if not isinstance(budget, (int, np.integer)) or not 1 <= budget <= MOST_BUDGET:
        raise ValueError(f"A budget is a whole number from 1 to {MOST_BUDGET:,}, got {budget!r}.")
    unknown = [key for key in racers if key not in RACERS]
    if unknown:
        raise ValueError(f"There is no racer {unknown[0]!r}; there are {', '.join(RACERS)}.")
    values, laps = {}, {}
    with jax.enable_x64(is_double(start)):
        # Those whose value others take run first; the answer is in the order asked for.
        for done, key in enumerate(sorted(racers, key=lambda key: RACERS[key].like is not None)):
            racer = RACERS[key]
            values[key] = _value(loss, start, racer, budget, values)
            laps[key] = _lap(loss, start, racer, values[key], budget, dimension)
            if report is not None:
                report((done + 1) / len(racers), laps[key])
    return {key: laps[key] for key in racers}


def _value(loss, start, racer: Racer, budget: int, values: dict[str, float]) -> float:
    if racer.like is not None and racer.like in values:
        return values[racer.like]
    trials = racer.values or (RACERS[racer.like].values if racer.like else ())
    if not trials:
        return float(racer.optimizer.knobs()[racer.optimizer.rail].default)
    steps = lambda optimizer: max(1, int(TRIAL * budget / step_cost(optimizer, start.size)))
    runs = ((value, _losses(loss, start, racer, value, steps)) for value in trials)
    return min(runs, key=lambda run: run[1][-1] if np.isfinite(run[1][-1]) else np.inf)[0]


def _lap(loss, start, racer: Racer, value: float, budget: int, dimension: int) -> Lap:
    each = step_cost(_with(racer, value), dimension)
    losses = _losses(loss, start, racer, value, lambda _: int(budget / each))
    cost = np.arange(len(losses)) * each
    kept = _thinned(len(losses))
    return Lap(racer.optimizer.title, *map(_read_only, (cost[kept], losses[kept])), each, value, racer.tuned)


def _losses(loss, start, racer: Racer, value: float, steps) -> Float[np.ndarray, "steps+1"]:
    """The loss at every step; call after call of one compiled program."""
    optimizer = _with(racer, value)
    left, moving, parts = steps(optimizer) + 1, loop.ready(optimizer, start), []
    while left > 0:
        count = min(left, LENGTH)
        moving, record = loop.go_on(loss, optimizer, moving, np.int32(count), LENGTH, loop.Ask(positions=False))
        parts.append(np.asarray(record["losses"])[:count])
        left -= count
    return np.concatenate(parts)


def _with(racer: Racer, value: float) -> Optimizer:
    optimizer = racer.optimizer()
    return optimizer.with_knob(optimizer.rail, np.asarray(value, np.float64))


def _thinned(count: int) -> np.ndarray:
    """The first and the last, and between them steps that are evenly spaced in their logarithm."""
    if count <= 2:
        return np.arange(count)
    return np.unique(np.concatenate([[0], np.geomspace(1, count - 1, POINTS).round().astype(int)]))


def _read_only(array) -> np.ndarray:
    array = np.array(array, np.float64)
    array.setflags(write=False)
    return array
