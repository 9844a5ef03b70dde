"""Scenes by address: what the stage shows for a query, and after an event. No session is involved, so nothing waits for one."""

import asyncio
import json
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from views import events, query, runs, stage, wire
from views.settings import Settings

MOST_BYTES = 64 * 2**10  # of a question: the longest address of ours has about 2,000
MOST_FIELDS = 200


class Question(NamedTuple):
    """The settings to show, after the event; `drawn` when the browser shows them already; `whole` waits for every path."""

    settings: Settings
    drawn: bool
    whole: bool


def text(settings: Settings) -> str:
    """The settings as the text of a query, the same for equal settings."""
    return urlencode(query.write(settings), doseq=True)


async def answer(request: Request) -> Response:
    """POST {"query": text, "event": {...} or null, "whole": bool}: the packed scene after the event.

    Where something must be compiled first, and `whole` is not asked for, what is ready comes with `busy` true, and
    the rest is being computed. 400 for what is no such question.
    """
    try:
        asked = _read(await _body(request))
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


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ValueError(f"expected a question of at most {MOST_BYTES} bytes")
    return body


def _read(body: bytes) -> Question:
    try:
        asked = json.loads(body)
        fields = parse_qs(asked["query"], keep_blank_values=True, max_num_fields=MOST_FIELDS)
        event, whole = asked.get("event"), asked.get("whole", False)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError('expected JSON: {"query": "...", "event": {...}, "whole": false}') from None
    # What the link or the event got wrong is said by the page, which gets both as well.
    settings = query.read(fields)[0]
    if event is None:
        return Question(settings, False, whole is True)
    return Question(events.apply(settings, event)[0], events.only_looks(event), whole is True)
