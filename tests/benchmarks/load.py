"""A server that no visitor can stop: many at once, heavy questions beside light ones, and what remains in memory."""

import asyncio
import random
from collections.abc import Iterator

from tests.benchmarks import classroom, crowd, maps, remains
from tests.benchmarks.app import App, running
from tests.benchmarks.report import Row
from tests.benchmarks.visitor import Visitor, visitor

WARM_UP, TIMES, EVENTS = 20, 3, 100
LESSONS = (classroom.Lesson(30, 1.0, 400, 20), classroom.Lesson(100, 5.0, 1000, 18))


def measure(minutes: float = 1.0) -> Iterator[Row]:
    yield from maps.measure()
    yield event()
    for lesson in LESSONS:
        yield from classroom.measure(minutes, lesson)
    yield from crowd.measure()
    yield from remains.measure()


def event() -> Row:
    with running() as app:
        spent = asyncio.run(_spend(app))
    return Row.of("Processor time of an event, four optimizers", "ms", [1000 * each for each in spent], limit=45)


async def _spend(app: App) -> list[float]:
    """Seconds of the server for an event of its only visitor, each the mean of many."""
    chance, spent = random.Random(0), []
    async with visitor(app.url) as someone:
        await _do(someone, chance, WARM_UP)
        for _ in range(TIMES):
            before = app.processor_time()
            await _do(someone, chance, EVENTS)
            spent.append((app.processor_time() - before) / EVENTS)
    return spent


async def _do(someone: Visitor, chance: random.Random, times: int) -> None:
    for _ in range(times):
        await classroom.do(someone, chance)
