"""Whether the server still computes: something tiny goes through the scheduler, with a deadline."""

import asyncio

import numpy as np
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from views.scheduler import SCHEDULER
from views.tasks import Lane

DEADLINE = 5.0  # seconds


async def answer(request: Request) -> Response:
    """200 where the sum of a few numbers comes in time, else 503 with the age of the oldest piece of work."""
    question = SCHEDULER.ask("health", lambda: float(np.arange(10.0).sum()), lane=Lane.SHORT)
    try:
        await asyncio.wait_for(asyncio.wrap_future(question.future), DEADLINE)
    except TimeoutError:
        SCHEDULER.leave(question)
        words = f"Nothing was computed within {DEADLINE:g} s; the oldest piece of work is {SCHEDULER.oldest():.0f} s old.\n"
        return PlainTextResponse(words, 503, {"Cache-Control": "no-store"})
    return PlainTextResponse("ok\n", 200, {"Cache-Control": "no-store"})
