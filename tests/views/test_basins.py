"""Maps of basins by address: what is asked, what comes, and what is refused."""

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from landscapes import LANDSCAPES
from optimizers import GradientDescent, basins
from tests.views.reader import unpack
from views import runs, server
from views.basins import first
from views.settings import Card, Settings

QUERY = "landscape=himmelblau&steps=40&optimizer=gradient_descent~learning_rate~0.01&optimizer=momentum"


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=server.routes(), middleware=server.middleware())) as client:
        yield client


def ask(client, **changes):
    return client.post("/basins", json={"query": QUERY, "event": None, "card": "gradient_descent", "resolution": 64} | changes)


def test_a_map_is_that_of_the_library(client):
    tensors, about = unpack(ask(client).content)
    expected = basins(LANDSCAPES["himmelblau"], GradientDescent(0.01), 40, 64)
    np.testing.assert_array_equal(tensors["minimum"], np.where(expected.reached.diverged >= 0, -2, expected.reached.minimum))
    about = about["basins"]
    assert [minimum["share"] for minimum in about["minima"]] == pytest.approx(expected.shares)
    assert about["diverged"] == pytest.approx((expected.reached.diverged >= 0).mean()) and about["diverged"] < 1
    first = expected.reached.arrived[expected.reached.minimum == 0]
    assert about["minima"][0]["steps"] == np.median(first)
    at = np.argwhere(expected.reached.minimum == 0)[0]
    assert tensors["arrived"][tuple(at)] == int(255 * np.log1p(expected.reached.arrived[tuple(at)]) / np.log1p(40))


def test_a_rail_under_the_thumb_changes_the_map(client):
    event = {"type": "knob", "card": "gradient_descent", "name": "learning_rate", "value": 0.05}
    dragged, _ = unpack(ask(client, event=event).content)
    still, _ = unpack(ask(client).content)
    assert (dragged["minimum"] != still["minimum"]).any()


def test_the_map_names_its_rate_and_the_starts_where_there_is_no_loss(client):
    query = "formula=log(x)%2By^2&steps=40&optimizer=gradient_descent~learning_rate~0.01"
    _, about = unpack(ask(client, query=query).content)
    assert about["basins"]["rate"] == 0.01
    assert about["basins"]["nowhere"] == pytest.approx(0.5) and about["basins"]["diverged"] >= 0.5


@pytest.mark.parametrize("changes", [{"card": "adam"}, {"card": None}, {"resolution": 4096}, {"resolution": "64"}, {"query": 7}])
def test_what_is_no_question_is_refused_in_words(client, changes):
    answer = ask(client, **changes)
    assert answer.status_code == 400 and answer.text.startswith("expected")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"x" * 70_000])
def test_what_is_no_json_object_is_refused_in_words(client, body):
    answer = client.post("/basins", content=body)
    assert answer.status_code == 400 and answer.text.startswith("expected")


def test_a_landscape_without_known_minima_tells_how_high_each_start_still_is(client):
    landscape = LANDSCAPES["two_layer_linear"]
    tensors, about = unpack(ask(client, query=QUERY.replace("himmelblau", "two_layer_linear")).content)
    assert about["basins"]["minima"] == []
    found = basins(landscape, GradientDescent(0.01), 40, 64).reached
    elsewhere = tensors["minimum"] == -1
    assert elsewhere.any() and (elsewhere == (found.diverged < 0)).all()
    losses = np.array([landscape.loss(point) for point in found.final[elsewhere][::97]])
    heights = tensors["arrived"][elsewhere][::97]
    assert (np.diff(heights[np.argsort(losses)]) >= 0).all() and heights.min() == 0 and heights.max() == 255


def test_the_first_map_is_of_an_optimizer_that_arrives():
    cards = (Card("gradient_descent", (("learning_rate", 1e-5),)), Card("adam", (("learning_rate", 0.1),)))
    assert first(runs.scene(Settings(landscape="himmelblau", optimizers=cards))) == "adam"
    assert first(runs.scene(Settings(landscape="himmelblau", optimizers=cards[:1]))) == "gradient_descent"
    assert first(runs.scene(Settings(landscape="himmelblau", optimizers=()))) == ""
