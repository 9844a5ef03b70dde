"""What a landscape is: a loss of a few parameters, its window, and the minima that are known."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import fields
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float


class Minimum(NamedTuple):
    """A point with zero gradient and a positive semidefinite Hessian.

    `position` is in parameter space; `kind` is "global" (none is lower in the window) or "local".
    """

    position: tuple[float, ...]
    value: float
    kind: str = "global"


def ranked(found: Iterable[tuple[tuple[float, ...], float]]) -> tuple[Minimum, ...]:
    """Minima from (position, value) pairs, lowest first: all that share the lowest value are global."""
    found = sorted(found, key=lambda pair: pair[1])
    lowest = found[0][1] if found else 0.0
    # Equally deep minima differ in their last digits only.
    tolerance = 1e-9 * max(1.0, abs(lowest))
    return tuple(
        Minimum(
            tuple(float(number) for number in position),
            float(value),
            "global" if value - lowest <= tolerance else "local",
        )
        for position, value in found
    )


def knob(default: float, low: float, high: float, *, help: str, scale: str = "linear"):
    """A number that shapes a landscape, declared once: the widget, the URL and the check come from it.

    `scale` is "linear" or "log" and says how a rail from `low` to `high` is divided.
    """
    return eqx.field(
        default=default,
        converter=_as_array,
        metadata={"low": low, "high": high, "scale": scale, "help": help},
    )


def _as_array(value):
    if isinstance(value, jax.core.Tracer):
        return value
    # A Python float would be static under jit and retrace for every value.
    array = np.array(value, dtype=np.float64)
    array.setflags(write=False)
    return array


class Landscape(eqx.Module):
    """A loss surface over parameters. Write `loss` for ONE point; the library applies vmap, grad and hessian.

    Subclasses set the class attributes below and declare their shape knobs with `knob`.
    `window` is ((x low, x high), (y low, y high)) and `start` a point, both in parameter space.
    A knob that is not one finite number in its range raises ValueError.
    """

    title: ClassVar[str]
    family: ClassVar[str]
    formula: ClassVar[str]  # LaTeX
    lesson: ClassVar[str]  # one plain sentence: what it teaches
    reference: ClassVar[str]
    window: ClassVar[tuple[tuple[float, float], tuple[float, float]]]
    start: ClassVar[tuple[float, float]]
    axes: ClassVar[tuple[str, str]] = ("x", "y")
    note: ClassVar[str] = ""  # for instance: why no minimum is listed
    searched: ClassVar[int] = 0  # from how many starts minima were searched for; 0 where they are known

    def __check_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if "low" in field.metadata and not isinstance(value, jax.core.Tracer):
                self._check_knob(field.name, value, field.metadata["low"], field.metadata["high"])

    def _check_knob(self, name, value, low, high):
        # not (low <= value <= high) also catches NaN.
        if value.shape != () or not low <= value <= high:
            raise ValueError(
                f"{self.title}: {name} must be one number from {low:g} to {high:g}, got {value}. "
                "Choose a value in that range."
            )

    @abstractmethod
    def loss(self, point: Float[Array, "2"]) -> Float[Array, ""]:
        """The loss at one point."""

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """The minima in the window for the current knobs; empty where they are a curve or do not exist."""
        return ()
