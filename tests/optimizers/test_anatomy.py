"""Anatomy: the terms, read from optax's state, add up to the recorded update."""

import numpy as np
import pytest

from landscapes import LANDSCAPES
from optimizers import OPTIMIZERS, anatomy, descend
from optimizers.anatomy import RULES
from optimizers.stability import LIMITS

BEALE = LANDSCAPES["beale"]
TAKEN_APART = (
    "gradient_descent", "momentum", "nesterov", "sign_descent", "lion", "adagrad", "adadelta", "rmsprop",
    "adam", "adamw", "amsgrad", "nadam", "radam", "adamax", "adabelief", "yogi",
)  # fmt: skip


def _path(optimizer, **more):
    return descend(BEALE.loss, optimizer, BEALE.start, steps=25, **more)


@pytest.mark.parametrize("key", TAKEN_APART)
def test_the_terms_add_up_to_the_update(key):
    optimizer = OPTIMIZERS[key](learning_rate=1e-3)
    found = anatomy(optimizer, _path(optimizer, gradients=True, states=True))
    np.testing.assert_allclose(found.assembled, found.update, rtol=1e-6, atol=1e-12)
    assert found.terms[0].symbol == "g" and found.formula.startswith("Δ = −η")


def test_adams_terms_are_the_averages_of_its_paper():
    adam = OPTIMIZERS["adam"](learning_rate=0.01, b1=0.8, b2=0.95)
    path = _path(adam, gradients=True, states=True)
    found = {term.symbol: term.values for term in anatomy(adam, path).terms}
    m = s = np.zeros(2)
    for gradient, mean, square in zip(path.gradients, found["m"], found["s"]):
        m, s = 0.8 * m + 0.2 * gradient, 0.95 * s + 0.05 * gradient**2
        np.testing.assert_allclose(mean, m, rtol=1e-9)
        np.testing.assert_allclose(square, s, rtol=1e-9)


@pytest.mark.parametrize("key", [key for key in ("rprop", "backtracking", "sam", "newton", "random_search")])
def test_rules_that_are_not_taken_apart_still_tell_gradient_and_update(key):
    optimizer = OPTIMIZERS[key]()
    path = _path(optimizer, gradients=True, states=True)
    found = anatomy(optimizer, path)
    assert found.formula is None and found.assembled is None
    np.testing.assert_array_equal(found.update, np.diff(path.positions, axis=0))
    np.testing.assert_array_equal(found.terms[0].values, path.gradients[:-1])


def test_the_readme_counts_the_rules_that_are_taken_apart_and_those_with_a_limit(home):
    words = (home / "README.md").read_text()
    apart = sum(kind in RULES for kind in OPTIMIZERS.values())
    assert len(TAKEN_APART) == apart and f"formula for {apart} of the {len(OPTIMIZERS)};" in words
    assert len(LIMITS) == 6 and "of the six whose limit is known" in words


def test_a_state_that_holds_something_else_is_told_as_what_it_is():
    meaning = lambda key: {term.symbol: term.meaning for term in anatomy(OPTIMIZERS[key](), _path(OPTIMIZERS[key](), gradients=True, states=True)).terms}
    assert "largest gradient" in meaning("adamax")["u"] and "(g − m)²" in meaning("adabelief")["s"] and "squared gradients" in meaning("adam")["s"]
    assert "does not know it" in meaning("random_search")["g"]


def test_a_path_without_states_is_refused():
    with pytest.raises(ValueError, match="gradients=True"):
        anatomy(OPTIMIZERS["adam"](), _path(OPTIMIZERS["adam"]()))
