"""How arrays travel: the safetensors layout, always contiguous, 32 bit or pictures of 8."""

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


def rows_that_fit(*arrays: np.ndarray) -> int:
    """How many of the rows that all `arrays` have can be sent, one at least: those of a run that diverges become too large for float32."""
    rows = min(map(len, arrays))
    with np.errstate(over="ignore"):
        fits = np.all([np.isfinite(array[:rows].astype(np.float32).reshape(rows, -1)).all(axis=1) for array in arrays], axis=0)
    return int(np.flatnonzero(fits).max(initial=0)) + 1


def pack(tensors: Mapping[str, np.ndarray], **metadata: object) -> bytes:
    """`tensors` as float32 (whole numbers as int32, of 8 bits as they are) with JSON `metadata`; too large becomes inf."""
    with np.errstate(over="ignore"):
        arrays = {name: _plain(np.asarray(array)) for name, array in tensors.items()}
    return save(arrays, metadata={name: json.dumps(value, allow_nan=False) for name, value in metadata.items()})


def _plain(array: np.ndarray) -> np.ndarray:
    # safetensors silently writes wrong numbers for arrays that are not contiguous in C order.
    return np.ascontiguousarray(array, dtype=_travelling(array.dtype))


def _travelling(dtype: np.dtype) -> np.dtype:
    if dtype in (np.int8, np.uint8):
        return dtype
    return np.dtype(np.int32 if dtype.kind in "iub" else np.float32)
