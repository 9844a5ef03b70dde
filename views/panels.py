"""Panels under the stage: how each is told what it may ask, and how its questions are answered. Stateless, as scenes are."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from views import scenes
from views.settings import Card


def cards(settings) -> tuple[dict, ...]:
    """The optimizers that a panel lets choose from. (A tuple: of a list Streamlit would ask pandas whether it is a table.)"""
    return tuple({"key": card.key, "title": card.kind.title} for card in settings.optimizers)


def card(settings, asked: dict) -> Card:
    """The card that a question is about. Raises ValueError where it is not on the stage."""
    found = next((card for card in settings.optimizers if card.key == asked.get("card")), None)
    if found is None:
        raise ValueError("expected the key of an optimizer on the stage as the card")
    return found


async def answer(request: Request, read: Callable[[dict], tuple], pack: Callable[..., bytes]) -> Response:
    """`pack(*read(question))` in a thread of its own; 400 with the words of a ValueError for what is no question."""
    try:
        arguments = read(await scenes.body(request))
        packed = await run_in_threadpool(pack, *arguments)
    except ValueError as error:
        return PlainTextResponse(f"{error}\n", 400)
    return Response(packed, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})
