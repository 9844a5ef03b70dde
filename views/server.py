"""What the server adds to Streamlit's: its configuration, routes, headers, warm-up and error message."""

import asyncio
import functools
import gc
import logging
import os
import re
import threading
import tomllib
from contextlib import asynccontextmanager
from time import sleep

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from views import guard
from views.assets import ALIVE, ASSETS, HOME, PLOTLY, asset_url, asset_version, base_path, plotly_js
from views.budget import give_back, keep_little
from views.compiled import keep_programs
from views.loading import load, loaded
from views.quiet import QUIET
from views.scheduler import SCHEDULER
from views.tasks import Lane
from views.store import STORE, Blob

LOG = logging.getLogger("thalweg")
LONGEST_LINK = 16 * 2**10  # bytes of a query; the longest of ours has about 2,000
MOST_FIELDS = 200  # above 1,000 Streamlit drops them all without a word
LARGE = 4 * 2**20  # bytes that take long to pack
TIDY = 5.0  # seconds between two times that freed memory goes back to the system
FOREVER = "public, max-age=31536000, immutable"
HEADERS = {
    # Plotly and Streamlit's own front end need the inline, blob: and wasm entries.
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline' blob: 'wasm-unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; "
    "font-src 'self' data:; worker-src 'self' blob:",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def configure() -> None:
    """Apply the app's own config.toml wherever the server was started from.

    What the person who starts the server has set (a flag, a variable, another config.toml) stays.
    """
    with open(HOME / ".streamlit" / "config.toml", "rb") as file:
        options = _flatten(tomllib.load(file))
    for name, value in options.items():
        if not config.is_manually_set(name):
            config.set_option(name, value)
    keep_programs()
    # A program runs in the thread that asks for it: in JAX's own threads a click would wait behind every map.
    os.environ.setdefault("JAX_CPU_ENABLE_ASYNC_DISPATCH", "false")
    keep_little()



def _flatten(table: dict, prefix: str = "") -> dict:
    options = {}
    for name, value in table.items():
        options |= _flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return options


QUESTIONS = {
    "scene": "views.scenes",
    "scene/networks": "views.networks.scenes",
    "basins": "views.basins",
    "stability": "views.stability",
    "stability/networks": "views.networks.stability",
    "anatomy": "views.anatomy",
    "anatomy/networks": "views.networks.anatomy",
    "models": "views.models",
    "models/networks": "views.networks.models",
    "comparison": "views.comparison",
}


def routes() -> list[BaseRoute]:
    """`alive`, `data/<sha256>`, the questions of `QUESTIONS` and `assets/<version>/<file>`, under the server's base path."""
    base = base_path()
    return [
        Route(f"{base}/{ALIVE}", _alive),
        Route(f"{base}/data", _data),
        Route(f"{base}/data/{{sha256:path}}", _data),
        *(Route(f"{base}/{address}", _answered_by(module), methods=["POST"]) for address, module in QUESTIONS.items()),
        Route(f"{base}/assets/{{version}}/{PLOTLY}", _plotly),
        Mount(f"{base}/assets", app=_Assets(directory=ASSETS)),
        Route(f"{base}/health", _answered_by("views.health"), methods=["GET"]),
    ]


def middleware() -> list[Middleware]:
    """Security headers on every response; overlong links are shortened; whoever asks is heard."""
    return [Middleware(_Ear), Middleware(_SecurityHeaders), Middleware(_ShortLinks)]


async def _alive(_request: Request) -> Response:
    """A sign of life. The event loop gives it, so it comes at once also while every worker thread computes."""
    return Response(None, 204, {"Cache-Control": "no-store"})


async def _data(request: Request) -> Response:
    sha256 = request.path_params.get("sha256", "")
    blob = STORE.get(sha256) if re.fullmatch("[0-9a-f]{64}", sha256) else None
    if blob is None:
        return PlainTextResponse("There is nothing at this address.\n", 404, {"Cache-Control": "no-store"})
    await _made(request, blob, sha256)
    return _packed(request, blob, "application/octet-stream", sha256)


async def _made(request: Request, blob: Blob, sha256: str) -> None:
    """Have the scheduler make and compress a blob: neither must hold up the event loop."""
    make = blob.gzipped if _takes_gzip(request) else lambda: blob.raw
    if _is_known(request, sha256) or blob.is_made(_takes_gzip(request)):
        return
    lane = Lane.SHORT if blob.size < LARGE else Lane.PIECES
    question = SCHEDULER.ask(("data", sha256, _takes_gzip(request)), lambda: bool(make()), lane=lane)
    await asyncio.wrap_future(question.future)


def _is_known(request: Request, tag: str) -> bool:
    return tag in request.headers.get("If-None-Match", "")


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "")


def _answered_by(module: str):
    async def answer(request: Request) -> Response:
        if guard.is_foreign(request):
            return PlainTextResponse(f"{guard.REFUSAL}\n", 403, {"Cache-Control": "no-store"})
        # Imported with the first question: the optimizers would hold up the start.
        return await (await loaded(module)).answer(request)

    return answer


# A plain function, not a coroutine: Starlette runs it in a worker thread, where compressing stops nobody.
def _plotly(request: Request) -> Response:
    return _packed(request, plotly_js(), "text/javascript", asset_version(), _caching(request.path_params["version"]))


def _packed(request: Request, blob: Blob, media_type: str, tag: str, caching: str = FOREVER) -> Response:
    headers = {"Cache-Control": caching, "ETag": f'W/"{tag}"', "Vary": "Accept-Encoding"}
    if _is_known(request, tag):
        return Response(None, 304, headers)
    if not _takes_gzip(request):
        return Response(blob.raw, 200, headers, media_type)
    # Streamlit's own gzip layer passes over a response that names its encoding.
    return Response(blob.gzipped(), 200, headers | {"Content-Encoding": "gzip"}, media_type)


def _caching(version: str) -> str:
    return FOREVER if version == asset_version() else "no-cache"


class _Assets(StaticFiles):
    """The files of assets/ behind a version, which decides only how long they may be kept."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        version, _, name = path.partition("/")
        response = await super().get_response(name, scope)
        response.headers["Cache-Control"] = _caching(version)
        return response


SIGNS_OF_LIFE = (f"/{ALIVE}", "/_stcore/health")


class _Ear:
    """Notes every request and every message of an open page: what is computed ahead lets them go first.

    Whether the server is there is asked by open pages that nobody looks at, and by machines: neither is a visitor.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path", "").endswith(SIGNS_OF_LIFE):
            return await self.app(scope, receive, send)

        async def hear() -> Message:
            message = await receive()
            QUIET.heard()
            return message

        QUIET.heard()
        await self.app(scope, hear, send)


class _SecurityHeaders:
    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Link"] = _modules(asset_version())
            await send(message)

        await self.app(scope, receive, send_with_headers)


@functools.cache
def _modules(_version: str) -> str:
    """The stage's modules, for a browser to fetch with the page: one by one, as they name each other, takes a second."""
    names = sorted(path.name for path in (ASSETS / "stage").glob("*.js"))
    return ", ".join(f"<{asset_url('stage/' + name)}>; rel=modulepreload" for name in names)


class _ShortLinks:
    """Sends a page's overlong link to its readable beginning; `cut` lets the page say so."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope.get("query_string", b"")
        if scope["type"] == "http" and len(query) > LONGEST_LINK:
            await RedirectResponse(f"{scope['path']}?{shortened(query)}", 307)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def shortened(query: bytes) -> str:
    """The whole fields within the first `LONGEST_LINK` bytes, and `cut`: how long the link was."""
    fields = query[:LONGEST_LINK].split(b"&")[:-1][:MOST_FIELDS]
    return b"&".join([*fields, b"cut=%d" % len(query)]).decode("ascii", "ignore")


@asynccontextmanager
async def lifespan(_app):
    """Serve at once; import, compile and compress behind the first visitor's back."""
    for work in (plotly_js().gzipped, _warm_up, _tidy):
        threading.Thread(target=work, name="warm-up", daemon=True).start()
    yield


def _warm_up() -> None:
    try:
        load("views.warm").warm()
    except Exception:
        LOG.exception("The warm-up failed; the first visitor will wait a little longer.")
    # What was imported stays for good: later collections need not walk through it.
    gc.collect()
    gc.freeze()


def _tidy() -> None:
    while True:
        sleep(TIDY)
        give_back()


def on_script_error(error: Exception) -> bool:
    """Tell the visitor calmly, keep the traceback in the server's log."""
    LOG.error("A page failed", exc_info=error)
    st.error("Something went wrong while this page was computed. Reload it, or start again from the first page.")
    return True
