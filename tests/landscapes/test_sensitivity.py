"""Sensitivity and differences against theory: slope 2, then the rounding floor."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import LANDSCAPES
from landscapes.sensitivity import differences, nudges, sensitivity

EPSILONS = np.logspace(-14, 0, 29)


def wave(point):
    """Third derivatives as well, so that central differences have an error."""
    return jnp.sum(jnp.exp(point["a"])) + jnp.sin(3 * point["b"])[0]


@pytest.fixture(params=[np.float32, np.float64])
def dtype(request):
    return request.param


@pytest.fixture
def point(dtype):
    return {"a": np.array([0.3, -1.0], dtype), "b": np.array([0.5], dtype)}


def test_sensitivity_is_the_gradient_in_the_points_precision(point, dtype):
    slope = sensitivity(wave, point)
    np.testing.assert_allclose(slope["a"], np.exp(point["a"]), rtol=1e-6)
    assert slope["b"].dtype == dtype and slope["b"][0] == pytest.approx(3 * np.cos(1.5), rel=1e-5)


def test_the_predictions_error_has_slope_two():
    rosenbrock = LANDSCAPES["rosenbrock"]
    found = nudges(rosenbrock.loss, np.array([-1.0, 2.0]), [0, 1], np.logspace(-5, -2, 7))
    slopes = np.diff(np.log(found.error)) / np.diff(np.log(found.epsilons))
    np.testing.assert_allclose(slopes[0], 2, atol=0.03)
    with jax.enable_x64(True):
        curvature = np.diag(jax.jit(jax.hessian(rosenbrock.loss))(np.array([-1.0, 2.0])))
    np.testing.assert_allclose(found.error[:, 0], curvature / 2 * 1e-10, rtol=1e-3)


def test_below_some_size_rounding_takes_over(point, dtype):
    found = nudges(wave, point, [2], EPSILONS)
    unit = np.finfo(dtype).eps
    # The change of the loss cannot be known better than the loss is.
    small = np.abs(found.epsilons) < unit
    assert (found.error[0, small] <= 4 * unit * abs(found.loss)).all()
    assert (found.error[0] > 0).any()


@pytest.mark.parametrize("kind, power", [("forward_error", 1 / 2), ("central_error", 1 / 3)])
def test_differences_are_best_where_theory_says(point, dtype, kind, power):
    found = differences(wave, point, 2, EPSILONS)
    error, place = getattr(found, kind), np.log10(EPSILONS / float(np.finfo(dtype).eps) ** power)
    # Single errors are lucky now and then: those around a place are judged together.
    near, below, above = (np.median(error[np.abs(place - at) < 0.6]) for at in (0, -2, 2))
    assert near < below / 5 and near < above / 5
    assert found.automatic_error <= 8 * float(np.finfo(dtype).eps) * abs(found.truth)


def test_errors_of_differences_grow_with_the_size_by_their_order():
    double = {"a": np.array([0.3, -1.0]), "b": np.array([0.5])}
    found = differences(wave, double, 2, np.array([1e-3, 1e-2]))
    assert found.forward_error[1] / found.forward_error[0] == pytest.approx(10, rel=0.1)
    assert found.central_error[1] / found.central_error[0] == pytest.approx(100, rel=0.1)


def test_parameters_are_raised_one_at_a_time(point):
    found = nudges(wave, point, np.arange(3), [0.1])
    exact = [np.exp(0.4) - np.exp(0.3), np.exp(-0.9) - np.exp(-1.0), np.sin(1.8) - np.sin(1.5)]
    np.testing.assert_allclose(found.change[:, 0], exact, rtol=1e-5)
    assert found.change.shape == (3, 1) and not found.change.flags.writeable


@pytest.mark.parametrize("wrong", [[3], [-1], [], [0.5]])
def test_numbers_that_are_no_parameter_are_refused_with_the_range(point, wrong):
    with pytest.raises(ValueError, match="0 to 2"):
        nudges(wave, point, wrong, [0.1])


def test_sizes_of_differences_are_above_zero(point):
    for wrong in ([0.0], [-1.0], [np.inf]):
        with pytest.raises(ValueError, match="above 0"):
            differences(wave, point, 0, wrong)
