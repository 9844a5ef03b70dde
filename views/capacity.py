"""How many visitors one server holds, as `make app` says it."""

import os

CORES = 2  # of the machine that was measured
EVENTS = 18.0  # that it answers a second
PAUSE = 5.0  # seconds between two events of a visitor


def sentence(cores: int) -> str:
    """How many visitors may be there at once on so many cores.

    `make bench` measures the events answered a second on two cores, while 30 visitors do something every second (group
    load). A visitor who also looks at what comes does something every five seconds. One core is taken to answer half as
    many; more than two are taken to answer no more, because all pages share one Python.
    """
    visitors = round(EVENTS * PAUSE * min(cores, CORES) / CORES)
    said = f"about {visitors} visitors at once on {cores} core{'s' * (cores > 1)}"
    return said if cores == CORES else f"{said} (estimated)"


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
