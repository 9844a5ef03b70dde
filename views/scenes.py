"""Scenes by address: what the stage shows for a query, and after an event. No session is involved, so nothing waits for one."""

from collections.abc import Callable, Generator
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import Response

from landscapes.compiling import NotCompiled, compiled_only
from views import events, query, runs, stage, turns, wire
from views.tasks import Lane
from views.settings import Settings

MOST_FIELDS = 200


class Question(NamedTuple):
    """The settings to show, after the event; `drawn` when the browser shows them already; `whole` waits for every path."""

    settings: Any
    drawn: bool
    whole: bool
    event: object


def text(settings, write: Callable = query.write) -> str:
    """The settings as the text of a query, the same for equal settings; `write` is the page's."""
    return urlencode(write(settings), doseq=True)


async def answer(request: Request) -> Response:
    """POST {"query": text, "event": {...} or null, "whole": bool}: the packed scene after the event.

    Where something must be compiled first, and `whole` is not asked for, what is ready comes with `busy` true. 400 for
    what is no such question.
    """
    return await turns.answer(request, _scene, panel="scene", lane=Lane.SHORT)


def _scene(asked: dict) -> bytes | Generator:
    question = read_question(asked)
    settings = question.settings
    if question.drawn:
        return wire.pack({}, query=text(settings))
    if question.whole or runs.is_long(settings):
        return _whole(settings)
    try:
        with compiled_only():
            scene, busy = runs.scene(settings), False
    except NotCompiled:
        scene, busy = runs.ready(settings), True
    return stage.pack(scene, query=text(settings), busy=busy)


def _whole(settings: Settings) -> Generator:
    scene = yield from runs.scene_in_pieces(settings)
    return stage.pack(scene, query=text(settings))


def read_question(asked: dict, read: Callable = query.read, apply: Callable = events.apply) -> Question:
    text, event = asked.get("query"), asked.get("event")
    try:
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS) if isinstance(text, str) else None
    except ValueError:  # too many fields
        fields = None
    if fields is None:
        raise ValueError(turns.EXPECTED)
    # What the link or the event got wrong is said by the page, which gets both as well.
    settings = read(fields)[0]
    if event is not None:
        settings = apply(settings, event)[0]
    return Question(settings, events.only_looks(event), asked.get("whole") is True, event)
