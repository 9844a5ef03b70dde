"""Scenes by address, as the stage asks for them: what is ready at once, whole on request, 400 for nonsense."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.views.reader import unpack
from views import events, scenes
from views.server import routes
from views.settings import Card, Settings

client = TestClient(Starlette(routes=routes()))
ADAM = "landscape=booth&optimizer=adam~learning_rate~0.05&steps=20"


def asked(**question) -> dict:
    answer = client.post("/scene", json=question)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return unpack(answer.content)[1]


def test_a_query_gives_its_scene():
    answer = asked(query=ADAM, whole=True)
    assert answer["query"] == scenes.text(Settings("booth", optimizers=(Card("adam", (("learning_rate", 0.05),)),), steps=20))
    assert (answer["state"]["landscape"]["key"], answer["state"]["steps"], answer["state"]["busy"]) == ("booth", 20, False)


def test_an_event_is_answered_as_the_page_would():
    event = {"type": "start", "point": [0.5, 0.25], "live": True}
    answer = asked(query=ADAM, event=event, whole=True)
    expected, _ = events.apply(Settings("booth", optimizers=(Card("adam", (("learning_rate", 0.05),)),), steps=20), event)
    assert answer["query"] == scenes.text(expected)
    assert answer["state"]["landscape"]["start"] == [0.5, 0.25]


def test_what_changes_no_path_brings_none():
    answer = asked(query=ADAM, event={"type": "look", "step": 3, "view": "contour"})
    assert "state" not in answer
    assert "view=contour&step=3" in answer["query"]
    assert "state" in asked(query=ADAM, event={"type": "look", "height": "log"}, whole=True)


@pytest.mark.parametrize("event", [{"type": "start", "point": [1e9, 0]}, {"type": "nothing"}, {"type": "knob"}, [1], "x", 3])
def test_an_event_that_makes_no_sense_changes_nothing(event):
    assert asked(query=ADAM, event=event, whole=True)["query"] == asked(query=ADAM, whole=True)["query"]


def test_what_must_be_compiled_comes_after_what_is_ready():
    cold = "landscape=matyas&optimizer=adagrad&optimizer=yogi&steps=30"
    first = asked(query=cold)["state"]
    assert first["busy"] and first["optimizers"] == []
    assert [each["key"] for each in asked(query=cold, whole=True)["state"]["optimizers"]] == ["adagrad", "yogi"]
    assert not asked(query=cold)["state"]["busy"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b'{"event": null}', b'{"query": 7}', b'{"query": "' + b"a=1&" * 1000 + b'"}', b"[" * 60_000,
     b'{"query": "' + b"x" * 70_000 + b'"}', b"\xff\xfe"],
)  # fmt: skip
def test_what_is_no_question_is_told_what_one_is(body):
    answer = client.post("/scene", content=body)
    assert answer.status_code == 400
    assert answer.text.startswith("expected ")


def test_scenes_are_only_asked_for():
    assert client.get("/scene").status_code == 405
