"""Timing of calls in this process."""

import time
from collections.abc import Callable


def milliseconds(call: Callable[[], object], times: int = 7, before: Callable[[], object] | None = None) -> list[float]:
    """How long each of `times` calls took; `before` runs untimed before each."""
    taken = []
    for _ in range(times):
        if before:
            before()
        started = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - started))
    return taken


def warm(call: Callable[[], object], times: int = 15) -> list[float]:
    """The same after one call that is not counted."""
    call()
    return milliseconds(call, times)
