"""The question of even digits in any number of dimensions."""

import equinox as eqx
import jax
import numpy as np
import pytest

from landscapes.features import EvenDigits


@pytest.mark.parametrize("dimension", [60])
def test_no_point_is_lower_than_the_lowest(dimension):
    question = EvenDigits(dimension)
    assert question.start.shape == (dimension,)
    with jax.enable_x64(True):
        assert float(eqx.filter_jit(question.loss)(question.start)) == pytest.approx(np.log(2))
        random = np.random.default_rng(0).standard_normal((20, dimension))
        assert (np.asarray(eqx.filter_jit(jax.vmap(lambda point: question.loss(point)))(random)) > question.lowest()).all()


def test_the_lowest_is_where_descent_ends():
    from optimizers import OPTIMIZERS, descend

    question = EvenDigits(10)
    run = descend(question.loss, OPTIMIZERS["momentum"](learning_rate=3.0), question.start, 900)
    assert run.losses[-1] == pytest.approx(question.lowest(), abs=1e-9)


@pytest.mark.parametrize("wrong", [0, 1001, 2.5])
def test_dimensions_have_a_range(wrong):
    with pytest.raises(ValueError, match="1 to 1000"):
        EvenDigits(wrong)
