"""The trust report: each of its numbers against what is known by other means, and its caption."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import Plane, honest, trust
from landscapes.trust import trust_by_parts
from tests.landscapes.perceptron import Sharing, data, parameters, squared_error

WINDOW = ((-1.0, 1.0), (-1.0, 1.0))
network = Sharing(*data())


@pytest.fixture(scope="module")
def runs():
    random = np.random.default_rng(0)
    return jax.tree.map(
        lambda leaf: leaf + 0.05 * random.normal(size=(12, *leaf.shape)).astype(np.float32).cumsum(axis=0), parameters()
    )


@pytest.fixture(scope="module")
def report(runs):
    plane = Plane.pca({"Adam": runs, "Lion": jax.tree.map(lambda leaf: leaf * np.nan, runs)})
    told = honest(network.loss, plane, runs, jax.vmap(network.loss)(runs))
    return trust(network.loss, plane, {"Adam": told}, parameters=parameters()), plane, told


def test_the_report_repeats_what_the_honest_path_ends_with(report):
    report, plane, told = report
    assert report.off_plane == {"Adam": told.off_plane[-1]}
    np.testing.assert_allclose(report.gap["Adam"], told.slice_losses[-1] - told.losses[-1])
    assert report.explained == plane.explained and report.left_out == ("Lion",)
    assert report.dimension == 122
    np.testing.assert_allclose(report.loss, network.loss(parameters()), rtol=1e-6)


def test_rounding_is_what_single_precision_gives(report):
    assert 1e-9 < report[0].rounding < 1e-5


def test_curvatures_are_those_of_a_quadratic():
    random = np.random.default_rng(1)
    matrix = random.normal(size=(30, 30))
    matrix = matrix @ matrix.T
    # Long and skew, which must not matter.
    d1 = 5 * np.eye(30)[0]
    plane = Plane(np.ones(30), (d1, 0.1 * np.eye(30)[1] + d1), WINDOW)
    report = trust(lambda x: x @ matrix @ x / 2, plane)
    np.testing.assert_allclose(report.slice_curvature, (matrix[0, 0] + matrix[1, 1]) / 2, rtol=1e-9)
    mean, error = report.mean_curvature
    assert abs(mean - np.trace(matrix) / 30) < 5 * error
    assert report.rounding is None  # the plane is in float64 already


def test_planes_of_a_loss_that_is_alike_in_all_directions_do_not_differ():
    weights = np.random.default_rng(0).normal(size=(20, 50))
    plane = Plane.random(weights, 0)
    report = trust(lambda w: jnp.sum((w - weights) ** 2), plane, planes=5, curvature=False)
    np.testing.assert_allclose(report.rises, np.sum(weights**2), rtol=0.15)
    assert len(report.rises) == 5 and report.spread < 0.1
    assert report.slice_curvature is None and report.mean_curvature is None


def test_a_user_s_loss_of_a_flat_vector_gets_a_report():
    report = trust(lambda x: jnp.sum(jnp.cos(x)), Plane(np.ones(9), (np.eye(9)[0], np.eye(9)[1]), WINDOW))
    assert len(report.rises) == 4 and np.isfinite(report.rises).all()
    at_zero = trust(lambda x: jnp.sum(x**2), Plane(np.zeros(9), (np.eye(9)[0], np.eye(9)[1]), WINDOW))
    assert at_zero.rises == () and np.isnan(at_zero.spread)


def test_the_caption_says_every_number_and_what_is_missing(report):
    caption = report[0].caption()
    for word in ("122 dimensions", "4 random planes", "Adam ends with", "off the plane", "diverged: Lion"):
        assert word in caption
    for word in ("trace(H)/n", "standard error", "76% together", "float64"):
        assert word in caption
    assert "None" not in caption and "nan" not in caption
    plain = trust(
        squared_error(jnp.tanh, *data()), Plane.random(parameters(), 0), planes=0, curvature=False, rounding=False
    )
    assert plain.caption() == f"A plane through 122 dimensions; loss {plain.loss:.4g} at the centre."


def test_the_same_seed_gives_the_same_report_also_part_by_part():
    plane = Plane.random(parameters(), 0)
    one, same, other = (trust(network.loss, plane, seed=seed, curvature=False, rounding=False) for seed in (1, 1, 2))
    assert one == same and one.rises != other.rises
    parts = list(trust_by_parts(network.loss, plane, seed=1, curvature=False, rounding=False))
    assert [part.rises for part in parts] == [one.rises[:number] for number in range(5)] and parts[-1] == one
