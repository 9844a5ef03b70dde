"""Fixtures of every room's tests."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.serving import Server

HOME = Path(__file__).resolve().parents[1]

# The first example may compile for a second, which hypothesis would report as slow.
settings.register_profile("thalweg", deadline=None, print_blob=True)
settings.load_profile("thalweg")


@pytest.fixture(scope="session")
def home() -> Path:
    """The checkout."""
    return HOME


@pytest.fixture(autouse=True)
def same_main_module(monkeypatch) -> None:
    """A page tested by Streamlit is left behind as `__main__`, which a worker process of a later test would run as well."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="session")
def start_server(home, tmp_path_factory):
    """Starts another server, for a test that stops it; it is ended with the session at the latest."""
    servers = []

    def start_server() -> Server:
        server = Server(home, tmp_path_factory.mktemp("server") / "log.txt")
        servers.append(server)
        server.start()
        return server

    yield start_server
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def server(start_server) -> Server:
    """The server that all tests share which ask the app or open its pages."""
    return start_server()


@pytest.fixture(scope="session")
def on_ci() -> bool:
    """Whether a missing tool is a failure and not a reason to skip."""
    return bool(os.environ.get("CI"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser and put it last: the quick tests fail first."""
    for item in items:
        if HOME / "tests" / "browser" in item.path.parents:
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
