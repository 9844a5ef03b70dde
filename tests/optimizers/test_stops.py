"""Stops are round, increasing, and hold both ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizers import stops

bounds = st.tuples(st.floats(1e-9, 1e6), st.floats(1.5, 1e8)).map(lambda pair: (pair[0], pair[0] * pair[1]))


def are_stops(values, low, high):
    return values[0] == low and values[-1] == high and (np.diff(values) > 0).all() and np.isfinite(values).all()


@given(bounds)
def test_log_stops_are_about_even_on_a_log_scale(pair):
    low, high = pair
    values = stops(low, high, "log")
    assert are_stops(values, low, high)
    assert (values[1:] / values[:-1]).max() < 1.27  # 4 to 5 is the widest of 23 a decade, with an end beside it


@given(st.floats(-1e3, 1e3), st.floats(1.0, 1e6))
def test_linear_stops_are_even(low, width):
    high = low + width
    values = stops(low, high, "linear")
    assert are_stops(values, low, high)
    assert 40 < len(values) < 240
    inner = np.diff(values[1:-1])
    assert np.ptp(inner) <= 1e-6 * inner.max()


@given(st.floats(0, 0.5), st.integers(1, 6))
def test_decay_stops_come_closer_to_one_in_even_factors(low, nines):
    high = 1 - 10.0**-nines
    values = stops(low, high, "decay")
    assert are_stops(values, low, high)


@given(st.integers(-50, 50), st.integers(1, 100))
def test_integer_stops_are_all_whole_numbers_between(low, width):
    np.testing.assert_array_equal(stops(low, low + width, "integer"), np.arange(low, low + width + 1))


@given(bounds)
def test_inner_log_stops_are_round(pair):
    inner = stops(*pair, "log")[1:-1]
    assert all(float(f"{value:.2g}") == value for value in inner)


def test_a_decade_has_twenty_three():
    assert len(stops(1e-5, 10.0, "log")) == 6 * 23 + 1
    assert {0.001, 0.01, 0.1, 1.0, 0.25, 0.0035} <= set(stops(1e-5, 10.0, "log"))
    assert {0.0, 0.5, 0.9, 0.99, 0.999} <= set(stops(0.0, 0.999, "decay"))


def test_a_coarse_decade_has_seven():
    assert len(stops(0.1, 10.0, "coarse")) == 15
    assert set(stops(0.1, 10.0, "coarse")) <= set(stops(0.1, 10.0, "log"))


def test_another_scale_raises():
    with pytest.raises(ValueError, match="A scale is log, coarse, linear, integer or decay"):
        stops(0, 1, "square")
