"""The Networks page, run by Streamlit without a browser; a session keeps each page's settings."""

import base64
import gzip
import io
import json
import re
from dataclasses import replace

import jax
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from landscapes import Plane, Surface
from landscapes.curvature import trace
from landscapes.pieces import result_of
from landscapes.trust import TrustReport
from optimizers import NETWORK_OPTIMIZERS, train
from tests.views.reader import unpack
from tests.views.test_networks_shows import SETTINGS, wait_for
from views.networks import comparison, downloads, pieces, query, table
from views.networks.around import rings, spectrum
from views.networks.findings import Scores
from views.networks.recipes import recipes
from views.networks.results import trust_rows
from views.networks.settings import NetworkSettings
from views.networks.scoring import score
from views.networks.show import Show
from views.settings import Card

BOTH = """
import streamlit as st
from views import explore
from views.networks import page
(page.page if st.session_state.get("there") else explore.page)()
"""


@pytest.fixture
def page():
    page = AppTest.from_string(BOTH, default_timeout=120)
    page.session_state["there"] = True
    return page


def asked(page: AppTest) -> dict:
    names = [element.proto.component_name for element in page.get("bidi_component")]
    stage = page.get("bidi_component")[names.index("thalweg_stage")]
    return json.loads(stage.proto.json)


def run(page: AppTest, **state) -> AppTest:
    for name, value in state.items():
        page.session_state[name] = value
    page.run()
    assert not page.exception
    return page


def test_the_first_visit_asks_for_moons_in_its_own_name(page):
    run(page)
    assert asked(page)["query"] == ""
    assert asked(page)["scene"].endswith(f"/scene/networks?visitor={page.session_state.visitor}")
    assert len(page.session_state.visitor) > 16
    assert "354 parameters" in next(element.value for element in page.markdown if "Two moons" in element.value)


def test_widgets_end_in_the_settings_and_the_address(page):
    run(page)
    page.selectbox(key="network.plane").set_value("random").run()
    page.number_input(key="network.steps").set_value(50).run()
    page.selectbox(key="network.batch").set_value(32).run()
    assert page.session_state.settings == NetworkSettings(plane="random", steps=50, batch=32)
    assert asked(page)["query"] == "steps=50&batch=32&plane=random"
    assert "random" in page.query_params["plane"]
    next(button for button in page.button if button.label == "Reset this network").click().run()
    assert page.session_state.settings == NetworkSettings()


def test_each_page_is_found_as_it_was_left(page):
    run(page)
    page.number_input(key="network.seed").set_value(3).run()
    page.query_params.clear()  # the menu leads to a page without an address
    run(page, there=False)
    assert page.session_state.settings.landscape == "rosenbrock" and not page.info
    page.number_input(key="steps").set_value(120).run()
    page.query_params.clear()
    run(page, there=True)
    assert page.session_state.settings == NetworkSettings(seed=3)
    assert "3" in page.query_params["seed"]
    assert [len(asked(page)[way]) for way in ("past", "future")] == [1, 0]
    assert page.session_state.history.undo(page.session_state.settings)[1] == NetworkSettings()
    page.query_params.clear()
    run(page, there=False)
    assert page.session_state.settings.steps == 120


def test_back_to_another_page_brings_the_address_it_had(page):
    run(page)
    page.query_params.clear()
    page.query_params["landscape"] = "booth"
    run(page, there=False)
    assert page.session_state.settings.landscape == "booth"


def test_what_a_link_got_wrong_is_said(page):
    page.query_params["network"] = "skynet"
    run(page)
    assert "skynet" in page.info[0].value


@pytest.fixture(scope="module")
def found():
    shown = Show(recipes(SETTINGS, brief=True))
    wait_for(lambda: shown.begin().findings.over)  # asked for all the while: a visitor who does not ask is taken to be gone
    return shown.findings


def test_the_table_tells_what_is_known(found):
    (row,) = table.rows(SETTINGS, found)
    assert (row.title, row.origin, row.diverged) == ("Adam", "suggested here", None)
    assert 0 <= row.off_plane <= 1 and row.test_loss is None
    scores = Scores(np.arange(2), *np.tile([[1.0, 0.5]], (4, 1)), decay=np.array([0.2, 0.125]))
    shown = lambda settings: table.table_html(settings, replace(found, scores={"adam": scores}))
    assert "50.0%" in shown(SETTINGS) and "decay" not in shown(SETTINGS)
    assert ">0.125</td>" in shown(replace(SETTINGS, weight_decay=0.1))
    assert "accuracy" not in shown(replace(NetworkSettings.of("diabetes"), optimizers=SETTINGS.optimizers))


def test_what_weight_decay_adds_is_told_apart_from_the_loss():
    network, test = replace(SETTINGS, weight_decay=0.1).networks()
    run = train(network.objective, NETWORK_OPTIMIZERS["adam"](learning_rate=0.1), network.start, 3)
    scores = result_of(score(run, network, test))
    assert scores.decay.min() > 0.1
    np.testing.assert_allclose(scores.train_loss + scores.decay, run.losses, rtol=1e-5)


def test_downloads_hold_every_step(found):
    lines = downloads.csv(SETTINGS, found).decode().splitlines()
    assert lines[0] == downloads.COLUMNS and len(lines) == 1 + 13


def test_the_live_page_holds_the_surface_and_tells_the_rates(found):
    page = downloads.live_page(SETTINGS, found).decode()
    assert f'id="{found.ground.blob.sha}"' in page
    embedded = re.search('id="scene">([^<]+)<', page)[1]
    state = unpack(gzip.decompress(base64.b64decode(embedded)))[1]["state"]
    assert state["saved"] and not state["live"]
    for card in state["optimizers"]:
        assert card["knobs"] == [] and re.search(r"learning rate [\d.]+", card["also"])


def test_everything_can_be_read_without_pickle(found):

    read = np.load(io.BytesIO(downloads.npz(SETTINGS, found)), allow_pickle=False)
    assert read["surface_loss"].shape == (25, 25)
    assert read["adam_parameters"].shape == (13, 42) and read["plane_direction_1"].shape == (1, 42)
    assert json.loads(str(read["query"])) == query.write(SETTINGS)


def test_the_report_says_what_it_means():
    report = TrustReport(0.1, 354, (0.3, 0.7), {"Adam": 0.4}, {"Adam": 0.01}, 0.2, (0.01, 0.001), (0.5, 0.3), 1e-6)
    assert [name for name, _, _ in trust_rows(report)] == [
        "Dimensions", "Movement on the plane", "Off the plane", "Spread of random planes", "Curvature", "Rounding",
    ]  # fmt: skip
    bare = TrustReport(0.1, 354, (), {}, {}, None, None, None, None)
    assert [name for name, _, _ in trust_rows(bare)] == ["Dimensions"]


def test_a_compared_surface_tells_its_share_of_hollows(found):
    settings = comparison.settings_for("residual")
    assert settings.plane == "random" and len(settings.optimizers) == 1
    text = comparison.told(SETTINGS, found)
    assert "% of the 23 x 23 inner points" in text.replace("**", "")
    figure = comparison.figure(found.ground.surface)
    assert isinstance(found.ground.surface, Surface) and figure.data[0].type == "surface"


def test_what_surrounds_an_end_is_computed_when_asked_for(page):
    two = replace(SETTINGS, seed=5, optimizers=(Card("adam"), Card("momentum")))
    page.session_state["there"] = True
    page.query_params.update({name: values for name, values in query.write(two).items()})
    run(page)
    runs = recipes(two).runs
    train_, _ = two.networks()
    page.toggle(key="around").set_value(True).run()
    assert any("No end is known of Adam and Momentum" in caption.value for caption in page.caption)
    for recipe in runs.values():
        pieces.RUNS.put(recipe, train(train_.objective, recipe.build(), train_.start, two.steps))
    page.toggle(key="around").set_value(False).run()
    page.toggle(key="around").set_value(True).run()
    assert not page.exception
    told = " ".join(element.value for element in page.markdown)
    assert "its barrier" in told and "In 6 random planes" in told and "trace / n" in told


def test_figures_of_surroundings_are_those_of_the_library():
    network, _ = SETTINGS.networks()
    end = jax.tree.map(lambda leaf: leaf + 0.1, network.start)
    *_, around_ = rings(network, end)
    plane = Plane.random(end, 2)
    circle = [(0.5 * np.cos(angle), 0.5 * np.sin(angle)) for angle in 2 * np.pi * np.arange(12) / 12]
    expected = np.median([float(network.loss(plane.embed(np.float32(point)))) for point in circle])
    assert around_.losses[2, 5] == pytest.approx(expected, rel=1e-4)
    *_, found = spectrum(network, end)
    exact, mean = trace(network.loss, end, probes=64).mean / network.dimension, found.moment(1)
    assert len(found.nodes) == 8 and abs(mean.mean - exact) < 4 * mean.standard_error < 2 * abs(exact)
