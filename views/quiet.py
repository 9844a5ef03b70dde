"""Whether visitors are being served right now: what is computed ahead of them waits for a pause."""

from time import monotonic, sleep


class Quiet:
    """Notes when somebody last asked; a number written by one thread and read by another, so no lock."""

    def __init__(self):
        self._heard = monotonic()  # who starts a server is about to visit it

    def heard(self) -> None:
        """Somebody has just asked for something."""
        self._heard = monotonic()

    def wait(self, seconds: float) -> None:
        """Until nobody has asked for so many seconds."""
        while monotonic() - self._heard < seconds:
            sleep(0.1)


# Shared on purpose: all visitors are served by the same two cores.
QUIET = Quiet()
