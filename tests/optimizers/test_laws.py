"""What every optimizer of the registry does, on a convex bowl."""

import numpy as np
import pytest

from optimizers import OPTIMIZERS, best, descend, sweep

START = (2.0, -1.5)
STEPS = 200
every_key = pytest.mark.parametrize("key", OPTIMIZERS)
FANS = {}


def bowl(point):
    """1/2 (x^2 + 8 y^2) and a slant, so that no axis is special; lowest loss 0 at (0, 0)."""
    x, y = point
    return 0.5 * (x**2 + 8 * y**2) + x * y


def fan_of(key):
    """The sweep of the rail, computed once for all laws: (values, fan)."""
    if key not in FANS:
        optimizer = OPTIMIZERS[key]()
        values = optimizer.knobs()[optimizer.rail].stops
        FANS[key] = values, sweep(bowl, optimizer, START, over=optimizer.rail, values=values, steps=STEPS)
    return FANS[key]


def tuned(key):
    values, fan = fan_of(key)
    index = best(fan, values)
    return OPTIMIZERS[key](**{OPTIMIZERS[key].rail: values[index]}), index


@every_key
def test_it_goes_down_a_convex_bowl(key):
    _, fan = fan_of(key)
    _, index = tuned(key)
    path = fan[index]
    assert path.diverged_at == -1
    assert path.losses[-1] < 0.01 * path.losses[0]
    assert np.linalg.norm(path.positions[-1]) < 0.2 * np.linalg.norm(START)


@every_key
def test_it_moves_with_its_rail(key):
    values, fan = fan_of(key)
    ends = fan.positions[fan.diverged_at < 0, 5]
    assert len(np.unique(ends.round(12), axis=0)) > 3


@every_key
def test_two_runs_are_the_same_to_the_bit(key):
    optimizer, _ = tuned(key)
    one, other = (descend(bowl, optimizer, START, STEPS) for _ in range(2))
    np.testing.assert_array_equal(one.positions, other.positions)
    np.testing.assert_array_equal(one.evaluations, other.evaluations)


@every_key
def test_a_lane_is_the_single_run_up_to_rounding(key):
    optimizer, index = tuned(key)
    _, fan = fan_of(key)
    path = descend(bowl, optimizer, START, STEPS)
    # Rounding decides how often a line search tries, and which way a sign points, once there is nothing to gain.
    early = path.losses > 1e-6 * path.losses[0]
    until = len(early) if early.all() else int(early.argmin())
    np.testing.assert_allclose(fan[index].positions[:until], path.positions[:until], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(fan[index].losses[:until], path.losses[:until], rtol=1e-8)
    np.testing.assert_array_equal(fan[index].evaluations[:until], path.evaluations[:until])


@every_key
def test_the_record_is_true_to_the_loss(key):
    _, fan = fan_of(key)
    _, index = tuned(key)
    path = fan[index]
    x, y = path.positions.T
    np.testing.assert_allclose(path.losses, 0.5 * (x**2 + 8 * y**2) + x * y, rtol=1e-12, atol=1e-25)
    np.testing.assert_allclose(path.positions[0], START, rtol=1e-15)
    assert tuple(path.evaluations[0]) == (0, 0, 0)
    assert (np.diff(path.evaluations, axis=0) >= 0).all()


@every_key
def test_a_pytree_of_float32_moves_as_the_flat_vector_and_stays_float32(key):
    optimizer, _ = tuned(key)
    tree = {"a": np.array([START[0]], np.float32), "b": (np.array(START[1], np.float32),)}
    path = descend(lambda point: bowl((point["a"][0], point["b"][0])), optimizer, tree, steps=3)
    assert path.losses.dtype == path.positions["a"].dtype == path.positions["b"][0].dtype == np.float32
    flat = descend(bowl, optimizer, START, steps=3)
    assert flat.losses.dtype == flat.positions.dtype == np.float64
    assert path.losses[-1] != path.losses[0]
    if key != "random_search":  # its guesses depend on the dtype
        np.testing.assert_allclose(path.positions["a"][:, 0], flat.positions[:, 0], rtol=0.01, atol=0.01)
        np.testing.assert_allclose(path.positions["b"][0], flat.positions[:, 1], rtol=0.01, atol=0.01)


@every_key
def test_a_minimum_is_left_alone(key):
    """At zero gradient nothing is divided by zero, and nothing but noise moves."""
    optimizer = OPTIMIZERS[key]()
    path = descend(bowl, optimizer, (0.0, 0.0), steps=20)
    assert path.diverged_at == -1
    assert path.losses.max() < 1e-9
