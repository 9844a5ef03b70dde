"""How arrays travel: the safetensors layout, always contiguous, always 32 bit."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from safetensors.numpy import save

from views.store import STORE


@dataclass(frozen=True)
class Blob:
    """Bytes that the browser fetches by their sha256."""

    content: bytes
    sha: str

    @classmethod
    def publish(cls, content: bytes) -> "Blob":
        """Put `content` into the store."""
        return cls(content, STORE.put(content))

    def address(self) -> str:
        """The sha256, under which it is in the store, again if the store had dropped it."""
        return self.sha if STORE.get(self.sha) else STORE.put(self.content)


def pack(tensors: Mapping[str, np.ndarray], **metadata: object) -> bytes:
    """`tensors` as float32 (integers as int32) with JSON `metadata`; numbers too large become inf."""
    with np.errstate(over="ignore"):
        arrays = {name: _plain(np.asarray(array)) for name, array in tensors.items()}
    return save(arrays, metadata={name: json.dumps(value, allow_nan=False) for name, value in metadata.items()})


def _plain(array: np.ndarray) -> np.ndarray:
    # safetensors silently writes wrong numbers for arrays that are not contiguous in C order.
    return np.ascontiguousarray(array, dtype=np.int32 if array.dtype.kind in "iub" else np.float32)
