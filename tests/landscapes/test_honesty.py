"""Honest paths: the three numbers of every step, and the sentence about them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import Honesty, Plane, evaluate, honest
from tests.landscapes.perceptron import data, parameters, squared_error

tanh_loss = squared_error(jnp.tanh, *data())
WINDOW = ((-1.0, 1.0), (-1.0, 1.0))


def bowl(x):
    return jnp.sum(x**2)


def floor(size=4):
    """The plane of the first two parameters."""
    return Plane(np.zeros(size), (np.eye(size)[0], np.eye(size)[1]), WINDOW)


def path(*positions):
    positions = np.array(positions, float)
    return positions, np.sum(positions**2, axis=1)


def test_each_step_has_its_true_loss_the_loss_shown_and_the_share_not_shown():
    told = honest(bowl, floor(), *path([0, 0, 0, 0], [3, 0, 4, 0], [1, 1, 0, 0], [0, 0, 0, 2]))
    np.testing.assert_allclose(told.coordinates, [[0, 0], [3, 0], [1, 1], [0, 0]])
    np.testing.assert_allclose(told.losses, [0, 25, 2, 4])
    np.testing.assert_allclose(told.slice_losses, [0, 9, 2, 0])
    np.testing.assert_allclose(told.off_plane, [0, 0.8, 0, 1], atol=1e-7)


def test_on_the_plane_the_slice_shows_the_true_loss_of_a_network():
    plane = Plane.random(parameters(), 0)
    coordinates = np.float32([[0, 0], [0.5, -0.25], [1, 1]])
    positions = jax.vmap(plane.embed)(coordinates)
    losses = jax.vmap(tanh_loss)(positions)
    told = honest(tanh_loss, plane, positions, losses)
    np.testing.assert_allclose(told.coordinates, coordinates, atol=1e-6)
    np.testing.assert_allclose(told.slice_losses, losses, rtol=1e-5)
    np.testing.assert_allclose(told.off_plane, 0, atol=1e-5)
    np.testing.assert_allclose(told.slice_losses[2], evaluate(tanh_loss, plane, 3).loss[2, 2], rtol=1e-5)


def test_steps_after_a_run_diverged_have_no_place_and_the_others_keep_theirs():
    positions, losses = path([1, 0, 1, 0], [2, 0, 2, 0], [np.inf, 0, 0, 0], [np.nan, 0, 0, 0])
    told = honest(bowl, floor(), positions, losses)
    assert told.last == 1
    np.testing.assert_array_equal(np.isnan(told.slice_losses), [False, False, True, True])
    assert "71 %" in told.sentence("Adam")
    assert told.sentence("Adam", 3) == "Adam has left the finite numbers and has no place on this slice."
    np.testing.assert_allclose(told.off_plane[:2], np.sqrt(0.5))


def test_the_sentence_says_on_which_side_of_the_surface_the_path_is():
    told = honest(bowl, floor(), *path([0, 0, 0, 0], [3, 0, 4, 0], [1, 1, 0.1, 0]))
    assert told.sentence("Adam", 1) == (
        "Adam, at step 1: 80 % of its distance from the centre of this slice points out of the picture, so its true loss, 25, "
        "lies above the surface, which shows 9 there."
    )
    assert told.sentence("Adam").endswith("is about what the surface shows there.")
    assert "below" in honest(lambda x: -bowl(x), floor(), np.array([[0.0, 1, 3, 0]]), [-10]).sentence()


def test_a_run_that_never_was_finite_has_a_sentence():
    told = honest(bowl, floor(), np.full((2, 4), np.nan), [np.nan, np.nan])
    assert told.last == -1
    assert "no place" in told.sentence("Lion")


def test_losses_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"2 positions.*\(3,\)"):
        honest(bowl, floor(), np.zeros((2, 4)), np.zeros(3))


@pytest.mark.parametrize("steps", [[0], [0, 0], [3, 2], [-1, 2], [0.0, 1.0], [0, 2**31]])
def test_steps_that_cannot_be_those_of_the_positions_are_refused(steps):
    with pytest.raises(ValueError, match="2 positions needs the number"):
        honest(bowl, floor(), np.zeros((2, 4)), np.zeros(2), np.array(steps))


def test_what_is_told_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        Honesty(np.zeros((1, 2)), np.zeros(1), np.zeros(1), np.zeros(1)).off_plane[0] = 1
