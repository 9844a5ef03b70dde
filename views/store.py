"""Large arrays on their way to the browser, at addresses whose content never changes."""

import gzip
import hashlib
import threading
from collections.abc import Callable
from functools import cached_property

from views.budget import BUDGET, Budget

KIND, LARGEST = "blob", 0.25  # share of all memory that one blob may take


class Blob:
    """Bytes to serve, and their gzip form, each made once when first asked for; who asks meanwhile waits.

    `on_made` hears how many bytes are held by now.
    """

    def __init__(self, make: Callable[[], bytes], level: int = 1, size: int = 0, on_made: Callable[[int], None] = lambda size: None):
        self._make, self._level, self.size, self._on_made = make, level, size, on_made
        self._lock = threading.RLock()

    @property
    def raw(self) -> bytes:
        with self._lock:
            return self._raw

    def is_made(self, gzipped: bool) -> bool:
        return ("_packed" if gzipped else "_raw") in self.__dict__

    def gzipped(self) -> bytes:
        with self._lock:
            return self._packed

    @cached_property
    def _raw(self) -> bytes:
        made = self._make()
        self._on_made(len(made))
        return made

    @cached_property
    def _packed(self) -> bytes:
        raw = self._raw
        packed = gzip.compress(raw, self._level, mtime=0)
        self._on_made(len(raw) + len(packed))
        return packed


class Store:
    """A map from sha256 to blob, within the memory of all visitors; the least recently used go first."""

    def __init__(self, budget: Budget = BUDGET):
        self._budget = budget

    @property
    def held(self) -> int:
        return self._budget.of_kind(KIND)

    def put(self, blob: bytes) -> str:
        """Keep `blob` and return its address, the sha256 in lower-case hexadecimal.

        Raises:
            ValueError: the blob alone is larger than the store.
        """
        return self.offer(hashlib.sha256(blob).hexdigest(), lambda: blob, len(blob), len(blob))

    def offer(self, address: str, make: Callable[[], bytes], size: int, held: int = 0) -> str:
        """Keep an address whose `size` bytes are made when somebody asks for them; `held` of them are there already.

        Raises:
            ValueError: they alone are larger than the store.
        """
        most = int(self._budget.limit * LARGEST)
        if size > most:
            raise ValueError(f"expected a blob of at most {most} bytes, got {size}: lower the resolution")
        if self.get(address) is None:
            resize = lambda held: self._budget.resize(KIND, address, held)
            self._budget.put(KIND, address, Blob(make, size=size, on_made=resize), held)
        return address

    def get(self, sha256: str) -> Blob | None:
        """The blob at this address, or None when it was never here or has been dropped."""
        return self._budget.get(KIND, sha256)


# Shared by every visitor on purpose: an address says what the bytes are, never whose they are.
STORE = Store()
