"""Visitors who click while sixty other pages ask for much at once, each for something else."""

import asyncio
import math
import random
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import NamedTuple

from websockets.exceptions import WebSocketException

from tests.benchmarks.app import App, running
from tests.benchmarks.classroom import click
from tests.benchmarks.heavy import QUESTIONS, Heavy
from tests.benchmarks.questions import PATIENCE, Page, Reply
from tests.benchmarks.report import Row
from tests.benchmarks.visitor import Visitor, visitor

PAGES, CLICKING = 60, 8
EVERY = 0.5  # seconds from a click to the next
LONGEST, FAREWELL = PATIENCE, 2.0  # seconds for all questions, and for those that have just become too late to say so
SLOWEST = 30.0  # seconds that a click counts as if no answer comes


class Crowded(NamedTuple):
    """Milliseconds of the clicks, the answers of the pages that had one, the server's memory in MB along the way."""

    clicks: list[float]
    replies: list[Reply]
    memory: list[float]


def measure() -> Iterator[Row]:
    for heavy in QUESTIONS:
        yield from rows(heavy)


def rows(heavy: Heavy) -> Iterator[Row]:
    with running() as app:
        crowded = asyncio.run(_gather(app, heavy))
    name = f"{PAGES} pages at once, {heavy.what}"
    answered = [reply for reply in crowded.replies if reply.status == 200]
    finished = [reply.seconds for reply in answered if not reply.busy]
    yield Row.of(f"A click meanwhile: {name}", "ms", crowded.clicks, tail=True, p95_limit=heavy.limit)
    yield Row(f"{name}: answered", "", len(answered), PAGES)
    yield Row(f"{name}: finished", "", len(finished), PAGES)
    yield Row(f"{name}: refused with 429 and asked again", "", sum(reply.refusals for reply in crowded.replies), PAGES)
    yield Row(f"{name}: the last one finished after", "s", max(finished, default=math.nan), len(finished))
    limit = 1500 if "network" in heavy.what else None
    yield Row(f"{name}: most memory", "MB", max(crowded.memory), len(crowded.memory), limit=limit)


async def _gather(app: App, heavy: Heavy) -> Crowded:
    async with AsyncExitStack() as stack:
        free: asyncio.Queue[Visitor] = asyncio.Queue()
        for number in range(CLICKING):
            someone = await stack.enter_async_context(visitor(app.url))
            await click(someone, random.Random(number))  # everything that a click needs is compiled
            free.put_nowait(someone)
        pages = [await stack.enter_async_context(Page(app.url)) for _ in range(PAGES)]
        return await _ask_and_click(app, heavy, pages, free)


async def _ask_and_click(app: App, heavy: Heavy, pages: list[Page], free: asyncio.Queue[Visitor]) -> Crowded:
    asking = [asyncio.create_task(heavy.ask(page, number)) for number, page in enumerate(pages)]
    clicking, memory, chance = [], [], random.Random(0)
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        await asyncio.sleep(EVERY / 2)
        clicking.append(asyncio.create_task(_click(free, chance)))
        await asyncio.sleep(EVERY / 2)
        memory.append(app.memory())
        if all(task.done() for task in asking):
            break
    _, late = await asyncio.wait(asking, timeout=FAREWELL)
    for task in late:
        task.cancel()  # who waits longer closes the page
    replies = await asyncio.gather(*asking, return_exceptions=True)
    clicks = await asyncio.gather(*clicking)
    return Crowded(clicks, [reply for reply in replies if isinstance(reply, Reply)], memory)


async def _click(free: asyncio.Queue[Visitor], chance: random.Random) -> float:
    """Milliseconds from when the click was due: where everybody still waits for an answer, it waits as well."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(SLOWEST):
            someone = await free.get()
            waited = time.perf_counter() - began
            answer = await click(someone, chance)
            free.put_nowait(someone)
    except (TimeoutError, OSError, WebSocketException):
        return 1000 * SLOWEST
    return 1000 * (waited + answer.paths) if answer.status == 200 else 1000 * SLOWEST
