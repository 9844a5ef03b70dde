"""The URL: what is written is read back exactly, and nothing that comes in it breaks the page."""

import time
from urllib.parse import parse_qs, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscapes import LANDSCAPES
from optimizers import OPTIMIZERS
from tests.views.strategies import settings_values
from views import query
from views.settings import Card, OwnFormula, Settings


def through_a_browser(settings: Settings) -> dict[str, list[str]]:
    return parse_qs(urlencode(query.write(settings), doseq=True), keep_blank_values=True)


@given(settings_values())
def test_settings_survive_the_address_exactly(settings):
    assert query.read(through_a_browser(settings)) == (settings, [])


@given(settings_values())
def test_equal_settings_have_equal_addresses(settings):
    again, _ = query.read(query.write(settings))
    assert query.write(again) == query.write(settings)


@given(st.dictionaries(st.text(), st.lists(st.text(), min_size=1)))
def test_reading_any_text_gives_settings(params):
    settings, ignored = query.read(params)
    assert settings == Settings() or params
    assert len(ignored) <= query.MOST_SENTENCES + 1


NAMES = ["landscape", "formula", "window", "shape", "start", "optimizer", "steps", "view", "camera", "zoom", "step", "speed", "target", "seed", "schedule", "kept"]
PIECES = st.sampled_from(["adam", "rosenbrock", "a", "b1", "learning_rate", "open", "nan", "1e400", "-1", "0.5", "300", "3d", "", "~", "a*x", "formula"])


@given(st.dictionaries(st.sampled_from(NAMES), st.lists(st.lists(PIECES, min_size=1).map("~".join), min_size=1, max_size=9)))
def test_reading_near_misses_gives_settings_that_can_be_written(params):
    settings, _ = query.read(params)
    assert query.read(query.write(settings)) == (settings, [])


def test_the_first_visit_has_an_empty_address():
    assert query.write(Settings()) == {}
    assert query.read({}) == (Settings(), [])


def test_an_address_is_readable():
    settings = Settings(
        landscape="himmelblau",
        start=(-1.2, 1.0),
        optimizers=(Card("adam", (("b1", 0.8), ("learning_rate", 0.05)), opened=True), Card("momentum")),
    )
    assert urlencode(query.write(settings), doseq=True, safe="~") == (
        "landscape=himmelblau&start=-1.2~1.0&optimizer=adam~open~b1~0.8~learning_rate~0.05&optimizer=momentum"
    )


def test_the_address_of_a_formula_is_readable():
    settings = Settings(landscape=OwnFormula("a*x^2 + y^2", ((-1.0, 1.0), (0.0, 2.5))), shape=(("a", 3.0),))
    assert urlencode(query.write(settings), doseq=True, safe="~*^", quote_via=quote) == (
        "formula=a*x^2%20%2B%20y^2&window=-1.0~1.0~0.0~2.5&shape=a~3.0"
    )
    assert query.read({"formula": [" a*x^2 + y^2 "]})[0].landscape == OwnFormula("a*x^2 + y^2")
    assert query.read({"landscape": ["formula"]}) == (Settings(landscape=OwnFormula()), [])


def test_a_formula_that_cannot_be_read_leaves_the_landscape_beside_it():
    settings, ignored = query.read({"landscape": ["booth"], "formula": ["eval(x)"], "window": ["0~1~0~1"]})
    assert settings == Settings(landscape="booth")
    assert len(ignored) == 1


def test_no_optimizers_are_kept_as_none():
    settings = Settings(optimizers=())
    assert query.read(query.write(settings)) == (settings, [])


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"landscape": ["atlantis"]}, "there is no landscape `atlantis`"),
        ({"optimizer": ["adam", "sorcery"]}, "there is no optimizer `sorcery`"),
        ({"optimizer": ["adam~magic~1"]}, "there is no knob `magic`"),
        ({"optimizer": ["adam~b1"]}, "`b1` has no value"),
        ({"optimizer": ["adam~learning_rate~fast"]}, "expected a finite number, got `fast`"),
        ({"optimizer": ["adam~learning_rate~1e9"]}, "expected a number from 1e-05 to"),
        ({"optimizer": ["adam", "adam"]}, "`adam` is there twice"),
        ({"start": ["nan~1"]}, "expected a finite number, got `nan`"),
        ({"start": ["1e400~1"]}, "expected a finite number, got `1e400`"),
        ({"start": ["900~1"]}, "too far outside the window"),
        ({"start": ["1"]}, "expected 2 numbers"),
        ({"steps": ["many"]}, "expected a finite number, got `many`"),
        ({"steps": ["100000000"]}, "expected a number from 1 to 2000"),
        ({"steps": ["2.5"]}, "expected a whole number"),
        ({"step": ["301"]}, "expected at most 300"),
        ({"view": ["4d"]}, "expected one of 3d, contour, both, side"),
        ({"camera": ["1~2~3"]}, "expected 9 numbers"),
        ({"zoom": ["2~1~0~1"]}, "from a lower to a higher"),
        ({"shape": ["a~1~c~2"]}, "there is no knob `c`"),
        ({"formula": ["2x"]}, "Formula in the link was ignored: At character 2 of the formula: an operator is missing"),
        ({"formula": ["x" * 600]}, "at most 400 characters"),
        ({"formula": ["x" * 2**20]}, "at most 1000 characters"),
        ({"formula": ["__import__('os')"]}, "At character 12"),
        ({"formula": ["a*x"], "shape": ["b~1"]}, "there is no knob `b`; there is a"),
        ({"formula": ["a*x"], "shape": ["a~11"]}, "expected a number from -10 to 10"),
        ({"formula": ["x*y"], "window": ["1~0~0~1"]}, "from a lower to a higher number"),
        ({"formula": ["x*y"], "window": ["0~1~0"]}, "expected 2 numbers"),
        ({"window": ["0~1~0~1"]}, "there is none"),
        ({"schedule": ["slow"]}, "expected one of constant, cosine"),
        ({"kept": ["adam~9"]}, "expected an optimizer, steps, a start"),
        ({"kept": ["adam~9~0~1~constant~b1~0.5"]}, "a run of Adam names its learning rate"),
        ({"kept": ["adam~9~0~1~constant~learning_rate~0.5~b1~2"]}, "expected a number from 0 to"),
        ({"kept": ["adam~0~0~1~constant~learning_rate~0.5"]}, "expected a number from 1 to 2000"),
        ({"kept": ["adam~9~0~1~constant~learning_rate~0.5"] * 2}, "is kept already"),
        ({"kept": [f"adam~{steps}~0~1~constant~learning_rate~0.5" for steps in range(1, 9)]}, "8 runs, and 6 are kept at most"),
        ({"wizard": ["1"]}, "`wizard` in the link is not known"),
    ],
)
def test_what_is_ignored_is_said(params, said):
    _, ignored = query.read(params)
    assert len(ignored) == 1
    assert said in ignored[0]


def test_what_is_valid_beside_it_is_kept():
    settings, ignored = query.read({"landscape": ["himmelblau"], "start": ["x~y"], "steps": ["50"], "optimizer": ["adam~b1~2~b2~0.9"]})
    assert settings == Settings(landscape="himmelblau", steps=50, optimizers=(Card("adam", (("b2", 0.9),)),))
    assert len(ignored) == 2


def test_a_start_outside_the_window_is_allowed():
    (low, high), _ = LANDSCAPES["rosenbrock"].window
    settings, ignored = query.read({"start": [f"{high + 5 * (high - low)}~0"]})
    assert settings.start is not None
    assert ignored == []


def test_ten_thousand_optimizers_are_the_first_few():
    settings, ignored = query.read({"optimizer": ["adam"] * 10_000})
    assert [card.key for card in settings.optimizers] == ["adam"]
    assert ignored[0] == "The link names 10000 optimizers; only the first 32 were read."
    assert len(ignored) == 2


def test_more_optimizers_than_the_stage_holds_are_cut():
    settings, ignored = query.read({"optimizer": list(OPTIMIZERS)[:10]})
    assert [card.key for card in settings.optimizers] == list(OPTIMIZERS)[:8]
    assert "holds 8" in ignored[0]


@pytest.mark.parametrize("long", [{"start": ["~" * 2**20]}, {"x" * 2**20: ["1"]}, {str(i): ["1"] for i in range(200_000)}])
def test_a_megabyte_takes_milliseconds_and_the_rest_is_kept(long):
    began = time.process_time()
    settings, ignored = query.read({"landscape": ["himmelblau"], **long})
    assert time.process_time() - began < 2  # some 20 ms; a look at every pair of characters would take hours
    assert settings == Settings(landscape="himmelblau")
    assert 1 <= len(ignored) <= query.MOST_SENTENCES + 1
    assert max(map(len, ignored)) < 200


def test_sentences_cannot_carry_markup():
    _, ignored = query.read({"landscape": ["`<script>alert(1)</script>\n# ![](x)"]})
    assert ignored[0].count("`") == 2
    assert "\n" not in ignored[0]
