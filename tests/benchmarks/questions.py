"""What a page asks beside Streamlit's protocol, as its JavaScript does: again after a 429, not after a 409."""

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import httpx2

PATIENCE = 60.0  # seconds for one answer, refusals included
NOTHING: Mapping[str, Any] = MappingProxyType({})
SHORTEST_PAUSE = 0.2  # seconds before asking again, whatever the server says


class Reply(NamedTuple):
    """The last answer to a question.

    Attributes:
        status: of HTTP; 0 where none came in time.
        refusals: how often the question was refused (429) before.
        seconds: since it was asked first.
        about: the metadata of a scene or a panel.
    """

    status: int
    refusals: int
    seconds: float
    about: Mapping[str, Any] = NOTHING

    @property
    def busy(self) -> bool:
        """Whether there is more to come."""
        return bool(self.about.get("state", {}).get("busy"))


class Page:
    """A browser tab: a name that nobody else has, and connections of its own."""

    def __init__(self, url: str):
        self.url, self.name = url, secrets.token_urlsafe(12)
        # Certificates take 50 ms to read, and there are none here. The server closes a connection that nobody uses for
        # a while: a browser then asks again, this client would fail.
        self._client = httpx2.AsyncClient(timeout=None, verify=False, limits=httpx2.Limits(max_keepalive_connections=0))

    async def __aenter__(self) -> "Page":
        return self

    async def __aexit__(self, *_) -> None:
        await self._client.aclose()

    async def ask(self, address: str, question: dict, patience: float = PATIENCE) -> Reply:
        """The answer to one question; a page that is refused asks again when the server says so."""
        began, refusals = time.perf_counter(), 0
        reply = lambda status, about=NOTHING: Reply(status, refusals, time.perf_counter() - began, about)
        try:
            async with asyncio.timeout(patience):
                while True:
                    response = await self._client.post(self.url + address, json={**question, "visitor": self.name})
                    if response.status_code != 429:
                        return reply(response.status_code, _metadata(response))
                    refusals += 1
                    await asyncio.sleep(_pause(response))
        except (TimeoutError, httpx2.HTTPError):
            return reply(0)

    async def show(self, address: str, query: str, patience: float = PATIENCE) -> Reply:
        """A scene: asked again, whole, until nothing more comes or the page is left."""
        began = time.perf_counter()
        reply = await self.ask(address, {"query": query, "event": None}, patience)
        refusals = reply.refusals
        while reply.busy and (left := began + patience - time.perf_counter()) > 0:
            more = await self.ask(address, {"query": reply.about["query"], "whole": True}, left)
            refusals += more.refusals
            reply = more if more.status else reply  # who leaves keeps what has come
        return reply._replace(refusals=refusals, seconds=time.perf_counter() - began)

    async def fetch(self, address: str) -> int:
        """The status of a file, which is read and left packed; 0 where it does not come."""
        asked = self._client.stream("GET", self.url + address, headers={"Accept-Encoding": "gzip"})
        try:
            async with asyncio.timeout(PATIENCE), asked as response:
                async for _ in response.aiter_raw():
                    pass
                return response.status_code
        except (TimeoutError, httpx2.HTTPError):
            return 0


def _pause(response: httpx2.Response) -> float:
    asked = response.headers.get("Retry-After", "1")
    return max(SHORTEST_PAUSE, float(asked) if asked.replace(".", "", 1).isdigit() else 1.0)


def _metadata(response: httpx2.Response) -> Mapping[str, Any]:
    """That of a message in the safetensors layout."""
    if response.status_code != 200:
        return NOTHING
    content = response.content
    length = int.from_bytes(content[:8], "little")
    texts = json.loads(content[8 : 8 + length])["__metadata__"]
    return {name: json.loads(text) for name, text in texts.items()}
