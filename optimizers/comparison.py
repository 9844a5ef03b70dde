"""Fair comparisons: every optimizer for the same cost, over a sweep of its learning rate, from many starts.

Rates are tuned on some starts and judged on others: the best of 25 rates on the very starts that chose it would owe a
part of its lead to luck.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from landscapes.pieces import Pieces, result_of, scaled
from optimizers import loop
from optimizers.basins import Window
from optimizers.descent import as_optimizer, check_loss, checked_values, side_by_side
from optimizers.optimizer import Optimizer
from optimizers.trajectory import GRADIENT_COST, HESSIAN_COST

MARKS = 100  # points of a budget at which a descent is looked at
BLOCK = 320  # lanes of a compiled call: one program for any number of rates and starts
TOLERANCE = 1e-3  # share of the way from a start's loss down to the lowest that may be left
SELDOM = 0.1  # share of successes below which half as many is no statement
SPARE = 8  # places drawn for each start that is needed: the loss may not be finite everywhere
MOST_BUDGET, MOST_STARTS, MOST_RATES = 1_000_000, 4096, 200


@dataclass(frozen=True)
class Terms:
    """What is the same for everybody: the cost to spend, in loss evaluations, and the starts to tune on and to be tested on.

    `lowest` is the value of the lowest known minimum, None where none is known.
    """

    budget: int
    window: Window
    lowest: float | None
    tuning: Float[np.ndarray, "starts n"]
    testing: Float[np.ndarray, "starts n"]
    tuning_losses: Float[np.ndarray, "starts"]

    @property
    def marks(self) -> Float[np.ndarray, "marks+1"]:
        """The costs at which descents are looked at."""
        return np.linspace(0, self.budget, MARKS + 1)


class Good(NamedTuple):
    """The values around the tuned one with at least half its successes; `open_*` where the rail ends before they do."""

    low: float
    high: float
    open_low: bool
    open_high: bool

    @property
    def decades(self) -> float:
        return float(np.log10(self.high / self.low))


@dataclass(frozen=True)
class Contender:
    """What one optimizer found: the lowest losses inside the window. Arrays are read-only.

    `swept[r, s]` is the loss found with `values[r]` from `terms.tuning[s]` for the whole budget. `best` is the index of
    the value with the most successes there, of equals that which succeeds sooner. `tested[0]` holds the runs of that
    value from `terms.testing`, mark by mark, `tested[1]` those of the textbook's `default`.
    """

    title: str
    rail: str
    values: Float[np.ndarray, "rates"]
    default: float
    swept: Float[np.ndarray, "rates starts"]
    best: int
    tested: Float[np.ndarray, "2 marks+1 starts"]

    def __post_init__(self):
        for field in fields(self):
            if isinstance(array := getattr(self, field.name), np.ndarray):
                array.setflags(write=False)

    @property
    def tuned(self) -> float:
        return float(self.values[self.best])


@dataclass(frozen=True)
class Comparison:
    """Contenders on the same terms, by name. Success is a loss at most 0.1 % of the way from the start's down to `floor` above it.

    That is the convergence test of More & Wild 2009 (Benchmarking derivative-free optimization algorithms, equation 2.2).
    """

    terms: Terms
    contenders: dict[str, Contender]

    @cached_property
    def floor(self) -> float:
        """The lowest known minimum; the lowest loss that anybody found where none is known, or where that is lower."""
        return min(_lowest(self.terms, each.swept, each.tested) for each in self.contenders.values())

    @property
    def known(self) -> bool:
        """Whether `floor` is a known minimum."""
        lowest = self.terms.lowest
        return lowest is not None and self.floor >= lowest - 1e-6 * max(1.0, abs(lowest))

    def bands(self, name: str, default: bool = False) -> Float[np.ndarray, "3 marks+1"]:
        """The lower quartile, the median and the upper quartile of the losses from the starts of the test, at every mark."""
        return np.quantile(self.contenders[name].tested[int(default)], (0.25, 0.5, 0.75), axis=1)

    def costs(self, name: str, default: bool = False) -> Float[np.ndarray, "starts"]:
        """The first mark at which each start of the test has succeeded; infinite where it never does."""
        curves = self.contenders[name].tested[int(default)]
        reached = curves <= goal(curves[0], self.floor)
        return np.where(reached.any(axis=0), self.terms.marks[reached.argmax(axis=0)], np.inf)

    def shares(self, name: str) -> Float[np.ndarray, "rates"]:
        """The share of the tuning starts from which each value succeeds."""
        return (self.contenders[name].swept <= goal(self.terms.tuning_losses, self.floor)).mean(axis=1)

    def good(self, name: str) -> Good | None:
        """How wide the good values reach around the tuned one, as far as they are next to each other; None where it succeeds too seldom."""
        shares, contender = self.shares(name), self.contenders[name]
        fine = shares >= shares[contender.best] / 2
        if shares[contender.best] < SELDOM:
            return None
        low = high = contender.best
        while low > 0 and fine[low - 1]:
            low -= 1
        while high + 1 < len(fine) and fine[high + 1]:
            high += 1
        return Good(float(contender.values[low]), float(contender.values[high]), low == 0, high + 1 == len(fine))


def compare(
    landscape: Any,
    optimizers: Mapping[str, Optimizer],
    budget: int = 900,
    *,
    starts: int = 64,
    rates: int = 25,
    seed: int = 0,
    report: Callable[[Contender], bool | None] | None = None,
) -> Comparison:
    """Let every optimizer spend `budget` loss evaluations from each of as many starts, drawn from its window by `seed`.

    A landscape is what has a `loss` of one point, a `window` and `minima`, each with a `value`. A gradient counts 3
    losses, a Hessian 3 for each parameter. Each optimizer's rail is tuned over `rates` of its stops on `starts` places,
    and tested on `starts` others, against the textbook's default too; its other knobs stay. `report(contender)` hears
    of each; when it returns False the comparison ends there. Memory does not grow with the number of steps.
    """
    ground = terms(landscape, budget, starts, seed)
    done = {}
    # Two at a time: compiling takes longest, and leaves Python's lock.
    with ThreadPoolExecutor(2) as pool:
        parts = pool.map(lambda optimizer: contend(landscape.loss, optimizer, ground, rates), optimizers.values())
        for name, part in zip(optimizers, parts):
            done[name] = part
            if report is not None and report(part) is False:
                pool.shutdown(cancel_futures=True)
                break
    return Comparison(ground, done)


def terms(landscape: Any, budget: int = 900, starts: int = 64, seed: int = 0) -> Terms:
    """What a comparison on `landscape` is fought on. Raises ValueError for numbers that make none, or where no loss is finite."""
    check_loss(landscape.loss)
    bounds = {"budget": (budget, 0, MOST_BUDGET), "number of starts": (starts, 1, MOST_STARTS), "seed": (seed, 0, 2**32)}
    for name, (value, least, most) in bounds.items():
        if not isinstance(value, (int, np.integer)) or not least <= value <= most:
            raise ValueError(f"The {name} is a whole number from {least} to {most:,}, got {value!r}.")
    places = np.random.default_rng(seed).uniform(*np.transpose(landscape.window), (2 * SPARE * starts, len(landscape.window)))
    with jax.enable_x64(True):
        losses = np.asarray(loop.losses(landscape.loss, places))
    finite = np.flatnonzero(np.isfinite(losses))[: 2 * starts]
    if len(finite) < 2 * starts:
        raise ValueError(
            f"The loss is a finite number at {len(finite)} of {len(places)} places in the window; {2 * starts} starts are needed."
        )
    tuning, testing = finite[:starts], finite[starts:]
    lowest = min((float(minimum.value) for minimum in landscape.minima), default=None)
    return Terms(int(budget), landscape.window, lowest, places[tuning], places[testing], losses[tuning])


def contend(loss: Callable, optimizer: Optimizer, ground: Terms, rates: int = 25) -> Contender:
    """One optimizer's part of a comparison. Where no minimum is known it is tuned towards the lowest loss that itself found."""
    return result_of(contend_in_pieces(loss, optimizer, ground, rates))


def contend_in_pieces(loss: Callable, optimizer: Optimizer, ground: Terms, rates: int = 25) -> Pieces[Contender]:
    """`contend`, a block of lanes each piece."""
    optimizer = as_optimizer(optimizer)
    if optimizer.rail not in optimizer.movable():
        raise ValueError(f"{optimizer.title} has no learning rate that could be tuned; a comparison needs one of OPTIMIZERS.")
    known = optimizer.movable()[optimizer.rail]
    values = grid(known.stops, rates)
    lanes = {known.name: np.repeat(values, len(ground.tuning)), **_noise(optimizer, ground.tuning, len(values))}
    tuning = len(values) / (len(values) + 2)  # its share of the lanes
    curves = yield from scaled(_lowest_losses(loss, optimizer, lanes, np.tile(ground.tuning, (len(values), 1)), ground), 0, tuning)
    curves = curves.reshape(-1, len(values), len(ground.tuning))
    best = _most_successful(curves, goal(ground.tuning_losses, _lowest(ground, curves)))
    chosen = np.repeat([values[best], known.default], len(ground.testing))
    lanes = {known.name: chosen, **_noise(optimizer, ground.testing, 2, len(ground.tuning))}
    tested = yield from scaled(_lowest_losses(loss, optimizer, lanes, np.tile(ground.testing, (2, 1)), ground), tuning, 1 - tuning)
    tested = np.ascontiguousarray(tested.reshape(-1, 2, len(ground.testing)).swapaxes(0, 1))
    return Contender(optimizer.title, known.label, values, float(known.default), curves[-1].copy(), best, tested)


def heat(loss: Callable, optimizer: Optimizer, ground: Terms, over: str, rates: int = 25, others: int = 9):
    """The share of the tuning starts that succeed with each value of the knob `over` and of the rail.

    Values of the knob `(others,)`, of the rail `(rates,)`, and shares `(others, rates)`. The floor is the lowest known
    minimum, or what was found here.
    """
    return result_of(heat_in_pieces(loss, optimizer, ground, over, rates, others))


def heat_in_pieces(loss: Callable, optimizer: Optimizer, ground: Terms, over: str, rates: int = 25, others: int = 9) -> Pieces[tuple]:
    """`heat`, a block of lanes each piece."""
    optimizer = as_optimizer(optimizer)
    known, other = optimizer.movable()[optimizer.rail], optimizer.movable().get(over)
    if other is None or over == optimizer.rail:
        others = ", ".join(name for name in optimizer.movable() if name != optimizer.rail)
        raise ValueError(f"{optimizer.title} has no second knob {over!r}; it has {others or 'none'}.")
    values, second, count = grid(known.stops, rates), grid(other.stops, others), len(ground.tuning)
    pairs = {known.name: np.tile(np.repeat(values, count), len(second)), over: np.repeat(second, len(values) * count),
             **_noise(optimizer, ground.tuning, len(values) * len(second))}  # fmt: skip
    curves = yield from _lowest_losses(loss, optimizer, pairs, np.tile(ground.tuning, (len(values) * len(second), 1)), ground)
    found = curves[-1].reshape(len(second), len(values), count)
    return second, values, (found <= goal(ground.tuning_losses, _lowest(ground, found))).mean(axis=-1)


def lowest_losses(
    loss: Callable, optimizer: Optimizer, values: Mapping[str, Float[np.ndarray, "lanes"]],
    starts: Float[np.ndarray, "lanes n"], ground: Terms,
) -> Float[np.ndarray, "marks+1 lanes"]:  # fmt: skip
    """The lowest loss inside the window at every mark of the budget, for lanes with `values` of knobs, each from its start."""
    return result_of(_lowest_losses(loss, optimizer, values, starts, ground))


def _lowest_losses(loss: Callable, optimizer: Optimizer, values: Mapping, starts: np.ndarray, ground: Terms) -> Pieces[np.ndarray]:
    for name, each in values.items():
        checked_values(optimizer, name, each)
    prices, window = np.array([1, GRADIENT_COST, HESSIAN_COST * starts.shape[1]]), np.asarray(ground.window, np.float64)
    found = []
    for first in range(0, len(starts), BLOCK):
        # The last block is filled up with its last lane.
        lanes = np.minimum(np.arange(first, first + BLOCK), len(starts) - 1)
        with jax.enable_x64(True):
            moved = side_by_side(optimizer, BLOCK, {name: each[lanes] for name, each in values.items()})
            columns = np.ascontiguousarray(starts[lanes].T)
            lowest = loop.spend(loss, moved, columns, window, np.int64(ground.budget), prices, MARKS)
            found.append(np.asarray(lowest)[:, : len(starts) - first])
        yield min(1.0, (first + BLOCK) / len(starts))
    return np.concatenate(found, axis=1)


def goal(first: Float[np.ndarray, "starts"], floor: float) -> Float[np.ndarray, "starts"]:
    """The loss that counts as success from a start whose loss is `first`."""
    return floor + TOLERANCE * (first - floor)


def grid(stops: Float[np.ndarray, "stops"], count: int) -> Float[np.ndarray, "values"]:
    """Up to `count` of the stops of a rail, evenly spread, both ends included. Raises ValueError for fewer than one."""
    if not isinstance(count, (int, np.integer)) or not 1 <= count <= MOST_RATES:
        raise ValueError(f"The number of rates is a whole number from 1 to {MOST_RATES}, got {count!r}.")
    return stops[np.unique(np.linspace(0, len(stops) - 1, count).round().astype(int))]


def _noise(optimizer: Optimizer, starts: np.ndarray, times: int, first: int = 0) -> dict[str, np.ndarray]:
    """A seed of its own for each start, where there is noise: what one draw of it does would look like what all do."""
    seed = getattr(optimizer, "noise_seed", None)
    return {} if seed is None else {"noise_seed": np.tile(seed + first + np.arange(len(starts)), times)}


def _lowest(ground: Terms, *found: np.ndarray) -> float:
    return float(min([*(each.min() for each in found), *([] if ground.lowest is None else [ground.lowest])]))


def _most_successful(curves: Float[np.ndarray, "marks+1 rates starts"], level: Float[np.ndarray, "starts"]) -> int:
    """The rate with the most successes; of equals that which succeeds sooner, then that whose median loss is lower."""
    reached = curves <= level
    return int(np.lexsort((np.median(curves[-1], axis=1), -reached.sum(axis=(0, 2)), -reached[-1].sum(axis=1)))[0])
