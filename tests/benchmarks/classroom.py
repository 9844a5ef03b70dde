"""A class at once, each visitor clicking on the contour or releasing a rail again and again."""

import asyncio
import random
import time
from collections.abc import Iterator
from typing import NamedTuple

from optimizers import OPTIMIZERS
from tests.benchmarks.app import App, running
from tests.benchmarks.report import Row
from tests.benchmarks.visitor import Answer, Visitor, visitor


class Lesson(NamedTuple):
    """So many visitors, an event of each every so many seconds; the targets: ms for 95 % of them, events a second."""

    visitors: int
    every: float
    p95_limit: float = 400
    least: float | None = None


class Record(NamedTuple):
    """Milliseconds of every answer, the server's memory in MB along the way, and its processor time in seconds."""

    taken: list[float]
    memory: list[float]
    spent: float


USUAL = Lesson(30, 5.0, least=5.0)  # of six: a server that stands still must not look quick


def measure(minutes: float = 1.0, lesson: Lesson = USUAL) -> Iterator[Row]:
    with running() as app:
        record = asyncio.run(_enter_and_teach(app, lesson, 60 * minutes))
    taken, memory, spent = record
    name = f"Classroom, {lesson.visitors} visitors, an event every {lesson.every:g} s, {minutes:g} min"
    yield Row.of(f"{name}: event to new paths at the client", "ms", taken, tail=True, p95_limit=lesson.p95_limit)
    yield Row(f"{name}: server memory once all are in", "MB", memory[0], 1)
    yield Row(f"{name}: server memory halfway", "MB", memory[len(memory) // 2], 1)
    yield Row(f"{name}: server memory at the end", "MB", memory[-1], 1, limit=1500)
    answered = len(taken) / (60 * minutes)
    yield Row(f"{name}: events answered a second", "", answered, len(taken), limit=lesson.least, at_least=True)
    yield Row(f"{name}: processor time a second", "s", spent / (60 * minutes), 1)
    yield Row(f"{name}: processor time an event", "ms", 1000 * spent / max(len(taken), 1), len(taken))


async def _enter_and_teach(app: App, lesson: Lesson, seconds: float) -> Record:
    async with visitor(app.url):  # the server's own warm-up is over
        pass
    entered, taken, memory = asyncio.Barrier(lesson.visitors + 1), [], []
    async with asyncio.TaskGroup() as group:
        chances = map(random.Random, range(lesson.visitors))
        attending = [group.create_task(_attend(app, chance, entered, lesson.every, taken)) for chance in chances]
        await entered.wait()
        before, until = app.processor_time(), time.monotonic() + seconds
        while time.monotonic() < until:
            memory.append(app.memory())
            await asyncio.sleep(1)
        for task in attending:  # an answer that comes after the lesson is none
            task.cancel()
        return Record(taken, memory, app.processor_time() - before)


async def _attend(app: App, chance: random.Random, entered: asyncio.Barrier, every: float, taken: list[float]) -> None:
    async with visitor(app.url) as someone:
        await entered.wait()
        due = time.monotonic() + chance.uniform(0, every)
        while True:
            await asyncio.sleep(due - time.monotonic())
            answer = await do(someone, chance)
            if answer.status >= 500:
                raise RuntimeError(f"the server answered {answer.status}")
            if answer.status == 200:  # what does not come in time is none
                taken.append(1000 * answer.paths)
            due = max(due + every, time.monotonic())  # who had to wait goes on at once, and makes up for nothing


async def do(someone: Visitor, chance: random.Random) -> Answer:
    """One event of a lesson."""
    return await chance.choice((click, release))(someone, chance)


async def click(someone: Visitor, chance: random.Random) -> Answer:
    window = someone.state["landscape"]["window"]
    return await someone.act(type="start", point=[chance.uniform(*limits) for limits in window])


async def release(someone: Visitor, chance: random.Random) -> Answer:
    """The fan is fetched first, as when a pointer enters the rail; that is not timed."""
    optimizer = chance.choice(someone.state["optimizers"])
    knob = optimizer["knobs"][0]
    address = someone.state["data"] + knob["fan"]
    if await someone.page.fetch(address) != 200:  # the store is bounded; the stage asks for it to be made again
        await someone.again()
        await someone.page.fetch(address)
    stops = OPTIMIZERS[optimizer["key"]].knobs()[knob["name"]].stops
    event = {"card": optimizer["key"], "name": knob["name"], "value": float(chance.choice(stops))}
    return await someone.act(type="knob", **event)
