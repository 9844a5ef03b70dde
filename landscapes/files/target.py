"""Files that are written: whole under their name, or not there; and one sentence for what the disk or the system refuses."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EDQUOT, EFBIG, ENOENT, ENOSPC, EPERM, EROFS
from pathlib import Path
from typing import BinaryIO

Target = str | os.PathLike | BinaryIO

REASONS = {
    ENOSPC: "the disk is full",
    EDQUOT: "your share of the disk is used up",
    EFBIG: "the file is larger than this system allows",
    EACCES: "there is no permission",
    EPERM: "there is no permission",
    EROFS: "this disk can only be read",
    ENOENT: "its folder is not there",
}


class NotWritten(OSError):
    """A file that could not be written. Its text is one sentence: the path, why, and what is left on the disk."""


@contextmanager
def written(target: Target) -> Iterator[BinaryIO]:
    """A file to write into; an open binary file is taken as it is.

    It is written beside its place and moved there whole: whoever is killed meanwhile leaves what stood there before.
    Raises NotWritten, in one sentence, for a full disk, a folder that is not there or cannot be written, and the like.
    """
    if hasattr(target, "write"):
        yield target
        return
    path = Path(target)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(path)
    except NotWritten:
        raise
    except OSError as error:
        left = "the older file there is unchanged" if os.path.exists(path) else "nothing is left there"
        raise NotWritten(f"{path} cannot be written: {reason(error)}; {left}.") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write(target: Target, content: bytes) -> None:
    """Write `content` as `written` does."""
    with written(target) as stream:
        stream.write(content)


def reason(error: OSError) -> str:
    """Why the system refused, in words."""
    return REASONS.get(error.errno, (error.strerror or "the system refuses").lower())
