"""A landscape from a formula that somebody typed."""

import math
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from landscapes import expressions
from landscapes.landscape import Landscape, Minimum
from landscapes.latex import latex
from landscapes.plane import Plane, Window
from landscapes.stationary import minima_near
from landscapes.surface import evaluate

WINDOW = ((-3.0, 3.0), (-3.0, 3.0))
FARTHEST = 1e6  # an edge of the window
PARAMETER, LOWEST, HIGHEST = 1.0, -10.0, 10.0  # what a name of one's own stands for, and how far a slider moves it
STARTS = 128  # of the search for minima
ITERATIONS = 48  # of Newton's method, enough where it is slow: at the bottom of x^4 + y^4
RESOLUTION = 128  # of the grid whose dips are among them
FIRST = (0.2, 0.7)  # shares of the window at which a descent starts, where the loss is a number there
LATTICE = 0.05  # share of the window between the starts that are tried


class Formula(Landscape):
    """The loss that a text writes, as `parse_formula` reads it.

    Its `tree` is compiled; the `numbers` in it and the `values` of its `parameters` are traced, so formulas that differ
    only in these share one program. `minima` are those that Newton's method found from many starts: perhaps not all.
    """

    title = "Your own formula"
    family = "Yours"
    lesson = "Any name but x and y becomes a slider: drag it and see what it does to the landscape and to every path."
    reference = "Your own."
    searched = STARTS
    note = (
        f"Its minima are searched for, by Newton's method from {STARTS} starts in the window: those found are drawn, there "
        "may be more. Where minima form a curve or a corner, none is found."
    )

    tree: expressions.Tree = eqx.field(static=True)
    parameters: tuple[str, ...] = eqx.field(static=True)
    names: tuple[str, str] = eqx.field(static=True)
    numbers: Float[np.ndarray, "numbers"]
    values: Float[np.ndarray, "parameters"]
    sides: Float[np.ndarray, "2 2"]
    first: Float[np.ndarray, "2"]

    @property
    def axes(self) -> tuple[str, str]:
        return self.names

    @property
    def window(self) -> Window:
        return tuple((float(low), float(high)) for low, high in self.sides)

    @property
    def start(self) -> tuple[float, float]:
        return tuple(map(float, self.first))

    @property
    def formula(self) -> str:
        """As it was understood, in LaTeX."""
        return latex(self.tree, self.numbers.tolist(), self.parameters, self.names)

    def loss(self, point: Float[Array, "2"]) -> Float[Array, ""]:
        return jnp.asarray(expressions.value(self.tree, jnp, self.numbers, self.values, point), point.dtype)

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """Those in the window that the search finds; where they are a curve or have a corner, it finds none."""
        return minima_near(self, self._guesses(), ITERATIONS)

    def _guesses(self) -> Float[np.ndarray, "starts 2"]:
        """The lowest dips of a grid, and points spread evenly over the window."""
        surface = evaluate(self.loss, Plane.axes(self.window), RESOLUTION)
        rows, columns = _dips(surface.loss)
        dips = np.stack([surface.x[columns], surface.y[rows]], axis=1)[: STARTS * 3 // 4]
        low, high = self.sides.T
        return np.concatenate([dips, low + (high - low) * _spread(STARTS - len(dips))])


def parse_formula(text: str, window: Window = WINDOW, values: Mapping[str, float] = {}) -> Formula:
    """The landscape of a formula of x and y, such as "(1-x)^2 + 100*(y-x^2)^2" or "a*x^2 + b*y^2".

    Powers are `^` or `**`; there are pi, e and the functions of `expressions.FUNCTIONS`; products are written `*`. Every
    other name is a parameter, 1 unless `values` says otherwise. In place of x and y a formula may use x1 and x2, or
    w1 and w2. Raises FormulaError, a ValueError that points at a character, for any other text, and ValueError for a
    window or values that are not.
    """
    expression = expressions.read(text)
    sides = _checked_window(window)
    numbers = np.array(expression.numbers, np.float64)
    given = _checked_values(expression.parameters, values)
    start = _start(expression, given, sides)
    for array in (numbers, given, sides, start):
        array.setflags(write=False)
    return Formula(expression.tree, expression.parameters, expression.axes, numbers, given, sides, start)


def _checked_window(window: Any) -> Float[np.ndarray, "2 2"]:
    try:
        sides = np.array(window, np.float64).reshape(2, 2)
    except (TypeError, ValueError):
        raise ValueError("A window is ((x low, x high), (y low, y high)).") from None
    low, high = sides.T
    size = np.abs(sides).max(axis=1)
    got = " and ".join(f"{one:g} to {other:g}" for one, other in sides.tolist())
    if not ((size <= FARTHEST).all() and (high - low > 1e-6 * np.maximum(size, 1e-6)).all()):
        raise ValueError(f"A window goes from a lower to a higher number, both within ±{FARTHEST:,.0f}, and is not too narrow; got {got}.")
    return sides


def _checked_values(parameters: tuple[str, ...], values: Mapping[str, float]) -> Float[np.ndarray, "parameters"]:
    if unknown := set(values).difference(parameters):
        raise ValueError(f"This formula has no parameter {sorted(unknown)[0]!r}; it has {', '.join(parameters) or 'none'}.")
    given = np.array([float(values.get(name, PARAMETER)) for name in parameters], np.float64)
    if not np.isfinite(given).all():
        raise ValueError(f"Parameters need finite numbers, got {dict(values)}.")
    return given


def _start(expression: expressions.Expression, values, sides) -> Float[np.ndarray, "2"]:
    """The point nearest to `FIRST`, on a lattice, where the loss is a number and leads somewhere.

    One whose neighbours on the lattice are numbers too goes first: at x = 0 the slope of sqrt(x) is infinite.
    """
    shares = np.stack(np.meshgrid(*[LATTICE * np.arange(1, 20)] * 2), axis=-1).reshape(-1, 2)
    shares = shares[np.argsort(((shares - FIRST) ** 2).sum(axis=1), kind="stable")]
    low, high = sides.T
    digits = [3 - math.floor(math.log10(side)) for side in high - low]  # few, for people to read
    points = np.stack([column.round(places) for column, places in zip((low + (high - low) * shares).T, digits)], axis=1)
    around = np.array([(0, 0), (1e-4, 0), (0, 1e-4), (LATTICE, 0), (-LATTICE, 0), (0, LATTICE), (0, -LATTICE)])
    places = points + (high - low) * around[:, None]
    with np.errstate(all="ignore"):
        losses = expressions.value(expression.tree, np, expression.numbers, values, np.moveaxis(places, -1, 0))
        losses = np.broadcast_to(losses, places.shape[:2])
        leads = np.isfinite(losses[:3]).all(axis=0) & (losses[:3] != losses[0]).any(axis=0)
        inside = leads & np.isfinite(losses).all(axis=0)
    return points[int((inside if inside.any() else leads).argmax())]


def _dips(losses: Float[np.ndarray, "ny nx"]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the inner grid points that no neighbour is lower than, the lowest first."""
    inner = losses[1:-1, 1:-1]
    rows, columns = inner.shape
    around = [losses[j : j + rows, i : i + columns] for j in range(3) for i in range(3)]
    least = np.isfinite(inner) & np.all([inner <= other for other in around], axis=0)
    at = np.argwhere(least)
    at = at[np.argsort(inner[least], kind="stable")] + 1
    return at[:, 0], at[:, 1]


def _spread(count: int) -> Float[np.ndarray, "count 2"]:
    """Points of the unit square that lie apart: Roberts' sequence R2, the golden ratio's in two dimensions."""
    plastic = 1.32471795724474602596
    return (0.5 + np.outer(np.arange(1, count + 1), [1 / plastic, 1 / plastic**2])) % 1
