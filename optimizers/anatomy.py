"""Anatomy of a step: the terms that an update is made of, read from the optimizer's own state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import optax
from jaxtyping import Float

from optimizers.adam import AdaBelief, Adam, Adamax, AdamW, AMSGrad, NAdam, RAdam, Yogi
from optimizers.adaptive import AdaDelta, AdaGrad, RMSProp
from optimizers.derivative_free import CoordinateProbing, RandomSearch
from optimizers.first_order import GradientDescent, Momentum, Nesterov
from optimizers.optimizer import Optimizer
from optimizers.sharpness import SAM, ScheduleFree
from optimizers.signs import Lion, SignDescent
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

    `terms` begins with the gradient. `formula` puts them together, and `assembled` is what it gives: minus the rate times
    the `direction`, which is divided by `scaling` where a rule divides each coordinate. All are None for rules that are
    not taken apart.
    """

    terms: tuple[Term, ...]
    update: Vectors
    formula: str | None
    assembled: Vectors | None
    direction: Vectors | None
    scaling: Vectors | None


class Rule(NamedTuple):
    """How an update is put together: minus the rate times the direction, which `scaling` divides where there is one."""

    formula: str
    direction: Callable[[Optimizer, Mapping[str, Vectors]], Vectors]
    scaling: Callable[[Optimizer, Mapping[str, Vectors]], Vectors] | None = None


def _sign(vectors: Vectors) -> Vectors:
    return (vectors > 0) * 1.0 - (vectors < 0)


def _lion(rule: Optimizer, of: Mapping[str, Vectors]) -> Vectors:
    return _sign(rule.b1 * of["mu"] + (1 - rule.b1) * of["gradient"]) + rule.weight_decay * of["position"]


def _mean(rule: Optimizer, of: Mapping[str, Vectors]) -> Vectors:
    return of["mu"] / (1 - rule.b1 ** of["count"])


def _mean_ahead(rule: Optimizer, of: Mapping[str, Vectors]) -> Vectors:
    now, next_ = 1 - rule.b1 ** of["count"], 1 - rule.b1 ** (of["count"] + 1)
    return rule.b1 * of["mu"] / next_ + (1 - rule.b1) * of["gradient"] / now


def _adam_scaling(rule: Optimizer, of: Mapping[str, Vectors]) -> Vectors:
    return (of["nu"] / (1 - rule.b2 ** of["count"])) ** 0.5 + rule.eps


def _radam_scaling(rule: Optimizer, of: Mapping[str, Vectors]) -> Vectors:
    """Adam's, lengthened by 1 / r; 1 while rho is below 5. Liu et al. 2020, algorithm 2."""
    limit, power = 2 / (1 - rule.b2) - 1, rule.b2 ** of["count"]
    rho = limit - 2 * of["count"] * power / (1 - power)
    known = (rho >= 5) * 1.0
    share = abs((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) ** 0.5
    return known * _adam_scaling(rule, of) / share + (1 - known)


CORRECTED = "with m̂ = m / (1 − β₁ᵗ), ŝ = s / (1 − β₂ᵗ)"
RULES: dict[type[Optimizer], Rule] = {
    GradientDescent: Rule("Δ = −η g", lambda rule, of: of["gradient"]),
    Momentum: Rule("Δ = −η v", lambda rule, of: of["trace"]),
    Nesterov: Rule("Δ = −η (g + β v)", lambda rule, of: of["gradient"] + rule.momentum * of["trace"]),
    AdaGrad: Rule("Δ = −η g / √s", lambda rule, of: of["gradient"], lambda rule, of: (of["sum_of_squares"] + 1e-7) ** 0.5),
    RMSProp: Rule("Δ = −η g / √(s + ε)", lambda rule, of: of["gradient"], lambda rule, of: (of["nu"] + rule.eps) ** 0.5),
    Adam: Rule(
        f"Δ = −η m̂ / (√ŝ + ε), {CORRECTED}", _mean, _adam_scaling,
    ),
    AMSGrad: Rule(
        "Δ = −η m̂ / (√ŝₘₐₓ + ε), with m̂ = m / (1 − β₁ᵗ)", _mean, lambda rule, of: of["nu_max"] ** 0.5 + rule.eps,
    ),
    NAdam: Rule(
        "Δ = −η (β₁ m / (1 − β₁ᵗ⁺¹) + (1 − β₁) g / (1 − β₁ᵗ)) / (√ŝ + ε), with ŝ = s / (1 − β₂ᵗ)", _mean_ahead, _adam_scaling,
    ),
    RAdam: Rule(f"Δ = −η m̂ r / (√ŝ + ε), or −η m̂ at first, {CORRECTED}, r from t and β₂", _mean, _radam_scaling),
    Adamax: Rule("Δ = −η m̂ / u, with m̂ = m / (1 − β₁ᵗ)", _mean, lambda rule, of: of["nu"]),
    AdaBelief: Rule(f"Δ = −η m̂ / (√ŝ + ε), {CORRECTED}", _mean, _adam_scaling),
    Yogi: Rule(f"Δ = −η m̂ / (√ŝ + ε), {CORRECTED}", _mean, _adam_scaling),
    AdamW: Rule(
        f"Δ = −η (m̂ / (√ŝ + ε) + λ x), {CORRECTED}",
        lambda rule, of: _mean(rule, of) + rule.weight_decay * of["position"] * _adam_scaling(rule, of), _adam_scaling,
    ),
    AdaDelta: Rule(
        "Δ = −η g √(u + ε) / √(s + ε)", lambda rule, of: of["gradient"],
        lambda rule, of: ((of["e_g"] + rule.eps) / (of["e_x"] + rule.eps)) ** 0.5,
    ),
    SignDescent: Rule("Δ = −η sign(g)", lambda rule, of: _sign(of["gradient"])),
    Lion: Rule("Δ = −η (sign(β₁ m + (1 − β₁) g) + λ x)", _lion),
}  # fmt: skip

# What optax calls the parts of a state, in the order in which they are told.
KNOWN = {
    "gradient": ("g", "gradient: the direction of steepest ascent"),
    "trace": ("v", "velocity: past gradients, fading; v ← β v + g"),
    "mu": ("m", "average of the gradients, fading"),
    "nu": ("s", "average of the squared gradients, fading"),
    "nu_max": ("ŝₘₐₓ", "largest ŝ = s / (1 − β₂ᵗ) so far"),
    "sum_of_squares": ("s", "sum of the squared gradients so far"),
    "e_g": ("s", "average of the squared gradients, fading"),
    "e_x": ("u", "average of the squared steps before this one, fading"),
}
BEFORE: dict[type[Optimizer], tuple[str, ...]] = {Lion: ("mu",), AdaDelta: ("e_x",)}  # what a step takes from the state before it
# Where a rule keeps something else under that name, or takes its gradient elsewhere.
SPECIAL: dict[type[Optimizer], dict[str, tuple[str, str]]] = {
    Lion: {"mu": ("m", "average of the gradients before this one, fading")},
    Adamax: {"nu": ("u", "largest gradient, fading")},
    AdaBelief: {"nu": ("s", "average of the squared surprises (g − m)², fading")},
    Yogi: {"nu": ("s", "follows the squared gradients, by a part of the newest one")},
    SAM: {"gradient": ("g", "gradient here; the step goes against the one a little uphill")},
    ScheduleFree: {"gradient": ("g", "gradient here, at the average; the rule takes it beside it")},
    RandomSearch: {"gradient": ("g", "gradient: this rule does not know it")},
    CoordinateProbing: {"gradient": ("g", "gradient: this rule estimates it from losses")},
}


def told(optimizer: Optimizer) -> dict[str, tuple[str, str]]:
    """Symbol and meaning of what a rule's state holds, by optax's name."""
    return KNOWN | SPECIAL.get(type(optimizer), {})


def anatomy(optimizer: Optimizer, path: Trajectory, factors: Float[np.ndarray, "steps"] | float = 1.0) -> Anatomy:
    """Take the updates of `path` apart, a run of `descend(..., gradients=True, states=True)` from a start `(n,)`.

    `factors` are those of its schedule, by which the learning rate of every step was multiplied.

    Raises ValueError for a path without gradients or states.
    """
    if path.gradients is None or path.states is None:
        raise ValueError("An anatomy needs a path with gradients and states: descend(..., gradients=True, states=True).")
    positions = np.asarray(path.positions)
    # A step has seen the gradient of the point that it leaves: its terms are in the state after it, but for those in BEFORE.
    found = {name: _part(path.states, name) for name in (*KNOWN, "count", "seen") if name != "gradient"}
    optimizer = optimizer.bare
    rows = lambda name: slice(-1) if name in BEFORE.get(type(optimizer), ()) else slice(1, None)
    of = {name: part[rows(name)].reshape(len(positions) - 1, -1) for name, part in found.items() if part is not None}
    noise, of["position"] = "seen" in of, positions[:-1]
    of["gradient"] = of["seen"] if noise else np.asarray(path.gradients)[:-1]
    known = told(optimizer)
    if noise:
        known["gradient"] = ("g", known["gradient"][1].replace("gradient", "gradient, with its noise", 1))
    terms = tuple(Term(symbol, meaning, of[name]) for name, (symbol, meaning) in known.items() if _is_vector(of.get(name), positions))
    with np.errstate(all="ignore"):
        update = np.diff(positions, axis=0)
        rule = RULES.get(type(optimizer))
        if rule is None:
            return Anatomy(terms, update, None, None, None, None)
        scaling = rule.scaling(optimizer, of) if rule.scaling else None
        direction = rule.direction(optimizer, of)
        rates = np.reshape(optimizer.learning_rate * np.asarray(factors), (-1, 1))
        assembled = -rates * (direction if scaling is None else direction / scaling)
    return Anatomy(terms, update, rule.formula, assembled, direction, scaling)


def _part(states, name: str) -> np.ndarray | None:
    """A part of the state by its name in optax, where there is exactly one."""
    try:
        part = optax.tree_utils.tree_get(states, name)
    except KeyError:
        return None
    return None if part is None else np.asarray(part)


def _is_vector(part: np.ndarray | None, positions: np.ndarray) -> bool:
    return part is not None and part.shape == (len(positions) - 1, positions.shape[1])
