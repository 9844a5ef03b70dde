"""Planes: embedding and projecting are inverse, whatever the directions."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from landscapes import Plane

UNIT = ((0.0, 1.0), (0.0, 1.0))
numbers = st.floats(-10, 10, allow_nan=False, width=32)


def vectors(size):
    return st.lists(numbers, min_size=size, max_size=size).map(np.array)


@settings(max_examples=60, deadline=None)
@given(vectors(4), vectors(4), vectors(4), vectors(2))
def test_projecting_an_embedded_point_gives_its_coordinates_back(origin, first, second, coordinates):
    lengths = np.linalg.norm(first), np.linalg.norm(second)
    assume(min(lengths) > 0.1)
    assume(abs(first @ second) < (1 - 1e-4) * lengths[0] * lengths[1])
    plane = Plane(origin, (first, second), UNIT)
    np.testing.assert_allclose(plane.project(np.asarray(plane.embed(coordinates))), coordinates, atol=1e-8)


@settings(max_examples=30, deadline=None)
@given(vectors(3), vectors(3))
def test_what_is_left_of_a_point_is_orthogonal_to_the_plane(point, origin):
    first, second = np.array([1.0, 2.0, 0.5]), np.array([1.0, 2.1, -0.5])
    plane = Plane(origin, (first, second), UNIT)
    rest = point - np.asarray(plane.embed(np.asarray(plane.project(point))))
    np.testing.assert_allclose([rest @ first, rest @ second], 0, atol=1e-8)


def test_nearly_parallel_directions_still_project_exactly():
    plane = Plane(np.zeros(3), (np.array([1.0, 0.0, 0.0]), np.array([1.0, 1e-5, 0.0])), UNIT)
    np.testing.assert_allclose(plane.project(np.asarray(plane.embed(np.array([2.0, 3.0])))), [2, 3], rtol=1e-9)


def test_a_plane_goes_through_a_pytree_leaf_by_leaf():
    origin = {"bias": np.zeros(2), "weight": np.ones((2, 2))}
    first = {"bias": np.array([1.0, 0.0]), "weight": np.zeros((2, 2))}
    second = {"bias": np.zeros(2), "weight": np.eye(2)}
    point = Plane(origin, (first, second), UNIT).embed(np.array([3.0, 5.0]))
    np.testing.assert_array_equal(point["bias"], [3, 0])
    np.testing.assert_array_equal(point["weight"], [[6, 1], [1, 6]])


def test_on_the_plane_of_the_axes_coordinates_are_parameters():
    plane = Plane.axes(((-1, 2), (3, 4)))
    assert plane.window == ((-1.0, 2.0), (3.0, 4.0))
    np.testing.assert_array_equal(plane.embed(np.array([0.25, -7.0])), [0.25, -7.0])


def test_whole_numbers_become_float64_and_float32_stays():
    directions = np.array([1, 0]), np.array([0, 1])
    assert Plane(np.array([1, 2]), directions, UNIT).dtype == np.float64
    single = [jnp.asarray(direction, jnp.float32) for direction in directions]
    assert Plane(jnp.zeros(2, jnp.float32), tuple(single), UNIT).dtype == np.float32


@pytest.mark.parametrize(
    "window",
    [
        ((1.0, 0.0), (0.0, 1.0)),
        ((0.0, 1.0), (2.0, 2.0)),
        ((0.0, np.nan), (0.0, 1.0)),
        ((0.0, np.inf), (0.0, 1.0)),
        ((-1e308, 1e308), (0.0, 1.0)),
    ],
)
def test_a_window_that_is_empty_or_not_finite_is_refused(window):
    with pytest.raises(ValueError, match="low < high on both axes, both finite"):
        Plane.axes(window)


@pytest.mark.parametrize("window", [(0.0, 1.0), "wide", None, ((0, 1), (0, 1), (0, 1)), (("a", "b"), (0, 1))])
def test_a_window_of_another_form_is_refused_with_the_form_expected(window):
    with pytest.raises(ValueError, match=r"\(\(u low, u high\), \(v low, v high\)\)"):
        Plane.axes(window)


@pytest.mark.parametrize("second", [np.zeros(2), np.array([-3.0, 0.0]), np.array([1.0, 1e-9])])
def test_directions_that_span_no_plane_are_refused(second):
    with pytest.raises(ValueError, match="zero or parallel"):
        Plane(np.zeros(2), (np.array([1.0, 0.0]), second), UNIT)


def test_directions_that_do_not_fit_the_origin_are_refused():
    with pytest.raises(ValueError, match="structure of the origin"):
        Plane(np.zeros(2), (np.ones(3), np.ones(3)), UNIT)
    with pytest.raises(ValueError, match="two directions"):
        Plane(np.zeros(2), (np.ones(2),), UNIT)
    with pytest.raises(ValueError, match="finite"):
        Plane(np.zeros(2), (np.array([np.nan, 1.0]), np.ones(2)), UNIT)
