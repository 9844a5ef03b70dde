"""Slope and curvature of one point, against quadratics where all is known."""

import jax.numpy as jnp
import numpy as np
import pytest

from landscapes.local_view import compass, local_views

HESSIAN = np.array([[3.0, 1.0], [1.0, 2.0]])
SLOPE = np.array([0.5, -1.0])
POINTS = np.array([[1.0, -2.0], [0.3, 0.4], [0.0, 0.0]])


def bowl(point):
    return 0.5 * point @ HESSIAN @ point + SLOPE @ point


def test_the_change_by_direction_is_the_quadratics():
    found = compass(bowl, POINTS, [0.1, 1.0], 8)
    directions = np.stack([np.cos(found.angles), np.sin(found.angles)], axis=1)
    curved = 0.5 * np.einsum("ai,ij,aj->a", directions, HESSIAN, directions)
    expected = found.predicted + np.array([0.01, 1.0])[:, None] * curved
    np.testing.assert_allclose(found.change, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.gradient, POINTS @ HESSIAN + SLOPE)


def test_of_small_steps_minus_the_gradient_is_the_lowest():
    found = compass(bowl, POINTS[:1], [1e-4], 360)
    steepest = found.angles[found.change[0, 0].argmin()]
    assert np.cos(steepest - np.arctan2(*-found.gradient[0][::-1])) == pytest.approx(1, abs=2e-4)


def test_the_bowls_bottom_is_newtons_point_and_slope_goes_down():
    found = local_views(bowl, POINTS, 0.1)
    np.testing.assert_allclose(found.bottom, np.broadcast_to(np.linalg.solve(HESSIAN, -SLOPE), (3, 2)))
    np.testing.assert_allclose(found.downhill, POINTS - 0.1 * found.gradient)
    assert found.convex.all() and (found.bottom_loss <= found.downhill_loss).all()


def test_a_saddle_is_no_bottom_and_a_plane_has_none():
    saddle = local_views(lambda p: p[0] ** 2 - p[1] ** 2, POINTS, 0.1)
    assert not saddle.convex.any()
    plane = local_views(lambda p: jnp.sum(p), POINTS, 0.1)
    assert np.isnan(plane.bottom).all()


@pytest.mark.parametrize("points", [[1.0, 2.0], [[1.0, np.nan]], [[1.0, 2.0, 3.0]]])
def test_points_that_are_no_pairs_are_refused(points):
    with pytest.raises(ValueError, match="pairs"):
        compass(bowl, points, [0.1])
    with pytest.raises(ValueError, match="above 0"):
        compass(bowl, POINTS, [0.0])
