"""Basins of attraction against single runs, and against what is known of bowls."""

import numpy as np
import optax
import pytest

from landscapes import LANDSCAPES
from optimizers import LBFGS, Adam, GradientDescent, Momentum, RandomSearch, ScheduleFree, basins, descend, noisy
from optimizers.basins import ARRIVED, reach
from optimizers.sharpness import SAM

HIMMELBLAU, BOWL = LANDSCAPES["himmelblau"], LANDSCAPES["quadratic_bowl"]


@pytest.mark.parametrize("optimizer", [GradientDescent(0.012), Momentum(0.01), Adam(0.3), ScheduleFree(0.01), LBFGS()])
def test_every_cell_is_the_single_run_from_there(optimizer):
    found = basins(HIMMELBLAU, optimizer, steps=60, resolution=(9, 7))
    (left, right), (low, high) = HIMMELBLAU.window
    radius = ARRIVED * np.hypot(right - left, high - low)
    for j, i in [(0, 0), (3, 4), (6, 8), (2, 7)]:
        run = descend(HIMMELBLAU.loss, optimizer, (found.x[i], found.y[j]), steps=60)
        end, cell = run.positions[-1], found.reached
        np.testing.assert_allclose(cell.final[j, i], end, rtol=1e-6, atol=1e-9)
        assert cell.diverged[j, i] == run.diverged_at
        away = [np.hypot(*(run.positions - minimum.position).T) for minimum in found.minima]
        nearest = int(np.argmin([distance[-1] for distance in away]))
        there = away[nearest][-1] <= radius and run.diverged_at < 0
        assert cell.minimum[j, i] == (nearest if there else -1)
        outside = np.flatnonzero(np.min(away, axis=0) > radius)
        assert cell.arrived[j, i] == (outside.max(initial=-1) + 1 if there else -1)


def test_a_bowl_is_one_basin_below_the_largest_stable_rate_and_none_above():
    # Second differences of a quadratic form are its Hessian.
    eye = np.eye(2)
    hessian = np.array([[(BOWL.loss(a + b) - BOWL.loss(a - b) - BOWL.loss(b - a) + BOWL.loss(-a - b)) / 4 for b in eye] for a in eye])
    largest = 2 / np.linalg.eigvalsh(hessian).max()
    calm = basins(BOWL, GradientDescent(0.9 * largest), steps=2000, resolution=8)
    assert calm.shares == pytest.approx([1.0])
    wild = basins(BOWL, GradientDescent(1.5 * largest), steps=2000, resolution=8)
    assert wild.shares == pytest.approx([0.0]) and (wild.reached.diverged > 0).all()


def test_no_step_reaches_only_what_is_there_already():
    found = basins(HIMMELBLAU, Adam(), steps=0, resolution=64)
    starts = np.stack(np.meshgrid(found.x, found.y), axis=-1)
    np.testing.assert_array_equal(found.reached.final, starts)
    assert set(np.unique(found.reached.arrived)) == {-1, 0}
    assert 0 < found.shares.sum() < 0.02


@pytest.mark.parametrize("optimizer", [RandomSearch(), SAM(), LBFGS(), noisy(Adam(0.1), 2.0, seed=1)])
def test_a_point_of_two_coordinates_is_walked_as_an_array_is(optimizer):
    assert optimizer.bare.by_coordinate
    whole = descend(HIMMELBLAU.loss, optimizer, np.array([1.0, -2.5]), steps=9).positions
    apart = descend(lambda at: HIMMELBLAU.loss((at["x"], at["y"])), optimizer, {"x": np.float64(1.0), "y": np.float64(-2.5)}, steps=9).positions
    np.testing.assert_allclose(np.transpose([apart["x"], apart["y"]]), whole, rtol=1e-9)


def test_a_rule_that_looks_at_whole_arrays_gets_them():
    normalised = optax.chain(optax.normalize_by_update_norm(), optax.scale(-0.05))
    clipped = optax.chain(optax.clip_by_block_rms(0.5), optax.scale(-0.1))  # by the size of an array, of one number its own
    for rule in (normalised, clipped):
        found = basins(HIMMELBLAU, rule, steps=9, resolution=2).reached.final[0, 0]
        run = descend(HIMMELBLAU.loss, rule, np.array(HIMMELBLAU.window)[:, 0], steps=9)
        np.testing.assert_allclose(found, run.positions[-1], rtol=1e-9)


def test_without_known_minima_nothing_is_reached():
    ends = reach(HIMMELBLAU.loss, Adam(), np.zeros((3, 2)), (), HIMMELBLAU.window, 5)
    assert (ends.minimum == -1).all() and (ends.arrived == -1).all() and np.isfinite(ends.final).all()


def test_bad_input_is_said():
    with pytest.raises(ValueError, match="whole number"):
        basins(HIMMELBLAU, Adam(), steps=-1)
    for resolution in (1, 5000, 2.5, (4, 4, 4)):
        with pytest.raises(ValueError, match="from 2 to 4096 starts"):
            basins(HIMMELBLAU, Adam(), resolution=resolution)
    with pytest.raises(TypeError, match="build one"):
        basins(HIMMELBLAU, Adam)
