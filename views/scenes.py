"""Scenes by address: what the stage shows for a query, and after an event. No session is involved, so nothing waits for one."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from views import events, query, runs, stage, wire
from views.settings import Settings

MOST_BYTES = 64 * 2**10  # of a question: the longest address of ours has about 2,000
MOST_FIELDS = 200
EXPECTED = 'expected JSON: {"query": "...", "event": {...}, "whole": false}'


class Question(NamedTuple):
    """The settings to show, after the event; `drawn` when the browser shows them already; `whole` waits for every path."""

    settings: Any
    drawn: bool
    whole: bool
    event: object
    visitor: str


def text(settings, write: Callable = query.write) -> str:
    """The settings as the text of a query, the same for equal settings; `write` is the page's."""
    return urlencode(write(settings), doseq=True)


async def answer(request: Request) -> Response:
    """POST {"query": text, "event": {...} or null, "whole": bool}: the packed scene after the event.

    Where something must be compiled first, and `whole` is not asked for, what is ready comes with `busy` true, and
    the rest is being computed. 400 for what is no such question.
    """
    try:
        asked = await question(request)
    except ValueError as error:
        return PlainTextResponse(f"{error}\n", 400)
    return Response(await _packed(asked), media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


async def _packed(asked: Question) -> bytes:
    settings = asked.settings
    if asked.drawn:
        return wire.pack({}, query=text(settings))
    busy = not asked.whole and runs.is_cold(settings)
    computing = runs.begin(settings) if asked.whole or busy else None
    scene = await (asyncio.wrap_future(computing) if asked.whole else run_in_threadpool(_now, settings, busy))
    return await run_in_threadpool(stage.pack, scene, query=text(settings), busy=busy)


def _now(settings: Settings, busy: bool) -> runs.Scene:
    return runs.ready(settings) if busy else runs.scene(settings)


async def question(request: Request, read: Callable = query.read, apply: Callable = events.apply) -> Question:
    """What a request asks, of a page with these two functions. Raises ValueError for what is no question."""
    return read_question(await body(request), read, apply)


async def body(request: Request) -> dict:
    """The JSON object that a request brings. Raises ValueError where it brings none."""
    text = b""
    async for chunk in request.stream():
        text += chunk
        if len(text) > MOST_BYTES:
            raise ValueError(f"expected a question of at most {MOST_BYTES} bytes")
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise ValueError(EXPECTED)
    return asked


def read_question(asked: dict, read: Callable = query.read, apply: Callable = events.apply) -> Question:
    text, event, visitor = asked.get("query"), asked.get("event"), asked.get("visitor")
    try:
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS) if isinstance(text, str) else None
    except ValueError:  # too many fields
        fields = None
    if fields is None:
        raise ValueError(EXPECTED)
    # What the link or the event got wrong is said by the page, which gets both as well.
    settings = read(fields)[0]
    if event is not None:
        settings = apply(settings, event)[0]
    return Question(settings, events.only_looks(event), asked.get("whole") is True, event, visitor if isinstance(visitor, str) else "")
