"""Schedules: what the learning rate is multiplied by at every step, from optax's own formulas."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Float

PADDED = 256  # steps evaluated together: one shape, so optax's formulas compile once


@dataclass(frozen=True)
class Schedule(ABC):
    """A factor on the learning rate, 1 at its highest, over the steps of a run.

    Numbers are shares of the run, so a longer run stretches the schedule; beyond its planned end the last factor stays.
    Schedules are compared and hashed by their numbers. Raises ValueError for a number outside `bounds`.
    """

    title: ClassVar[str]
    sentence: ClassVar[str]
    bounds: ClassVar[dict[str, tuple[float, float]]] = {}

    def __post_init__(self):
        for field in fields(self):
            low, high = self.bounds[field.name]
            value, whole = getattr(self, field.name), field.type in (int, "int")
            if not isinstance(value, Real) or not low <= value <= high or (whole and value % 1):
                kind = "a whole number" if whole else "a number"
                raise ValueError(f"{self.title}: {field.name} must be {kind} from {low:g} to {high:g}, got {value!r}.")

    @abstractmethod
    def over(self, steps: int) -> optax.Schedule:
        """optax's schedule for a run of `steps` steps."""


@dataclass(frozen=True)
class Constant(Schedule):
    """1 at every step. optax's `constant_schedule`."""

    title = "Constant"
    sentence = "The learning rate stays as it is."

    def over(self, steps):
        return optax.constant_schedule(1.0)


@dataclass(frozen=True)
class Cosine(Schedule):
    """final + (1 - final) (1 + cos(pi t / T)) / 2. Loshchilov & Hutter 2017; optax's `cosine_decay_schedule`."""

    title = "Cosine"
    sentence = "Falls along half a cosine: slowly first, fast in the middle, slowly into the end."
    bounds = {"final": (0, 1)}

    final: float = 0.0

    def over(self, steps):
        return optax.cosine_decay_schedule(1.0, max(1, steps), alpha=self.final)


@dataclass(frozen=True)
class WarmUpCosine(Schedule):
    """A straight line from `first` to 1 over the share `warm_up` of the run, then a cosine to `final`.

    optax's `warmup_cosine_decay_schedule`.
    """

    title = "Warm-up, then cosine"
    sentence = "Starts small, rises in a straight line, then falls along a cosine."
    bounds = {"warm_up": (0, 0.9), "first": (0, 1), "final": (0, 1)}

    warm_up: float = 0.1
    first: float = 0.01
    final: float = 0.0

    def over(self, steps):
        rising = round(self.warm_up * steps)
        return optax.warmup_cosine_decay_schedule(self.first, 1.0, rising, max(steps, rising + 1), self.final)


@dataclass(frozen=True)
class Exponential(Schedule):
    """final^(t / T). optax's `exponential_decay`."""

    title = "Exponential"
    sentence = "Loses the same share every step."
    bounds = {"final": (1e-12, 1)}

    final: float = 0.01

    def over(self, steps):
        return optax.exponential_decay(1.0, max(1, steps), self.final)


@dataclass(frozen=True)
class Steps(Schedule):
    """`factor` to the number of drops so far; `drops` of them, evenly spread. optax's `piecewise_constant_schedule`."""

    title = "Steps"
    sentence = "Stays, drops, stays, drops: the stairs of many published recipes."
    bounds = {"drops": (1, 20), "factor": (0, 1)}

    drops: int = 2
    factor: float = 0.1

    def over(self, steps):
        at = {max(1, round(steps * k / (self.drops + 1))): self.factor for k in range(1, self.drops + 1)}
        return optax.piecewise_constant_schedule(1.0, at)


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up from `first` to 1 at the share `peak` of the run, down to `final`, on cosines.

    Smith & Topin 2019; optax's `cosine_onecycle_schedule`.
    """

    title = "One cycle"
    sentence = "One long rise to a bold learning rate, one long fall to almost none."
    bounds = {"peak": (0, 1), "first": (1e-6, 1), "final": (1e-12, 1)}

    peak: float = 0.3
    first: float = 0.04
    final: float = 4e-6

    def over(self, steps):
        steps = max(2, steps)
        # Two different whole steps for the top and the end: a stretch of no steps divides zero by zero.
        top = min(max(1, int(self.peak * steps)), steps - 1)
        return optax.cosine_onecycle_schedule(steps, 1.0, (top + 0.5) / steps, 1 / self.first, self.first / self.final)


@dataclass(frozen=True)
class Restarts(Schedule):
    """`cycles` cosines of equal length from 1, times `shrink` for each one before, to 0.

    Loshchilov & Hutter 2017, equation 5; optax's `sgdr_schedule`.
    """

    title = "Warm restarts"
    sentence = "Falls along a cosine, jumps up again, falls again."
    bounds = {"cycles": (1, 50), "shrink": (0, 1)}

    cycles: int = 3
    shrink: float = 1.0

    def over(self, steps):
        ends = [round(steps * k / self.cycles) for k in range(self.cycles + 1)]
        lengths = [max(1, end - begin) for begin, end in zip(ends[:-1], ends[1:], strict=True)]
        tops = [self.shrink**k for k in range(self.cycles)]
        return optax.sgdr_schedule(
            [
                {"init_value": top, "peak_value": top, "warmup_steps": 0, "decay_steps": length}
                for top, length in zip(tops, lengths, strict=True)
            ]
        )


def factors(schedule: Schedule | Callable, steps: int, first: int, count: int) -> Float[np.ndarray, "count"]:
    """What the learning rate of steps `first`, `first` + 1, ... is multiplied by, in a run planned for `steps` steps.

    An optax schedule of one's own, or any function of the number of the step, is taken as it is.
    Raises ValueError where a factor is not finite or below zero.
    """
    if isinstance(schedule, Constant):
        return np.ones(count)
    formula = schedule.over(steps) if isinstance(schedule, Schedule) else schedule
    with jax.enable_x64(True):
        # One step at a time for the formula: optax's one-cycle takes no array of steps.
        begins = range(first, first + max(1, count), PADDED)
        blocks = [jax.vmap(formula)(jnp.arange(begin, begin + PADDED)) for begin in begins]
        values = np.concatenate(blocks).astype(np.float64)[:count]
    if not (np.isfinite(values) & (values >= 0)).all():
        wrong = int(np.argmin(np.isfinite(values) & (values >= 0)))
        raise ValueError(f"A schedule gives finite factors of 0 or more, got {values[wrong]} at step {first + wrong}.")
    return values


def check_schedule(optimizer: Any, schedule) -> None:
    """Raises ValueError for what is no schedule, or where the learning rate of `optimizer` cannot follow one."""
    if not isinstance(schedule, Schedule) and (isinstance(schedule, type) or not callable(schedule)):
        raise ValueError(f"A schedule is one of SCHEDULES, such as Cosine(), or an optax schedule; got {schedule!r}.")
    if not isinstance(schedule, Constant) and not optimizer.takes_schedule:
        raise ValueError(f"{optimizer.title} takes no schedule: it has no learning rate that can change on the way.")
