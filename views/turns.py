"""Questions by address: each waits for its turn, is told its place and its progress, and is answered once.

A page names itself with every question (`visitor`) and says what the question is about; `patience` is how long it wants to
wait for the answer before it is told its turn instead, and asks again. Without it the answer comes when it is there.
"""

import asyncio
import gzip
import json
from collections.abc import Callable, Mapping
from contextlib import closing
from time import thread_time
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from landscapes.pieces import Pieces
from views import wire
from views.scheduler import MOST_OF_A_PAGE, MOST_OF_AN_ADDRESS, SCHEDULER
from views.tasks import LEASE, Ended, Lane, Question, Replaced, TooMany

MOST_BYTES = 64 * 2**10  # of a question: the longest address of ours has about 2,000
LONGEST_PATIENCE, LONGEST_VISITOR = LEASE - 1, 64  # nobody waits for longer than work goes on for them
LONGEST_BODY = 20.0  # seconds that a question may take to come in
SURE, LONGEST = 0.5, 20.0  # seconds of computing after which an estimate counts, and which need no second press
OF_THE_ASKER = ("visitor", "patience")  # what an answer does not depend on
EXPECTED = 'expected JSON: {"query": "...", "event": {...}, "whole": false}'
RETRY_AFTER = 2  # seconds
BUSY = {"Cache-Control": "no-store", "Retry-After": str(RETRY_AFTER)}


class TooLong(ValueError):
    """What would take longer than a visitor is asked to wait; it begins when it is asked for once more, as `long`."""


async def body(request: Request) -> dict:
    """The JSON object that a request brings. Raises ValueError where it brings none, or stops in the middle."""
    text = b""
    try:
        async with asyncio.timeout(LONGEST_BODY):
            async for chunk in request.stream():
                text += chunk
                if len(text) > MOST_BYTES:
                    raise ValueError(f"expected a question of at most {MOST_BYTES} bytes")
    except TimeoutError:
        raise ValueError(f"expected a whole question within {LONGEST_BODY:g} s") from None
    except ClientDisconnect:
        raise ValueError("expected a whole question") from None  # which nobody reads
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise ValueError(EXPECTED)
    return asked


async def answer(
    request: Request, work: Callable[[dict], Any], *, panel: str, about: str = "", lane: Lane = Lane.PIECES, gzipped: bool = False
) -> Response:
    """`work(question)`, bytes or a generator that returns them, in its turn.

    `about` names the field of the question that tells subjects of a panel apart; `gzipped` bytes go as they are to whom
    reads them. 400 with the words of a ValueError, 409 where a newer question of the page takes the place of this one, 429
    where so many wait already.
    """
    try:
        asked = await body(request)
        question, patience = ask(request, asked, work, panel=panel, about=about, lane=lane)
        packed = await awaited(request, question, patience)
    except TooLong as error:
        return packed_response(wire.pack({}, long=str(error)))
    except ValueError as error:
        return PlainTextResponse(f"{error}\n", 400)
    except (Replaced, Ended):
        return PlainTextResponse("A newer question of this page has taken the place of this one.\n", 409, {"Cache-Control": "no-store"})
    except TooMany as error:
        return PlainTextResponse(f"{error}\n", 429, BUSY)
    if packed is None:
        return packed_response(wire.pack({}, turn={"before": SCHEDULER.before(question), "share": question.task.progress}))
    if gzipped and "gzip" in request.headers.get("Accept-Encoding", ""):
        return packed_response(packed, {"Content-Encoding": "gzip"})
    return packed_response(gzip.decompress(packed) if gzipped else packed)


def packed_response(content: bytes, headers: Mapping[str, str] = {}) -> Response:
    return Response(content, media_type="application/octet-stream", headers={"Cache-Control": "no-store", **headers})


def ask(
    request: Request, asked: dict, work: Callable[[dict], Any], *, panel: str, about: str, lane: Lane
) -> tuple[Question, float | None]:
    """The question in the scheduler, and how long it is waited for. Raises TooMany."""
    plain = {name: value for name, value in asked.items() if name not in OF_THE_ASKER}
    patience = patience_of(asked)
    page, most = asker(request, asked)
    subject = (panel, _text(asked.get(about))) if named(asked) else None
    question = SCHEDULER.ask(
        (panel, _text(plain)), lambda: work(plain), page=page, subject=subject, lane=lane,
        leased=patience is not None, most=most,
    )  # fmt: skip
    return question, patience


def _text(value: Any) -> str:
    """The same text for equal values. Raises ValueError for lists so deep that they could be read, just."""
    try:
        return json.dumps(value, sort_keys=True)
    except RecursionError:
        raise ValueError(EXPECTED) from None


async def computed(work: Callable[[], Any], lane: Lane = Lane.SHORT) -> Any:
    """The result of work that nobody else asks for."""
    return await asyncio.wrap_future(SCHEDULER.ask(object(), work, lane=lane).future)


async def awaited(request: Request, question: Question, patience: float | None) -> Any:
    """The result; None after so many seconds. Who goes away leaves the question."""
    future = asyncio.wrap_future(question.future)
    future.add_done_callback(lambda future: future.cancelled() or future.exception())  # also where nobody reads it any more
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({future, gone}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if future.done():
            SCHEDULER.leave(question)
            return future.result()
        if gone.done() and patience is None:
            SCHEDULER.leave(question)
            raise Ended
        return None
    except asyncio.CancelledError:  # the server ends
        SCHEDULER.leave(question)
        raise
    finally:
        gone.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def named(asked: dict) -> str:
    """The name of the page that asks; empty where it has none."""
    visitor = asked.get("visitor")
    return visitor[:LONGEST_VISITOR] if isinstance(visitor, str) else ""


def asker(request: Request, asked: dict) -> tuple[str, int]:
    """Who asks, and how many questions of theirs may wait: an open page, or an address from which no page asks."""
    if name := named(asked):
        return f"page {name}", MOST_OF_A_PAGE
    return f"address {request.client.host if request.client else ''}", MOST_OF_AN_ADDRESS


def patience_of(asked: dict) -> float | None:
    patience = asked.get("patience")
    if patience is None:
        return None
    if isinstance(patience, bool) or not isinstance(patience, (int, float)) or not 0 <= patience <= LONGEST_PATIENCE:
        raise ValueError(f"expected a patience from 0 to {LONGEST_PATIENCE:g} seconds")
    return float(patience)


def limited(pieces: Pieces, long: bool, lower: str) -> Pieces:
    """`pieces` as long as they take no longer than a visitor is asked to wait, or `long` is asked for.

    Raises TooLong, with the estimate and what to `lower`.
    """
    computing, first = 0.0, None
    with closing(pieces):
        while True:
            began = thread_time()  # what others compute meanwhile does not count
            try:
                share = next(pieces)
            except StopIteration as end:
                return end.value
            if first is None:
                first = share  # what comes before it is compiled as well, once
            else:
                computing += thread_time() - began
                seconds = computing / max(share - first, 1e-6)
                if not long and computing > SURE and seconds > LONGEST:
                    raise TooLong(f"This would take about {seconds:.0f} s of computing. {lower} Or press again, and it begins.")
            yield share
