"""Random changes of parameters against the sphere's geometry and against direct sums."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes.random_change import best_cosine, gaussian_change, improving_share, moments, random_change

COUNT = 4000


def bowl(point):
    return jnp.sum(point**2) / 2


def weighted(point):
    return jnp.sum(jnp.array([1.0, 0, 0, 100.0, 0]) * point)


def stretched(point):
    """Any symmetric Hessian, and a slope of its own."""
    n = point.shape[0]
    scales = 1 + jnp.arange(n) / n
    return 0.5 * jnp.sum(scales * point**2) + 0.1 * jnp.sum(point[:-1] * point[1:]) + jnp.sum(jnp.cos(jnp.arange(n)) * point)


def of_tree(tree):
    return bowl(tree["a"]) + bowl(tree["b"])


@pytest.mark.parametrize("dimension", [2, 10, 100])
def test_on_a_round_bowl_the_share_is_that_of_the_cap(dimension):
    # Two from the bottom in the coordinates that change, of one tree for all: one program.
    flat, sizes = np.where(np.arange(100) < dimension, 2 / np.sqrt(dimension), 0), [0.1, 0.5, 1.0]
    made = random_change(of_tree, {"a": flat[:30], "b": flat[30:]}, sizes, COUNT, coordinates=np.arange(dimension))
    exact = np.array([improving_share(dimension, size, 2.0) for size in sizes])
    deviation = np.sqrt(exact * (1 - exact) / COUNT)
    np.testing.assert_array_less(np.abs(made.share - exact), 4 * deviation)
    assert made.dimension == dimension and made.loss == pytest.approx(2.0)


def test_the_cap_has_its_known_shares():
    # In two dimensions a cap is an arc, in three its share is (1 - h) / 2 with h = s / 2r (Archimedes).
    assert improving_share(2, 1.0, 1.0) == pytest.approx(np.arccos(0.5) / np.pi)
    assert improving_share(3, 1.0, 1.0) == pytest.approx(0.25)
    assert improving_share(1, 0.5, 1.0) == 0.5
    assert improving_share(5, 2.0, 1.0) == 0
    assert improving_share(1000, 1e-9, 1.0) == pytest.approx(0.5)


def test_every_change_has_its_length_and_is_that_of_the_loss():
    made = random_change(bowl, np.zeros(3), [3.0], 300)
    np.testing.assert_allclose(made.change, 4.5 * np.ones((1, 300)), rtol=1e-12)


def test_only_the_chosen_coordinates_change():
    made = random_change(weighted, np.zeros(5), [2.0], 500, coordinates=np.array([1, 2, 4]))
    assert not made.change.any() and not made.downhill.any()
    both = random_change(weighted, np.zeros(5), [2.0], 500, coordinates=np.array([0, 1]))
    assert both.change.min() == pytest.approx(-2.0, abs=1e-3)
    assert both.downhill[0] == pytest.approx(-2.0)


def test_downhill_is_the_best_direction_of_a_small_step():
    made = random_change(stretched, np.linspace(-1, 1, 6), [1e-4], COUNT)
    assert made.downhill[0] < made.change.min()


def test_the_moments_are_those_of_the_whole_hessian():
    point, chosen = np.linspace(-1, 1, 6), np.array([1, 3, 4])
    with jax.enable_x64(True):
        hessian, gradient = np.asarray(jax.jit(jax.hessian(stretched))(point)), np.asarray(jax.jit(jax.grad(stretched))(point))
    inside = hessian[np.ix_(chosen, chosen)]
    found = moments(stretched, point, chosen)
    expected = 3, np.linalg.norm(gradient[chosen]), np.trace(inside), np.linalg.norm(inside)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("size", [0.3, 3.0])
def test_mean_and_spread_follow_the_theory_in_any_dimension(size):
    point = np.linspace(-1, 1, 6)
    made = random_change(stretched, point, [size], COUNT).change[0]
    theory = gaussian_change(moments(stretched, point), size)
    assert abs(made.mean() - theory.mean) < 4 * theory.deviation / np.sqrt(COUNT)
    assert made.std() == pytest.approx(theory.deviation, rel=0.05)


def test_in_many_dimensions_the_share_is_the_theorys():
    point = np.linspace(-1, 1, 300)
    made = random_change(stretched, point, [1.0, 5.0, 15.0], COUNT)
    theory = [gaussian_change(moments(stretched, point), size).share for size in made.sizes]
    np.testing.assert_allclose(made.share, theory, atol=0.03)


@pytest.mark.parametrize("dimension", [2, 10, 1000])
def test_the_luckiest_direction_points_as_well_as_the_caps_say(dimension):
    random = np.random.default_rng(0)
    cosine = lambda: (z := random.standard_normal((2000, dimension)))[:, 0] / np.linalg.norm(z, axis=1)
    best = np.median([cosine().max() for _ in range(15)])
    assert best_cosine(dimension, 2000) == pytest.approx(best, rel=0.12)


def test_the_same_seed_gives_the_same_changes_and_more_of_them_begin_alike():
    some, more, other = (random_change(bowl, np.ones(3), [1.0], *asked) for asked in ((10,), (600,), (10,)))
    np.testing.assert_array_equal(some.change, more.change[:, :10])
    assert (random_change(bowl, np.ones(3), [1.0], 10, seed=1).change != other.change).any()
    assert not some.change.flags.writeable


def test_progress_is_told():
    told = []
    random_change(bowl, np.ones(3), [1.0], 600, report=told.append)
    assert told == sorted(told) and told[-1] == 1.0


@pytest.mark.parametrize("wrong", [{"sizes": [0.0]}, {"sizes": [np.nan]}, {"count": 0}, {"coordinates": [0, 0]}, {"coordinates": [3]}])
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError):
        random_change(bowl, np.ones(3), **{"sizes": [1.0], **wrong})
    with pytest.raises(ValueError):
        improving_share(0, 1.0, 1.0)
