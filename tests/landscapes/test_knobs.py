"""Shape knobs: checked when a landscape is built, traced when it is used."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import LANDSCAPES, Plane, evaluate
from landscapes.bowls import QuadraticBowl
from landscapes.valleys import Rosenbrock


@pytest.mark.parametrize("value", [0.1999, 1.41, -1.0, float("nan"), float("inf"), -float("inf"), np.array([0.5, 0.6])])
def test_a_knob_that_is_not_one_number_in_range_is_refused_with_the_range(value):
    with pytest.raises(ValueError, match=r"Rosenbrock: a must be one number from 0.2 to 1.4, got .*Choose"):
        Rosenbrock(a=value)


def test_a_knob_that_is_a_word_is_refused():
    with pytest.raises(ValueError):
        Rosenbrock(a="steep")


def test_both_ends_of_every_range_are_allowed(landscape, knobs):
    for name, knob in knobs(landscape).items():
        for end in ("low", "high"):
            assert getattr(type(landscape)(**{name: knob[end]}), name) == knob[end]


def test_knobs_of_the_shared_landscapes_cannot_be_written(landscape, knobs):
    for name in knobs(landscape):
        with pytest.raises(ValueError, match="read-only"):
            getattr(landscape, name)[...] = 0.0


def test_a_knob_taken_from_an_array_is_a_copy():
    source = np.array(0.7)
    landscape = Rosenbrock(a=source)
    source[...] = 99.0
    assert landscape.a == 0.7


def test_no_check_reaches_a_tracer():
    point = jnp.array([0.0, 1.0])
    build = lambda a: Rosenbrock(a=a).loss(point)
    assert jax.jit(build)(1.3) == pytest.approx(1.69 + 100)
    assert jax.grad(build)(1.3) == pytest.approx(2.6)
    many = eqx.filter_vmap(lambda a: Rosenbrock(a=a))(jnp.linspace(0.2, 1.4, 5))
    assert many.a.shape == (5,)


def test_knobs_may_be_varied_along_a_batch_axis():
    widths = np.array([1.0, 10.0, 100.0])
    batch = eqx.tree_at(lambda bowl: bowl.condition_number, QuadraticBowl(rotation=0.0), widths)
    in_axes = eqx.tree_at(
        lambda bowl: bowl.condition_number, jax.tree.map(lambda _: None, batch), 0, is_leaf=lambda x: x is None
    )
    with jax.enable_x64(True):
        losses = eqx.filter_vmap(lambda bowl, point: bowl.loss(point), in_axes=(in_axes, None))(
            batch, np.array([0.0, 2.0])
        )
    np.testing.assert_allclose(losses, 2 * widths)


def test_moving_a_shape_knob_a_window_or_the_resolution_never_traces_again():
    traces = []

    class Counted(Rosenbrock):
        def loss(self, point):
            traces.append(point)
            return super().loss(point)

    random = np.random.default_rng(0)
    for _ in range(25):
        low = random.uniform(-3, 0)
        counted = Counted(a=random.uniform(0.2, 1.4), b=random.uniform(1, 300))
        evaluate(counted.loss, Plane.axes(((low, 1.0), (low, 2.0))), int(random.integers(2, 90)))
    assert len(traces) == 1


def test_moving_a_shape_knob_does_not_compile_the_search_for_minima_again():
    traces = []

    class Counted(type(LANDSCAPES["gaussian_mixture"])):
        def loss(self, point):
            traces.append(point)
            return super().loss(point)

    for width in np.linspace(0.4, 2.0, 12):
        assert Counted(width=width).minima
    assert len(traces) == 1
