"""Addresses of the front-end files, which change whenever a file does."""

import functools
import hashlib
from importlib.metadata import version
from pathlib import Path
from time import monotonic

import plotly
from streamlit import config

from views.store import Blob

# The checkout, or the folder that the wheel was installed into: both are laid out alike.
HOME = Path(__file__).resolve().parents[1]
ASSETS = HOME / "assets"
PLOTLY = "plotly.min.js"
ALIVE = "alive"


def base_path() -> str:
    """What every address of this server begins with: "" or "/name"."""
    name = config.get_option("server.baseUrlPath").strip("/")
    return f"/{name}" if name else ""


def data_url() -> str:
    """The prefix of content-addressed blobs."""
    return f"{base_path()}/data/"


def scene_url() -> str:
    """Where scenes are asked for."""
    return f"{base_path()}/scene"


def alive_url() -> str:
    """What a server that is there answers at once."""
    return f"{base_path()}/{ALIVE}"


def asset_url(name: str) -> str:
    """The address of a file in assets/, or of plotly.min.js, that browsers may keep for ever."""
    return f"{base_path()}/assets/{asset_version()}/{name}"


def loader(name: str, call: str) -> str:
    """A component's inline JavaScript. It is part of every message, so it only fetches a module of ours and calls it."""
    return f"""
export default function (component) {{
  import(new URL({asset_url(name)!r}, location.origin).href).then((module) => module.{call}, () => {{}});
}}
"""


def asset_version() -> str:
    """A short hash over everything served under assets/, new soon after a file was edited under a running server."""
    return _hash(_newest(int(monotonic())))


@functools.lru_cache(maxsize=1)
def _newest(_second: int) -> int:
    """When a file was last edited. A hundred files are looked at, and a page asks fifty times: once a second will do."""
    return max((path.stat().st_mtime_ns for path in _files()), default=0)


@functools.lru_cache(maxsize=1)
def _hash(_newest: int) -> str:
    digest = hashlib.sha256(version("plotly").encode())
    for path in _files():
        digest.update(path.relative_to(ASSETS).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _files() -> list[Path]:
    return sorted(path for path in ASSETS.rglob("*") if path.is_file())


@functools.cache
def plotly_js() -> Blob:
    """plotly.js as the plotly package ships it, so that figure and renderer always fit."""
    return Blob((Path(plotly.__file__).parent / "package_data" / PLOTLY).read_bytes, level=6)
