"""Questions of scenes and panels, each with numbers at random, so that hardly anything is found ready."""

import random
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from optimizers import OPTIMIZERS
from tests.benchmarks import heavy
from tests.benchmarks.questions import Page, Reply

QUICK = ("moons", "circles", "xor", "iris", "wine", "diabetes")  # networks that are trained within seconds
FARTHEST_SEED = 99

Ask = Callable[[Page, random.Random], Awaitable[Reply]]


def scene(page: Page, chance: random.Random) -> Awaitable[Reply]:
    start = "~".join(f"{chance.uniform(-2, 2):.4f}" for _ in range(2))
    query = urlencode({"landscape": chance.choice(heavy.GROUNDS), "steps": heavy.STEPS, "start": start})
    return page.show("/scene", query)


def basins(resolution: int) -> Ask:
    def ask(page: Page, chance: random.Random) -> Awaitable[Reply]:
        key = chance.choice(list(OPTIMIZERS))
        query = _query(chance, key)
        return page.ask("/basins", {"query": query, "event": None, "card": key, "resolution": resolution})

    return ask


def panel(address: str, **more: object) -> Ask:
    """A panel under the stage, for one optimizer on some landscape."""

    def ask(page: Page, chance: random.Random) -> Awaitable[Reply]:
        key = chance.choice(list(OPTIMIZERS))
        return page.ask(address, {"query": _query(chance, key), "card": key, **more})

    return ask


def point(page: Page, chance: random.Random) -> Awaitable[Reply]:
    where = [chance.uniform(-1, 1), chance.uniform(-1, 1)]
    return page.ask("/models", {"query": _query(chance, "adam"), "share": 0.2, "point": where})


def comparison(page: Page, chance: random.Random) -> Awaitable[Reply]:
    keys = chance.sample(("gradient_descent", "momentum", "rmsprop", "adam"), 2)
    query = urlencode({"landscape": chance.choice(heavy.GROUNDS), "seed": chance.randint(0, FARTHEST_SEED)})
    return page.ask("/comparison", {"query": query, "cards": keys})


def second_knob(page: Page, chance: random.Random) -> Awaitable[Reply]:
    query = urlencode({"landscape": chance.choice(heavy.GROUNDS), "seed": chance.randint(0, FARTHEST_SEED)})
    return page.ask("/comparison", {"query": query, "cards": ["momentum"], "over": "momentum"})


def million(page: Page, chance: random.Random) -> Awaitable[Reply]:
    return heavy.network(page, chance.randint(0, FARTHEST_SEED))


def network(page: Page, chance: random.Random) -> Awaitable[Reply]:
    return page.show("/scene/networks", some_network(chance), heavy.LEAVES)


def network_panel(address: str, **more: object) -> Ask:
    """A panel of Networks once the training is over; refused (400) where the visitor did not wait for it."""

    async def ask(page: Page, chance: random.Random) -> Reply:
        query = some_network(chance)
        await page.show("/scene/networks", query, heavy.LEAVES)
        return await page.ask(address, {"query": query, "card": "adam", **more})

    return ask


async def paused(page: Page, chance: random.Random) -> Reply:
    """A training that is paused, resumed and cancelled."""
    query = f"network=digits&seed={chance.randint(0, FARTHEST_SEED)}"
    for kind in ("pause", "resume", "cancel"):
        reply = await page.ask("/scene/networks", {"query": query, "event": {"type": kind}})
    return reply


def _query(chance: random.Random, key: str) -> str:
    rate = f"{10 ** chance.uniform(-4, -1):.5f}"
    return urlencode({"landscape": chance.choice(heavy.GROUNDS), "optimizer": f"{key}~{OPTIMIZERS[key].rail}~{rate}"})


def some_network(chance: random.Random) -> str:
    return f"network={chance.choice(QUICK)}&seed={chance.randint(0, FARTHEST_SEED)}"
