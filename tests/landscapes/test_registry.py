"""What every landscape says about itself."""

import numpy as np
import pytest

from landscapes import LANDSCAPES, Landscape

ORDER = """
    quadratic_bowl booth matyas ravine
    rosenbrock beale three_hump_camel mccormick freudenstein_roth
    saddle monkey_saddle plateau
    himmelblau six_hump_camel goldstein_price branin easom styblinski_tang levi rastrigin ackley griewank
    gaussian_mixture
    linear_regression logistic_regression classifier_mean_squared_error tanh_neuron two_layer_linear
""".split()


def test_the_menu_keeps_its_order_and_its_families_together():
    assert list(LANDSCAPES) == ORDER
    families = [landscape.family for landscape in LANDSCAPES.values()]
    changes = sum(before != after for before, after in zip(families, families[1:]))
    assert changes + 1 == len(set(families)) == 5


def test_titles_tell_landscapes_apart():
    assert len({landscape.title for landscape in LANDSCAPES.values()}) == len(LANDSCAPES)


def test_a_landscape_says_what_it_is(landscape):
    assert isinstance(landscape, Landscape)
    assert landscape.title and landscape.family and type(landscape).__doc__
    assert len(landscape.axes) == 2 and all(landscape.axes)


def test_the_lesson_is_one_sentence(landscape):
    assert landscape.lesson[0].isupper() and landscape.lesson.endswith(".")
    assert ". " not in landscape.lesson and "\n" not in landscape.lesson
    assert len(landscape.lesson) < 160


def test_the_reference_is_a_publication(landscape):
    assert any(character.isdigit() for character in landscape.reference)
    assert "wiki" not in landscape.reference.lower() and "http" not in landscape.reference


def test_the_formula_is_balanced_latex(landscape):
    formula = landscape.formula
    assert formula.count("{") == formula.count("}")
    assert formula.count(r"\left") == formula.count(r"\right")
    for size in ("bigl", "Bigl"):
        assert formula.count(rf"\{size}") == formula.count(rf"\{size.replace('l', 'r')}")
    assert "$" not in formula and formula.isascii()


def test_the_start_lies_inside_the_window_and_off_every_minimum(landscape):
    sides = np.ptp(landscape.window, axis=1)
    for (low, high), coordinate in zip(landscape.window, landscape.start):
        assert low < coordinate < high
    for minimum in landscape.minima:
        assert (np.abs(np.subtract(landscape.start, minimum.position)) / sides).max() > 0.04


def test_the_gradient_at_the_start_is_finite_and_leads_somewhere(landscape, derivatives):
    (loss,), (gradient,), _ = derivatives(landscape, landscape.start)
    assert np.isfinite(loss) and np.isfinite(gradient).all()
    assert np.linalg.norm(gradient) > 1e-3


def test_knobs_are_declared_with_a_default_in_range_and_a_word_of_help(landscape, knobs):
    declared = knobs(landscape)
    assert len(declared) <= 2
    for name, knob in declared.items():
        assert knob["low"] <= knob["default"] <= knob["high"]
        assert knob["scale"] == "linear" or (knob["scale"] == "log" and knob["low"] > 0)
        assert knob["help"] and not knob["help"].endswith(".")
        assert getattr(landscape, name) == knob["default"]


@pytest.mark.parametrize(
    "key", ["quadratic_bowl", "ravine", "rosenbrock", "rastrigin", "plateau", "saddle", "linear_regression"]
)
def test_shapes_that_people_want_to_change_have_knobs(key, knobs):
    assert knobs(LANDSCAPES[key])
