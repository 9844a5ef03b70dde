"""Figures of slices hold the numbers that they were given."""

import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import Honesty, Plane, Scene, evaluate, honest
from views.figures import scene_figure, slice_figure


@pytest.fixture(scope="module")
def plane():
    return Plane(np.zeros(3), (np.array([1.0, 0, 0]), np.array([0, 1.0, 0])), ((-1.0, 1.0), (-2.0, 2.0)))


def loss(point):
    return point[0] ** 2 + 3 * point[1] ** 2 + point[2] ** 2 + 1.0


@pytest.fixture(scope="module")
def figure(plane):
    positions = np.array([[1.0, 1.0, 0.0], [0.5, 0.5, 1.0]])
    losses = np.array([float(loss(point)) for point in positions])
    return slice_figure(evaluate(loss, plane, (5, 7)), {"A": honest(loss, plane, positions, losses)}, log=True)


def test_contour_and_path_are_where_they_were_computed(figure):
    contour, path, ends = figure.data
    assert np.shape(contour.z) == (7, 5)
    np.testing.assert_allclose(contour.z[0][4], np.log10(1 + 12 + 1))
    np.testing.assert_allclose(contour.customdata[0][4], 14)
    np.testing.assert_allclose(np.stack([path.x, path.y], axis=1), [[1, 1], [0.5, 0.5]])
    np.testing.assert_allclose(np.stack([ends.x, ends.y], axis=1), [[1, 1], [0.5, 0.5]])
    assert contour.colorbar.title.text == "log₁₀ loss"


def test_hovering_tells_what_the_slice_hides(figure):
    _, true, shown, off = np.transpose(figure.data[1].customdata)
    np.testing.assert_allclose(true, [5, 3])
    np.testing.assert_allclose(shown, [5, 2])
    np.testing.assert_allclose(off, [0, np.sqrt(1 / 1.5)])


def test_a_logarithm_of_what_is_not_positive_is_declined(plane):
    with pytest.raises(ValueError, match="above 0; the lowest here is -1"):
        slice_figure(evaluate(lambda p: p[0], plane, 3), log=True)


def test_holes_stay_holes(plane):
    figure = slice_figure(evaluate(lambda p: jnp.where(p[0] > 0.5, jnp.inf, p[0]), plane, (5, 3)))
    assert np.isnan(np.array(figure.data[0].z, float)[:, -1]).all()


def test_paths_without_a_surface_are_drawn_with_the_numbers_of_their_steps(plane):
    nothing = np.full(2, np.nan)
    path = Honesty(np.array([[0.0, 1.0], [2.0, 3.0]]), nothing, nothing, nothing, np.array([10, 500]))
    figure = scene_figure(Scene(plane, None, {"<b>A</b> %{x}": path}, {"command": "thalweg paths <b>runs</b>"}))
    line, ends = figure.data
    assert [told[0] for told in line.customdata] == [10, 500]
    assert "<" not in line.name and "%{" not in line.name
    assert "step" in line.hovertemplate and "slice" not in line.hovertemplate and "loss" not in line.hovertemplate
    assert figure.layout.title.subtitle.text.startswith("command: thalweg paths ") and "<b>" not in figure.layout.title.subtitle.text


def test_a_path_ends_where_its_last_finite_position_is(plane):
    nothing = np.full(3, np.nan)
    path = Honesty(np.array([[0.0, 1.0], [2.0, 3.0], [np.inf, 0]]), nothing, nothing, nothing, np.arange(3))
    line, ends = scene_figure(Scene(plane, None, {"A": path})).data
    assert list(ends.x) == [0, 2] and list(ends.marker.symbol) == ["circle-open", "circle"]
