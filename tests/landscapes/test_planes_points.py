"""Planes through three points and along the Hessian's eigenvectors, projections, windows, and lines."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import Plane, line, losses_at, project_many, window_for
from landscapes.curvature import slice_hessian, trace
from landscapes.projection import projected
from tests.landscapes.perceptron import HIDDEN, data, parameters, rest, squared_error, through

tanh_loss = squared_error(jnp.tanh, *data())
UNIT = ((0.0, 1.0), (0.0, 1.0))


def points(count=3, size=6):
    return np.random.default_rng(2).normal(size=(count, size))


def test_a_plane_through_three_points_shows_true_distances():
    a, b, c = points()
    plane = Plane.through(a, b, c)
    at = project_many(plane, np.stack([a, b, c]))
    np.testing.assert_allclose(at[0], 0, atol=1e-12)
    np.testing.assert_allclose(at[1], [np.linalg.norm(b - a), 0], atol=1e-12)
    assert at[2, 1] > 0
    np.testing.assert_allclose(np.linalg.norm(at[2]), np.linalg.norm(c - a))
    np.testing.assert_allclose(np.linalg.norm(at[2] - at[1]), np.linalg.norm(c - b))
    np.testing.assert_allclose(projected(plane, np.stack([a, b, c])).off_plane, 0, atol=1e-7)
    for (low, high), coordinates in zip(plane.window, at.T):
        assert low < coordinates.min() and coordinates.max() < high


def test_identical_minima_and_points_on_a_line_are_told_what_to_do():
    a, b, _ = points()
    with pytest.raises(ValueError, match="same one"):
        Plane.through(a, a, b)
    for c in (a, b, a + 0.3 * (b - a)):
        with pytest.raises(ValueError, match=r"line\(loss, a, b\)"):
            Plane.through(a, b, c)
    with pytest.raises(ValueError, match="finite"):
        Plane.through(a, b, np.full(6, np.nan))


def test_projecting_many_positions_is_projecting_each_also_on_skew_directions():
    point, d1 = parameters(), parameters(1)
    d2 = jax.tree.map(lambda a, b: a + np.float32(0.3) * b, d1, parameters(2))
    plane = Plane(point, (d1, d2), UNIT)
    runs = [parameters(seed) for seed in (3, 4, 5)]
    many = project_many(plane, jax.tree.map(lambda *leaves: np.stack(leaves), *runs))
    np.testing.assert_allclose(many, [plane.project(run) for run in runs], rtol=1e-3, atol=1e-4)
    flat = lambda tree: np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)]).astype(np.float64)
    basis = np.stack([flat(d1), flat(d2)], axis=1)
    expected = [np.linalg.lstsq(basis, flat(run) - flat(point))[0] for run in runs]
    np.testing.assert_allclose(many, expected, rtol=1e-9)


def test_the_off_plane_share_is_the_length_of_what_is_left_over_the_length_of_the_displacement():
    plane = Plane(np.ones(3), (np.array([2.0, 0, 0]), np.array([1.0, 1.0, 0])), UNIT)
    place = projected(plane, np.ones(3) + np.array([[0, 0, 0], [3, -2, 0], [0, 0, 5], [0, 3, 4], [np.nan, 0, 0]]))
    np.testing.assert_allclose(place.off_plane, [0, 0, 1, 0.8, np.nan], atol=1e-12)
    np.testing.assert_allclose(place.distance[1:4], [np.sqrt(13), 5, 5])
    np.testing.assert_allclose(place.coordinates[3], [-1.5, 3])
    assert np.isnan(place.coordinates[4]).all()


def test_positions_that_do_not_fit_the_plane_are_refused():
    plane = Plane(np.zeros(3), (np.eye(3)[0], np.eye(3)[1]), UNIT)
    with pytest.raises(ValueError, match="structure"):
        project_many(plane, {"a": np.zeros((4, 3))})
    with pytest.raises(ValueError, match="shape"):
        project_many(plane, np.zeros((4, 2)))
    with pytest.raises(ValueError, match="shape"):
        project_many(plane, np.zeros(()))


def quadratic(size=12):
    """A loss with a known Hessian."""
    random = np.random.default_rng(4)
    axes = np.linalg.qr(random.normal(size=(size, size)))[0]
    eigenvalues = np.concatenate([[50.0, 20.0], random.uniform(-1, 3, size - 2)])
    matrix = axes * eigenvalues @ axes.T
    return matrix, axes, lambda x: x @ matrix @ x / 2 + 1.0


def test_the_plane_of_the_hessian_has_its_leading_eigenvectors_and_the_window_where_the_loss_doubles():
    matrix, axes, loss = quadratic()
    plane = Plane.hessian(loss, np.zeros(12), steps=12)
    for ours, theirs in zip(plane.directions, axes.T):
        np.testing.assert_allclose(abs(ours @ theirs), 1, rtol=1e-8)
    np.testing.assert_allclose([high for _, high in plane.window], np.sqrt(2 / np.array([50, 20])), rtol=1e-6)
    edges = losses_at(loss, plane, [[plane.window[0][1], 0], [0, plane.window[1][0]]])
    np.testing.assert_allclose(edges, 2, rtol=1e-6)


def test_the_curvature_of_a_slice_is_that_of_its_directions():
    matrix, _, loss = quadratic()
    point, (d1, d2) = points(1, 12)[0], points(2, 12)
    expected = np.stack([d1, d2]) @ matrix @ np.stack([d1, d2]).T
    np.testing.assert_allclose(slice_hessian(loss, point, (d1, d2)), expected, rtol=1e-9)
    h = 1e-3
    around = losses_at(loss, Plane(point, (d1, d2), UNIT), [[-h, 0], [0, 0], [h, 0]])
    np.testing.assert_allclose(np.diff(around, 2)[0] / h**2, expected[0, 0], rtol=1e-5)


def test_the_mean_curvature_of_random_directions_is_the_trace():
    matrix, _, loss = quadratic()
    curvatures = []
    for seed in range(300):
        d1, d2 = Plane.random(np.zeros(12), seed, "none").directions
        curvatures += np.diag(slice_hessian(loss, np.zeros(12), (d1, d2))).tolist()
    error = np.std(curvatures) / np.sqrt(len(curvatures))
    assert abs(np.mean(curvatures) - np.trace(matrix)) < 4 * error
    assert abs(trace(loss, np.zeros(12)).mean - np.trace(matrix)) < 0.2 * np.trace(matrix)


def test_a_point_without_finite_curvature_is_refused():
    with pytest.raises(ValueError, match="curvature is not finite"):
        Plane.hessian(lambda x: jnp.sum(x**4), np.full(4, np.nan))


def test_a_window_shows_all_finite_points_and_is_never_narrow():
    plane = Plane.axes(UNIT)
    paths = [np.array([[0.0, 1.0], [10.0, 1.5]]), np.array([[np.nan, 0.0], [2.0, 1.0]])]
    (left, right), (low, high) = window_for(plane, paths)
    np.testing.assert_allclose((left, right), (-1.5, 11.5))
    np.testing.assert_allclose(high - low, 13 / 3)
    assert low < 1 and high > 1.5


def test_sides_are_compared_in_true_distance():
    plane = Plane(np.ones(2), (np.array([10.0, 0.0]), np.array([0.0, 1.0])), UNIT)
    sides = np.ptp(window_for(plane, [np.array([[0.0, 0.0], [1.0, 10.0]])]), axis=1)
    np.testing.assert_allclose(sides, [1.3, 13])


@pytest.mark.parametrize("paths", [[], [np.full((4, 2), 0.5)], [np.full((3, 2), np.nan)], [np.zeros((0, 2))]])
def test_without_paths_that_go_anywhere_the_scale_of_the_parameters_decides(paths):
    plane = Plane(np.array([3.0, 4.0]), (np.array([2.0, 0.0]), np.array([0.0, 1.0])), UNIT)
    (left, right), (low, high) = window_for(plane, paths)
    np.testing.assert_allclose([right - left, high - low], [5, 10])
    centre = 0.5 if paths and np.isfinite(paths[0]).all() and len(paths[0]) else 0
    np.testing.assert_allclose([right + left, high + low], 2 * centre)


def test_with_a_loss_the_curvature_decides_within_limits():
    sharp = lambda x: 1 + 200 * x[0] ** 2 + 1e-9 * x[1] ** 2
    plane = Plane(np.array([0.0, 0.0, 7.0]), (np.eye(3)[0], np.eye(3)[1]), UNIT)
    (_, right), (_, high) = window_for(plane, loss=sharp)
    np.testing.assert_allclose([right, high], [np.sqrt(2 * 1 / 400), 7], rtol=1e-6)
    for level in (lambda x: 0 * x[0], lambda x: jnp.nan * x[0], lambda x: 1e30 * x[0] ** 2):
        assert np.isfinite(window_for(plane, loss=level)).all()
        assert np.ptp(window_for(plane, loss=level), axis=1).min() >= 2e-3 * 7 * 0.999


def test_at_parameters_of_zero_a_window_is_one_wide_each_way():
    assert window_for(Plane.axes(UNIT)) == ((-1.0, 1.0), (-1.0, 1.0))


def test_a_convex_loss_and_the_same_point_have_no_barrier():
    a, b = points(2)
    assert line(lambda x: jnp.sum(x**2), a, b).barrier <= 1e-12
    assert line(tanh_loss, parameters(), parameters()).barrier == 0
    assert line(tanh_loss, parameters(), parameters()).distance == 0


def test_a_barrier_is_the_height_over_the_straight_line_between_the_ends():
    a, b = np.array([-1.0, 0.0]), np.array([1.0, 0.0])
    between = line(lambda x: 1 - x[0] ** 2 + x[0], a, b, 21)
    np.testing.assert_allclose(between.barrier, 1)
    np.testing.assert_allclose(between.loss[[0, -1]], [-1, 1])
    assert between.distance == 2 and len(between.t) == 21


def permuted(point, order):
    """The same function with the hidden units of the first layer in another order."""
    first, second = point["first"], point["second"]
    return {
        **point,
        "first": {"weight": first["weight"][order], "bias": first["bias"][order]},
        "second": {**second, "weight": second["weight"][:, order]},
    }


def test_a_permuted_copy_has_equal_loss_and_a_barrier_and_realigned_none():
    point, order = parameters(), np.roll(np.arange(HIDDEN), 3)
    inputs, _ = data()
    # A minimum: the targets are what the network says there.
    loss = squared_error(jnp.tanh, inputs, rest(jnp.tanh, through(point["first"], inputs), point))
    copy = permuted(point, order)
    there = line(loss, point, copy)
    np.testing.assert_allclose(there.loss[[0, -1]], 0, atol=1e-10)
    assert there.barrier > 0.01
    assert line(loss, point, permuted(copy, np.argsort(order))).barrier == 0


def test_lines_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="one structure"):
        line(tanh_loss, parameters(), points())
    with pytest.raises(ValueError, match="at least 2"):
        line(tanh_loss, parameters(), parameters(), 1)
