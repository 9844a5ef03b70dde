"""Knobs: the numbers of an optimizer that a person can move, declared once each."""

from typing import NamedTuple

import equinox as eqx
import jax
import numpy as np

from optimizers.stops import stops

VALID = {
    "finite": ("a finite number", np.isfinite),
    "positive": ("a number above 0", lambda value: value > 0),
    "not negative": ("a number of 0 or more", lambda value: value >= 0),
    "factor": ("a number from 0 up to but not including 1", lambda value: (value >= 0) & (value < 1)),
    "between": ("a number above 0 and below 1", lambda value: (value > 0) & (value < 1)),
    "growth": ("a number of 1 or more", lambda value: value >= 1),
    "whole": (f"a whole number from 0 to {2**24}", lambda value: (value % 1 == 0) & (value >= 0) & (value <= 2**24)),
}
VALID_BY_SCALE = {"log": "positive", "coarse": "positive", "decay": "factor", "integer": "whole", "linear": "finite"}


class Knob(NamedTuple):
    """What a rail, the URL and a check need to know about one number of an optimizer.

    `low` and `high` bound the rail; `valid` names the values that make sense (see `VALID`), which may lie
    outside the rail. `label` is the name to show.
    """

    name: str
    label: str
    help: str
    scale: str
    default: float
    low: float
    high: float
    valid: str

    @property
    def stops(self) -> np.ndarray:
        """The values the rail offers, increasing."""
        return stops(self.low, self.high, self.scale)


def knob(
    default: float, low: float, high: float, *, help: str, scale: str = "linear", valid: str = "", label: str = ""
):
    """A traced number of an optimizer: the rail, the URL and the check come from this line.

    `scale` divides the rail from `low` to `high`: "log", "coarse" (a log of few stops), "linear", "integer", or
    "decay" for factors just below 1 such as Adam's b1 (0, 0.5, 0.9, 0.99, ...: even in log(1 - value)). `valid` names
    the values allowed, by default what the scale implies: positive, any, whole, or [0, 1).
    """
    valid = valid or VALID_BY_SCALE[scale]
    described = {"low": low, "high": high, "scale": scale, "help": help, "valid": valid, "label": label}
    return eqx.field(default=default, converter=as_knob_value, metadata=described)


def as_knob_value(value):
    """A float64 array of a concrete number; what is traced, or is no number, passes through."""
    if isinstance(value, jax.core.Tracer):
        return value
    try:
        # A Python float would be static under jit and retrace for every value.
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        return value


def check(title: str, knob: Knob, value) -> None:
    """Raise ValueError where a concrete `value`, or one of an array of them, makes no sense for `knob`."""
    if isinstance(value, jax.core.Tracer):
        return
    expected, is_valid = VALID[knob.valid]
    if isinstance(value, np.ndarray):
        wrong = value[~(np.isfinite(value) & is_valid(np.where(np.isfinite(value), value, 0)))]
        if wrong.size == 0:
            return
        value = wrong.ravel()[0]
    raise ValueError(
        f"{title}: {knob.name} must be {expected}, got {value!s}; "
        f"try the default, {knob.default:g}, or a value from {knob.low:g} to {knob.high:g}."
    )
