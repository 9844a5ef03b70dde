"""Everything that a visitor can ask for, each with numbers of its own, so that nothing is found ready."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from landscapes import LANDSCAPES
from tests.benchmarks import heavy, panels
from tests.benchmarks.classroom import click, release
from tests.benchmarks.upload import surface, upload
from tests.benchmarks.visitor import Answer, Visitor, visitor
from views.learn.chapters import CHAPTERS

Outcome = tuple[int, float | None]  # the status, and the seconds where it is not those of all of it
Doing = Callable[[Visitor, random.Random], Awaitable[Outcome]]


def _event(act: Callable[[Visitor, random.Random], Awaitable[Answer]]) -> Doing:
    """Something done on the stage: the seconds are those to its paths."""

    async def do(someone: Visitor, chance: random.Random) -> Outcome:
        if someone.state.get("busy") or not someone.state.get("optimizers"):  # the paths of what was done before
            reply = await someone.again()
            if reply.status != 200:
                return reply.status, reply.seconds
        answer = await act(someone, chance)
        return answer.status, answer.paths

    return do


def _question(ask: panels.Ask) -> Doing:
    async def do(someone: Visitor, chance: random.Random) -> Outcome:
        reply = await ask(someone.page, chance)
        return reply.status, reply.seconds

    return do


def look(someone: Visitor, chance: random.Random) -> Awaitable[Answer]:
    return someone.act(type="look", speed=round(chance.uniform(0.5, 5), 2))


def landscape(someone: Visitor, chance: random.Random) -> Awaitable[Answer]:
    return someone.act(type="landscape", key=chance.choice(list(LANDSCAPES)))


def numbers(someone: Visitor, chance: random.Random) -> Awaitable[Answer]:
    """A formula that is compiled already, with other numbers."""
    return someone.act(type="rewrite", text=f"(x^2 + y - {chance.uniform(1, 20):.3f})^2 + (x + y^2 - 7)^2")


def rewrite(someone: Visitor, chance: random.Random) -> Awaitable[Answer]:
    first, second, third = chance.choices(heavy.FUNCTIONS, k=3)
    return someone.act(type="rewrite", text=f"x^2/9 + y^2/4 + {first}(x)*{second}(y/2) + {third}(x*y/9)")


def defaults(someone: Visitor, chance: random.Random) -> Awaitable[Answer]:
    return someone.act(type=chance.choice(("defaults", "tune_all")))


async def file(someone: Visitor, chance: random.Random) -> Outcome:
    async with visitor(someone.page.url, "yours") as other:
        return await upload(other, surface(chance.randrange(10**6))), None


async def networks_page(someone: Visitor, chance: random.Random) -> Outcome:
    async with visitor(someone.page.url, "networks", panels.some_network(chance)) as other:
        answer = await other.act(type="tune_all")
        return answer.status, None


async def learn_page(someone: Visitor, chance: random.Random) -> Outcome:
    chapter = chance.choice(list(CHAPTERS.values()))
    step = chance.randint(1, len(chapter.steps))
    shown = urlencode({"chapter": chapter.key, "step": step, chapter.key: "~".join(["show"] * step)})
    async with visitor(someone.page.url, "learn", shown) as other:
        await asyncio.sleep(1)  # the experiment is computed meanwhile
        await other.rerun()
        return 200, None


DOINGS: dict[str, Doing] = {
    **{act.__name__: _event(act) for act in (click, release, look, landscape, numbers, rewrite, defaults)},
    "long scene": _question(panels.scene),
    "coarse map": _question(panels.basins(64)),
    "map": _question(panels.basins(256)),
    "anatomy": _question(panels.panel("/anatomy")),
    "models": _question(panels.panel("/models", share=0.2)),
    "models at a point": _question(panels.point),
    "stability": _question(panels.panel("/stability")),
    "comparison": _question(panels.comparison),
    "map of a second knob": _question(panels.second_knob),
    "network": _question(panels.network),
    "network of a million": _question(panels.million),
    "commands to a training": _question(panels.paused),
    "anatomy of a network": _question(panels.network_panel("/anatomy/networks", weight=None)),
    "models of a network": _question(panels.network_panel("/models/networks", share=0.2)),
    "stability of a network": _question(panels.network_panel("/stability/networks")),
    "page Networks": networks_page,
    "page Learn": learn_page,
    "upload": file,
}
