"""The kernel's side of the widget: what it answers, and what it says without anywidget."""

import gzip
import sys

import pytest

import views
from tests.views.reader import unpack
from views import notebook
from views.saved import saved


def test_without_anywidget_it_says_what_to_install(monkeypatch):
    notebook._kind.cache_clear()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match="pip install anywidget.*save_html"):
        views.show("?landscape=booth")
    monkeypatch.undo()
    with pytest.raises(ValueError, match="Expected a link such as .* got int"):
        views.show(3)
    notebook._kind.cache_clear()


def test_the_kernel_answers_what_a_widget_asks_and_nothing_else():
    scene = saved("?landscape=booth&optimizer=adam&steps=5")
    fan = scene.state["optimizers"][0]["knobs"][0]["fan"]
    assert gzip.decompress(notebook.answer({"type": "plotly"}, {})).startswith(b"/**\n* plotly.js")
    assert notebook.answer({"type": "blob", "sha": fan}, scene.blobs) == scene.blobs[fan]
    question = {"query": scene.link, "event": {"type": "remove", "card": "adam"}}
    assert unpack(notebook.answer({"type": "scene", "question": question}, {}))[1]["state"]["optimizers"] == []
    for message in ({}, {"type": "blob", "sha": "0" * 64}, {"type": "blob", "sha": 3}, {"type": "scene", "question": "no"}, {"type": "exec", "sha": fan}):
        assert notebook.answer(message, {}) is None


def test_the_public_names_are_found():
    assert views.show is notebook.show
    with pytest.raises(AttributeError):
        views.shown
