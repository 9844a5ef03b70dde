"""Files from anywhere: what is looked at before a byte of their content is believed."""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

LIMIT = 2**30  # bytes, of a file and of what it unpacks to, unless another limit is given
DIRECTORY = 2**20  # bytes of a zip file's list of members, ten thousand of them
TAIL = struct.Struct("<4s4H2LH")
UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError)

Source = str | os.PathLike | BinaryIO


@contextmanager
def opened(source: Source, limit: int = LIMIT) -> Iterator[BinaryIO]:
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
        raise ValueError(f"{path.name} is a link; give the file that it leads to.")
    try:
        # Not waiting: to open a pipe that nobody writes to would never end.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path.name or path} cannot be read: {getattr(error, 'strerror', error)}.") from None
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise ValueError(f"{path.name or path} is a folder or a device; a file is expected.")
        check_size(about.st_size, limit)
        with open(descriptor, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(descriptor)


def check_size(size: int, limit: int) -> None:
    """Raises ValueError for a file that is too large or empty."""
    if size > limit:
        raise ValueError(f"This file has {size / 2**20:,.0f} MiB; {limit / 2**20:,.0f} MiB are allowed.")
    if size == 0:
        raise ValueError("This file is empty.")


class Members:
    """The members of a zip file from a stranger. Sizes are checked as claimed, then unpacking stops at them."""

    def __init__(self, file: BinaryIO, limit: int = LIMIT):
        _check_directory(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except UNREADABLE:
            raise ValueError("This zip file is damaged or cut off.") from None
        infos = self._zip.infolist()
        self._infos = {info.filename: info for info in infos}
        if len(self._infos) < len(infos):
            raise ValueError("This zip file names a member twice.")
        total = sum(info.file_size for info in infos)
        if total > limit:
            raise ValueError(
                f"This file would unpack to {total / 2**20:,.0f} MiB; {limit / 2**20:,.0f} MiB are allowed."
            )

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
            raise ValueError(f"{name} has {info.file_size:,} bytes; {most:,} are allowed.")
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"{name} is encrypted or packed in another way than by deflate.")
        try:
            with self._zip.open(info) as stream:
                # Asking for a number of bytes is what bounds the unpacking.
                content = stream.read(info.file_size + 1)
        except UNREADABLE:
            raise ValueError(f"{name} is damaged or cut off.") from None
        if len(content) != info.file_size:
            raise ValueError(f"{name} is cut off: {len(content):,} of {info.file_size:,} bytes.")
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
