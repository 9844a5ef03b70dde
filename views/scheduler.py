"""The scheduler: runs whatever is computed for a page, each thing once however many ask, and lets pages take turns.

Work is a function. Where it returns a generator it is computed piece by piece, each of about 100 ms: a number that is
yielded is the share that is done, a list of functions is computed side by side and sent back as their results. Work ends
when nobody waits for it any more. Nobody waits at a lock: who asks gets a future.

Three kinds of workers: one for SHORT work, which nothing else may occupy; some for work in PIECES, which help out with short
work; some for what is UNCUT, compiling above all. Short work that would have to compile is begun anew among the uncut.
"""

import atexit
import itertools
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Hashable
from concurrent.futures import Executor, Future
from contextlib import nullcontext
from enum import Enum
from functools import partial
from inspect import isgenerator
from time import monotonic
from typing import Any, NamedTuple

LOG = logging.getLogger("thalweg")
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
MOST_OF_A_PAGE = 8  # questions that wait
MOST_OF_AN_ADDRESS = 100  # of those without a page's name
QUANTUM = 1.0  # seconds of computing after which others go first
LEASE = 6.0  # seconds that work goes on for somebody who asks from time to time
LONG = 60.0  # seconds of one piece after which the log says what every thread does
LOOK_EVERY = 1.0  # seconds between two looks for long pieces and for results that nobody has fetched
NICE = 5  # of threads that compute what may wait

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
    def waits(self) -> bool:
        return not self.future.cancelled() and (not self.leased or monotonic() - self.asked < LEASE)


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
        self.done, self.result, self.error = False, None, None

    @property
    def rank(self) -> tuple[int, int, int]:
        """Smaller goes first: what has had less, then the first thing that a page asks, then who came first."""
        return int(self.seconds / QUANTUM), self.nth, self.number

    @property
    def is_wanted(self) -> bool:
        if self.parent is not None:
            return self.parent.is_wanted and not any(part.error for part in self.parent.parts)
        return any(question.waits for question in self.questions)

    @property
    def progress(self) -> float:
        return sum(part.share for part in self.parts) / len(self.parts) if self.parts else self.share


class Scheduler:
    """See the module. Every method may be called from any thread."""

    def __init__(self, cores: int = CORES):
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._tasks: dict[Hashable, Task] = {}  # by recipe, unfinished or not fetched yet
        self._waiting: dict[Lane, list[Task]] = {lane: [] for lane in Lane}
        self._subjects: dict[tuple[str, Hashable], Question] = {}
        self._running: dict[threading.Thread, tuple[Task, float]] = {}
        self._counts = {Lane.SHORT: max(1, cores // 2), Lane.PIECES: cores, Lane.UNCUT: cores}
        self._started = self._closing = False
        self._workers: list[threading.Thread] = []

    def ask(
        self, recipe: Hashable, work: Work, *, page: str = "", subject: Hashable = None, lane: Lane = Lane.SHORT,
        leased: bool = False, most: int | None = None,
    ) -> Question:  # fmt: skip
        """Have `work` computed, or join those who wait for the same `recipe`.

        An older question of the same page and `subject`, where that is not None, is answered Replaced. Raises TooMany
        where `most` questions of the page wait already.
        """
        with self._changed:
            self._start()
            older = self._subjects.get((page, subject)) if subject is not None else None
            if older is not None and older.task.recipe == recipe and not older.future.cancelled() and leased and older.leased:
                older.asked = monotonic()
                return older
            waiting = self._waiting_of(page)
            if most is not None and older is None and waiting >= most:
                raise TooMany(f"{waiting} questions of this page are waiting already; ask again when one is answered.")
            task = self._tasks.get(recipe)
            if task is None or (task.done and task.error is not None):
                task = self._tasks[recipe] = Task(recipe, work, lane, waiting, next(self._numbers))
                self._enqueue(task)
            question = Question(page, subject, task, leased)
            task.questions.append(question)
            if subject is not None:
                self._subjects[page, subject] = question
            if task.done:
                self._answer(question)
        if older is not None and older.task is not task and not older.future.done():
            older.future.set_exception(Replaced())
        return question

    def leave(self, question: Question) -> None:
        """Somebody no longer waits."""
        with self._changed:
            question.future.cancel()
            self._forget(question)

    def before(self, question: Question) -> int:
        """How many go before; 0 once it is begun."""
        with self._changed:
            task = question.task
            if task.began is not None or task.done:
                return 0
            return sum(other.rank < task.rank for other in self._waiting[task.lane]) + len(self._running_in(task.lane))

    def oldest(self) -> float:
        """The age in seconds of the oldest piece that is being computed."""
        with self._changed:
            return max((monotonic() - since for _, since in self._running.values()), default=0.0)

    def close(self) -> None:
        """End after the pieces under way: an interpreter that ends under a running compiled call may crash."""
        with self._changed:
            self._closing = True
            for waiting in self._waiting.values():
                waiting.clear()
            self._changed.notify_all()
        for worker in self._workers:
            worker.join(5)

    # Everything below is called with the lock held, unless it says otherwise.

    def _start(self) -> None:
        if self._started:
            return
        self._started = True
        for lane, count in self._counts.items():
            for number in range(count):
                worker = threading.Thread(target=self._work, args=(lane,), name=f"{lane.value}-{number}", daemon=True)
                self._workers.append(worker)
                worker.start()
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    def _waiting_of(self, page: str) -> int:
        return sum(question.page == page and not task.done and question.waits for task in self._tasks.values() for question in task.questions)

    def _enqueue(self, task: Task) -> None:
        self._waiting[task.lane].append(task)
        self._changed.notify_all()

    def _running_in(self, lane: Lane) -> list[Task]:
        return [task for task, _ in self._running.values() if task.lane is lane]

    def _work(self, lane: Lane) -> None:
        """A worker's life; called without the lock."""
        if lane is not Lane.SHORT and sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        lanes = (Lane.SHORT, Lane.PIECES) if lane is Lane.PIECES else (lane,)
        while True:
            with self._changed:
                while (task := self._next(lanes)) is None and not self._closing:
                    self._changed.wait(self._until_next(lanes))
                if task is None:
                    return
                self._running[threading.current_thread()] = task, monotonic()
            self._piece(task)

    def _next(self, lanes: tuple[Lane, ...]) -> Task | None:
        for lane in lanes:
            waiting = self._waiting[lane]
            while ready := [task for task in waiting if task.not_before <= monotonic()]:
                task = min(ready, key=lambda task: task.rank)
                waiting.remove(task)
                if task.is_wanted:
                    return task
                self._finish(task, error=Ended())
        return None

    def _until_next(self, lanes: tuple[Lane, ...]) -> float | None:
        """The seconds until some work is ready that pauses now; None where none does."""
        return min((max(0.0, task.not_before - monotonic()) for lane in lanes for task in self._waiting[lane]), default=None)

    def _piece(self, task: Task) -> None:
        """One piece of a task; called without the lock."""
        began = monotonic()
        task.began = task.began or began
        outcome, value = self._advance(task)
        with self._changed:
            task.seconds += monotonic() - began
            del self._running[threading.current_thread()]
            if outcome == "uncut":
                task.lane = Lane.UNCUT
                # Short work that compiles in one place may in another; in pieces it may from its second piece on.
                task.home = Lane.UNCUT if task.home is Lane.SHORT else task.home
                self._enqueue(task)
            elif outcome == "parts":
                self._divide(task, value)
            elif outcome == "share":
                if isinstance(value, Pause):
                    task.not_before = monotonic() + value.seconds
                else:
                    task.share = float(value or 0)
                task.lane = task.home
                self._enqueue(task)
            else:
                self._finish(task, **{outcome: value})

    def _advance(self, task: Task) -> tuple[str, Any]:
        """What comes of one piece: a share, parts, a result or an error; or that it must not be computed here."""
        from landscapes.compiling import NotCompiled, compiled_only  # with JAX, for which the server does not wait

        uncut = task.lane is Lane.UNCUT or (task.lane is Lane.PIECES and task.generator is not None)
        try:
            with nullcontext() if uncut else compiled_only():
                if task.generator is None:
                    returned = task.work()
                    if not isgenerator(returned):
                        return "result", returned
                    task.generator = returned
                sent, task.sent = task.sent, None
                value = task.generator.throw(sent) if isinstance(sent, Exception) else task.generator.send(sent)
                return ("parts" if isinstance(value, list) else "share"), value
        except StopIteration as end:
            return "result", end.value
        except NotCompiled:
            task.generator = None
            return "uncut", None
        except Exception as error:
            return "error", error

    def _divide(self, task: Task, works: list[Work]) -> None:
        task.parts = [Task(None, work, Lane.PIECES, task.nth, task.number, task) for work in works]
        for part in task.parts:
            self._enqueue(part)
        if not works:
            self._join(task)

    def _join(self, task: Task) -> None:
        """Go on with a task whose parts are done."""
        errors = [part.error for part in task.parts if part.error is not None]
        task.sent = errors[0] if errors else [part.result for part in task.parts]
        task.parts, task.lane = [], task.home
        self._enqueue(task)

    def _finish(self, task: Task, result: Any = None, error: Exception | None = None) -> None:
        task.done, task.result, task.error = True, result, error
        if task.generator is not None and isinstance(error, Ended):
            task.generator.close()
        task.generator = None
        if task.parent is not None:
            if all(part.done for part in task.parent.parts):
                self._join(task.parent)
            return
        for question in list(task.questions):
            self._answer(question)
        if not task.questions:
            self._tasks.pop(task.recipe, None)

    def _answer(self, question: Question) -> None:
        task = question.task
        if not question.future.done():
            if task.error is not None:
                question.future.set_exception(task.error)
            else:
                question.future.set_result(task.result)
        if not question.leased:
            self._forget(question)

    def _forget(self, question: Question) -> None:
        task = question.task
        if question in task.questions:
            task.questions.remove(question)
        if self._subjects.get((question.page, question.subject)) is question:
            del self._subjects[question.page, question.subject]
        if task.done and not task.questions and self._tasks.get(task.recipe) is task:
            del self._tasks[task.recipe]

    def _watch(self) -> None:
        """Drop what nobody has come back for, and tell of pieces that do not end; called without the lock."""
        told: set[tuple[int, float]] = set()
        while True:
            threading.Event().wait(LOOK_EVERY)
            with self._changed:
                for task in list(self._tasks.values()):
                    for question in [each for each in task.questions if each.leased and not each.waits]:
                        self._forget(question)
                long = {(id(task), since) for task, since in self._running.values() if monotonic() - since > LONG}
            for _ in long - told:
                LOG.error("A piece of work has taken %.0f s. All threads:\n%s", LONG, stacks())
            told = long


def stacks() -> str:
    """What every thread does."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    frames = sys._current_frames().items()
    return "\n".join(f"{names.get(ident, ident)}:\n{''.join(traceback.format_stack(frame))}" for ident, frame in frames)


class Uncut(Executor):
    """`SCHEDULER`'s workers for what cannot be cut, as the executor that a library takes."""

    def submit(self, work: Callable, /, *args, **kwargs) -> Future:
        return SCHEDULER.ask(object(), partial(work, *args, **kwargs), lane=Lane.UNCUT).future


# Shared on purpose: all visitors are served by the same cores.
SCHEDULER = Scheduler()
atexit.register(SCHEDULER.close)
