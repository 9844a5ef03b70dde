"""Local models: the bowl's own values, and a trust-region step that is the minimum in its disc."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from landscapes import LANDSCAPES
from landscapes.local_models import STEPS, local_models, trust_steps

PLANE, NEWTON, TRUST = range(3)
numbers = st.floats(-5, 5).map(lambda value: round(value, 3))


def bowl(point):
    return 3.0 + 2 * point[0] ** 2 + point[0] * point[1] + 5 * point[1] ** 2


def test_a_bowl_is_its_own_model():
    points = np.array([[1.0, 2.0], [-0.3, 0.4]])
    models = local_models(bowl, points, 0.1)
    assert STEPS[NEWTON] == "newton" and STEPS[TRUST] == "trust"
    np.testing.assert_allclose(models.hessian, [[[4, 1], [1, 10]]] * 2)
    np.testing.assert_allclose(models.gradient, points @ [[4, 1], [1, 10]])
    np.testing.assert_allclose(models.eigenvalues, [[7 - np.sqrt(10), 7 + np.sqrt(10)]] * 2)
    np.testing.assert_allclose(points + models.steps[NEWTON], 0, atol=1e-14)
    np.testing.assert_allclose(models.true[NEWTON], 3.0)
    np.testing.assert_allclose(models.ratio[NEWTON:], 1.0)
    np.testing.assert_allclose(np.linalg.norm(models.steps[[PLANE, TRUST]], axis=-1), 0.1)
    np.testing.assert_allclose(models.predicted[PLANE], models.loss - 0.1 * np.linalg.norm(models.gradient, axis=1))
    wide = local_models(bowl, points, 100.0)
    np.testing.assert_allclose(wide.steps[TRUST], wide.steps[NEWTON])


def test_the_models_are_right_to_their_order():
    place = LANDSCAPES["himmelblau"]
    points = np.array([[1.0, 2.0], [-1.5, 0.3], [3.2, 1.8]])
    errors = lambda radius: np.abs((models := local_models(place.loss, points, radius)).true - models.predicted)[[PLANE, TRUST]]
    small, large = errors(1e-3), errors(1e-2)
    assert (small[0] < 0.03 * large[0]).all() and (small[1] < 0.003 * large[1]).all()  # second and third order


@settings(max_examples=60)
@given(st.tuples(*[numbers] * 5), st.sampled_from([0.01, 0.5, 3.0]))
def test_the_step_meets_the_conditions_of_a_minimum_in_the_disc(parts, radius):
    a, b, c, g0, g1 = parts
    hessian, gradient = np.array([[a, b], [b, c]]), np.array([g0, g1])
    (step,) = trust_steps(gradient[None], hessian[None], radius)
    scale = 1 + np.abs(hessian).max() * radius + np.abs(gradient).max()
    assert np.linalg.norm(step) <= radius * (1 + 1e-9)
    # (H + mu I) s = -g, mu >= 0, H + mu I semidefinite, and mu = 0 inside: necessary and sufficient.
    pull = -(gradient + hessian @ step)
    mu = pull @ step / (step @ step) if step.any() else 0.0
    np.testing.assert_allclose(pull, mu * step, atol=1e-7 * scale)
    assert mu >= -1e-7 * scale and np.linalg.eigvalsh(hessian)[0] + mu >= -1e-7 * scale
    assert abs(mu) * (radius - np.linalg.norm(step)) <= 1e-7 * scale * radius


@pytest.mark.parametrize(("hessian", "gradient"), [
    ([[2, 1], [1, -3]], [0.5, 0.2]), ([[-1, 0], [0, 2]], [0.0, 0.3]), ([[-2, 0], [0, -2]], [0.0, 0.0]), ([[0, 0], [0, 0]], [1.0, 1.0]),
    ([[-1, 0], [0, 2]], [1e-18, 0.3]), ([[0, 0], [0, 4]], [0.0, 1.0]),
])  # fmt: skip
def test_no_point_of_the_disc_is_lower_by_another_method(hessian, gradient):
    hessian, gradient = np.array(hessian, float), np.array(gradient)
    model = lambda step: gradient @ step + step @ hessian @ step / 2
    polar = lambda at: model(np.clip(at[0], 0, 1) * np.array([np.cos(at[1]), np.sin(at[1])]))
    starts = [(r, angle) for r in (0.5, 1.0) for angle in np.linspace(0, 2 * np.pi, 9)]
    lowest = min(minimize(polar, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}).fun for start in starts)
    (step,) = trust_steps(gradient[None], hessian[None], 1.0)
    assert model(step) == pytest.approx(lowest, abs=1e-8)


def test_a_saddle_draws_newton_uphill_and_trust_down():
    models = local_models(lambda p: p[0] ** 2 - p[1] ** 2, np.array([[1.0, 0.5], [0.0, 0.0]]), 1.0)
    np.testing.assert_allclose(models.steps[NEWTON, 0], [-1.0, -0.5])
    assert models.true[TRUST, 0] < models.true[NEWTON, 0]
    assert models.true[TRUST, 1] == pytest.approx(-1.0) and np.isnan(models.ratio[NEWTON, 1])


@pytest.mark.parametrize("radius", [0.0, -1.0, np.nan, np.inf])
def test_a_radius_that_is_none_is_said(radius):
    with pytest.raises(ValueError, match="radius of trust"):
        local_models(bowl, np.zeros((1, 2)), radius)
