"""Questions that keep a server busy, as many different ones as pages ask them at once."""

from collections.abc import Awaitable, Callable
from itertools import product
from typing import NamedTuple
from urllib.parse import urlencode

from landscapes import LANDSCAPES
from tests.benchmarks.questions import Page, Reply
from views.settings import MOST_STEPS

STEPS = min(5_000, MOST_STEPS)
LEAVES = 20.0  # seconds after which who waits for a network leaves
# From a few multiplications a step to a line search and to a Hessian with its eigenvalues.
OPTIMIZERS = ("adam", "gradient_descent", "backtracking", "newton", "saddle_free_newton", "lbfgs")
GROUNDS = (
    "himmelblau", "rosenbrock", "beale", "six_hump_camel", "styblinski_tang",
    "ackley", "rastrigin", "branin", "levi", "griewank",
)  # fmt: skip
FUNCTIONS = ("sin", "cos", "tanh", "atan", "exp", "sinh", "abs", "cosh")


class Heavy(NamedTuple):
    """What is asked for, in words; what a page asks, by its number; for 95 % of the clicks beside it, milliseconds."""

    what: str
    ask: Callable[[Page, int], Awaitable[Reply]]
    limit: float


def basins(page: Page, number: int) -> Awaitable[Reply]:
    """A map of 256 x 256 starts; sixty pairs of landscape and optimizer."""
    place, optimizer = divmod(number, len(OPTIMIZERS))
    key = OPTIMIZERS[optimizer]
    rate = 0.02 if key in ("adam", "gradient_descent") else 0.9
    query = _query(landscape=GROUNDS[place % len(GROUNDS)], optimizer=f"{key}~learning_rate~{rate + 0.001 * number:g}")
    return page.ask("/basins", {"query": query, "event": None, "card": key, "resolution": 256})


def comparison(page: Page, number: int) -> Awaitable[Reply]:
    """The optimizers of a first visit, with other starts for each page."""
    cards = ["gradient_descent", "momentum", "rmsprop", "adam"]
    return page.ask("/comparison", {"query": _query(seed=number), "cards": cards})


def scene(page: Page, number: int) -> Awaitable[Reply]:
    (left, right), (low, high) = LANDSCAPES["rosenbrock"].window
    start = f"{left + (right - left) * (number + 0.5) / 100:.4f}~{low + (high - low) * (number + 0.5) / 100:.4f}"
    return page.show("/scene", _query(steps=STEPS, start=start))


def formula(page: Page, number: int) -> Awaitable[Reply]:
    """Nothing that was compiled for one serves another."""
    return page.show("/scene", _query(formula=new_formula(number)))


def network(page: Page, number: int) -> Awaitable[Reply]:
    """1.1 million parameters, from another start for each page."""
    return page.show("/scene/networks", _query(network="digits_million", seed=number), LEAVES)


def new_formula(number: int) -> str:
    """One of 64 that differ in more than their numbers."""
    first, second = list(product(FUNCTIONS, repeat=2))[number]
    return f"x^2/9 + y^2/4 + {first}(x)*{second}(y/2)"


def _query(**fields: object) -> str:
    return urlencode(fields)


QUESTIONS = (
    Heavy("maps of starts", basins, 500),
    Heavy("fair comparisons", comparison, 500),
    Heavy(f"scenes of {STEPS:,} steps", scene, 500),
    Heavy("new formulas", formula, 1000),
    Heavy("networks of a million parameters", network, 1000),
)
