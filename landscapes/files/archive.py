"""Arrays and their description in one file: Zarr version 3 in a zip, of which this is the plain part.

An array is one chunk of little-endian numbers, unpacked by the zip alone: any reader of Zarr opens it, and a stranger's
file is read with every size known beforehand, by no other decoder. Source: Zarr core specification, version 3.
"""

import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from landscapes.files.source import LIMIT, Bounds, Members, quoted

NUMBERS = ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool")
DESCRIPTION = "zarr.json"
LONGEST_DESCRIPTION = 2**20
DESCRIPTIONS = 24  # all together are at most this part of what a file may unpack to: JSON takes thirty times its size
DEEPEST = 8
MOST_AXES = 32
MOST_NUMBERS = 2**60  # counted with every empty axis as one
BYTES = {"name": "bytes", "configuration": {"endian": "little"}}
NEVER = (1980, 1, 1, 0, 0, 0)  # so that the same content makes the same file


@dataclass(frozen=True)
class Group:
    """Arrays and groups by name, with `attributes` that JSON can hold."""

    attributes: Mapping = field(default_factory=dict)
    members: Mapping[str, "Group | np.ndarray"] = field(default_factory=dict)


def described(shape: tuple[int, ...], dtype: np.dtype, chunk: tuple[int, ...] | None = None, **attributes) -> dict:
    """What Zarr says of an array cut into chunks of shape `chunk`, in one unless given; parts not there are NaN or 0."""
    if dtype.name not in NUMBERS:
        raise ValueError(f"Numbers of type {dtype.name} cannot be written; turn them into float32 or float64.")
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(shape),
        "data_type": dtype.name,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(chunk or _whole(shape))}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": {"f": "NaN", "b": False}.get(dtype.kind, 0),
        "codecs": [BYTES],
        "attributes": attributes,
    }


def little(array: np.ndarray) -> bytes:
    """The numbers row by row, the lowest byte of each first."""
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()


def write_archive(file: BinaryIO, group: Group) -> None:
    """Write a group into a file opened for writing. Raises ValueError for attributes that JSON cannot hold."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _write_group(archive, group, "")


def read_archive(members: Members, limit: int | Bounds = LIMIT) -> Group:
    """The group in a zip file. Raises ValueError, in one sentence, for anything that is not what `write_archive` writes."""
    if DESCRIPTION not in members:
        raise ValueError(f"This zip file is no Zarr group: it has no {DESCRIPTION}.")
    names = members.names()
    described_in = sum(members.size(name) for name in names if name.rpartition("/")[2] == DESCRIPTION)
    most = Bounds.of(limit).size // DESCRIPTIONS
    if described_in > most:
        raise ValueError(f"The descriptions in this file have {described_in:,} bytes together; {most:,} are allowed.")
    return _Reader(members, Bounds.of(limit).size).group(_tree(names), "", _description(members, ""))


def _write_group(archive: zipfile.ZipFile, group: Group, prefix: str) -> None:
    about = {"zarr_format": 3, "node_type": "group", "attributes": dict(group.attributes)}
    _write(archive, prefix + DESCRIPTION, _json(about))
    for name, member in group.members.items():
        if isinstance(member, Group):
            _write_group(archive, member, f"{prefix}{name}/")
            continue
        array = np.asarray(member)
        _write(archive, f"{prefix}{name}/{DESCRIPTION}", _json(described(array.shape, array.dtype)))
        if array.size:
            _write(archive, prefix + _chunk(name, array.ndim), little(array))


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    member = zipfile.ZipInfo(name, NEVER)
    member.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(member, content, compresslevel=4)


def _json(value: Mapping) -> bytes:
    try:
        content = json.dumps(value, indent=1, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise ValueError(f"What is said of a file must fit into JSON: {error}.") from None
    if len(content) > LONGEST_DESCRIPTION:
        raise ValueError(f"What is said of a file has {len(content):,} bytes; {LONGEST_DESCRIPTION:,} are allowed.")
    return content


def _tree(names: list[str]) -> dict:
    """What lies in each group, by name: each name is looked at once."""
    tree: dict = {}
    for name in names:
        here = tree
        for part in name.split("/")[: DEEPEST + MOST_AXES + 2]:
            here = here.setdefault(part, {})
    return tree


class _Reader:
    """Reads groups and arrays; `left` bytes may yet be taken by numbers, counted as the float64 that whole ones become."""

    def __init__(self, members: Members, limit: int):
        self._members, self._limit, self._left = members, limit, limit

    def group(self, tree: dict, prefix: str, about: dict) -> Group:
        if prefix.count("/") > DEEPEST:
            raise ValueError("The groups of this file lie too deep in each other.")
        attributes = about.get("attributes", {})
        if not isinstance(attributes, dict):
            raise ValueError(f"The attributes of {quoted(prefix) or 'this file'} are no JSON object.")
        inside = {}
        for name, below in sorted(tree.items()):
            path = f"{prefix}{name}/"
            if path + DESCRIPTION in self._members:
                there = _description(self._members, path)
                is_group = there.get("node_type") == "group"
                inside[name] = self.group(below, path, there) if is_group else self._array(there, prefix, name)
        return Group(attributes, inside)

    def _array(self, about: dict, prefix: str, name: str) -> np.ndarray:
        path = quoted(prefix + name)
        shape, dtype = _claimed(about, path)
        # In whole numbers of Python, which do not overflow.
        size = math.prod(shape) * dtype.itemsize
        self._left -= math.prod(_whole(shape)) * (dtype.itemsize if dtype.kind == "f" else 8)
        if self._left < 0:
            claims = f"{path} claims {size / 2**20:,.0f} MiB"
            raise ValueError(f"{claims}; {self._limit / 2**20:,.0f} MiB are allowed for all numbers together.")
        if not _plain(about, shape):
            raise ValueError(f"{path} is cut into chunks or packed inside; write it as one chunk of little-endian bytes.")
        chunk = prefix + _chunk(name, len(shape))
        content = b"" if size == 0 else self._members.read(chunk, self._limit) if chunk in self._members else b""
        if len(content) != size:
            raise ValueError(f"{path} needs {size:,} bytes of numbers; there are {len(content):,}.")
        return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _claimed(about: dict, path: str) -> tuple[list[int], np.dtype]:
    """The shape and the type that an array is said to have."""
    shape, kind = about.get("shape"), about.get("data_type")
    if not isinstance(shape, list) or len(shape) > MOST_AXES or not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError(f"The shape of {path} is no list of lengths.")
    if math.prod(_whole(shape)) > MOST_NUMBERS:
        raise ValueError(f"{path} claims more numbers than fit into a file.")
    if not isinstance(kind, str) or kind not in NUMBERS:
        raise ValueError(f"The numbers of {path} are of type {quoted(kind)!r}; expected one of {', '.join(NUMBERS)}.")
    return shape, np.dtype(kind).newbyteorder("<")


def _description(members: Members, prefix: str) -> dict:
    path = quoted(prefix + DESCRIPTION)
    content = members.read(prefix + DESCRIPTION, LONGEST_DESCRIPTION)
    try:
        about = json.loads(content, parse_constant=_refuse)
    except (RecursionError, ValueError):  # ValueError also for whole numbers of more digits than Python reads
        raise ValueError(f"{path} is no JSON that can be read.") from None
    if not isinstance(about, dict) or about.get("zarr_format") != 3:
        raise ValueError(f"{path} does not describe Zarr of version 3.")
    return about


def _refuse(constant: str):
    raise ValueError(f"{constant} is no JSON.")


def _plain(about: dict, shape: list[int]) -> bool:
    codecs, grid = about.get("codecs"), about.get("chunk_grid")
    return codecs == [BYTES] and grid == {"name": "regular", "configuration": {"chunk_shape": list(_whole(shape))}}


def _chunk(name: str, axes: int) -> str:
    return "/".join([name, "c", *("0" * axes)])


def _whole(shape) -> tuple[int, ...]:
    return tuple(max(1, side) for side in shape)
