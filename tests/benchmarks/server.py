"""One rerun that computes nothing new: another speed for the timeline.

Measured from outside, by a client that speaks Streamlit's protocol to an otherwise idle server: from the event to the
last message of its rerun, so the websocket, the script, and the packing of every message are all in it.
"""

import asyncio
from collections.abc import Iterator

from tests.benchmarks.app import App, running
from tests.benchmarks.report import Row
from tests.benchmarks.visitor import visitor

WARM_UP, TIMES = 10, 100


def measure() -> Iterator[Row]:
    with running() as app:
        taken, spent = asyncio.run(_reruns(app))
        yield Row.of("One rerun without new computing: event to last message", "ms", taken, limit=15)
        yield Row("One rerun without new computing: processor time", "ms", 1000 * spent / TIMES, TIMES)


async def _reruns(app: App) -> tuple[list[float], float]:
    async with visitor(app.url) as someone:
        for number in range(WARM_UP):
            await someone.act(type="look", speed=1 + number % 2)
        before = app.processor_time()
        taken = [1000 * (await someone.act(type="look", speed=1 + number % 2)).finished for number in range(TIMES)]
        return taken, app.processor_time() - before
