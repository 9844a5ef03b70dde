"""Anatomy by address: what comes is the library's, and what is no question is refused."""

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from landscapes import LANDSCAPES
from optimizers import Adam, anatomy, descend
from tests.views.reader import unpack
from views import server

QUERY = "landscape=himmelblau&steps=30&start=1~1&optimizer=adam~learning_rate~0.05&optimizer=sam"


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=server.routes(), middleware=server.middleware())) as client:
        yield client


def test_what_comes_is_the_librarys(client):
    tensors, about = unpack(client.post("/anatomy", json={"query": QUERY, "card": "adam"}).content)
    path = descend(LANDSCAPES["himmelblau"].loss, Adam(0.05), (1.0, 1.0), 30, gradients=True, states=True)
    expected = anatomy(Adam(0.05), path)
    assert [term["symbol"] for term in about["anatomy"]["terms"]] == [term.symbol for term in expected.terms] == ["g", "m", "s"]
    for index, term in enumerate(expected.terms):
        np.testing.assert_allclose(tensors[f"term.{index}"], term.values, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(tensors["update"], expected.update, rtol=1e-6)
    np.testing.assert_allclose(tensors["scaling"], expected.scaling, rtol=1e-6)
    filled_in = -tensors["rate"][:, None] * tensors["direction"] / tensors["scaling"]
    np.testing.assert_allclose(filled_in, tensors["update"], rtol=1e-4, atol=1e-7)
    assert about["anatomy"]["axes"] == ["x", "y"]


def test_a_rule_that_is_not_taken_apart_has_no_formula(client):
    _, about = unpack(client.post("/anatomy", json={"query": QUERY, "card": "sam"}).content)
    assert about["anatomy"]["formula"] is None and about["anatomy"]["terms"]


def test_a_run_that_diverges_is_taken_apart_as_far_as_it_is_finite(client):
    query = "landscape=himmelblau&steps=30&optimizer=gradient_descent~learning_rate~1.0"
    tensors, _ = unpack(client.post("/anatomy", json={"query": query, "card": "gradient_descent"}).content)
    assert 1 < len(tensors["update"]) == len(tensors["term.0"]) == len(tensors["positions"]) - 1 < 30 and np.isfinite(tensors["update"]).all()


@pytest.mark.parametrize("body", [b"", b"[]", b'{"query": 7}', b'{"query": "", "card": "lbfgs"}', b'{"query": "", "card": []}'])
def test_what_is_no_question_is_refused_in_words(client, body):
    answer = client.post("/anatomy", content=body)
    assert answer.status_code == 400 and answer.text.startswith("expected")
