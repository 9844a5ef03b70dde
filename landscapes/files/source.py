"""Files from anywhere: what is looked at before a byte of their content is believed."""

import os
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from landscapes.grid import LARGEST

LIMIT = 2**30  # bytes, of a file and of what it unpacks to, unless another limit is given
DIRECTORY = 2**20  # bytes of a zip file's list of members, ten thousand of them
TAIL = struct.Struct("<4s4H2LH")
LONGEST_QUOTE = 60  # letters

Source = str | os.PathLike | BinaryIO


@dataclass(frozen=True)
class Bounds:
    """How much is read of a file, before anything is made of it.

    `size` is in bytes, of the file and of what it unpacks to; `points` are the surface's, `steps` those of all `paths`
    together; `seconds` and `memory` (bytes) are for a reader in a process of its own. A file with more is refused with
    `advice` as the last sentence.
    """

    size: int = LIMIT
    points: int = LARGEST
    paths: int = 2**12
    steps: int = 2**27
    seconds: int = 20
    memory: int = 2**32
    advice: str = ""

    @classmethod
    def of(cls, limit: "int | Bounds") -> "Bounds":
        return limit if isinstance(limit, Bounds) else cls(limit)

    def check_size(self, size: int) -> None:
        self._check(size <= self.size, f"This file has {_mib(size)}; {_mib(self.size)} are allowed.")

    def check_unpacked(self, size: int) -> None:
        self._check(size <= self.size, f"This file would unpack to {_mib(size)}; {_mib(self.size)} are allowed.")

    def check_points(self, count: int) -> None:
        self._check(count <= self.points, f"Its surface has {count:,} points; at most {self.points:,} are shown.")

    def check_paths(self, count: int) -> None:
        self._check(count <= self.paths, f"It has {count:,} paths; at most {self.paths:,} are shown.")

    def check_steps(self, count: int) -> None:
        self._check(count <= self.steps, f"Its paths have {count:,} steps together; at most {self.steps:,} are shown.")

    def _check(self, within: bool, sentence: str) -> None:
        if not within:
            raise ValueError(f"{sentence} {self.advice}".rstrip())


def quoted(text: object) -> str:
    """A name from a stranger's file, for a sentence: one short line of letters that can be shown."""
    letters = str(text)[: LONGEST_QUOTE + 1]
    cleaned = "".join(letter if letter.isprintable() else " " for letter in letters)
    return cleaned if len(letters) <= LONGEST_QUOTE else f"{cleaned[: LONGEST_QUOTE - 2]} …"


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"


@contextmanager
def opened(source: Source, limit: int | Bounds = LIMIT) -> Iterator[BinaryIO]:
    """A regular file of at most `limit` bytes, open for reading; an open binary file is taken as it is.

    Raises ValueError for what is missing, a folder, a link, a device or too large: before it is read.
    """
    if hasattr(source, "read"):
        size = source.seek(0, os.SEEK_END)
        check_size(size, limit)
        source.seek(0)
        yield source
        return
    path = Path(source)
    if path.is_symlink():
        raise ValueError(f"{quoted(path.name)} is a link; give the file that it leads to.")
    try:
        # Not waiting: to open a pipe that nobody writes to would never end.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name holds a null"
        raise ValueError(f"{quoted(path.name or path)} cannot be read: {reason}.") from None
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise ValueError(f"{quoted(path.name or path)} is a folder or a device; a file is expected.")
        check_size(about.st_size, limit)
        with open(descriptor, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(descriptor)


def check_size(size: int, limit: int | Bounds) -> None:
    """Raises ValueError for a file that is too large or empty."""
    Bounds.of(limit).check_size(size)
    if size == 0:
        raise ValueError("This file is empty.")


class Members:
    """The members of a zip file from a stranger. Sizes are checked as claimed, then unpacking stops at them."""

    def __init__(self, file: BinaryIO, limit: int | Bounds = LIMIT):
        _check_directory(file)
        try:
            self._zip = zipfile.ZipFile(file)
            infos = self._zip.infolist()
        except Exception:  # zipfile trusts the numbers in a file, and what it stumbles over has many names
            raise ValueError("This zip file is damaged or cut off.") from None
        self._infos = {info.filename: info for info in infos}
        if len(self._infos) < len(infos):
            raise ValueError("This zip file names a member twice.")
        Bounds.of(limit).check_unpacked(sum(info.file_size for info in infos))

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def names(self) -> list[str]:
        return list(self._infos)

    def size(self, name: str) -> int:
        """Bytes of a member when unpacked, as claimed; `read` gives so many or raises."""
        return self._infos[name].file_size

    def read(self, name: str, most: int = LIMIT) -> bytes:
        """A member, unpacked. Raises ValueError where it has more than `most` bytes or is damaged."""
        info = self._infos[name]
        if info.file_size > most:
            raise ValueError(f"{quoted(name)} has {info.file_size:,} bytes; {most:,} are allowed.")
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"{quoted(name)} is encrypted or packed in another way than by deflate.")
        try:
            with self._zip.open(info) as stream:
                # Asking for a number of bytes is what bounds the unpacking.
                content = stream.read(info.file_size + 1)
        except Exception:  # as above
            raise ValueError(f"{quoted(name)} is damaged or cut off.") from None
        if len(content) != info.file_size:
            raise ValueError(f"{quoted(name)} is cut off: {len(content):,} of {info.file_size:,} bytes.")
        return content


def _check_directory(file: BinaryIO) -> None:
    """Raises ValueError where a zip file's list of members is too long to be read."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL.size - 2**16))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < TAIL.size:
        raise ValueError("This zip file is damaged or cut off.")
    length = TAIL.unpack_from(tail, at)[5]
    if length > DIRECTORY or b"PK\6\7" in tail[max(0, at - 20) : at]:
        raise ValueError("This zip file has too many members.")
