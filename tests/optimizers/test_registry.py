"""Every optimizer says what it is, and checks what it is given."""

import itertools
import re
import subprocess
import sys

import numpy as np
import pytest

from optimizers import OPTIMIZERS, Optimizer, descend

COLOURS = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7B61C9", "#A08A00"}
DASHES = {"solid", "dash", "dot", "dashdot", "longdash", "longdashdot"}
FIRST_VISIT = ("gradient_descent", "momentum", "rmsprop", "adam")
KNOBS = [(key, name) for key, kind in OPTIMIZERS.items() for name in kind.knobs()]

every_optimizer = pytest.mark.parametrize("kind", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
every_knob = pytest.mark.parametrize("key, name", KNOBS, ids=[f"{key}-{name}" for key, name in KNOBS])


def test_there_are_twenty_six_with_snake_case_keys():
    assert len(OPTIMIZERS) == 26
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", key) for key in OPTIMIZERS)


@every_optimizer
def test_it_says_what_it_is(kind):
    for about in (kind.title, kind.family, kind.formula, kind.lesson, kind.reference):
        assert about.strip() == about and len(about) > 2
    assert kind.lesson.endswith(".")
    assert re.search(r"\b(18|19|20)\d\d\b", kind.reference), "a reference has a year"
    assert "wiki" not in (kind.reference + kind.__doc__).lower()
    assert kind.formula.count("{") == kind.formula.count("}")
    assert kind.colour in COLOURS and kind.dash in DASHES


def test_colour_and_dash_tell_every_two_apart():
    pairs = [(kind.colour, kind.dash) for kind in OPTIMIZERS.values()]
    assert len(set(pairs)) == len(pairs)
    assert len({kind.title for kind in OPTIMIZERS.values()}) == len(OPTIMIZERS)


def test_the_first_four_differ_in_colour_and_in_dash():
    first = [OPTIMIZERS[key] for key in FIRST_VISIT]
    for one, other in itertools.combinations(first, 2):
        assert one.colour != other.colour and one.dash != other.dash


@every_optimizer
def test_its_rail_is_a_learning_rate_or_explained(kind):
    rail = next(iter(kind.knobs().values()))
    assert rail.name == kind.rail
    assert rail.name == "learning_rate" or len(rail.help) > 20


@every_knob
def test_a_knob_has_help_and_a_default_among_its_stops(key, name):
    knob = OPTIMIZERS[key].knobs()[name]
    assert len(knob.help) > 5 and knob.label
    assert knob.low <= knob.default <= knob.high
    assert np.isclose(knob.stops, knob.default, rtol=1e-12, atol=0).any()


@every_knob
def test_a_rail_fits_one_block_of_lanes(key, name):
    assert 10 <= len(OPTIMIZERS[key].knobs()[name].stops) <= 139


@every_knob
def test_every_stop_is_a_valid_value(key, name):
    kind = OPTIMIZERS[key]
    for value in kind.knobs()[name].stops[[0, -1]]:
        assert getattr(kind(**{name: value}), name) == value


@every_knob
@pytest.mark.parametrize("value", [np.nan, np.inf, "fast", None, [0.1, 0.2], 1j])
def test_what_is_no_number_raises(key, name, value):
    kind = OPTIMIZERS[key]
    with pytest.raises(ValueError, match=rf"{re.escape(kind.title)}: {name} must be"):
        kind(**{name: value})


@every_optimizer
def test_a_rate_below_zero_raises_and_says_what_to_do(kind):
    with pytest.raises(ValueError, match=rf"{kind.rail} must be a number above 0, got -0.5; try the default"):
        kind(**{kind.rail: -0.5})


@pytest.mark.parametrize("key, name, hint", [
    ("adam", "lr", "; did you mean learning_rate?"), ("adam", "beta1", "; did you mean b1?"),
    ("momentum", "momentun", "; did you mean momentum?"), ("adam", "colourful", "."),
])  # fmt: skip
def test_a_knob_it_has_not_raises_and_names_those_it_has(key, name, hint):
    kind = OPTIMIZERS[key]
    with pytest.raises(TypeError) as error:
        kind(**{name: 0.1})
    assert str(error.value) == f"{kind.title} has no knob {name!r}; it has {', '.join(kind.knobs())}{hint}"


def test_it_shows_its_values():
    assert repr(OPTIMIZERS["adam"](learning_rate=0.05)) == "Adam(learning_rate=0.05, b1=0.9, b2=0.999, eps=1e-08)"
    assert repr(OPTIMIZERS["lbfgs"]()) == "LBFGS(learning_rate=1.0, memory=10)"


def test_a_rate_outside_the_rail_is_allowed():
    assert OPTIMIZERS["gradient_descent"](learning_rate=1e-9).learning_rate == 1e-9


@pytest.mark.parametrize("key, name, value", [
    ("adam", "b1", 1.0), ("momentum", "momentum", -0.1), ("adamw", "weight_decay", -1e-3), ("rprop", "growth", 0.9),
    ("rprop", "shrink", 1.0), ("schedule_free", "b1", 0.0), ("random_search", "seed", 0.5), ("adam", "eps", -1e-8),
])  # fmt: skip
def test_a_value_that_makes_no_sense_raises(key, name, value):
    with pytest.raises(ValueError, match=f"{name} must be .*, got {value}"):
        OPTIMIZERS[key](**{name: value})


def test_the_memory_of_lbfgs_is_a_whole_number():
    for memory in (0, 2.5, "ten"):
        with pytest.raises(ValueError, match="memory must be a whole number of 1 or more"):
            OPTIMIZERS["lbfgs"](memory=memory)


def test_a_step_costs_what_its_docstring_says():
    spent = {key: tuple(kind.per_step) for key, kind in OPTIMIZERS.items() if kind.per_step != (0, 1, 0)}
    assert spent == {
        "sam": (0, 2, 0),
        "newton": (0, 1, 1),
        "saddle_free_newton": (0, 1, 1),
        "random_search": (1, 0, 0),
    }


def test_an_optimizer_of_ones_own_needs_only_a_transform():
    import optax

    from optimizers.optimizer import knob

    class Halving(Optimizer):
        """x <- x - a g."""

        title = "Halving"
        learning_rate: object = knob(0.5, 0.1, 1.0, help="how far")

        def transform(self):
            return optax.sgd(self.learning_rate)

    path = descend(lambda point: 0.5 * point @ point, Halving(), (1.0, -1.0), steps=3)
    np.testing.assert_array_equal(path.positions[:, 0], [1, 0.5, 0.25, 0.125])


def test_importing_optimizers_loads_no_picture_no_server_no_data():
    program = "import sys, optimizers; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"streamlit", "plotly", "sklearn", "views"} & set(loaded)
