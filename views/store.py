"""Large arrays on their way to the browser, addressed by their content."""

import gzip
import hashlib
import threading
from collections import OrderedDict


class Blob:
    """Bytes to serve, and their gzip form, made once when first asked for."""

    def __init__(self, raw: bytes, level: int = 1):
        self.raw = raw
        self._level = level
        self._packed: bytes | None = None
        self._lock = threading.Lock()

    def gzipped(self) -> bytes:
        """The gzip form; a second thread asking meanwhile waits for the first."""
        with self._lock:
            if self._packed is None:
                self._packed = gzip.compress(self.raw, self._level, mtime=0)
            return self._packed


class Store:
    """A bounded, thread-safe map from sha256 to blob; the least recently used go first.

    A blob is charged twice its size, because its gzip form may come to be held beside it.

    Args:
        limit: the most bytes that may be held.
    """

    def __init__(self, limit: int = 256 * 2**20):
        self.limit = limit
        self.held = 0
        self._blobs: OrderedDict[str, Blob] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, blob: bytes) -> str:
        """Keep `blob` and return its address, the sha256 in lower-case hexadecimal.

        Raises:
            ValueError: the blob alone is larger than the store.
        """
        if _charge(blob) > self.limit:
            most = self.limit // 2
            raise ValueError(f"expected a blob of at most {most} bytes, got {len(blob)}: lower the resolution")
        sha256 = hashlib.sha256(blob).hexdigest()
        with self._lock:
            if sha256 not in self._blobs:
                self._blobs[sha256] = Blob(blob)
                self.held += _charge(blob)
            self._blobs.move_to_end(sha256)
            self._evict()
        return sha256

    def get(self, sha256: str) -> Blob | None:
        """The blob at this address, or None when it was never here or has been dropped."""
        with self._lock:
            if sha256 not in self._blobs:
                return None
            self._blobs.move_to_end(sha256)
            return self._blobs[sha256]

    def _evict(self) -> None:
        while self.held > self.limit:
            _, oldest = self._blobs.popitem(last=False)
            self.held -= _charge(oldest.raw)


def _charge(blob: bytes) -> int:
    return 2 * len(blob)


# Shared by every visitor on purpose: an address says what the bytes are, never whose they are.
STORE = Store()
