"""`python -m tests.benchmarks.soak [--minutes M]`: thirty visitors who do everything, at random, for as long as that.

It prints what was asked how often, with which statuses and in which time, and the server's memory by minute. It ends
with exit code 1 and the reasons where the server failed once, where clicks were slow, or where its memory grows on.
"""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import httpx2
import numpy as np
from websockets.exceptions import WebSocketException

from tests.benchmarks.app import App, running
from tests.benchmarks.doings import DOINGS
from tests.benchmarks.visitor import Visitor, visitor

VISITORS, PAUSE = 30, 3.0  # seconds of a pause, on average
LIGHT = ("click", "release", "look")  # what is done as long as nothing else is due
STAYS = 40  # things that a visitor does before the page is opened anew
SAMPLE = 5.0  # seconds between two looks at the memory
DUE, RARE = 6.0, 5.0  # times a minute that each thing is begun, and has to be answered at least
SLOWEST_CLICK, MOST_GROWTH = 0.7, 0.05  # seconds for 95 % of clicks; share of the memory at half time
LOST = (OSError, TimeoutError, WebSocketException, httpx2.HTTPError)


@dataclass
class Record:
    """By what was asked for: how often, statuses, seconds. The server's memory in MB, every `SAMPLE` seconds."""

    since: float = field(default_factory=time.monotonic)
    begun: Counter = field(default_factory=Counter)
    statuses: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    memory: list[float] = field(default_factory=list)

    def add(self, what: str, status: int, seconds: float) -> None:
        self.statuses[what][status] += 1
        self.seconds[what].append(seconds)

    def next(self, chance: random.Random) -> str:
        """What is done next: something that is due; else something light."""
        due = 1 + DUE * (time.monotonic() - self.since) / 60
        what = chance.choice([each for each in DOINGS if self.begun[each] < due] or LIGHT)
        self.begun[what] += 1
        return what


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.benchmarks.soak", description="Thirty visitors do everything.")
    parser.add_argument("--minutes", type=float, default=20.0)
    minutes = parser.parse_args().minutes
    with running() as app:
        record = asyncio.run(_visit(app, 60 * minutes))
        log = app.log.read_text()
    print(table(record), memory(record), sep="\n\n")
    if rare := [what for what in DOINGS if len(record.seconds[what]) < RARE * minutes]:
        print(f"\nAnswered less than {RARE * minutes:.0f} times: {', '.join(rare)}")
    if found := faults(record, log):
        sys.exit("\n".join(["", *found]))


async def _visit(app: App, seconds: float) -> Record:
    record, until = Record(), time.monotonic() + seconds
    attending = [asyncio.create_task(_attend(app, random.Random(number), record)) for number in range(VISITORS)]
    while time.monotonic() < until:
        record.memory.append(app.memory())
        await asyncio.sleep(SAMPLE)
    for task in attending:
        task.cancel()
    ended = await asyncio.gather(*attending, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error
    return record


async def _attend(app: App, chance: random.Random, record: Record) -> None:
    while True:
        began = time.perf_counter()
        try:
            async with visitor(app.url) as someone:
                record.add("page Explore", 200, time.perf_counter() - began)
                for _ in range(STAYS):
                    await asyncio.sleep(chance.expovariate(1 / PAUSE))
                    await _do(someone, chance, record)
        except LOST:
            record.add("page Explore", 0, time.perf_counter() - began)
            await asyncio.sleep(1)


async def _do(someone: Visitor, chance: random.Random, record: Record) -> None:
    what, began = record.next(chance), time.perf_counter()
    try:
        status, seconds = await DOINGS[what](someone, chance)
    except LOST:
        record.add(what, 0, time.perf_counter() - began)
        raise  # the page is opened anew
    record.add(what, status, time.perf_counter() - began if seconds is None else seconds)


def table(record: Record) -> str:
    """A line for each thing asked for; status 0 is no answer in time."""
    lines = ["| What | Count | Statuses | Median | 95th percentile |", "| --- | --- | --- | --- | --- |"]
    for what, statuses in sorted(record.statuses.items()):
        middle, late = np.percentile(record.seconds[what], (50, 95))
        said = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
        lines.append(f"| {what} | {statuses.total()} | {said} | {middle:.2f} s | {late:.2f} s |")
    return "\n".join(lines)


def memory(record: Record) -> str:
    every = round(60 / SAMPLE)
    return "Memory by minute, MB: " + ", ".join(f"{each:.0f}" for each in record.memory[::every])


def growth(samples: list[float]) -> float:
    """The share by which the memory of the last tenth is above that of the tenth after half time."""
    tenth, half = max(1, len(samples) // 10), len(samples) // 2
    return float(np.median(samples[-tenth:]) / np.median(samples[half : half + tenth]) - 1)


def faults(record: Record, log: str) -> list[str]:
    """What was not as it must be, a sentence each."""
    found = []
    every = [(what, status) for what, statuses in record.statuses.items() for status in statuses]
    if failed := [f"{what}: {status}" for what, status in every if status >= 500]:
        found.append(f"The server failed: {', '.join(failed)}.")
    if tracebacks := log.count("Traceback (most recent call last)"):
        last = log[log.rindex("Traceback") :][:3000]
        found.append(f"{tracebacks} tracebacks in the server's log, the last one:\n{last}")
    clicks = record.seconds["click"]
    if not clicks or np.percentile(clicks, 95) > SLOWEST_CLICK:
        found.append(f"Of the clicks, 5 % took longer than {SLOWEST_CLICK} s.")
    if (grown := growth(record.memory)) > MOST_GROWTH:
        found.append(f"The memory grew by {grown:.0%} in the second half.")
    return found


if __name__ == "__main__":
    main()
