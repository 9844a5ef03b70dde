"""Surfaces: the grid convention, what is kept as it came, and what is refused."""

import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import LANDSCAPES, Plane, Surface, evaluate
from landscapes.surface import BLOCK_OF_LARGE, BLOCK_OF_SMALL, SMALL

WINDOW = ((-1.0, 2.0), (10.0, 30.0))


def asymmetric(point):
    x, y = point
    return x + 100 * y


def test_loss_j_i_is_the_loss_at_x_i_y_j():
    surface = evaluate(asymmetric, Plane.axes(WINDOW), (4, 3))
    assert surface.loss.shape == (3, 4)
    np.testing.assert_allclose(surface.x, [-1, 0, 1, 2])
    np.testing.assert_allclose(surface.y, [10, 20, 30])
    np.testing.assert_allclose(surface.loss, surface.x + 100 * surface.y[:, None])


def test_exchanging_the_axes_transposes_the_surface():
    swapped = evaluate(lambda point: asymmetric(point[::-1]), Plane.axes(WINDOW[::-1]), (3, 4))
    np.testing.assert_array_equal(swapped.loss, evaluate(asymmetric, Plane.axes(WINDOW), (4, 3)).loss.T)


@pytest.mark.parametrize("resolution", [2, (2, 3), (64, 64), (67, 129), (BLOCK_OF_SMALL // 2 + 1, 2)])
def test_every_resolution_fills_the_whole_grid(resolution):
    surface = evaluate(asymmetric, Plane.axes(WINDOW), resolution)
    np.testing.assert_allclose(surface.loss, surface.x + 100 * surface.y[:, None], rtol=1e-14)


def test_the_edges_of_the_window_are_included_and_the_dtype_is_float64():
    surface = evaluate(asymmetric, Plane.axes(WINDOW), 5)
    assert (surface.x[0], surface.x[-1], surface.y[0], surface.y[-1]) == (-1, 2, 10, 30)
    assert surface.loss.dtype == np.float64
    third = evaluate(lambda point: point[0] / 3, Plane.axes(((0.0, 1.0), (0.0, 1.0))), 2)
    assert third.loss[0, 1] == 1 / 3


def test_a_float32_plane_gives_a_float32_surface():
    plane = Plane(np.zeros(2, np.float32), (np.float32([1, 0]), np.float32([0, 1])), WINDOW)
    surface = evaluate(asymmetric, plane, 3)
    assert surface.loss.dtype == np.float32
    np.testing.assert_allclose(surface.loss, surface.x + 100 * surface.y[:, None], rtol=1e-6)


def test_nan_and_infinity_are_kept_where_they_are():
    surface = evaluate(lambda point: jnp.log(point[0]) + 0 * point[1], Plane.axes(((-1.0, 1.0), (0.0, 1.0))), 3)
    assert np.isnan(surface.loss[:, 0]).all()
    assert (surface.loss[:, 1] == -np.inf).all()
    assert (surface.loss[:, 2] == 0).all()


def test_an_overflowing_loss_is_infinity_and_not_clipped():
    surface = evaluate(lambda point: jnp.exp(1e4 * point[0]) + 0 * point[1], Plane.axes(((0.0, 1.0), (0.0, 1.0))), 2)
    np.testing.assert_array_equal(surface.loss, [[1, np.inf], [1, np.inf]])


def test_a_point_may_be_any_pytree():
    origin = {"weight": np.zeros((2, 3)), "bias": np.zeros(())}
    first = {"weight": np.ones((2, 3)), "bias": np.zeros(())}
    second = {"weight": np.zeros((2, 3)), "bias": np.ones(())}
    loss = lambda point: jnp.sum(point["weight"]) + 100 * point["bias"]
    surface = evaluate(loss, Plane(origin, (first, second), WINDOW), (4, 3))
    np.testing.assert_allclose(surface.loss, 6 * surface.x + 100 * surface.y[:, None])


def test_points_of_many_numbers_give_the_same_surface_in_smaller_batches():
    size = SMALL + 1
    directions = np.eye(size)[0], np.eye(size)[1]
    plane = Plane(np.zeros(size), directions, WINDOW)
    surface = evaluate(lambda point: point[0] + 100 * point[1] + point[2:].sum(), plane, (BLOCK_OF_LARGE // 3, 4))
    np.testing.assert_allclose(surface.loss, surface.x + 100 * surface.y[:, None])


def test_the_arrays_of_a_surface_cannot_be_written():
    surface = evaluate(asymmetric, Plane.axes(WINDOW), 3)
    for array in (surface.x, surface.y, surface.loss):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


@pytest.mark.parametrize("resolution", [1, 0, -5, (2, 1), 2.5, "many", None, (3, 3, 3), (3,)])
def test_a_resolution_that_makes_no_grid_is_refused(resolution):
    with pytest.raises(ValueError, match="resolution|at least 2"):
        evaluate(asymmetric, Plane.axes(WINDOW), resolution)


def test_a_loss_that_is_no_scalar_is_refused_with_its_shape():
    with pytest.raises(ValueError, match=r"one number.*\(2,\)"):
        evaluate(lambda point: point, Plane.axes(WINDOW), 3)


def test_a_surface_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"\(3, 4\).*\(4, 3\)"):
        Surface(np.zeros(4), np.zeros(3), np.zeros((4, 3)), Plane.axes(WINDOW))


def test_every_landscape_is_finite_over_its_window(landscape):
    assert np.isfinite(evaluate(landscape.loss, Plane.axes(landscape.window), 33).loss).all()


def test_a_landscape_evaluates_to_its_own_loss():
    landscape = LANDSCAPES["goldstein_price"]
    surface = evaluate(landscape.loss, Plane.axes(landscape.window), (5, 9))
    assert surface.loss[2, 2] == 3.0  # x = 0, y = -1
