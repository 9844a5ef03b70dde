"""The gate before the script of the pages: as many reruns at once as there are cores, so that they end one after the other.

Who waits for something that the scheduler computes gives the place back meanwhile.
"""

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

from views.scheduler import CORES, SCHEDULER, Lane, Work

_thread = threading.local()


class Gate:
    """So many places; whoever comes first is let in first."""

    def __init__(self, places: int = CORES):
        self._places = threading.BoundedSemaphore(places)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Have a place, and give it back however this ends; once for a thread that has one."""
        if getattr(_thread, "is_inside", False):
            yield
            return
        self._places.acquire()
        _thread.is_inside = True
        try:
            yield
        finally:
            _thread.is_inside = False
            self._places.release()

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Do without the place meanwhile."""
        if not getattr(_thread, "is_inside", False):
            yield
            return
        _thread.is_inside = False
        self._places.release()
        try:
            yield
        finally:
            self._places.acquire()
            _thread.is_inside = True


# Shared on purpose: all visitors are served by the same cores.
GATE = Gate()


def waited_for(recipe: Hashable, work: Work, *, page: str = "", lane: Lane = Lane.SHORT) -> Any:
    """The result of `work` as the scheduler computes it, for a page's script, which waits outside of the gate."""
    question = SCHEDULER.ask(recipe, work, page=page, lane=lane)
    if question.future.done():
        return question.future.result()
    with GATE.outside():
        return question.future.result()
