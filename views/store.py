"""Large arrays on their way to the browser, at addresses whose content never changes."""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property


class Blob:
    """Bytes to serve, and their gzip form, each made once when first asked for; who asks meanwhile waits."""

    def __init__(self, make: Callable[[], bytes], level: int = 1, size: int = 0):
        self._make, self._level, self.size = make, level, size
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
        return self._make()

    @cached_property
    def _packed(self) -> bytes:
        return gzip.compress(self._raw, self._level, mtime=0)


class Store:
    """A bounded, thread-safe map from sha256 to blob; the least recently used go first.

    A blob is charged twice its size, because its gzip form may come to be held beside it.

    Args:
        limit: the most bytes that may be held.
    """

    def __init__(self, limit: int = 256 * 2**20):
        self.limit = limit
        self.held = 0
        self._blobs: OrderedDict[str, tuple[Blob, int]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, blob: bytes) -> str:
        """Keep `blob` and return its address, the sha256 in lower-case hexadecimal.

        Raises:
            ValueError: the blob alone is larger than the store.
        """
        return self.offer(hashlib.sha256(blob).hexdigest(), lambda: blob, len(blob))

    def offer(self, address: str, make: Callable[[], bytes], size: int) -> str:
        """Keep an address whose `size` bytes are made when somebody asks for them.

        Raises:
            ValueError: they alone are larger than the store.
        """
        if 2 * size > self.limit:
            raise ValueError(f"expected a blob of at most {self.limit // 2} bytes, got {size}: lower the resolution")
        with self._lock:
            if address not in self._blobs:
                self._blobs[address] = Blob(make, size=size), 2 * size
                self.held += 2 * size
            self._blobs.move_to_end(address)
            self._evict()
        return address

    def get(self, sha256: str) -> Blob | None:
        """The blob at this address, or None when it was never here or has been dropped."""
        with self._lock:
            if sha256 not in self._blobs:
                return None
            self._blobs.move_to_end(sha256)
            return self._blobs[sha256][0]

    def _evict(self) -> None:
        while self.held > self.limit:
            _, (_, freed) = self._blobs.popitem(last=False)
            self.held -= freed


# Shared by every visitor on purpose: an address says what the bytes are, never whose they are.
STORE = Store()
