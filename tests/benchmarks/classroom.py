"""Thirty visitors at once, each clicking on the contour or releasing a rail every five seconds."""

import asyncio
import random
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

from optimizers import OPTIMIZERS
from tests.benchmarks.app import App, running
from tests.benchmarks.report import Row
from tests.benchmarks.visitor import Visitor, visitor

VISITORS, EVERY = 30, 5.0


def measure(minutes: float = 1.0) -> Iterator[Row]:
    with running() as app:
        asyncio.run(_enter_and_leave(app))  # the server's own warm-up is over
        before = app.processor_time()
        taken, memory = asyncio.run(_lesson(app, 60 * minutes))
        spent = app.processor_time() - before
        name = f"Classroom, {VISITORS} visitors, {minutes:g} min"
        yield Row.of(f"{name}: event to new paths at the client", "ms", taken, tail=True, p95_limit=400)
        yield Row(f"{name}: server memory once all are in", "MB", memory[0], 1)
        yield Row(f"{name}: server memory halfway", "MB", memory[len(memory) // 2], 1)
        yield Row(f"{name}: server memory at the end", "MB", memory[-1], 1, limit=1500)
        yield Row(f"{name}: events answered a second", "", len(taken) / (60 * minutes), len(taken))
        yield Row(f"{name}: processor time a second", "s", spent / (60 * minutes), 1)


async def _enter_and_leave(app: App) -> None:
    async with visitor(app.url):
        pass


async def _lesson(app: App, seconds: float) -> tuple[list[float], list[float]]:
    """Milliseconds of every answer, and the server's memory in MB along the way."""
    entered, taken, memory = asyncio.Barrier(VISITORS + 1), [], []
    async with asyncio.TaskGroup() as group:
        for number in range(VISITORS):
            group.create_task(_attend(app, random.Random(number), entered, seconds, taken))
        await entered.wait()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            memory.append(app.memory())
            await asyncio.sleep(1)
    return taken, memory


async def _attend(app: App, chance: random.Random, entered: asyncio.Barrier, seconds: float, taken: list[float]) -> None:
    async with visitor(app.url) as someone:
        await entered.wait()
        due = time.monotonic() + chance.uniform(0, EVERY)
        until = time.monotonic() + seconds
        while due < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            act = chance.choice((_click, _release))
            taken.append(1000 * await act(app, someone, chance))
            due += EVERY


async def _click(app: App, someone: Visitor, chance: random.Random) -> float:
    window = someone.state["landscape"]["window"]
    return (await someone.act(type="start", point=[chance.uniform(*limits) for limits in window])).paths


async def _release(app: App, someone: Visitor, chance: random.Random) -> float:
    """The fan is fetched first, as when a pointer enters the rail; that is not timed."""
    optimizer = chance.choice(someone.state["optimizers"])
    knob = optimizer["knobs"][0]
    address = app.url + someone.state["data"] + knob["fan"]
    try:
        await asyncio.to_thread(_fetch, address)
    except urllib.error.HTTPError:  # the store is bounded; the stage asks for it to be made again
        await someone.again()
        await asyncio.to_thread(_fetch, address)
    stops = OPTIMIZERS[optimizer["key"]].knobs()[knob["name"]].stops
    event = {"card": optimizer["key"], "name": knob["name"], "value": float(chance.choice(stops))}
    return (await someone.act(type="knob", **event)).paths


def _fetch(address: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})) as response:
        response.read()
