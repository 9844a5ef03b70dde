"""Slow modules, imported when they are first needed, by one thread at a time.

A start's warm-up, the first questions and the first pages want the same modules at once. Each module has a lock of its
own in Python; where two threads come from two sides of a circle of imports, and larger libraries have such circles, it
lets one of them go on with a module that is only half there. So whoever imports takes this one lock first.
"""

import importlib
import threading
from types import ModuleType

from starlette.concurrency import run_in_threadpool

_one = threading.RLock()
_whole: dict[str, ModuleType] = {}  # shared on purpose, as the modules of a process are


def load(name: str) -> ModuleType:
    """The module, wholly imported; waits for whoever imports another."""
    with _one:
        return _whole.setdefault(name, importlib.import_module(name))


async def loaded(name: str) -> ModuleType:
    """The same without holding up whoever else is served."""
    return _whole.get(name) or await run_in_threadpool(load, name)
