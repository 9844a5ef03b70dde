"""Chapter 5: what it takes to try every combination, and what a gradient costs instead."""

from functools import cache

import numpy as np

from landscapes.costs import AGE_OF_UNIVERSE, YEAR, GradientCost, cost_of_gradient, duration, grid_points, log_grid_seconds
from landscapes.grid_search import GridSearch, grid_search
from landscapes.least_squares import LeastSquares, scaled
from landscapes.networks import Architecture, Network, make_network
from optimizers import OPTIMIZERS, descend
from optimizers.trajectory import GRADIENT_COST
from views.learn.digits import trained
from views.learn.landscape_shape import diabetes_table
from views.learn.lesson import Chapter, Choice, Experiment, Guess, Link, Report, Step, Table
from views.learn.numerals import raised, scientific

PER_AXIS = 10
TRIED = 5  # parameters up to which the whole grid is really tried
TIMES = 5  # that each grid is tried, for the median
WINDOW = ((0.0, 3.0), (-1.0, 1.0))  # of the intercept, and of every slope
PER_AXES = (2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100)
DRAWN = 40  # parameters that the chart reaches
MARKS = {"a second": 1.0, "a year": YEAR, "age of the universe": AGE_OF_UNIVERSE}

WIDTHS = (16, 32, 64, 128, 256, 512, 1024)
IMAGES = {"samples": 1024, "test_share": 0.5}  # 512 to train on: a loss is more than the time of a call
REPEATS = 9
DUEL_STEPS = 12
SPACINGS = (2, 3, 4, 5, 6, 8, PER_AXIS)  # points an axis of the grids that the descent is compared with


def regression(dimension: int) -> LeastSquares:
    """Progression of diabetes from the first measurements, standardised: an intercept and `dimension` - 1 slopes."""
    inputs, targets = diabetes_table()
    return LeastSquares(scaled(inputs, "standardised")[:, : dimension - 1], targets)


def tried(report: Report = lambda share, said="": None) -> tuple[GridSearch, ...]:
    """The whole grid for 1, 2, ... parameters."""
    found = []
    for dimension in range(1, TRIED + 1):
        found.append(tried_with(dimension))
        points, seconds = found[-1].points, found[-1].seconds
        report(0.6 * dimension / TRIED, f"With {dimension} of {TRIED} parameters {points:,} tries took {spoken(seconds)}.")
    return tuple(found)


@cache
def tried_with(dimension: int) -> GridSearch:
    """The whole grid for one number of parameters: of a few times the one that took the median."""
    loss, window = regression(dimension).loss, (WINDOW[0], *[WINDOW[1]] * (dimension - 1))
    again = [grid_search(loss, window, PER_AXIS) for _ in range(TIMES)]
    return sorted(again, key=lambda one: one.seconds)[TIMES // 2]


def outlasts(per_axis: int, seconds: float) -> int:
    """The number of parameters from which a grid takes longer than the universe is old."""
    return next(d for d in range(1, 10_000) if log_grid_seconds(per_axis, d, seconds) > np.log10(AGE_OF_UNIVERSE))


def grid(report: Report) -> Experiment:
    found = tried(report)
    digits = trained()
    times = {"line": found[-1].each, "digits": cost_of_gradient(digits.network.loss, digits.parameters, repeats=5).loss}
    last, dimension = found[-1], digits.network.dimension
    answer = outlasts(PER_AXIS, times["line"])
    return Experiment(
        answer=answer,
        outcome=f"{TRIED} parameters, {last.points:,} tries, took {spoken(last.seconds)} just now (median of {TIMES}). Every further parameter takes "
        f"{PER_AXIS} times as long: {answer} parameters outlast the universe. A small network that reads digits has {dimension:,}, "
        f"and would take {spoken_log(log_grid_seconds(PER_AXIS, dimension, times['digits']))}.",
        tensors={"seconds": [one.seconds for one in found]},
        state={
            "perAxes": PER_AXES,
            "perAxis": PER_AXIS,
            "times": {key: {"seconds": seconds, "said": spoken(seconds)} for key, seconds in times.items()},
            "said": {key: durations(seconds) for key, seconds in times.items()},
            "marks": MARKS,
        },
        table=Table.of(
            f"{PER_AXIS} points an axis; up to {TRIED} parameters measured, beyond that reckoned from the time for one try.",
            {"parameters": "d", "tries": ",", "time": ""},
            (
                *((d, one.points, spoken(one.seconds)) for d, one in enumerate(found, 1)),
                *((d, f"10{raised(d)}", spoken_log(log_grid_seconds(PER_AXIS, d, times["line"]))) for d in (10, 15, 20, answer, DRAWN)),
            ),
        ),
    )


def durations(seconds: float) -> list[list[str]]:
    """How long the grid takes, said for each number of points an axis and of parameters."""
    return [[spoken_log(log_grid_seconds(k, d, seconds)) for d in range(1, DRAWN + 1)] for k in PER_AXES]


def spoken(seconds: float) -> str:
    return spoken_log(float(np.log10(seconds)))


def spoken_log(log_seconds: float) -> str:
    """With raised digits: 3 × 10²⁵ years."""
    said = duration(log_seconds)
    if "^" not in said:
        return said
    before, after = said.split("^")
    exponent, rest = after.split(" ", 1)
    return f"{before}{raised(int(exponent))} {rest}"


@cache
def prices() -> dict[int, GradientCost]:
    """By width of perceptrons 64-w-w-10 on 512 digits; filled one after the other, shared by all who ask."""
    return {}


def priced(width: int) -> Network:
    return make_network(Architecture(widths=(width, width)), data="digits", **IMAGES)[0]


def price(width: int) -> GradientCost:
    if width not in prices():
        network = priced(width)
        prices()[width] = cost_of_gradient(network.loss, network.start, repeats=REPEATS)
    return prices()[width]


def gradient_price(report: Report) -> Experiment:
    smallest = priced(WIDTHS[0])
    report(0.0, f"The smallest network has {smallest.dimension:,} parameters and, untrained, a loss of {float(smallest.loss(smallest.start)):.2f}.")
    found = []
    for number, width in enumerate(WIDTHS):
        found.append(one := price(width))
        report((number + 1) / len(WIDTHS), f"{one.dimension:,} parameters: all slopes for the price of {one.ratio:.1f} losses.")
    ratios = [one.ratio for one in found]
    large = found[-1]
    return Experiment(
        answer="few" if np.median(ratios) < 10 else "thousand",
        outcome=f"From {found[0].dimension:,} to {large.dimension:,} parameters, loss and gradient together cost {min(ratios):.1f} "
        f"to {max(ratios):.1f} losses (fastest of {REPEATS}, just now). For the largest, nudging one weight after the other would "
        f"take {spoken(large.loss * (large.dimension + 1))}; the gradient took {spoken(large.gradient)}.",
        tensors={"dimension": [one.dimension for one in found], "ratio": ratios},
        state={
            "rows": [
                {"loss": spoken(one.loss), "gradient": spoken(one.gradient), "nudging": spoken(one.loss * (one.dimension + 1))}
                for one in found
            ]
        },
        table=Table.of(
            "Measured on this machine: the fastest of a few, compiled ahead. Nudging is reckoned: one loss for each parameter and one more (nudged both ways, as in chapter 4, twice as many).",
            {"parameters": ",", "one loss": "", "loss and gradient": "", "multiple": ".1f", "by nudging": ""},
            ((one.dimension, spoken(one.loss), spoken(one.gradient), one.ratio, spoken(one.loss * (one.dimension + 1))) for one in found),
        ),
    )


@cache
def descent() -> np.ndarray:
    """The loss above the lowest at each step of gradient descent, with the parameters of the largest grid."""
    model = regression(TRIED)
    rate = OPTIMIZERS["gradient_descent"](learning_rate=model.best_rate)
    run = descend(model.loss, rate, np.zeros(TRIED), DUEL_STEPS)
    return run.losses - lowest(TRIED)


def lowest(dimension: int) -> float:
    return regression(dimension).lowest


def steps_to_beat() -> int:
    """Steps of gradient descent until its loss is below the best of the largest grid."""
    return int(np.argmax(descent() + lowest(TRIED) < tried()[-1].loss))


def duel(report: Report) -> Experiment:
    best = tried(report)[-1]
    steps, above = steps_to_beat(), descent()
    cost = GRADIENT_COST * steps
    return Experiment(
        answer="few" if steps <= 10 else "hundreds" if steps <= 1000 else "thousands",
        outcome=f"{steps} steps. Counting a gradient as {GRADIENT_COST} losses that is the price of {cost:g} tries, not "
        f"{best.points:,}. The best grid point lay {best.loss - lowest(TRIED):.3f} above the lowest loss; after {DUEL_STEPS} steps "
        f"the descent was {scientific(above[-1])} above it.{lucky()}",
        tensors={
            "cost": GRADIENT_COST * np.arange(DUEL_STEPS + 1),
            "above": np.maximum(above, 1e-9),
            "points": [grid_points(k, TRIED) for k in SPACINGS],
            "grid": grids(),
        },
        state={"steps": steps, "beaten": best.loss - lowest(TRIED)},
        table=Table.of(
            f"The same regression with {TRIED} parameters. A grid with fewer points an axis costs less.",
            {"points an axis": "d", "tries": ",", "loss above the lowest": ".4f"},
            ((k, grid_points(k, TRIED), value) for k, value in zip(SPACINGS, grids())),
        ),
    )


def lucky() -> str:
    """A coarser grid that lay closer than the finest one."""
    closer = [grid_points(k, TRIED) for k, value in zip(SPACINGS, grids()) if value < grids()[-1]]
    return f" A grid of {closer[0]:,} points lay closer still, by luck." if closer else ""


@cache
def grids() -> tuple[float, ...]:
    """The loss above the lowest of the best point of coarser and finer grids over the same window."""
    model, window = regression(TRIED), (WINDOW[0], *[WINDOW[1]] * (TRIED - 1))
    return tuple(grid_search(model.loss, window, k).loss - lowest(TRIED) for k in SPACINGS)


CHAPTER = Chapter(
    "curse",
    "The curse of dimensionality",
    "Why not simply try every combination of parameters, and take the best?",
    (
        Step(
            "grid",
            "Try them all",
            "Ten values for each parameter, every combination tried: a grid search. On this machine one try of a small regression "
            "takes about a millionth of a second. With how many parameters does the search outlast the age of the universe, 13.8 billion years?",
            Guess("Parameters", 1, 1_000_000, 1000, near=1.25),
            "Add parameters until the universe is outlasted. Then change how many values are tried for each.",
            "tries",
            grid,
            "Values to the power of parameters: every further parameter multiplies the tries, and no machine keeps up.",
            r"\text{tries} = (\text{values for each})^{\text{parameters}}",
        ),
        Step(
            "gradient_price",
            "What does a gradient cost?",
            "The gradient holds one slope for every parameter. Computing the loss of a network once has a price. For how many times "
            "that price does one get all slopes, with a million parameters?",
            (
                Choice("few", "A few times"),
                Choice("thousand", "About 1,000 times"),
                Choice("million", "Over a million times: once for each parameter"),
            ),
            "Walk through the sizes, up to a million parameters.",
            "gradient_price",
            gradient_price,
            "All slopes together cost a few losses, for any number of parameters: that is why large networks can be trained at all.",
            r"\text{cost}(\underbrace{\nabla L}_{\text{all slopes}}) \lesssim 5\,\text{cost}(\underbrace{L}_{\text{loss}})",
        ),
        Step(
            "duel",
            "A hundred thousand tries against slopes",
            "A regression with five parameters. The grid tried 100,000 combinations. Gradient descent starts with all five at zero. "
            "After how many steps is it lower than the best of the grid?",
            (
                Choice("few", "10 or fewer"),
                Choice("hundreds", "Some hundreds"),
                Choice("thousands", "Thousands"),
            ),
            "Walk along the descent until it is lower than the grid.",
            "duel",
            duel,
            "A try says how high you stand; a slope says where to go.",
            r"\text{parameters} \leftarrow \text{parameters} - \underbrace{\eta}_{\text{learning rate}} \times \underbrace{\nabla L}_{\text{all slopes}}",
        ),
    ),
    links=(
        Link("Random search and coordinate probing against gradient descent", "?landscape=linear_regression&optimizer=random_search&optimizer=coordinate_probing&optimizer=gradient_descent"),
        Link("A network with over a million parameters, trained by gradients", "networks?network=digits_million"),
    ),
    sources=(
        "R. Bellman, Adaptive Control Processes, Princeton University Press 1961: the curse of dimensionality.",
        "Planck Collaboration, Planck 2018 results VI, Astronomy and Astrophysics 641 (2020) A6: the age of the universe.",
        "A. Griewank and A. Walther, Evaluating Derivatives, 2nd edition, SIAM 2008: automatic differentiation, and in section 4.6 "
        "the cheap gradient.",
    ),
)
