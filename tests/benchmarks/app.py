"""The app in a process of its own, and what that process spends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.serving import Server

HOME = Path(__file__).resolve().parents[2]


class App(Server):
    """A fresh server, with its memory and processor time (Linux)."""

    @property
    def pid(self) -> int:
        return self._process.pid

    def memory(self) -> float:
        """Resident memory in MB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def processor_time(self) -> float:
        """Seconds of processor time that all its threads have had so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running() -> Iterator[App]:
    """A server that has just been started and is ended in any case."""
    with TemporaryDirectory() as folder:
        app = App(HOME, Path(folder) / "log.txt")
        app.start()
        try:
            yield app
        finally:
            app.stop()
