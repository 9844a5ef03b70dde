"""The Explore page, run by Streamlit without a browser."""

import json
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import dataframe_util
from streamlit.testing.v1 import AppTest

from landscapes import LANDSCAPES
from optimizers import OPTIMIZERS
from tests.views.reader import unpack
from views import events
from views.server import routes
from views.settings import FIRST_VISIT, Settings

server = TestClient(Starlette(routes=routes()))
MAIN = Path(__file__).resolve().parents[2] / "views" / "main.py"


@pytest.fixture
def page():
    return AppTest.from_file(str(MAIN), default_timeout=60)


def opened(page: AppTest, **params) -> AppTest:
    for name, value in params.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def query(page: AppTest) -> str:
    """The query of the scene that the stage is told to show."""
    stage = next(element for element in page.get("bidi_component") if element.proto.component_name == "thalweg_stage")
    return json.loads(stage.proto.json)["query"]


def state(page: AppTest) -> dict:
    """What the stage gets when it asks for that scene."""
    answer = server.post("/scene", json={"query": query(page), "whole": True})
    return unpack(answer.content)[1]["state"]


def after(page: AppTest, event: dict) -> AppTest:
    """The page once it has handled an event, as the stage's callback would."""
    page.session_state.settings, _ = events.apply(page.session_state.settings, event)
    page.session_state.edited = True
    page.run()
    assert not page.exception
    return page


def table(page: AppTest) -> str:
    return next(element.proto.body for element in page.get("html") if "<table>" in element.proto.body)


def test_no_component_hands_over_what_streamlit_takes_for_a_table(page, monkeypatch):
    """To find out it would import pandas: half a second and 60 MB of every server."""
    looked_at = []
    look = dataframe_util.determine_data_format
    monkeypatch.setattr(dataframe_util, "determine_data_format", lambda data: looked_at.append(data) or look(data))
    opened(page)
    assert looked_at == []


def test_the_first_visit_runs_four_tuned_optimizers(page):
    seen = state(opened(page))
    assert not seen["busy"]
    assert [optimizer["key"] for optimizer in seen["optimizers"]] == [card.key for card in FIRST_VISIT]
    assert all(optimizer["tuned"] and optimizer["diverged"] == -1 for optimizer in seen["optimizers"])
    assert table(page).count("tuned here") == 4
    assert not page.info


def test_an_event_changes_stage_table_and_address(page):
    event = {"type": "knob", "card": "adam", "name": "learning_rate", "value": 0.05}
    after(opened(page), event)
    assert state(page)["optimizers"][3]["knobs"][0]["value"] == 0.05
    assert "learning rate 0.05 <small>(yours)" in table(page)
    assert page.query_params["optimizer"] == ["gradient_descent", "momentum", "rmsprop", "adam~learning_rate~0.05"]


def test_changes_of_widgets_and_events_are_undone_and_made_again(page):
    opened(page, optimizer="adam", steps="20")
    page.number_input(key="steps").set_value(30).run()
    page.selectbox(key="schedule").set_value("cosine").run()
    next(button for button in page.button if button.label == "Keep constant runs beside").click().run()
    assert [kept["title"].endswith("constant (kept)") for kept in state(page)["kept"]] == [True]
    steps = lambda: (page.number_input(key="steps").value, page.selectbox(key="schedule").value, len(page.session_state.settings.kept))
    seen = [steps()]
    for kind in ("undo", "undo", "undo", "undo", "redo"):
        page.session_state.history, page.session_state.settings = travelled(page, kind)
        page.session_state.edited = True
        page.run()
        seen.append(steps())
    assert seen == [(30, "cosine", 1), (30, "cosine", 0), (30, "constant", 0), (20, "constant", 0), (20, "constant", 0), (30, "constant", 0)]
    assert page.query_params["steps"] in ("30", ["30"])


def travelled(page: AppTest, kind: str):
    now = page.session_state.settings
    try:
        return getattr(page.session_state.history, kind)(now)
    except ValueError:
        return page.session_state.history, now


def test_the_address_gives_the_same_page(page):
    opened(page, landscape="himmelblau", optimizer="adam~learning_rate~0.05", steps="50", start="1.0~2.0", view="contour")
    seen = state(page)
    assert seen["landscape"]["key"] == "himmelblau"
    assert (seen["landscape"]["start"], seen["steps"], seen["look"]["view"]) == ([1.0, 2.0], 50, "contour")
    assert page.number_input(key="start.1").value == 2.0
    assert page.number_input(key="steps").value == 50


def test_what_a_link_got_wrong_is_said_and_can_be_dismissed(page):
    opened(page, landscape="atlantis", steps="soon")
    assert "atlantis" in page.info[0].value and "soon" in page.info[0].value
    next(button for button in page.button if button.label == "Dismiss").click().run()
    assert not page.info


def test_widgets_end_in_the_settings(page):
    opened(page)
    page.number_input(key="start.0").set_value(0.5).run()
    page.number_input(key="steps").set_value(120).run()
    page.number_input(key="target").set_value(3.0).run()
    page.selectbox(key="height").set_value("linear").run()
    settings = page.session_state.settings
    assert (settings.start, settings.steps, settings.target, settings.height) == ((0.5, 1.0), 120, 3.0, "linear")
    seen = state(page)
    assert (seen["steps"], seen["target"], seen["height"]) == (120, 3.0, "linear")


def test_a_start_far_away_is_declined_and_the_input_goes_back(page):
    opened(page)
    page.number_input(key="start.0").set_value(1e6).run()
    assert page.session_state.settings.start is None
    assert "too far outside" in page.info[0].value
    assert page.number_input(key="start.0").value == LANDSCAPES["rosenbrock"].start[0]


def test_a_formula_typed_is_the_landscape_and_a_bad_one_is_answered_where_it_stands(page):
    opened(page, formula="a*x^2 + y^2", shape="a~3.0", optimizer="adam", steps="5")
    assert [knob["value"] for knob in state(page)["landscape"]["knobs"]] == [3.0]
    page.text_input(key="own.text").set_value("a*x^2 + 2y").run()
    _, caret, said, picture = page.code[0].value.split("\n")
    assert caret == " " * 9 + "^" and "character 10" in said and picture == "Still drawn: a*x^2 + y^2"
    assert page.text_input(key="own.text").value == "a*x^2 + 2y"
    assert page.session_state.settings.landscape.text == "a*x^2 + y^2"
    page.text_input(key="own.text").set_value(" a*x^2 + 2*y^2 ").run()
    assert not page.exception and not page.info
    page.number_input(key="own.edge.1").set_value(5.0).run()
    assert (page.query_params["formula"], page.query_params["window"]) == ("a*x^2 + 2*y^2", "-3.0~5.0~-3.0~3.0")
    seen = state(page)["landscape"]
    assert (seen["window"], seen["searched"], len(seen["minima"])) == ([[-3, 5], [-3, 3]], 128, 1)
    page.number_input(key="own.edge.1").set_value(-4.0).run()
    assert "lower to a higher" in page.info[0].value
    assert page.number_input(key="own.edge.1").value == 5.0


@pytest.mark.parametrize("key, value", [("own.edge.1", 5.0), ("own.text", "x^2 + 3*y^2")])
def test_what_was_typed_for_a_formula_comes_too_late_for_another_landscape(page, key, value):
    page.query_params["formula"] = "x^2 + y^2"
    page.run()
    typed = page.number_input(key=key) if "edge" in key else page.text_input(key=key)
    page.session_state.settings = Settings(landscape="booth")
    page.session_state.edited = True
    typed.set_value(value).run()
    assert not page.exception
    assert page.session_state.settings.landscape == "booth"


def test_a_click_moves_the_inputs(page):
    after(opened(page), {"type": "start", "point": [0.25, 0.75]})
    assert (page.number_input(key="start.0").value, page.number_input(key="start.1").value) == (0.25, 0.75)


def test_both_buttons_set_every_rate(page):
    opened(page)
    press = lambda label: next(button for button in page.button if button.label == label).click().run()
    press("Textbook defaults")
    assert not any(card.tuned for card in page.session_state.settings.optimizers)
    press("Tune all here")
    assert page.session_state.settings == Settings()


def test_two_visitors_never_see_each_other(page):
    other = AppTest.from_file(str(MAIN), default_timeout=60)
    after(opened(page), {"type": "start", "point": [0.25, 0.75]})
    assert state(opened(other))["landscape"]["start"] == list(LANDSCAPES["rosenbrock"].start)


def test_the_formula_dialog_opens_for_every_optimizer(page):
    opened(page, steps="1")
    for key in OPTIMIZERS:
        page.session_state.formula = key
        page.run()
        assert not page.exception
        assert OPTIMIZERS[key].formula in [latex.value.strip("$\n ") for latex in page.latex]


def test_no_optimizers_are_a_page_too(page):
    seen = state(opened(page, optimizer="none"))
    assert seen["optimizers"] == []


@pytest.mark.parametrize("key", LANDSCAPES)
def test_every_landscape_mounts(page, key):
    assert state(opened(page, landscape=key, optimizer="none"))["landscape"]["key"] == key


def test_eight_optimizers_mount_with_a_card_open(page):
    keys = ["nesterov", "rprop", "adagrad", "lion", "sam", "polyak_step", "newton", "random_search"]
    seen = state(opened(page, landscape="booth", steps="5", optimizer=[*keys[:-1], "random_search~open"]))
    assert [optimizer["key"] for optimizer in seen["optimizers"]] == keys
    assert len(seen["optimizers"][-1]["knobs"]) == len(OPTIMIZERS["random_search"].knobs())


@pytest.mark.full
@pytest.mark.parametrize("key", OPTIMIZERS)
def test_every_optimizer_mounts_with_its_card_open(page, key):
    seen = state(opened(page, landscape="booth", optimizer=f"{key}~open"))
    assert [knob["name"] for knob in seen["optimizers"][0]["knobs"]] == list(OPTIMIZERS[key].knobs())
