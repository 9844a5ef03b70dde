"""Every minimum of every landscape, at default and other knob values."""

import json
from pathlib import Path

import numpy as np
import pytest

from landscapes import LANDSCAPES, Plane, evaluate
from landscapes.stationary import minima_near

FACTS = json.loads((Path(__file__).parents[1] / "facts.json").read_text())["functions"]


def obeys_the_law_of_minima(landscape, derivatives):
    minima = landscape.minima
    positions = np.array([minimum.position for minimum in minima])
    losses, gradients, hessians = derivatives(landscape, positions)
    curvatures = np.linalg.eigvalsh(hessians)
    # A position is known to about 1e-15 of its size: the gradient is as small as the curvature lets it be.
    size = (1 + np.abs(positions).max()) * (1 + np.abs(curvatures).max())
    assert np.abs(gradients).max() < 1e-11 * size
    assert curvatures.min() > -1e-12 * size
    np.testing.assert_allclose(losses, [minimum.value for minimum in minima], rtol=1e-9, atol=1e-11 * size)


def test_every_minimum_has_zero_gradient_a_positive_hessian_and_the_stated_value(landscape, variations, derivatives):
    for variation in variations(landscape, 4):
        if variation.minima:
            obeys_the_law_of_minima(variation, derivatives)
        else:
            assert variation.note


@pytest.mark.full
def test_every_minimum_obeys_the_law_at_many_knob_values(landscape, variations, derivatives):
    for variation in variations(landscape, 60):
        if variation.minima:
            obeys_the_law_of_minima(variation, derivatives)


def test_the_global_minima_are_the_lowest_of_the_window_and_share_one_value(landscape, variations):
    for variation in variations(landscape, 1):
        lowest = evaluate(variation.loss, Plane.axes(variation.window), 201).loss.min()
        best = [minimum.value for minimum in variation.minima if minimum.kind == "global"]
        others = [minimum.value for minimum in variation.minima if minimum.kind == "local"]
        assert len(best) + len(others) == len(variation.minima)
        if best:
            assert np.ptp(best) < 1e-9
            assert best[0] <= lowest + 1e-12
            assert all(value > max(best) for value in others)


def test_every_minimum_lies_in_the_window_and_is_listed_once(landscape, variations):
    low, high = np.transpose(landscape.window)
    for variation in variations(landscape, 1):
        positions = np.array([minimum.position for minimum in variation.minima]).reshape(-1, 2)
        # Rosenbrock's valley and McCormick's may be moved by their knobs, but never out of sight.
        assert ((low <= positions) & (positions <= high)).all()
        apart = np.linalg.norm(positions[:, None] - positions, axis=-1) + 1e9 * np.eye(len(positions))
        assert apart.min(initial=1e9) > 1e-3


def test_no_minimum_in_the_window_is_left_out(landscape, variations):
    """Newton's method from every dip of a dense grid ends on a listed minimum."""
    if not landscape.minima:
        pytest.skip(landscape.note)
    for variation in variations(landscape, 1):
        listed = np.array([minimum.position for minimum in variation.minima])
        for found in minima_near(variation, dips(variation)):
            assert np.linalg.norm(listed - found.position, axis=1).min() < 1e-5, found


def dips(landscape, resolution=161, most=128):
    """Interior grid points lower than all their neighbours, in parameter space; exactly `most` rows."""
    surface = evaluate(landscape.loss, Plane.axes(landscape.window), resolution)
    inner = slice(1, -1)
    around = [
        np.roll(surface.loss, shift, (0, 1))[inner, inner]
        for shift in np.ndindex(3, 3)
        for shift in [np.subtract(shift, 1)]
        if shift.any()
    ]
    rows, columns = np.nonzero((surface.loss[inner, inner] < around).all(axis=0))
    points = np.stack([surface.x[columns + 1], surface.y[rows + 1]], axis=1)
    return np.resize(points, (most, 2)) if len(points) else np.broadcast_to(landscape.start, (most, 2))


@pytest.mark.parametrize("key", FACTS)
def test_the_facts_hold(key, derivatives):
    landscape = LANDSCAPES[key]
    for fact in FACTS[key]:
        nearest = min(
            landscape.minima, key=lambda minimum: np.linalg.norm(np.subtract(minimum.position, fact["position"]))
        )
        np.testing.assert_allclose(nearest.position, fact["position"], atol=5.1e-7)
        np.testing.assert_allclose(nearest.value, fact["value"], rtol=5.1e-8, atol=1e-12)
        assert nearest.kind == "global"
        (hessian,) = derivatives(landscape, nearest.position)[2]
        curvatures = np.linalg.eigvalsh(hessian)
        np.testing.assert_allclose(curvatures, fact["hessian_eigenvalues"], rtol=5.1e-5)
        np.testing.assert_allclose(2 / curvatures[1], fact["largest_stable_learning_rate"], rtol=5.1e-5)


# Positions and values as printed in the literature, to the digits printed there.
PUBLISHED = {
    "mccormick": ([(-0.54719, -1.54719)], -1.9133, 1e-4),
    "branin": ([(-np.pi, 12.275), (np.pi, 2.275), (9.42478, 2.475)], 0.397887, 5e-7),
    "levi": ([(1.0, 1.0)], 0.0, 1e-12),
    "ackley": ([(0.0, 0.0)], 0.0, 1e-12),
    "griewank": ([(0.0, 0.0)], 0.0, 1e-12),
    "three_hump_camel": ([(0.0, 0.0)], 0.0, 1e-12),
    "freudenstein_roth": ([(5.0, 4.0)], 0.0, 1e-12),
}


@pytest.mark.parametrize("key", PUBLISHED)
def test_the_global_minima_are_those_published(key):
    positions, value, tolerance = PUBLISHED[key]
    best = [minimum for minimum in LANDSCAPES[key].minima if minimum.kind == "global"]
    assert len(best) == len(positions)
    for minimum, position in zip(sorted(best), sorted(positions)):
        np.testing.assert_allclose(minimum.position, position, atol=1e-5)
        assert abs(minimum.value - value) <= tolerance


def test_freudenstein_and_roth_have_the_local_minimum_of_more_garbow_and_hillstrom():
    (local,) = [minimum for minimum in LANDSCAPES["freudenstein_roth"].minima if minimum.kind == "local"]
    np.testing.assert_allclose(local.position, (11.4128, -0.896805), atol=5e-5)
    assert abs(local.value - 48.98425) < 5e-6


def test_ackley_at_its_own_minimum_has_gradient_zero_and_no_nan(derivatives):
    (loss,), (gradient,), (hessian,) = derivatives(LANDSCAPES["ackley"], (0.0, 0.0))
    assert abs(loss) < 1e-14
    assert (gradient == 0).all()
    assert np.isfinite(hessian).all()


def test_wells_of_a_mixture_merge_as_its_gaussians_widen():
    counts = [len(type(LANDSCAPES["gaussian_mixture"])(width=width).minima) for width in (0.4, 0.6, 1.0, 2.0)]
    assert counts[0] == 4 and counts[-1] == 1 and sorted(counts, reverse=True) == counts


def test_styblinski_and_tang_without_tilt_have_four_global_minima():
    assert [minimum.kind for minimum in type(LANDSCAPES["styblinski_tang"])(tilt=0.0).minima] == ["global"] * 4
