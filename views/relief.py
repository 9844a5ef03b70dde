"""The surface under the paths: computed once for a landscape and its shape, packed for the browser."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from landscapes import Landscape, Minimum, Plane, Surface, evaluate
from views import wire
from views.cache import Cache
from views.settings import OwnFormula, Pairs, build

RESOLUTION = 128
LARGEST = float(np.finfo(np.float32).max)  # what a browser can be sent
STEEP = 30.0  # where the top is this many times higher than the lowest quarter, a logarithm shows more


@dataclass(frozen=True)
class Heights:
    """How the losses of a surface become heights. `known` are losses beside the grid, of minima say, that may lie lower."""

    losses: np.ndarray
    known: tuple[float, ...] = ()

    @cached_property
    def floor(self) -> float:
        """The lowest finite loss known, on the grid or beside it."""
        return float(min([_finite(self.losses).min(), *(value for value in self.known if abs(value) <= LARGEST)]))

    @cached_property
    def offset(self) -> float:
        """Added before log10: 0 where every loss is well above zero, else so much that the floor is positive.

        A ten-thousandth of the typical height is left below the floor, or the logarithm would be all pit.
        """
        margin = 10.0 ** math.floor(math.log10(max(self._height(0.5), 1e-300) * 1e-4))
        return 0.0 if self.floor >= margin else _rounded_up(margin - self.floor)

    @cached_property
    def scale(self) -> str:
        """The scale that shows more: "log" for landscapes with high walls around a flat floor."""
        return "log" if self._height(1.0) > STEEP * self._height(0.25) else "linear"

    def _height(self, quantile: float) -> float:
        return float(np.quantile(_finite(self.losses), quantile)) - self.floor


@dataclass(frozen=True)
class Relief:
    """A landscape's surface, with what drawing it needs."""

    recipe: tuple[str | OwnFormula, Pairs]
    landscape: Landscape
    surface: Surface
    blob: wire.Blob

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """Kept, because some landscapes search for theirs; whoever asks meanwhile waits for the first."""
        return _minima.get(self.recipe, self._minima)

    def _minima(self) -> tuple[Minimum, ...]:
        return self.landscape.minima

    @cached_property
    def samples(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Inputs and targets, `(samples,)` each, where the loss is that of a model on data."""
        data = getattr(self.landscape, "data", None)
        return None if data is None else (np.asarray(data.inputs), np.asarray(data.targets))

    @property
    def floor(self) -> float:
        return self._heights.floor

    @property
    def offset(self) -> float:
        return self._heights.offset

    @property
    def scale(self) -> str:
        return self._heights.scale

    @cached_property
    def _heights(self) -> Heights:
        return Heights(self.surface.loss, tuple(minimum.value for minimum in self.minima))


class Searched(NamedTuple):
    """A landscape whose minima need not be searched for again."""

    relief: Relief

    @property
    def loss(self) -> Callable:
        return self.relief.landscape.loss

    @property
    def window(self) -> tuple:
        return self.relief.landscape.window

    @property
    def minima(self) -> tuple[Minimum, ...]:
        return self.relief.minima


_reliefs: Cache[Relief] = Cache("relief", lambda relief: 4 * len(relief.blob.content))
_minima: Cache[tuple[Minimum, ...]] = Cache("minima", lambda minima: 200 * len(minima))


def relief(landscape: str | OwnFormula, shape: Pairs = ()) -> Relief:
    return _reliefs.get((landscape, shape), lambda: _compute((landscape, shape)))


def _compute(recipe: tuple[str | OwnFormula, Pairs]) -> Relief:
    landscape = build(*recipe)
    surface = evaluate(landscape.loss, Plane.axes(landscape.window), RESOLUTION)
    packed = wire.pack({"x": surface.x, "y": surface.y, "loss": surface.loss})
    return Relief(recipe, landscape, surface, wire.Blob.publish(packed))


def _finite(values: np.ndarray) -> np.ndarray:
    """The losses that can be drawn: what 32 bits cannot hold reaches no browser."""
    finite = values[np.abs(values) <= LARGEST]
    return finite if finite.size else np.zeros(1)


def _rounded_up(value: float) -> float:
    """Four significant digits, upwards, so that the figure can state it and the sum stays positive."""
    value = max(value, 1e-300)
    unit = 10.0 ** (math.floor(math.log10(value)) - 3)
    return float(f"{math.ceil(value / unit) * unit:.4g}")
