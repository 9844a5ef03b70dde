"""Fair comparisons by address: what is asked, what comes, and what is refused."""

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from landscapes import LANDSCAPES
from optimizers import Adam, GradientDescent, compare, verdict
from optimizers.comparison import heat, terms
from tests.views.reader import unpack
from views import server

QUERY = "landscape=himmelblau&steps=20&seed=3&optimizer=gradient_descent~learning_rate~0.01&optimizer=adam~b1~0.8"


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=server.routes(), middleware=server.middleware())) as client:
        yield client


def ask(client, **changes):
    return client.post("/comparison", json={"query": QUERY, "cards": ["gradient_descent", "adam"]} | changes)


def test_a_comparison_is_that_of_the_library(client):
    tensors, about = unpack(ask(client).content)
    expected = compare(LANDSCAPES["himmelblau"], {"gradient_descent": GradientDescent(), "adam": Adam(b1=0.8)}, 60, seed=3)
    told = about["comparison"]
    assert told["verdict"].endswith(f": {verdict(expected)}") and told["verdict"].startswith("On ") and told["known"] and told["budget"] == 60 and told["seed"] == 3
    for index, key in enumerate(expected.contenders):
        np.testing.assert_allclose(tensors[f"tuned.{index}"], expected.bands(key), rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(tensors[f"default.{index}"], expected.bands(key, True), rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(tensors[f"shares.{index}"], expected.shares(key), rtol=1e-6)
        above = expected.bands(key)[:, -1] - expected.floor
        np.testing.assert_allclose(told["optimizers"][index]["tuned"]["above"], above)
        assert told["optimizers"][index]["tuned"]["value"] == expected.contenders[key].tuned
        assert told["optimizers"][index]["good"]["decades"] == pytest.approx(expected.good(key).decades)


def test_optimizers_can_be_asked_for_one_by_one(client):
    alone, _ = unpack(ask(client, cards=["adam"]).content)
    both, about = unpack(ask(client, cards=["adam", "gradient_descent"]).content)
    np.testing.assert_array_equal(alone["tuned.0"], both["tuned.1"])
    assert [each["key"] for each in about["comparison"]["optimizers"]] == ["gradient_descent", "adam"]


def test_a_second_knob_makes_a_map(client):
    tensors, about = unpack(ask(client, cards=["adam"], over="b2").content)
    ground = terms(LANDSCAPES["himmelblau"], 60, 64, 3)
    others, values, shares = heat(LANDSCAPES["himmelblau"].loss, Adam(b1=0.8), ground, "b2")
    np.testing.assert_allclose(tensors["shares"], shares, rtol=1e-6)
    assert tensors["shares"].shape == (len(others), len(values)) and about["map"]["title"] == "Adam"


def test_a_formula_that_is_no_number_anywhere_is_told_in_words(client):
    answer = ask(client, query="formula=log(-1-x^2)&optimizer=adam", cards=["adam"])
    assert answer.status_code == 200 and "starts are needed" in unpack(answer.content)[1]["impossible"]


@pytest.mark.parametrize("changes", [{"cards": []}, {"cards": ["lion"]}, {"cards": "adam"}, {"cards": [7]}, {"over": "b1"},
                                     {"cards": ["adam"], "over": "learning_rate"}, {"cards": ["adam"], "over": 5}, {"query": 7}])  # fmt: skip
def test_what_is_no_question_is_refused_in_words(client, changes):
    answer = ask(client, **changes)
    assert answer.status_code == 400 and answer.text.startswith("expected")
