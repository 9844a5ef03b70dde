"""Mini-batches: every sample once an epoch, in an order that the seed alone decides."""

import numpy as np
import pytest

from optimizers import Batches


def test_an_epoch_sees_every_sample_once_and_the_next_in_another_order():
    rows = Batches(12, 4, seed=1).indices(0, 6)
    first, second = rows[:3].ravel(), rows[3:].ravel()
    assert sorted(first) == sorted(second) == list(range(12))
    assert list(first) != list(second)


def test_what_is_left_over_is_left_out_and_batches_stay_full():
    rows = Batches(10, 4).indices(0, 4)
    assert rows.shape == (4, 4) and len(set(rows[:2].ravel())) == 8


def test_any_steps_can_be_asked_for_on_their_own():
    batches = Batches(50, 7, seed=4)
    np.testing.assert_array_equal(batches.indices(0, 40)[13:29], batches.indices(13, 16))
    assert batches.indices(5, 0).shape == (0, 7)


def test_the_seed_decides_the_order():
    assert (Batches(50, 7, seed=4).indices(0, 9) == Batches(50, 7, seed=4).indices(0, 9)).all()
    assert (Batches(50, 7, seed=4).indices(0, 9) != Batches(50, 7, seed=5).indices(0, 9)).any()


@pytest.mark.parametrize("numbers, message", [
    ((10, 0), "size must be a whole number of 1 or more, got 0"), ((10, 2.5), "size must be"),
    ((10, 11), "A batch of 11 needs as many samples, got 10"), ((10, 2, -1), "seed must be"),
    ((0, 1), "samples must be"),
])  # fmt: skip
def test_what_makes_no_batch_raises(numbers, message):
    with pytest.raises(ValueError, match=message):
        Batches(*numbers)
