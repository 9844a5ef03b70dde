"""What a comparison supports: shares and medians with their intervals, and a sentence that says no more."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from optimizers.comparison import Comparison

Z = 1.959963984540054  # 95 % of a normal distribution lie within so many standard deviations

Interval = tuple[float, float]


@dataclass(frozen=True)
class Result:
    """What one optimizer reached from the starts of the test, with 95 % intervals.

    `cost` is the median of what success costs, in loss evaluations, infinite where fewer than half succeed.
    """

    title: str
    successes: int
    share: Interval
    cost: float
    cost_interval: Interval
    loss: tuple[float, float, float]  # lower quartile, median, upper quartile at the whole budget


def result(comparison: Comparison, name: str, default: bool = False) -> Result:
    """The result of one contender, with the rate tuned for it or with the textbook's."""
    costs = comparison.costs(name, default)
    successes = int(np.isfinite(costs).sum())
    median = float(np.sort(costs)[(len(costs) - 1) // 2])  # half of the starts, or more, are there by then
    quartiles = tuple(map(float, comparison.bands(name, default)[:, -1]))
    title = comparison.contenders[name].title
    return Result(title, successes, wilson(successes, len(costs)), median, median_interval(costs), quartiles)


def wilson(successes: int, trials: int) -> Interval:
    """The 95 % interval of a share: Wilson 1927 (Probable inference, the law of succession, and statistical inference)."""
    share, squared = successes / trials, Z * Z / trials
    middle, half = share + squared / 2, Z * math.sqrt((share * (1 - share) + squared / 4) / trials)
    low, high = (middle - half) / (1 + squared), (middle + half) / (1 + squared)
    # Rounding must not leave the ends.
    return (0.0 if successes == 0 else low), (1.0 if successes == trials else high)


def median_interval(values: Float[np.ndarray, "n"]) -> Interval:
    """Order statistics between which the median lies with at least 95 %: how many lie below it is binomial (n, 1/2)."""
    count, ordered = len(values), np.sort(values)
    tail, outside = 0.0, 0
    while (tail := tail + math.comb(count, outside) / 2**count) <= 0.025:
        outside += 1
    if outside == 0:
        return -math.inf, math.inf
    return float(ordered[outside - 1]), float(ordered[count - outside])


def verdict(comparison: Comparison) -> str:
    """Who reaches the goal most often, who soonest, among rates that were tuned: a winner only where intervals are apart."""
    results = [result(comparison, name) for name in comparison.contenders]
    trials = len(comparison.terms.testing)
    if not results:
        return "There is nobody to compare."
    if all((each.tested[0][-1] == each.tested[0][0]).all() for each in comparison.contenders.values()):
        return f"For {comparison.terms.budget} loss evaluations nobody gets lower than the start: there is nothing to compare."
    first = max(results, key=lambda each: each.successes)
    if first.successes == 0:
        return f"No optimizer reaches the goal from any of the {trials} starts: this budget does not tell them apart."
    if len(results) == 1:
        return f"{first.title} reaches the goal {_often(first, trials)}. With one optimizer there is nothing to compare."
    level = [each for each in results if each.share[1] >= first.share[0]]
    if len(level) == 1:
        second = max((each for each in results if each is not first), key=lambda each: each.successes)
        next_ = f"next is {second.title}, {_often(second, trials)}"
        return f"{first.title} reaches the goal most often: {_often(first, trials)}; {next_}."
    return f"{_level(level, len(results), trials)} {_soonest(level)}"


def _level(level: Sequence[Result], of: int, trials: int) -> str:
    counts = sorted({each.successes for each in level})
    span = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    who = ("both" if of == 2 else f"all {of}") if len(level) == of else _and([each.title for each in level])
    return f"No winner by successes: {who} reach the goal from {span} of {trials} starts, and their 95 % intervals overlap."


def _soonest(level: Sequence[Result]) -> str:
    timed = sorted((each for each in level if math.isfinite(each.cost)), key=lambda each: each.cost)
    if not timed:
        return "None of them reaches it from half of the starts, so their costs cannot be compared."
    first, others = timed[0], timed[1:]
    near = [each for each in others if each.cost_interval[0] <= first.cost_interval[1]]
    if near:
        return f"By cost no winner either: the intervals of {_and([first.title, *(each.title for each in near)])} overlap."
    rest = f"next is {others[0].title}, {_spent(others[0])}" if others else "from half of the starts nobody else gets there"
    return f"{first.title} needs least: half its starts are there for {_spent(first)}; {rest}."


def _often(each: Result, trials: int) -> str:
    low, high = each.share
    return f"from {each.successes} of {trials} starts ({100 * low:.0f} to {100 * high:.0f} %)"


def _spent(each: Result) -> str:
    low, high = (f"{value:.0f}" if math.isfinite(value) else "more" for value in each.cost_interval)
    return f"{each.cost:.0f} loss evaluations ({low} to {high})"


def _and(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
