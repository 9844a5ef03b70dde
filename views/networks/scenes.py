"""Network scenes by address: what there is now, and more of it when asked again."""

import asyncio
from time import monotonic

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from views import scenes, turns, wire
from views.networks import events, query
from views.networks.pack import pack
from views.networks.recipes import recipes
from views.networks.show import Show
from views.networks.visitors import VISITORS

NEWS = 1.0  # seconds that an answer waits for news
AT_FIRST = 0.08  # seconds in which most of what is kept is there
GLANCE = 0.02


async def answer(request: Request) -> Response:
    """POST {"query": text, "event": {...} or null, "whole": bool, "visitor": text}: the packed scene after the event.

    While something is still computed `busy` is true, and asking again with `whole` brings what is new. 400 for what is
    no such question.
    """
    try:
        asked = await turns.body(request)
        question = await turns.computed(lambda: scenes.read_question(asked, query.read, events.apply))
    except ValueError as error:
        return PlainTextResponse(f"{error}\n", 400)
    return turns.packed_response(await _packed(question, visitor_of(request, asked, question)))


def visitor_of(request: Request, asked: dict, question: scenes.Question) -> str:
    """Who asks: the name in the address, which the page knows as well, or in the question."""
    visitor = request.query_params.get("visitor", "")[: turns.LONGEST_VISITOR] or turns.named(asked)
    # Without a name, those who look at the same thing look at it together.
    return visitor or f"somebody at {text(question.settings)}"


async def _packed(asked: scenes.Question, visitor: str) -> bytes:
    settings = asked.settings
    if asked.drawn:
        return wire.pack({}, query=text(settings))
    show = await turns.computed(lambda: VISITORS.show(visitor, recipes(settings)))
    command = events.command(asked.event)
    if command:
        show.command(command)
        show.begin()
    await _news(show, NEWS if asked.whole else AT_FIRST)
    show.told, found = show.version, show.findings
    return await turns.computed(lambda: pack(settings, found, query=text(settings)))


async def _news(show: Show, seconds: float) -> None:
    """Wait until there is something that the visitor has not been told, or for so long."""
    end = monotonic() + seconds
    while monotonic() < end and not show.findings.over and show.version == show.told:
        await asyncio.sleep(GLANCE)


def text(settings) -> str:
    """The settings as the text of a query, the same for equal settings."""
    return scenes.text(settings, query.write)
