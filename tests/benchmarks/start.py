"""`make app`, everything installed, to a painted stage in a browser that is already open."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

from playwright.sync_api import Browser

from tests.benchmarks.app import HOME
from tests.benchmarks.browser import chromium, free_port, visit
from tests.benchmarks.report import Row

TIMES = 5


def measure() -> Iterator[Row]:
    # Without the stamp `make app` would install first, which is another question.
    if not shutil.which("make") or subprocess.run(["make", "-q", ".venv/.ready"], cwd=HOME, check=False).returncode:
        yield Row("`make app` to a painted stage", "s", float("nan"), 0, limit=6)
        return
    with chromium() as (browser, _):
        seen = [_start(browser) for _ in range(TIMES)]
        yield Row.of("`make app` to four paths on the contour", "s", [first for first, _ in seen])
        yield Row.of("`make app` to a painted stage, in 3D too", "s", [whole for _, whole in seen], limit=6)


def _start(browser: Browser) -> tuple[float, float]:
    """Seconds to the first picture of four paths, and to all pictures of them."""
    port = free_port()
    began = time.time()
    # A group of its own, so that make and the server under it are ended together.
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    process = subprocess.Popen(["make", "app", f"PORT={port}"], cwd=HOME, **quiet)
    try:
        with visit(browser) as page:
            _wait_for(port)
            page.goto(f"http://localhost:{port}/", wait_until="commit")
            while (painted := page.evaluate("probe.whole")) is None:
                page.wait_for_timeout(50)
            first = page.evaluate("probe.first")
        return first / 1000 - began, painted / 1000 - began
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _wait_for(port: int) -> None:
    """Until somebody listens. A page that tried again and again would itself keep a processor busy."""
    while True:
        try:
            socket.create_connection(("localhost", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
