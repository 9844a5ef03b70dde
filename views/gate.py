"""The gate before the script of the pages: as many reruns at once as there are cores, so that they end one after the other.

Who waits for something that the scheduler computes gives the place back meanwhile.
"""

import threading
from collections.abc import Hashable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx

from views.scheduler import CORES, SCHEDULER
from views.tasks import Lane, Work

LOOK_EVERY = 0.5  # seconds between two looks whether a script that waits is still wanted


class Gate:
    """So many places."""

    def __init__(self, places: int = CORES):
        self._places = threading.BoundedSemaphore(places)
        self._thread = threading.local()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Have a place, and give it back however this ends; once for a thread that has one."""
        if getattr(self._thread, "is_inside", False):
            yield
            return
        self._places.acquire()
        self._thread.is_inside = True
        try:
            yield
        finally:
            self._thread.is_inside = False
            self._places.release()

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Do without the place meanwhile."""
        if not getattr(self._thread, "is_inside", False):
            yield
            return
        self._thread.is_inside = False
        self._places.release()
        try:
            yield
        finally:
            self._places.acquire()
            self._thread.is_inside = True


# Shared on purpose: all visitors are served by the same cores.
GATE = Gate()


def waited_for(recipe: Hashable, work: Work, *, page: str = "", lane: Lane = Lane.SHORT) -> Any:
    """The result of `work` as the scheduler computes it, for a page's script, which waits outside of the gate.

    A script that is to run anew, or whose page was closed, ends meanwhile, and waits no more.
    """
    question = SCHEDULER.ask(recipe, work, page=page, lane=lane)
    try:
        if not question.future.done():
            with GATE.outside():
                while not wait([question.future], LOOK_EVERY).done:
                    _end_where_unwanted()
        return question.future.result()
    finally:
        SCHEDULER.leave(question)


def _end_where_unwanted() -> None:
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        _ = "" in context.session_state  # any look at it raises what ends this run of the script, where that was asked for
