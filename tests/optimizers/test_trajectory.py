"""Read-outs of a record, against the same written step by step."""

import numpy as np
import pytest

from optimizers import OPTIMIZERS, Trajectory, descend, sweep

GradientDescent = OPTIMIZERS["gradient_descent"]


def path_of(points, losses=None):
    points = np.array(points, dtype=np.float64)
    losses = np.linalg.norm(points, axis=-1) if losses is None else np.array(losses, dtype=np.float64)
    return Trajectory(points, losses, np.zeros((*losses.shape, 3), dtype=np.int64))


def fan():
    values = [0.01, 0.1, 0.24, 0.251, 0.3, 5.0]
    loss = lambda point: 0.5 * (point[0] ** 2 + 8 * point[1] ** 2) + 0.01 * point[1] ** 4
    return sweep(loss, GradientDescent(), (2.0, 1.0), over="learning_rate", values=values, steps=80)


@pytest.mark.parametrize("name", ["diverged_at", "path_length", "reversals", "last_reversal"])
def test_a_read_out_of_a_sweep_is_that_of_its_lanes(name):
    lanes = fan()
    whole = getattr(lanes, name)
    assert whole.shape == (6,)
    for lane in range(6):
        single = getattr(lanes[lane], name)
        assert isinstance(single, (int, float)) and single == pytest.approx(whole[lane], rel=1e-12)


def test_steps_to_is_the_first_step_at_or_below_a_level():
    path = path_of([[5.0], [3.0], [4.0], [3.0], [1.0]])
    assert [path.steps_to(level) for level in (9, 5, 4, 3, 2, 1, 0.5)] == [0, 0, 1, 1, 4, 4, -1]
    np.testing.assert_array_equal(fan().steps_to(0.5) >= 0, fan().losses.min(axis=1) <= 0.5)


def test_a_path_is_as_long_as_its_steps():
    assert path_of([[0, 0], [3, 4], [3, 4], [0, 0]]).path_length == 10
    assert path_of([[1, 1]]).path_length == 0


def test_a_diverged_path_is_as_long_as_up_to_there():
    path = path_of([[0, 0], [3, 4], [np.inf, 0], [np.nan, 0]])
    assert path.path_length == 5 and path.diverged_at == 2


def test_it_diverges_where_the_loss_or_the_position_is_not_finite():
    assert path_of([[0], [1], [2]], losses=[1, np.nan, 1]).diverged_at == 1
    assert path_of([[0], [1], [np.inf]], losses=[1, 1, 1]).diverged_at == 2
    assert path_of([[0], [1], [2]]).diverged_at == -1


def test_a_reversal_is_a_step_against_the_one_before():
    path = path_of([[0, 0], [2, 0], [1, 1], [2, 2], [2, 3], [2, 2.5]])
    np.testing.assert_array_equal(path.turns, [False, False, True, False, False, True])
    assert path.reversals == 2 and path.last_reversal == 5
    straight = path_of([[0, 0], [1, 0], [2, 0], [2, 1]])
    assert straight.reversals == 0 and straight.last_reversal == -1
    assert path_of([[0, 0]]).reversals == 0


def test_rounding_at_the_bottom_is_no_reversal():
    assert path_of([[1.0], [0.0], [1e-12], [0.0], [1e-12]]).reversals == 0


def test_gradient_descent_overshoots_above_one_over_the_eigenvalue():
    loss = lambda point: 0.5 * point[0] ** 2 + 0 * point[1]
    fan = sweep(loss, GradientDescent(), (1.0, 0.0), over="learning_rate", values=[0.9, 1.1, 1.9], steps=10)
    np.testing.assert_array_equal(fan.reversals, [0, 9, 9])


def test_a_point_may_be_a_tree():
    tree = {"a": np.array([[0.0], [3.0], [3.0]]), "b": np.array([0.0, 4.0, 4.0])}
    path = Trajectory(tree, np.array([2.0, 1.0, 1.0]), np.zeros((3, 3), dtype=np.int64))
    assert path.path_length == 5 and path.diverged_at == -1 and path.steps == 2


def test_the_record_is_read_only():
    for record in (descend(lambda p: p @ p, GradientDescent(), (1.0, 1.0), 10, gradients=True), fan()):
        for array in (record.positions, record.losses, record.evaluations, record.finite, record.turns):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


def test_only_a_sweep_has_lanes():
    with pytest.raises(IndexError, match="single run"):
        path_of([[0.0], [1.0]])[0]
