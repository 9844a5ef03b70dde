"""What the scheduler deals with: work, the questions of those who wait for it, and the ways in which it can end."""

from collections.abc import Callable, Generator, Hashable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from enum import Enum
from time import monotonic
from typing import Any, NamedTuple

QUANTUM = 1.0  # seconds of computing after which others go first
LEASE = 6.0  # seconds that work goes on for somebody who asks from time to time

Work = Callable[[], Any]


class Lane(Enum):
    SHORT = "short"
    PIECES = "pieces"
    UNCUT = "uncut"


class Pause(NamedTuple):
    """Yielded by work that has nothing to do for so many seconds."""

    seconds: float


class Replaced(Exception):
    """A newer question of the same page takes the place of this one."""


class TooMany(Exception):
    """So many questions of one page wait already."""


class Ended(Exception):
    """Nobody waits for this work any more."""


class Question:
    """Somebody's wait for a result. `leased`: they come back for it, and go on waiting for `LEASE` seconds each time."""

    def __init__(self, page: str, subject: Hashable, task: "Task", leased: bool):
        self.page, self.subject, self.task, self.leased = page, subject, task, leased
        self.future: Future = Future()
        self.asked = monotonic()

    @property
    def is_expired(self) -> bool:
        return self.leased and monotonic() - self.asked >= LEASE

    @property
    def waits(self) -> bool:
        return not self.future.done() and not self.is_expired

    def settle(self, result: Any = None, error: Exception | None = None) -> None:
        """Answer, unless it is answered; whoever asked may cancel at the same moment, in a thread of their own."""
        with suppress(InvalidStateError):
            if error is not None:
                self.future.set_exception(error)
            else:
                self.future.set_result(result)


class Task:
    """Work under way. `share` is what is done of it, `seconds` what was computed for it."""

    def __init__(self, recipe: Hashable, work: Work, lane: Lane, nth: int, number: int, parent: "Task | None" = None):
        self.recipe, self.work, self.lane, self.home = recipe, work, lane, lane
        self.nth, self.number, self.parent = nth, number, parent
        self.questions: list[Question] = []
        self.parts: list[Task] = []
        self.generator: Generator | None = None
        self.sent: Any = None
        self.share, self.seconds, self.began, self.not_before = 0.0, 0.0, None, 0.0
        self.done, self.result, self.error = False, None, None  # with an error before it is done, it is about to end

    @property
    def root(self) -> "Task":
        """The task that somebody asked for, of which this one is a part."""
        return self if self.parent is None else self.parent.root

    @property
    def rank(self) -> tuple[int, int, int]:
        """Smaller goes first: what has had less, then the first thing that a page asks, then who came first."""
        root = self.root
        return int(root.seconds / QUANTUM), root.nth, root.number

    @property
    def is_wanted(self) -> bool:
        if self.error is not None:
            return False
        if self.parent is not None:
            return self.parent.is_wanted and all(part.error is None for part in self.parent.parts)
        return any(question.waits for question in self.questions)

    @property
    def progress(self) -> float:
        return sum(part.share for part in self.parts) / len(self.parts) if self.parts else self.share
