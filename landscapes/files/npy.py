"""One array of an .npz file: a header of three entries, and the numbers after it. Source: NumPy's format, NEP 1.

The header is Python's text of a dict. It is not given to Python, whose parser answers a stranger in its own words, but
looked through for the three entries that `numpy.save` writes.
"""

import math
import re

import numpy as np

from landscapes.files.source import quoted

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 2**12  # bytes; NumPy's own is 118 long
LARGEST_ARRAY = 2**40  # bytes, counted with every empty axis as one: more is no array even if it holds nothing
MOST_AXES = 32
KINDS = {"f": (2, 4, 8, 16), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "b": (1,)}
DESCR = re.compile(r"""['"]descr['"]\s*:\s*(?:['"]([<>|=]?)([a-zA-Z])(\d{0,9})['"]|\[)""")
ORDER = re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False)""")
SHAPE = re.compile(r"""['"]shape['"]\s*:\s*\(([\d\s,]*)\)""")


def read_array(content: bytes, name: str) -> np.ndarray:
    """The array, whose header claims just the bytes that are there, and numbers or texts only.

    Raises ValueError, in one sentence that begins with the `name`, for anything else.
    """
    name, (header, begin) = quoted(name), _header(content)
    descr, order, shape = (pattern.search(header) for pattern in (DESCR, ORDER, SHAPE))
    if not (descr and order and shape):
        raise ValueError(f"{name} has no header of a NumPy array.")
    dtype, sides = _dtype(name, *descr.groups()), [int(side) for side in shape[1].replace(",", " ").split()]
    room = math.prod(max(1, side) for side in sides) * dtype.itemsize
    if len(sides) > MOST_AXES or room > LARGEST_ARRAY:
        raise ValueError(f"{name} claims more numbers than fit into an array.")
    claimed, rest = math.prod(sides) * dtype.itemsize, memoryview(content)[begin:]
    if claimed != len(rest):
        raise ValueError(f"{name} claims {claimed:,} bytes of numbers and has {len(rest):,}.")
    return np.frombuffer(rest, dtype).reshape(sides, order="F" if order[1] == "True" else "C")


def _header(content: bytes) -> tuple[str, int]:
    """The text of the header, empty where there is none, and where the numbers begin."""
    if content[:6] != MAGIC or content[6:8] not in (b"\1\0", b"\2\0", b"\3\0"):
        return "", 0
    begin = 10 if content[6] == 1 else 12
    end = begin + int.from_bytes(content[8:begin], "little")
    return (content[begin:end].decode("latin1"), end) if end - begin <= LONGEST_HEADER else ("", 0)


def _dtype(name: str, order: str | None, kind: str | None, size: str | None) -> np.dtype:
    if kind == "O":
        raise ValueError(f"{name} holds pickled objects, not numbers.")
    if kind == "U" and 0 < int(size or 0) < LARGEST_ARRAY:
        return np.dtype(f"{order}U{size}")
    if kind not in KINDS or int(size or 0) not in KINDS[kind] or size == "16" and np.dtype("longdouble").itemsize != 16:
        raise ValueError(f"{name} holds {quoted(f'values of type {kind}{size}' if kind else 'records')}, not real numbers.")
    return np.dtype(f"{order}{kind}{size}")
