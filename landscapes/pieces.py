"""Work in pieces: a generator that yields the share that is done, often, and returns the result.

Whoever has other work in the same thread takes turns with it; whoever stops to iterate ends it.
"""

from collections.abc import Generator
from typing import TypeVar

Result = TypeVar("Result")
Pieces = Generator[float, None, Result]


def result_of(pieces: Pieces[Result]) -> Result:
    """What comes of all pieces, one after the other."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value


def scaled(pieces: Pieces[Result], before: float, share: float) -> Pieces[Result]:
    """`pieces` as a `share` of something longer, of which so much is done before."""
    while True:
        try:
            done = next(pieces)
        except StopIteration as end:
            return end.value
        yield before + share * done
