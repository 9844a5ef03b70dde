"""Principal planes: against NumPy's singular values, the theory of random walks, and runs that say little."""

from types import SimpleNamespace

import jax
import numpy as np
import pytest

from landscapes import NOISE_SHARES, Plane, project_many
from landscapes.principal import MOST

random = np.random.default_rng(0)


def walk(steps, size, seed=0, dtype=np.float32):
    return np.random.default_rng(seed).normal(size=(steps, size)).cumsum(axis=0).astype(dtype)


def in_leaves(rows):
    """The same numbers as a pytree of two leaves."""
    return {"bias": rows[:, :5], "weight": rows[:, 5:].reshape(len(rows), -1, 3)}


def flat(tree):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])


def test_a_random_walk_has_the_shares_and_the_cosine_that_theory_gives():
    steps = 400
    plane = Plane.pca([walk(steps, 20_000)])
    np.testing.assert_allclose(plane.explained, 6 / (np.pi * np.array([1, 2])) ** 2, rtol=0.05)
    np.testing.assert_allclose(NOISE_SHARES, 6 / (np.pi * np.array([1, 2])) ** 2)
    assert abs(sum(NOISE_SHARES) - 0.76) < 0.001
    scores = project_many(plane, walk(steps, 20_000))
    for k in (1, 2):
        cosine = np.cos(np.pi * k * (np.arange(steps) + 0.5) / steps)
        assert abs(np.corrcoef(scores[:, k - 1], cosine)[0, 1]) > 0.99


@pytest.mark.parametrize("steps", [30, 70])
def test_axes_and_shares_are_those_of_numpys_singular_value_decomposition(steps):
    runs = [walk(steps, 41, seed, np.float64) + 3 for seed in range(3)]
    plane = Plane.pca([in_leaves(run) for run in runs])
    union = np.concatenate(runs)
    _, values, axes = np.linalg.svd(union - union.mean(axis=0), full_matrices=False)
    for ours, theirs in zip(plane.directions, axes):
        np.testing.assert_allclose(abs(flat(ours) @ theirs), 1, rtol=1e-10)
    np.testing.assert_allclose(plane.explained, (values**2 / (values**2).sum())[:2], rtol=1e-10)
    np.testing.assert_allclose(flat(plane.origin), union.mean(axis=0), rtol=1e-12)


def test_float32_positions_far_from_zero_lose_nothing():
    run = walk(50, 300) + np.float32(1000)
    _, _, axes = np.linalg.svd(run.astype(np.float64) - run.mean(axis=0, dtype=np.float64), full_matrices=False)
    for ours, theirs in zip(Plane.pca([run]).directions, axes):
        assert abs(abs(ours.astype(np.float64) @ theirs) - 1) < 1e-6


def test_directions_are_orthonormal_and_point_to_where_the_runs_end():
    plane = Plane.pca([walk(30, 41, 1), walk(60, 41, 2)])
    first, second = map(flat, plane.directions)
    np.testing.assert_allclose([first @ first, second @ second, first @ second], [1, 1, 0], atol=1e-6)
    one, other = (project_many(plane, walk(steps, 41, seed)) for steps, seed in ((30, 1), (60, 2)))
    assert (one[-1] - one[0] + other[-1] - other[0] >= 0).all()


def test_the_window_holds_every_run_with_a_margin():
    runs = [walk(30, 41, 1), walk(60, 41, 2)]
    plane = Plane.pca(runs)
    points = np.concatenate([project_many(plane, run) for run in runs])
    for (low, high), coordinates in zip(plane.window, points.T):
        assert low < coordinates.min() and coordinates.max() < high
    sides = np.ptp(plane.window, axis=1)
    assert sides.min() > sides.max() / 3.01


def test_a_run_that_diverged_is_named_and_the_plane_is_that_of_the_others():
    good, bad = walk(20, 41, 1), walk(20, 41, 2)
    bad[7:] = np.nan
    overflown = SimpleNamespace(positions=walk(20, 41, 3), diverged_at=12)
    runs = {"Adam": good, "Momentum": bad, "Lion": overflown}
    plane, alone = Plane.pca(runs), Plane.pca([good])
    assert plane.left_out == ("Momentum", "Lion") and alone.left_out == ()
    for ours, theirs in zip(plane.directions, alone.directions):
        np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(ValueError, match="Momentum diverged"):
        Plane.pca({"Momentum": bad})


@pytest.mark.parametrize("run", [walk(2, 41), np.linspace(0, 1, 150)[:, None] * np.arange(41.0)], ids=["step", "line"])
def test_positions_on_a_line_get_a_second_axis_that_explains_nothing(run):
    plane = Plane.pca([run])
    np.testing.assert_allclose(plane.explained, (1, 0), atol=1e-12)
    first, second = plane.directions
    assert np.isfinite(second).all() and abs(first @ second) < 1e-6 and abs(np.linalg.norm(second) - 1) < 1e-6
    np.testing.assert_allclose(project_many(plane, run)[:, 1], 0, atol=1e-5)


STILL = [np.ones((5, 9))], [np.ones((1, 9), np.float32)], [np.float32([[1.1, 2.3]] * 60)] * 2


@pytest.mark.parametrize("runs", STILL)
def test_runs_that_do_not_move_are_told_what_to_do(runs):
    with pytest.raises(ValueError, match="Plane.random"):
        Plane.pca(runs)


def test_runs_that_make_no_plane_are_refused():
    with pytest.raises(ValueError, match="no runs"):
        Plane.pca([])
    with pytest.raises(ValueError, match="two parameters"):
        Plane.pca([walk(5, 1)])
    with pytest.raises(ValueError, match="one structure and shape"):
        Plane.pca([walk(5, 4), walk(5, 3)])
    with pytest.raises(ValueError, match=r"leading axis"):
        Plane.pca([{"a": walk(5, 4), "b": walk(6, 4)}])
    with pytest.raises(ValueError, match=r"GiB.*thin the runs"):
        Plane.pca([np.zeros((MOST + 1, 2))])


def test_an_optimizers_run_can_be_given_as_it_is():
    positions = walk(10, 41)
    run = SimpleNamespace(positions=positions, diverged_at=-1)
    np.testing.assert_array_equal(Plane.pca([run]).directions[0], Plane.pca([positions]).directions[0])
