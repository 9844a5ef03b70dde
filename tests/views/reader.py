"""Reads the wire as the browser does, from its bytes alone."""

import json
import struct

import numpy as np

TYPES = {"F32": np.float32, "I32": np.int32, "I8": np.int8, "U8": np.uint8}


def unpack(content: bytes) -> tuple[dict[str, np.ndarray], dict]:
    """Tensors by name, and the metadata parsed from JSON."""
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    metadata = {name: json.loads(text) for name, text in header.pop("__metadata__", {}).items()}
    body = content[8 + length :]
    return {name: _tensor(body, about) for name, about in header.items()}, metadata


def _tensor(body: bytes, about: dict) -> np.ndarray:
    first, last = about["data_offsets"]
    return np.frombuffer(body[first:last], TYPES[about["dtype"]]).reshape(about["shape"])
