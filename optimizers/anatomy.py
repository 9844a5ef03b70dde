"""Anatomy of a step: the terms that an update is made of, read from the optimizer's own state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import optax
from jaxtyping import Float

from optimizers.adam import Adam
from optimizers.adaptive import AdaGrad, RMSProp
from optimizers.first_order import GradientDescent, Momentum, Nesterov
from optimizers.optimizer import Optimizer
from optimizers.trajectory import Trajectory

Vectors = Float[np.ndarray, "steps n"]


class Term(NamedTuple):
    """One thing that a rule carries or forms, at every step: its sign in the formula, and what it is in plain words."""

    symbol: str
    meaning: str
    values: Vectors


@dataclass(frozen=True)
class Anatomy:
    """What every update of a path was made of; entry k belongs to the step that leaves point k.

    `terms` begins with the gradient. `formula` puts them together, and `assembled` is what it gives; both are None for
    rules that are not taken apart. `scaling` is what the rule divides each coordinate by, where it does.
    """

    terms: tuple[Term, ...]
    update: Vectors
    formula: str | None
    assembled: Vectors | None
    scaling: Vectors | None


class Rule(NamedTuple):
    """How an update is put together: minus the rate times the direction, which `scaling` divides where there is one."""

    formula: str
    direction: Callable[[Optimizer, Mapping[str, Vectors]], Vectors]
    scaling: Callable[[Optimizer, Mapping[str, Vectors]], Vectors] | None = None


def _adam_scaling(rule: Optimizer, of: Mapping[str, Vectors]) -> Vectors:
    return (of["nu"] / (1 - rule.b2 ** of["count"])) ** 0.5 + rule.eps


RULES: dict[type[Optimizer], Rule] = {
    GradientDescent: Rule("Δ = −η g", lambda rule, of: of["gradient"]),
    Momentum: Rule("Δ = −η v", lambda rule, of: of["trace"]),
    Nesterov: Rule("Δ = −η (g + β v)", lambda rule, of: of["gradient"] + rule.momentum * of["trace"]),
    AdaGrad: Rule("Δ = −η g / √s", lambda rule, of: of["gradient"], lambda rule, of: (of["sum_of_squares"] + 1e-7) ** 0.5),
    RMSProp: Rule("Δ = −η g / √(s + ε)", lambda rule, of: of["gradient"], lambda rule, of: (of["nu"] + rule.eps) ** 0.5),
    Adam: Rule(
        "Δ = −η m̂ / (√ŝ + ε), with m̂ = m / (1 − β₁ᵗ), ŝ = s / (1 − β₂ᵗ)",
        lambda rule, of: of["mu"] / (1 - rule.b1 ** of["count"]), _adam_scaling,
    ),
}  # fmt: skip

# What optax calls the parts of a state, in the order in which they are told.
KNOWN = {
    "trace": ("v", "velocity: past gradients, fading"),
    "mu": ("m", "average of the gradients, fading"),
    "nu": ("s", "average of the squared gradients, fading"),
    "sum_of_squares": ("s", "sum of the squared gradients so far"),
}


def anatomy(optimizer: Optimizer, path: Trajectory, factors: Float[np.ndarray, "steps"] | float = 1.0) -> Anatomy:
    """Take the updates of `path` apart, a run of `descend(..., gradients=True, states=True)` from a start `(n,)`.

    `factors` are those of its schedule, by which the learning rate of every step was multiplied.

    Raises ValueError for a path without gradients or states.
    """
    if path.gradients is None or path.states is None:
        raise ValueError("An anatomy needs a path with gradients and states: descend(..., gradients=True, states=True).")
    positions = np.asarray(path.positions)
    # A step has seen the gradient of the point that it leaves: its terms are in the state after it.
    found = {name: _part(path.states, name) for name in (*KNOWN, "count", "seen")}
    of = {name: part[1:].reshape(len(positions) - 1, -1) for name, part in found.items() if part is not None}
    optimizer, noise = optimizer.bare, "seen" in of
    of["gradient"] = of["seen"] if noise else np.asarray(path.gradients)[:-1]
    told = [Term("g", f"gradient{', with its noise' * noise}: the direction of steepest ascent", of["gradient"])]
    told += [Term(symbol, meaning, of[name]) for name, (symbol, meaning) in KNOWN.items() if _is_vector(of.get(name), positions)]
    with np.errstate(all="ignore"):
        update = np.diff(positions, axis=0)
        rule = RULES.get(type(optimizer))
        if rule is None:
            return Anatomy(tuple(told), update, None, None, None)
        scaling = rule.scaling(optimizer, of) if rule.scaling else None
        direction = rule.direction(optimizer, of)
        rates = np.reshape(optimizer.learning_rate * np.asarray(factors), (-1, 1))
        assembled = -rates * (direction if scaling is None else direction / scaling)
    return Anatomy(tuple(told), update, rule.formula, assembled, scaling)


def _part(states, name: str) -> np.ndarray | None:
    """A part of the state by its name in optax, where there is exactly one."""
    try:
        part = optax.tree_utils.tree_get(states, name)
    except KeyError:
        return None
    return None if part is None else np.asarray(part)


def _is_vector(part: np.ndarray | None, positions: np.ndarray) -> bool:
    return part is not None and part.shape == (len(positions) - 1, positions.shape[1])
