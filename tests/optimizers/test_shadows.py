"""What a plane and one parameter show of each step: against the anatomy of few dimensions and least squares."""

import jax.numpy as jnp
import numpy as np
import pytest

from optimizers import Adam, AdamW, GradientDescent, Lion, Momentum, RMSProp, anatomy, descend
from optimizers.sharpness import SAM
from optimizers.shadows import shadows

CURVATURES = np.array([1.0, 7.0, 30.0, 0.5])
DIRECTIONS = np.array([1.0, 2.0, 0.0, -1.0]), np.array([0.5, 0.0, 1.0, 1.0])  # neither of length 1 nor at right angles


def bowl(point):
    return 0.5 * jnp.sum(jnp.asarray(CURVATURES) * point**2)


@pytest.mark.parametrize("rule", [Adam(0.05), Momentum(0.01), RMSProp(0.02), AdamW(0.05, weight_decay=0.1), Lion(0.01)])
def test_every_term_has_its_length_arrow_share_and_entry(rule):
    path = descend(bowl, rule, (1.0, -0.5, 0.2, 2.0), 12, gradients=True, states=True)
    expected = anatomy(rule, path)
    *_, found = shadows(bowl, rule, path.positions, (np.zeros(4), DIRECTIONS), 2, planned=12)
    assert [(symbol, found.meanings[symbol]) for symbol in found.terms] == [(term.symbol, term.meaning) for term in expected.terms]
    assert found.formula == expected.formula
    seen = {**found.terms, "Δ": found.update}
    for symbol, vectors in [*((term.symbol, term.values) for term in expected.terms), ("Δ", expected.update)]:
        basis = np.stack(DIRECTIONS, axis=1)
        arrows = np.linalg.lstsq(basis, vectors.T, rcond=None)[0].T
        np.testing.assert_allclose(seen[symbol].arrow, arrows, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(seen[symbol].length, np.linalg.norm(vectors, axis=1), rtol=1e-9)
        np.testing.assert_allclose(seen[symbol].share, np.linalg.norm(arrows @ basis.T, axis=1) / np.maximum(np.linalg.norm(vectors, axis=1), 1e-300), rtol=1e-9)
        np.testing.assert_allclose(seen[symbol].chosen, vectors[:, 2], rtol=1e-9, atol=1e-12)
    divisor = 1 if found.divisor is None else found.divisor[:, 2]
    np.testing.assert_allclose(-float(rule.learning_rate) * found.direction.chosen / divisor, expected.update[:, 2], rtol=1e-9, atol=1e-12)
    if found.divisor is not None:
        np.testing.assert_allclose(found.divisor[:, 1], expected.scaling.max(axis=1), rtol=1e-9)


def test_a_rule_that_is_not_taken_apart_tells_its_terms_and_a_walk_can_be_left():
    path = descend(bowl, SAM(0.01), np.ones(4), 5)
    walk = shadows(bowl, SAM(0.01), path.positions, (np.zeros(4), DIRECTIONS), 0, planned=5)
    assert next(walk) is None
    *_, found = walk
    assert found.formula is found.direction is found.divisor is None and "g" in found.terms
    still = descend(bowl, GradientDescent(0.01), np.zeros(4), 3)
    *_, none = shadows(bowl, GradientDescent(0.01), still.positions, (np.zeros(4), DIRECTIONS), 0, planned=3)
    assert (none.update.length == 0).all() and (none.update.share == 0).all()
