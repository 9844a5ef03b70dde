"""Shadows: the anatomy of steps in many dimensions, as far as a plane and one parameter show it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Float, PyTree

from optimizers.anatomy import BEFORE, KNOWN, RULES, told
from optimizers.descent import as_start, is_double
from optimizers.optimizer import Optimizer
from optimizers.training import as_frame
from optimizers.walk import Stride, walk


class Shadow(NamedTuple):
    """A vector at every step: its length, the plane coordinates of its projection, the share of its length that this has,
    and its entry for one chosen parameter."""

    length: Float[np.ndarray, "steps"]
    arrow: Float[np.ndarray, "steps 2"]
    share: Float[np.ndarray, "steps"]
    chosen: Float[np.ndarray, "steps"]


@dataclass(frozen=True)
class Shadows:
    """What every update of a run was made of; entry k belongs to the step that leaves point k.

    `terms` by symbol, with their `meanings`, the gradient first. Where the rule is taken apart, `formula` puts them together,
    `direction` is what it multiplies by the rate, and `divisor` what it divides each coordinate by, where it does: its
    smallest and largest entry and that of the chosen parameter.
    """

    terms: Mapping[str, Shadow]
    meanings: Mapping[str, str]
    update: Shadow
    formula: str | None
    direction: Shadow | None
    divisor: Float[np.ndarray, "steps 3"] | None


def shadows(loss, optimizer: Optimizer, positions: PyTree, plane, chosen: int, **training) -> Iterator[Shadows | None]:
    """Take a run apart of which all `positions` are kept; None after each step, and at last what was found.

    `plane` is one that `train` takes, `chosen` the number of a parameter, leaf after leaf; `training` goes to `walk`. Of
    each vector only its shadow is kept: memory does not grow with the parameters. Stopping to iterate cancels.
    """
    rows, start = [], as_start(jax.tree.map(lambda leaf: leaf[0], positions))
    with jax.enable_x64(is_double(start)):
        frame = as_frame(plane, start)
    for row in walk(loss, optimizer, positions, _look, (frame, np.int32(chosen)), **training):
        rows.append(row)
        yield None
    found = jax.tree.map(lambda *leaves: np.stack(leaves), *rows)
    known = {name: words for name, words in told(optimizer).items() if name in found}
    terms = {symbol: found[name] for name, (symbol, _) in known.items()}
    meanings = dict(known.values())
    rule = RULES.get(type(optimizer))
    yield Shadows(terms, meanings, found["update"], rule and rule.formula, found.get("direction"), found.get("divisor"))


def _look(optimizer: Optimizer, stride: Stride, about) -> dict:
    frame, chosen = about
    earlier = BEFORE.get(type(optimizer), ())
    state = lambda name: stride.before if name in earlier else stride.state
    of = {name: _flat(part) for name in KNOWN if (part := _part(state(name), name, stride.gradient)) is not None}
    of["gradient"] = _flat(stride.gradient)
    vectors = {**of, "update": _flat(stride.update)}
    of["position"] = _flat(stride.position)
    found = {}
    if rule := RULES.get(type(optimizer)):
        of["count"] = _counted(stride)
        vectors["direction"] = rule.direction(optimizer, of)
        if rule.scaling:
            divisor = rule.scaling(optimizer, of)
            found["divisor"] = jnp.stack([divisor.min(), divisor.max(), divisor[chosen]])
    basis = jnp.stack([_flat(each) for each in frame.basis])
    return {**found, **{name: _shadow(vector, basis, frame.inverse, chosen) for name, vector in vectors.items()}}


def _shadow(vector, basis, inverse, chosen) -> Shadow:
    along, length = basis @ vector, jnp.linalg.norm(vector)
    share = jnp.linalg.norm(along) / jnp.where(length > 0, length, 1)
    return Shadow(length, inverse @ along, share, vector[chosen])


def _flat(tree: PyTree):
    return ravel_pytree(tree)[0]


def _part(state: Any, name: str, like: PyTree) -> PyTree | None:
    """A part of the state by its name in optax, where there is exactly one that is like the parameters."""
    try:
        part = optax.tree_utils.tree_get(state, name)
    except KeyError:
        return None
    shapes = lambda tree: jax.tree.map(jnp.shape, tree)
    return part if part is not None and shapes(part) == shapes(like) else None


def _counted(stride: Stride):
    try:
        return optax.tree_utils.tree_get(stride.state, "count")
    except KeyError:
        return None
