"""Largest stable learning rates against what descents on quadratics really do, from both sides."""

import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from landscapes import LANDSCAPES
from optimizers import Adam, AdaGrad, GradientDescent, Lion, Momentum, Nesterov, RMSProp, descend
from optimizers.stability import stability

FACTS = json.loads((Path(__file__).parents[1] / "facts.json").read_text())
CURVATURES = np.array([1.0, 40.0])


def bowl(point):
    return 0.5 * jnp.sum(jnp.asarray(CURVATURES) * point**2)


@pytest.mark.parametrize("rule", [GradientDescent, Momentum, Nesterov])
@pytest.mark.parametrize("share, calm", [(0.99, True), (1.01, False)])
def test_just_below_the_limit_it_settles_and_just_above_it_swings_up(rule, share, calm):
    limit = stability(bowl, rule(1e-4), (1.0, 1.0), steps=1).limit[0]
    found = stability(bowl, rule(share * limit), (0.0, 1e-3), steps=1500)
    assert found.limit == pytest.approx(limit)
    # Along the sharp axis alone, so that nothing else is seen.
    assert (found.path.losses[-1] < 1e-3 * found.path.losses[0]) == calm
    assert (np.nanmedian(found.growth[100:200]) < 1) == calm


@pytest.mark.parametrize("share, calm", [(0.99, True), (1.01, False)])
def test_adam_with_its_scaling_frozen_obeys_its_limit(share, calm):
    adam = Adam(0.01, b1=0.8)
    found = stability(bowl, adam, (1.0, 2.0), steps=20)
    state = found.path.states[0]
    seen = int(state.count[6])
    divided = (1 - adam.b1**seen) * (np.sqrt(state.nu[6] / (1 - adam.b2**seen)) + adam.eps)
    # From step 5 on: an average of gradients divided by a P that no longer moves.
    frozen = optax.chain(optax.ema(float(adam.b1), debias=False), optax.stateless(lambda g, _: g / divided), optax.sgd(share * float(found.limit[5])))
    run = descend(bowl, frozen, (1e-3, 1e-3), steps=3000)  # the sharpest direction of P^-1 H is another than of H
    assert (run.losses[-1] < 1e-3 * run.losses[0]) == calm


@pytest.mark.parametrize("rule, divided", [
    (RMSProp(0.01), lambda g: np.sqrt(np.cumsum(g**2 * 0.1 * 0.9 ** -np.arange(len(g))[:, None], axis=0) * 0.9 ** np.arange(len(g))[:, None] + 1e-8)),
    (AdaGrad(0.1), lambda g: np.sqrt(0.1 + np.cumsum(g**2, axis=0) + 1e-7)),
])  # fmt: skip
def test_what_is_divided_by_is_what_the_rule_divides_by(rule, divided):
    found = stability(bowl, rule, (1.0, 2.0), steps=12)
    by = divided(np.asarray(found.path.gradients))
    sharpest = (CURVATURES / by).max(axis=1)
    np.testing.assert_allclose(found.limit[:-1], 2 / sharpest[:-1], rtol=1e-4)
    steps = -float(rule.learning_rate) * np.asarray(found.path.gradients) / by
    np.testing.assert_allclose(np.diff(found.path.positions, axis=0), steps[:-1], rtol=1e-4)


def test_growth_along_the_sharp_axis_is_that_of_the_linear_rule():
    rate = 0.049
    found = stability(bowl, GradientDescent(rate), (1.0, 1.0), steps=100)
    np.testing.assert_allclose(found.growth[:80], abs(1 - rate * CURVATURES[1]), rtol=1e-6)
    np.testing.assert_allclose(found.eigenvalues, np.broadcast_to(CURVATURES, (101, 2)))
    np.testing.assert_allclose(found.condition, 40)
    assert np.isnan(found.growth[-1])
    still = stability(bowl, GradientDescent(0.025), (1.0, 1.0), steps=100)  # the sharp axis rests after one step
    assert np.isnan(still.growth[1:]).all()


def test_facts_about_himmelblau():
    known = FACTS["functions"]["himmelblau"][0]
    found = stability(LANDSCAPES["himmelblau"].loss, GradientDescent(1e-3), tuple(known["position"]), steps=1)
    assert found.eigenvalues[0] == pytest.approx(known["hessian_eigenvalues"], rel=1e-4)
    assert found.limit[0] == pytest.approx(known["largest_stable_learning_rate"], rel=1e-4)


def test_where_nothing_curves_upwards_every_rate_is_stable_and_unknown_rules_say_so():
    hill = lambda point: -jnp.sum(point**2)
    assert np.isinf(stability(hill, GradientDescent(0.01), (1.0, 1.0), steps=2).limit).all()
    assert stability(bowl, Lion(), (1.0, 1.0), steps=2).limit is None
