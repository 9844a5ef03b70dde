"""What a server still holds when one visitor has opened much, one thing after the other."""

import asyncio
from collections.abc import Iterator

from landscapes.networks import NETWORKS
from tests.benchmarks.app import App, running
from tests.benchmarks.heavy import LEAVES, new_formula
from tests.benchmarks.questions import Page
from tests.benchmarks.report import Row

FORMULAS, FEW, MANY = 40, 12, 30  # formulas, then pages of Networks
LIMIT = 1200  # MB


def measure() -> Iterator[Row]:
    with running() as app:
        memory = asyncio.run(_open(app))
    name = f"Server memory after {FORMULAS} formulas by one visitor"
    yield Row(name, "MB", memory[0], 1)
    yield Row(f"{name}, and {FEW} pages of Networks", "MB", memory[FEW], 1, limit=LIMIT)
    yield Row(f"{name}, and {MANY} pages of Networks", "MB", memory[MANY], 1, limit=LIMIT)


async def _open(app: App) -> list[float]:
    """Megabytes after the formulas, and after each page of Networks."""
    async with Page(app.url) as page:
        for number in range(FORMULAS):
            await page.show("/scene", f"formula={new_formula(number)}".replace("+", "%2B"), LEAVES)
        memory = [app.memory()]
        for number in range(MANY):
            await page.show("/scene/networks", _network(number), LEAVES)
            memory.append(app.memory())
    return memory


def _network(number: int) -> str:
    """All of the menu, and then with other beginnings."""
    seed, place = divmod(number, len(NETWORKS))
    return f"network={list(NETWORKS)[place]}&seed={seed}"
