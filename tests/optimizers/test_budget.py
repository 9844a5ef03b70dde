"""Budgets: what is kept is even, within the bytes, and never changes once it was handed out."""

import numpy as np
import pytest

from optimizers import Budget
from optimizers.budget import Column, Snapshots
from optimizers.loop import Pace, _place


def fill(planned, most, done, chunk=7):
    """Snapshots of a run whose position is the number of its step, as calls of `chunk` steps record it."""
    kept, first = Snapshots(planned, most), 0
    while first <= done:
        count = min(chunk, done + 1 - first)
        rows = np.full((chunk + 1, 1), -1.0)
        for index in range(count):
            rows[_place(Pace(first, kept.stride), index)] = first + index
        kept.add(first, count, rows)
        first += count
    kept.close()
    return kept


@pytest.mark.parametrize("planned", [0, 1, 5, 10, 99, 100, 101])
@pytest.mark.parametrize("most", [2, 3, 10, 200])
def test_kept_steps_are_even_hold_both_ends_and_fit(planned, most):
    kept = fill(planned, most, planned)
    assert kept.steps[0] == 0 and kept.steps[-1] == planned and len(kept.steps) <= most
    assert len(set(np.diff(kept.steps[:-1]))) <= 1
    np.testing.assert_array_equal(kept.view()[:, 0], kept.steps)


def test_every_step_is_kept_where_all_fit():
    assert fill(99, 100, 99).steps == list(range(100))


@pytest.mark.parametrize("chunk", [1, 3, 50])
def test_a_longer_run_is_thinned_further_and_the_same_whatever_the_calls(chunk):
    kept = fill(20, 12, 333, chunk)
    assert kept.steps == fill(20, 12, 333).steps and len(kept.steps) <= 12
    assert kept.steps[:-1] == list(range(0, 333, kept.stride)) and kept.steps[-1] == 333
    np.testing.assert_array_equal(kept.view()[:, 0], kept.steps)


def test_what_was_handed_out_never_changes():
    kept = Snapshots(10, 6)
    views = []
    for step in range(60):
        kept.add(step, 1, np.full((2, 3), step, np.float32))
        views.append((kept.view(), list(kept.steps)))
    for view, steps in views:
        np.testing.assert_array_equal(view[:, 0], steps)
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 1


def test_a_run_that_goes_on_after_its_end_forgets_the_end_off_the_stride():
    kept = Snapshots(5, 4)
    kept.add(0, 6, np.array([[0.0], [2.0], [4.0], [5.0]]))
    kept.close()
    assert kept.steps == [0, 2, 4, 5]
    before = kept.view()
    kept.add(6, 1, np.array([[6.0]]))
    kept.close()
    assert kept.steps == [0, 2, 4, 6]
    np.testing.assert_array_equal(before[:, 0], [0, 2, 4, 5])


def test_a_gibibyte_holds_256_snapshots_of_a_million_parameters():
    million = {"w": np.zeros((1024, 1024), np.float32)}
    assert Budget().holds(million) == 256 and Budget().share(4).holds(million) == 64


def test_a_budget_too_small_for_a_start_and_an_end_says_so():
    with pytest.raises(ValueError, match="A snapshot of these parameters takes 4 MiB, and a run has 5 MiB: not enough"):
        Budget(5 * 2**20).holds(np.zeros((1024, 1024), np.float32))
    with pytest.raises(ValueError, match="number of bytes above 0, got -1"):
        Budget(-1)


def test_a_column_only_grows():
    column, views = Column(), []
    for step in range(700):
        column.add(np.array([float(step)]))
        views.append(column.view())
    assert all((view == np.arange(len(view))).all() for view in views) and len(views[-1]) == 700
