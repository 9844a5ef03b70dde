"""Stability by address: what comes is the library's, and what is no question is refused."""

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from landscapes import LANDSCAPES
from optimizers import GradientDescent, stability
from tests.views.reader import unpack
from views import server

QUERY = "landscape=himmelblau&steps=40&start=1~1&optimizer=gradient_descent~learning_rate~0.02&optimizer=lion"


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=server.routes(), middleware=server.middleware())) as client:
        yield client


def test_what_comes_is_the_librarys(client):
    tensors, about = unpack(client.post("/stability", json={"query": QUERY}).content)
    expected = stability(LANDSCAPES["himmelblau"].loss, GradientDescent(0.02), (1.0, 1.0), 40)
    np.testing.assert_allclose(tensors["limit.0"], expected.limit, rtol=1e-6)
    np.testing.assert_allclose(tensors["eigenvalues.0"], expected.eigenvalues, rtol=1e-6)
    np.testing.assert_allclose(tensors["growth.0"], expected.growth, rtol=1e-6)
    assert "limit.1" not in tensors and tensors["growth.1"].shape == (41,)
    assert [each["rate"] for each in about["optimizers"]][0] == 0.02


@pytest.mark.parametrize("body", [b"", b"[]", b'{"query": 7}', b"x" * 70_000])
def test_what_is_no_question_is_refused_in_words(client, body):
    answer = client.post("/stability", content=body)
    assert answer.status_code == 400 and answer.text.startswith("expected")
