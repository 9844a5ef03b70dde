"""What an optimizer is: knobs, a formula to show, and an optax transformation."""

from abc import abstractmethod
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, ClassVar

import equinox as eqx
import jax
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PyTree

from optimizers.knobs import Knob, check, knob

__all__ = ["Optimizer", "Plain", "knob"]


class Optimizer(eqx.Module):
    """An update rule with its knobs. Numeric knobs are traced, so moving one never recompiles.

    `rail` names the knob that the person drags first; where it is not a learning rate its help says what
    it means. `per_step` counts what one update evaluates: (losses, gradients, Hessians).
    Building one raises ValueError for a knob value that makes no sense; the rail's bounds do not limit it.
    """

    title: ClassVar[str]
    family: ClassVar[str]
    formula: ClassVar[str]  # LaTeX
    lesson: ClassVar[str]  # one plain sentence: the idea
    reference: ClassVar[str]
    colour: ClassVar[str]  # hex
    dash: ClassVar[str]  # Plotly's name
    rail: ClassVar[str] = "learning_rate"
    per_step: ClassVar[tuple[int, int, int]] = (0, 1, 0)
    takes_schedule: ClassVar[bool] = True  # whether its learning rate can change from step to step
    by_coordinate: ClassVar[bool] = False  # whether its path is the same where a point is a tuple of coordinates
    most_parameters: ClassVar[int | None] = None  # above these a step no longer fits, or takes too long
    # After so many steps in which no number of parameters and state has changed, none ever will; None where that is not known.
    settles_after: ClassVar[int | None] = None

    def __new__(cls, *values, **knobs):
        names = [field.name for field in fields(cls) if field.init]
        for name in knobs:
            if name not in names:
                known = ", ".join(names) or "none"
                raise TypeError(f"{cls.title} has no knob {name!r}; it has {known}{_hint(name, names)}")
        return super().__new__(cls)

    def __repr__(self):
        values = ", ".join(f"{field.name}={_plain(getattr(self, field.name))}" for field in fields(self))
        return f"{type(self).__name__}({values})"

    def __check_init__(self):
        for known in self.knobs().values():
            value = getattr(self, known.name)
            if not isinstance(value, jax.core.Tracer) and np.ndim(value) != 0:
                raise ValueError(f"{self.title}: {known.name} must be one number, got an array; `sweep` takes many.")
            check(self.title, known, value)

    @classmethod
    def knobs(cls) -> dict[str, Knob]:
        """The numeric knobs by name, the rail first."""
        described = [
            Knob(field.name, about["label"] or field.name.replace("_", " "), about["help"], about["scale"],
                 field.default, about["low"], about["high"], about["valid"])
            for field in fields(cls) if "scale" in (about := field.metadata)
        ]  # fmt: skip
        return {known.name: known for known in sorted(described, key=lambda known: known.name != cls.rail)}

    @abstractmethod
    def transform(self) -> optax.GradientTransformationExtraArgs:
        """The update rule; `update` is given `value`, `grad` and `value_fn` of the current parameters."""

    def position(self, parameters: PyTree, state: Any) -> PyTree:
        """The point to report, draw and judge: the parameters, unless the rule averages them."""
        return parameters

    @property
    def bare(self) -> "Optimizer":
        """The rule without what is wrapped round it."""
        return self

    def movable(self) -> dict[str, Knob]:
        """The numbers that a sweep can move, by name."""
        return self.knobs()

    def with_knob(self, name: str, value: Array) -> "Optimizer":
        """The same rule with another value of one knob."""
        return eqx.tree_at(lambda knobs: getattr(knobs, name), self, value)

    def slowed(self, factor: Float[Array, ""]) -> "Optimizer":
        """The same rule with `factor` times the learning rate, for one step of a schedule."""
        if not self.takes_schedule:
            return self
        return eqx.tree_at(lambda knobs: knobs.learning_rate, self, self.learning_rate * factor)

    def evaluations(self, state: Any, dimension: int) -> Int[Array, "3"]:
        """Losses, gradients and Hessians that the update leading to `state` evaluated, for `dimension` parameters.

        Rules that always spend the same must not look at `state`: it is then left out of the compiled loop.
        """
        return np.array(self.per_step, dtype=np.int32)


OFTEN_CALLED = {
    "lr": ("learning_rate",), "eta": ("learning_rate",), "step_size": ("learning_rate",),
    "alpha": ("learning_rate", "decay"), "rho": ("decay", "radius"), "beta": ("momentum", "b1"),
    "beta1": ("b1",), "beta2": ("b2",), "beta_1": ("b1",),
    "beta_2": ("b2",), "epsilon": ("eps",), "wd": ("weight_decay",), "gamma": ("momentum", "decay"),
}  # fmt: skip


def _hint(name: str, names: list[str]) -> str:
    meant = [known for known in OFTEN_CALLED.get(name, ()) if known in names] or get_close_matches(name, names, 1)
    return f"; did you mean {meant[0]}?" if meant else "."


def _plain(value) -> str:
    """A number as it was typed; what is traced, or swept, as it is."""
    return repr(value.item()) if isinstance(value, (np.ndarray, np.generic)) and np.ndim(value) == 0 else repr(value)


class Plain(Optimizer):
    """A user's own optax transformation; counted as one gradient a step."""

    title = "optax transformation"
    takes_schedule = False
    rule: optax.GradientTransformationExtraArgs

    def transform(self):
        return optax.with_extra_args_support(self.rule)
