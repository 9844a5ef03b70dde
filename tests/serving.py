"""The app in a process of its own, as `make app` starts it."""

import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest


class Server:
    """The app in its own process, as `make app` starts it.

    Attributes:
        url: the address of its first page, without a slash at the end.
        log: the file that holds everything it has said.
    """

    def __init__(self, home: Path, log: Path):
        self.home, self.log = home, log
        self.url = ""
        self._port = 0
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start and wait until it is healthy; after `stop`, on the same port again."""
        command = [sys.executable, "-m", "views.cli", "app", "--port", str(self._port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.home, stdout=log, stderr=subprocess.STDOUT)
        self._wait_for(lambda: re.search(r"http://localhost:(\d+)", self.log.read_text()))
        self._port = int(re.search(r"http://localhost:(\d+)", self.log.read_text())[1])
        self.url = f"http://localhost:{self._port}"
        self._wait_for(self._healthy)

    def stop(self) -> None:
        """End it, politely first."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _healthy(self) -> bool:
        try:
            return urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5).status == 200
        except OSError:
            return False

    def _wait_for(self, condition, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"the server did not start:\n{self.log.read_text()}")
            time.sleep(0.05)
