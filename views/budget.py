"""The memory that visitors cause, with one owner: what was used least recently goes first, of whatever kind it is.

`THALWEG_MEMORY=600MB` sets how much. Results that can be computed again are evicted; what cannot, a visitor's own file
and a training under way, is reserved, and refused where there is no room.
"""

import ctypes
import os
import re
import threading
import weakref
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

VARIABLE, DEFAULT = "THALWEG_MEMORY", "600MB"
UNITS = {"MB": 10**6, "GB": 10**9}
LEAST = 50 * 10**6  # bytes, of which a page and its programs take a part
RESERVED = 0.75  # share of the limit that may be reserved: pages need the rest
ENTRY = 512  # bytes of any entry, for its key


M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # glibc's names for them
MAPPED, ARENAS = 2**20, 4  # bytes of an array that is mapped by itself; heaps for small things of all threads


class Full(ValueError):
    """There is no room for what cannot be dropped again."""


def bytes_of(text: str) -> int:
    """How many bytes "600MB" or "1.5GB" are. Raises ValueError for what says no such size."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(MB|GB)\s*", text, re.IGNORECASE)
    size = float(match[1]) * UNITS[match[2].upper()] if match else 0
    if size < LEAST:
        raise ValueError(f"{VARIABLE} is a size of at least {LEAST // 10**6}MB, such as {DEFAULT} or 2GB; got {text!r}.")
    return int(size)


class Budget:
    """At most `limit` bytes of entries by kind and key. Every method may be called from any thread."""

    def __init__(self, limit: int):
        self.limit, self.held, self.reserved = limit, 0, 0
        self._entries: OrderedDict[tuple[str, Hashable], tuple[Any, int]] = OrderedDict()
        self._lock = threading.RLock()  # what is freed by the collector releases its place, in whatever thread

    def get(self, kind: str, key: Hashable) -> Any:
        """What is kept there, now the most recently used; None where nothing is."""
        with self._lock:
            entry = self._entries.get((kind, key))
            if entry is None:
                return None
            self._entries.move_to_end((kind, key))
            return entry[0]

    def has(self, kind: str, key: Hashable) -> bool:
        with self._lock:
            return (kind, key) in self._entries

    def put(self, kind: str, key: Hashable, value: Any, size: int) -> None:
        """Keep `value`, of `size` bytes, in place of what was there."""
        with self._lock:
            self._remove((kind, key))
            self._entries[kind, key] = value, size + ENTRY
            self.held += size + ENTRY
            self._evict()

    def resize(self, kind: str, key: Hashable, size: int) -> None:
        """What is kept there has another size now."""
        with self._lock:
            entry = self._entries.get((kind, key))
            if entry is not None:
                self._entries[kind, key] = entry[0], size + ENTRY
                self.held += size + ENTRY - entry[1]
                self._evict()

    def of_kind(self, kind: str) -> int:
        """The bytes of one kind."""
        with self._lock:
            return sum(size for (each, _), (_, size) in self._entries.items() if each == kind)

    def reserve(self, owner: Any, size: int, what: str) -> None:
        """Room for `size` bytes for as long as `owner` lives. Raises Full, with what to do, where there is none."""
        with self._lock:
            if self.reserved + size > RESERVED * self.limit:
                raise Full(what)
            weakref.finalize(owner, self._release, size).atexit = False
            self.reserved += size
            self._evict()

    def _release(self, size: int) -> None:
        with self._lock:
            self.reserved -= size

    def _remove(self, place: tuple[str, Hashable]) -> None:
        _, size = self._entries.pop(place, (None, 0))
        self.held -= size

    def _evict(self) -> None:
        # What has just come stays, even where it alone is too large: somebody is about to use it.
        while self.held + self.reserved > self.limit and len(self._entries) > 1:
            self._remove(next(iter(self._entries)))


def keep_little() -> None:
    """Have large arrays go back to the system as soon as they are freed, as long as there is glibc.

    Its threshold for that grows with what is freed, up to 32 MiB, and then the gaps between arrays are kept: 60 scenes of
    2,000 steps left a process with 2.5 GB of them.
    """
    try:
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(M_MMAP_THRESHOLD, MAPPED), library.mallopt(M_ARENA_MAX, ARENAS)
    except (OSError, AttributeError):
        return


def give_back() -> None:
    """Let the system have the memory that was freed; compiling leaves a tenth of a gigabyte of it. Without glibc it stays."""
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        return


# Shared on purpose: the memory is that of one process.
BUDGET = Budget(bytes_of(os.environ.get(VARIABLE, DEFAULT)))


class Programs:
    """Keeps compiled programs in a budget: see `landscapes.compiling.hold_programs_in`."""

    def __init__(self, budget: Budget = BUDGET):
        self._budget = budget

    def peek(self, key: Hashable) -> Any:
        return self._budget.get("program", key)

    def put(self, key: Hashable, program: Any) -> None:
        self._budget.put("program", key, program, program.nbytes)
