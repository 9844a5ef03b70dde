"""What a landscape is: a loss of a few parameters, its window, and the minima that are known."""

from abc import abstractmethod
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float


class Minimum(NamedTuple):
    """A point with zero gradient and a positive semidefinite Hessian.

    `position` is in parameter space; `kind` is "global" or "local".
    """

    position: tuple[float, ...]
    value: float
    kind: str = "global"


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
    # A Python float would be static under jit and retrace for every value; tracers pass through.
    return value if isinstance(value, jax.Array) else np.asarray(value, dtype=np.float64)


class Landscape(eqx.Module):
    """A loss surface over parameters. Write `loss` for ONE point; the library applies vmap, grad and hessian.

    Subclasses set the class attributes below and declare their shape knobs with `knob`.
    `window` is ((x low, x high), (y low, y high)) and `start` a point, both in parameter space.
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

    def __check_init__(self):
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray) and not np.isfinite(value).all():
                raise ValueError(f"{self.title}: {name} must be a finite number, got {value}.")

    @abstractmethod
    def loss(self, point: Float[Array, "2"]) -> Float[Array, ""]:
        """The loss at one point."""

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """The minima known for the current knobs; empty where they are a curve or do not exist."""
        return ()
