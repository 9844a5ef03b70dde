"""What an optimizer is: knobs, a formula to show, and an optax transformation."""

from abc import abstractmethod
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Int, PyTree


def knob(default: float, low: float, high: float, *, help: str, scale: str = "linear"):
    """A traced number of an optimizer, declared once: the rail, the URL and the check come from it.

    `scale` divides the rail from `low` to `high`: "log", "linear", "integer", or "decay" for factors just
    below 1 such as Adam's b1 (0, 0.5, 0.9, 0.99, ...: even in log(1 - value)).
    """
    return eqx.field(
        default=default,
        converter=_as_array,
        metadata={"low": low, "high": high, "scale": scale, "help": help},
    )


def _as_array(value):
    # A Python float would be static under jit and retrace for every value; tracers pass through.
    return value if isinstance(value, jax.Array) else np.asarray(value, dtype=np.float64)


class Optimizer(eqx.Module):
    """An update rule with its knobs. Numeric knobs are traced, so moving one never recompiles.

    `rail` names the knob that the person drags first; where it is not a learning rate its help says what
    it means. `per_step` counts what one update evaluates: (losses, gradients, Hessians).
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

    def __check_init__(self):
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray) and not np.isfinite(value).all():
                raise ValueError(f"{self.title}: {name} must be a finite number, got {value}.")

    @abstractmethod
    def transform(self) -> optax.GradientTransformationExtraArgs:
        """The update rule; `update` is given `value`, `grad` and `value_fn` of the current parameters."""

    def position(self, parameters: PyTree, state: Any) -> PyTree:
        """The point to report, draw and judge: the parameters, unless the rule averages them."""
        return parameters

    def evaluations(self, state: Any, dimension: int) -> Int[Array, "3"]:
        """Losses, gradients and Hessians that the update leading to `state` evaluated."""
        return jnp.array(self.per_step, dtype=jnp.int32)


class Plain(Optimizer):
    """A user's own optax transformation; counted as one gradient a step."""

    rule: optax.GradientTransformationExtraArgs

    def transform(self):
        return optax.with_extra_args_support(self.rule)
