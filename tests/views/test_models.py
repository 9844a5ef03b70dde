"""Local models by address: along a path or at a point, the library's numbers; what is no question is refused in words."""

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from landscapes import LANDSCAPES
from landscapes.local_models import local_models
from optimizers import Adam, descend
from tests.views.reader import unpack
from views import server

QUERY = "landscape=himmelblau&steps=30&start=1~1&optimizer=adam~learning_rate~0.05"
PLACE = LANDSCAPES["himmelblau"]


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=server.routes(), middleware=server.middleware())) as client:
        yield client


def test_what_comes_is_the_librarys_at_every_step(client):
    tensors, about = unpack(client.post("/models", json={"query": QUERY, "card": "adam", "share": 0.1}).content)
    path = descend(PLACE.loss, Adam(0.05), (1.0, 1.0), 30)
    expected = local_models(PLACE.loss, path.positions, about["models"]["radius"])
    assert about["models"]["radius"] == pytest.approx(0.1 * np.ptp(PLACE.window, axis=1).min())
    for name in ("loss", "gradient", "hessian", "eigenvalues", "steps", "predicted", "true"):
        np.testing.assert_allclose(tensors[name], getattr(expected, name), rtol=2e-5, atol=1e-4, err_msg=name)


def test_a_point_of_ones_own_needs_no_optimizer(client):
    tensors, _ = unpack(client.post("/models", json={"query": "landscape=himmelblau&optimizer=none", "point": [3, 2], "share": 1}).content)
    assert tensors["points"].tolist() == [[3.0, 2.0]] and tensors["loss"][0] == 0
    assert not tensors["steps"].any() and np.isnan(tensors["ratio"]).all()  # at a minimum nobody moves


def test_a_path_that_diverges_has_models_as_far_as_it_is_finite(client):
    query = "landscape=himmelblau&steps=30&optimizer=gradient_descent~learning_rate~1.0"
    tensors, _ = unpack(client.post("/models", json={"query": query, "card": "gradient_descent", "share": 0.1}).content)
    assert 1 < len(tensors["points"]) < 31 and np.isfinite(tensors["hessian"]).all()


@pytest.mark.parametrize("more", [
    {}, {"card": "adam"}, {"card": "lion", "share": 0.1}, {"point": [1], "share": 0.1}, {"point": [1e9, 0], "share": 0.1},
    {"card": "adam", "share": 0}, {"card": "adam", "share": "wide"}, {"point": "12", "share": 0.1}, {"card": [], "share": 0.1},
])  # fmt: skip
def test_what_is_no_question_is_refused_in_words(client, more):
    answer = client.post("/models", json={"query": QUERY, **more})
    assert answer.status_code == 400 and len(answer.text) < 200
