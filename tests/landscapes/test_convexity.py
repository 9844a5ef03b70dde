"""Convexity of a slice: bowls are convex everywhere, saddles nowhere, and skew axes change nothing."""

import numpy as np
import pytest

from landscapes import LANDSCAPES, Plane, evaluate
from landscapes.convexity import nonconvex, nonconvex_share, smallest_curvatures

WINDOW = ((-1.0, 1.0), (-2.0, 2.0))


def quadratic(a, b, c):
    return lambda point: a * point[0] ** 2 + b * point[0] * point[1] + c * point[1] ** 2


@pytest.mark.parametrize(("matrix", "share"), [((1, 0, 3), 0), ((1, 0, -3), 1), ((1, 1.9, 1), 0), ((1, 2.1, 1), 1)])
def test_a_quadratic_is_convex_everywhere_or_nowhere(matrix, share):
    surface = evaluate(quadratic(*matrix), Plane.axes(WINDOW), (11, 21))
    assert nonconvex_share(surface) == share
    a, b, c = matrix
    expected = np.linalg.eigvalsh([[2 * a, b], [b, 2 * c]])[0]
    np.testing.assert_allclose(smallest_curvatures(surface), expected, rtol=1e-9)


def test_the_share_does_not_depend_on_how_skew_the_axes_are():
    skew = Plane(np.zeros(2), (np.array([1.0, 0.0]), np.array([3.0, 0.1])), WINDOW)
    for matrix, share in (((1, 0, 3), 0), ((1, 0, -3), 1)):
        assert nonconvex_share(evaluate(quadratic(*matrix), skew, 11)) == share


def test_it_is_where_the_surface_bends_down():
    surface = evaluate(lambda point: point[0] ** 3 + point[1] ** 2, Plane.axes(WINDOW), (21, 11))
    assert (nonconvex(surface) == (surface.x[None, 1:-1] < -1e-9)).all()


def test_rounding_bends_nothing():
    surface = evaluate(LANDSCAPES["quadratic_bowl"].loss, Plane.axes(((1e6, 1e6 + 1e-3), (1e6, 1e6 + 1e-3))), 51)
    assert nonconvex_share(surface) == 0


def test_a_hole_is_not_convex():
    surface = evaluate(lambda point: point[0] ** 2 + np.nan * (point[0] > 0.5), Plane.axes(WINDOW), 11)
    assert nonconvex(surface)[:, -1].all() and not nonconvex(surface)[:, 0].any()


def test_two_points_have_no_curvature():
    with pytest.raises(ValueError, match="at least 3 x 3"):
        nonconvex_share(evaluate(quadratic(1, 0, 1), Plane.axes(WINDOW), 2))
