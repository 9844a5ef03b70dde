"""Whose questions are answered: a page of another site could make its visitors' browsers keep this server computing."""

from urllib.parse import urlsplit

from starlette.requests import Request
from streamlit import config

REFUSAL = (
    "This server computes only for its own pages, and a page of another site asked. "
    "Open the app itself, or name that site in the server's option server.corsAllowedOrigins."
)


def is_foreign(request: Request) -> bool:
    """Whether a page of another site asks, by what the visitor's browser says of it. A program says nothing, and may ask.

    `Sec-Fetch-Site` decides alone where it is sent, which is over https and to this very machine; elsewhere `Origin` does.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site != "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and _host(origin) not in _hosts(request)


def _hosts(request: Request) -> set[str]:
    """The names under which this server is known. Proxies change ports, and hand on the name that they were asked by or their own."""
    forwarded = ",".join(request.headers.getlist("X-Forwarded-Host")).split(",")
    named = (request.headers.get("Host", ""), *forwarded, *config.get_option("server.corsAllowedOrigins"))
    return {host for host in map(_host, named) if host}


def _host(address: str) -> str | None:
    """The name in "https://name:port" or "name:port"; None where there is none, as in the "null" of a page without an origin."""
    address = address.strip()
    if address == "null":
        return None
    try:
        return urlsplit(address if "://" in address else f"//{address}").hostname
    except ValueError:
        return None
