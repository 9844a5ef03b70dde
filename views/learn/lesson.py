"""What a chapter is made of."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from views.learn import numerals


class Report(Protocol):
    """Is told which share of an experiment is done and, as soon as there is one, a first result in a sentence."""

    def __call__(self, share: float, said: str = "") -> None: ...


@dataclass(frozen=True)
class Choice:
    """One of a few answers to predict. `key` goes into the link."""

    key: str
    text: str


@dataclass(frozen=True)
class Guess:
    """A number to predict, from `low` to `high`; `near` times or divided by the truth counts as right."""

    label: str
    low: float
    high: float
    value: float
    unit: str = ""
    near: float = 2.0


@dataclass(frozen=True)
class Table:
    """The numbers of a picture, for who cannot see it."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, caption: str, columns: Mapping[str, str], rows: Iterable[Sequence[str | float]]) -> "Table":
        """Of numbers and texts, where `columns` gives each head the format of its numbers, ".3f"."""
        said = lambda cell, kind: cell if isinstance(cell, str) else numerals.formatted(cell, kind)
        return cls(caption, tuple(columns), tuple(tuple(map(said, row, columns.values())) for row in rows))


@dataclass(frozen=True)
class Experiment:
    """What an experiment gave: computed once, shared by all visitors, never changed.

    `tensors` and `state` (JSON) are what the picture draws. `answer` is the key of the right choice, or the number;
    `outcome` says in a sentence or two what came out, with its numbers.
    """

    answer: str | float
    outcome: str
    tensors: Mapping[str, np.ndarray] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    table: Table | None = None

    def __post_init__(self):
        object.__setattr__(self, "state", MappingProxyType(dict(self.state)))
        object.__setattr__(self, "tensors", MappingProxyType({key: _read_only(a) for key, a in self.tensors.items()}))


@dataclass(frozen=True)
class Step:
    """A question, a prediction, an experiment with its picture, one sentence to take away. Texts are Markdown."""

    key: str
    title: str
    question: str
    prediction: tuple[Choice, ...] | Guess
    task: str
    picture: str  # the module assets/learn/<picture>.js
    experiment: Callable[[Report], Experiment]
    takeaway: str
    formula: str = ""  # LaTeX
    terms: Mapping[str, str] = field(default_factory=dict)  # words that a beginner may not know, each in a sentence


@dataclass(frozen=True)
class Link:
    """Where an idea appears elsewhere in Thalweg: the exact scene."""

    text: str
    address: str  # below the server's first page, "?landscape=..." or "networks?..."


@dataclass(frozen=True)
class Chapter:
    """A sequence of steps behind one opening question."""

    key: str
    title: str
    question: str
    steps: tuple[Step, ...]
    links: tuple[Link, ...] = ()
    sources: tuple[str, ...] = ()


def _read_only(array) -> np.ndarray:
    array = np.array(array)
    array.setflags(write=False)
    return array
