"""Knobs as the page sees them: read from the declarations of landscapes and optimizers, never re-typed."""

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np

from optimizers import Optimizer, stops


@dataclass(frozen=True)
class Knob:
    """A number that a person may move, between `low` and `high`, both included."""

    name: str
    label: str
    help: str
    scale: str
    default: float
    low: float
    high: float

    @property
    def stops(self) -> np.ndarray:
        """The values of the rail, increasing, with the default among them."""
        return _stops(self.low, self.high, self.scale, self.default)


@lru_cache(maxsize=None)
def knobs(kind: type) -> dict[str, Knob]:
    """The knobs that a landscape or optimizer class declares, by name; an optimizer's rail first."""
    if issubclass(kind, Optimizer):
        return {known.name: _knob(known.name, known.label, known._asdict()) for known in kind.knobs().values()}
    declared = [field for field in fields(kind) if "scale" in field.metadata]
    return {
        field.name: _knob(field.name, field.metadata.get("label"), {"default": field.default, **field.metadata})
        for field in declared
    }


def rail(kind: type[Optimizer]) -> Knob:
    """The knob of an optimizer that a person drags first."""
    return knobs(kind)[kind.rail]


def _knob(name: str, label: str | None, known: dict) -> Knob:
    numbers = {part: float(known[part]) for part in ("default", "low", "high")}
    return Knob(name, label or name.replace("_", " "), known["help"], known["scale"], **numbers)


@lru_cache(maxsize=None)
def _stops(low: float, high: float, scale: str, default: float) -> np.ndarray:
    values = stops(low, high, scale)
    if not np.any(values == default):
        values = np.sort(np.append(values, default))
    values.setflags(write=False)
    return values
