"""Chromium, as the table names it, and pages that note when things happened."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, SOFTWARE_WEBGL

COMPOSITORS = {"--disable-gpu": ["--disable-gpu"], "SwiftShader": SOFTWARE_WEBGL}
PROBE = Path(__file__).with_name("probe.js")


def executable() -> str | None:
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


@contextmanager
def chromium(compositor: str = "SwiftShader") -> Iterator[tuple[Browser, int]]:
    """A browser and the port of its debugging protocol; ended in any case."""
    port = free_port()
    flags = [*FLAGS, *COMPOSITORS[compositor], f"--remote-debugging-port={port}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=flags)
        try:
            yield browser, port
        finally:
            browser.close()


@contextmanager
def visit(browser: Browser) -> Iterator[Page]:
    """An empty page with the probe, in a context of its own. Nothing plays by itself."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.add_init_script(path=PROBE)
    try:
        yield context.new_page()
    finally:
        context.close()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
