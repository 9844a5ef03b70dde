"""The scheduler: runs whatever is computed for a page, each thing once however many ask, and lets pages take turns.

Work is a function. Where it returns a generator it is computed piece by piece, each of about 100 ms: a number that is
yielded is the share that is done, a list of functions is computed side by side and sent back as their results, and a lane is
where it goes on. Work ends when nobody waits for it any more. Nobody waits at a lock: who asks gets a future.

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
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from inspect import isgenerator
from time import monotonic
from typing import Any

from views.tasks import Ended, Lane, Pause, Question, Replaced, Task, TooMany, Work

LOG = logging.getLogger("thalweg")
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
MOST_OF_A_PAGE = 8  # questions that wait
MOST_OF_AN_ADDRESS = 100  # of those without a page's name
LONG = 60.0  # seconds of one piece after which the log says what every thread does
FAREWELL = 5.0  # seconds that pieces under way have to end
LOOK_EVERY = 1.0  # seconds between two looks for long pieces and for results that nobody has fetched
NICE = 5  # of threads that compute what may wait
# Seconds after which a thread lets another have Python's lock: as ever, and while something compiles, which holds it for long.
USUAL, BRISK = 0.005, 0.001


class Scheduler:
    """See the module. Every method may be called from any thread."""

    def __init__(self, cores: int = CORES):
        self._lock = threading.RLock()
        # A worker for each piece of work is woken, not all of them: those who find nothing cost as much as short work.
        self._come = {lane: threading.Condition(self._lock) for lane in Lane}
        self._idle = dict.fromkeys(Lane, 0)
        self._numbers = itertools.count()
        self._tasks: dict[Hashable, Task] = {}  # by recipe, unfinished or not fetched yet
        self._waiting: dict[Lane, list[Task]] = {lane: [] for lane in Lane}
        self._subjects: dict[tuple[str, Hashable], Question] = {}
        self._running: dict[threading.Thread, tuple[Task, float]] = {}
        self._counts = {Lane.SHORT: max(1, cores // 2), Lane.PIECES: cores, Lane.UNCUT: cores}
        self._started = False
        self._closing = threading.Event()
        self._workers: list[threading.Thread] = []

    def ask(
        self, recipe: Hashable, work: Work, *, page: str = "", subject: Hashable = None, lane: Lane = Lane.SHORT,
        leased: bool = False, most: int | None = None,
    ) -> Question:  # fmt: skip
        """Have `work` computed, or join those who wait for the same `recipe`.

        An older question of the same page and `subject`, where that is not None, is answered Replaced. Raises TooMany
        where `most` questions of the page wait already.
        """
        with self._lock:
            self._start()
            older = self._subjects.get((page, subject)) if subject is not None else None
            if older is not None and leased and older.leased and older.task.recipe == recipe and not older.future.cancelled():
                if not isinstance(older.task.error, Ended):  # or it begins anew
                    older.asked = monotonic()
                    return older
            waiting = self._waiting_of(page)
            if most is not None and older is None and waiting >= most:
                raise TooMany(f"{waiting} questions of this page are waiting already; ask again when one is answered.")
            task = self._tasks.get(recipe)
            if task is None or task.error is not None:
                task = self._tasks[recipe] = Task(recipe, work, lane, waiting, next(self._numbers))
                self._enqueue(task)
            task.nth = min(task.nth, waiting)
            question = Question(page, subject, task, leased)
            task.questions.append(question)
            if subject is not None:
                self._subjects[page, subject] = question
            if task.done:
                self._answer(question)
            if older is not None and older.task is not task:
                self._forget(older)
                older.settle(error=Replaced())
        return question

    def leave(self, question: Question) -> None:
        """Somebody no longer waits."""
        with self._lock:
            question.future.cancel()
            self._forget(question)

    def before(self, question: Question) -> int:
        """How many go before; 0 once it is begun."""
        with self._lock:
            task = question.task
            if task.began is not None or task.done:
                return 0
            return sum(other.rank < task.rank for other in self._waiting[task.lane]) + len(self._running_in(task.lane))

    def oldest(self) -> float:
        """The age in seconds of the oldest piece that is being computed."""
        with self._lock:
            return max((monotonic() - since for _, since in self._running.values()), default=0.0)

    def close(self) -> None:
        """End after the pieces under way: an interpreter that ends under a running compiled call may crash."""
        with self._lock:
            self._closing.set()
            for waiting in self._waiting.values():
                waiting.clear()
            for task in list(self._tasks.values()):
                if not task.done:
                    self._finish(task, error=Ended())
            for come in self._come.values():
                come.notify_all()
        until = monotonic() + FAREWELL
        for worker in self._workers:
            worker.join(max(0.0, until - monotonic()))

    # Everything below is called with the lock held, unless it says otherwise.

    def _start(self) -> None:
        if self._started or self._closing.is_set():
            return
        self._started = True
        for lane, count in self._counts.items():
            for number in range(count):
                worker = threading.Thread(target=self._work, args=(lane,), name=f"{lane.value}-{number}", daemon=True)
                self._workers.append(worker)
                worker.start()
        self._workers.append(threading.Thread(target=self._watch, name="watch", daemon=True))
        self._workers[-1].start()

    def _waiting_of(self, page: str) -> int:
        return sum(question.page == page and not task.done and question.waits for task in self._tasks.values() for question in task.questions)

    def _enqueue(self, task: Task) -> None:
        if self._closing.is_set():
            self._finish(task, error=Ended())
            return
        self._waiting[task.lane].append(task)
        helps = task.lane is Lane.SHORT and not self._idle[Lane.SHORT]
        self._come[Lane.PIECES if helps else task.lane].notify()

    def _running_in(self, lane: Lane) -> list[Task]:
        return [task for task, _ in self._running.values() if task.lane is lane]

    def _work(self, lane: Lane) -> None:
        """A worker's life; called without the lock."""
        if lane is not Lane.SHORT:
            be_nice()
        lanes = (Lane.SHORT, Lane.PIECES) if lane is Lane.PIECES else (lane,)
        while True:
            with self._lock:
                while (task := self._next(lanes)) is None and not self._closing.is_set():
                    self._idle[lane] += 1
                    self._come[lane].wait(self._until_next(lanes))
                    self._idle[lane] -= 1
                if task is None:
                    return
                self._running[threading.current_thread()] = task, monotonic()
                self._share_python()
            self._piece(task)

    def _next(self, lanes: tuple[Lane, ...]) -> Task | None:
        """The task whose turn it is, no longer among those that wait; with an error where nobody waits for it any more."""
        for lane in lanes:
            now = monotonic()
            if ready := [task for task in self._waiting[lane] if task.not_before <= now]:
                task = min(ready, key=lambda task: task.rank)
                self._waiting[lane].remove(task)
                if not task.is_wanted:
                    self._end(task)
                return task
        return None

    def _end(self, task: Task) -> None:
        """Nothing more is computed of a task; where all of it is unwanted, whoever asks from now on has it begun anew."""
        if not task.root.is_wanted:
            task.root.error = task.root.error or Ended()
        task.error = task.error or Ended()

    def _share_python(self) -> None:
        sys.setswitchinterval(BRISK if self._running_in(Lane.UNCUT) else USUAL)

    def _until_next(self, lanes: tuple[Lane, ...]) -> float | None:
        """The seconds until some work is ready that pauses now; None where none does."""
        return min((max(0.0, task.not_before - monotonic()) for lane in lanes for task in self._waiting[lane]), default=None)

    def _piece(self, task: Task) -> None:
        """One piece of a task; called without the lock."""
        began = monotonic()
        task.began = task.began or began
        outcome, value = self._advance(task) if task.error is None else self._closed(task)
        with self._lock:
            task.root.seconds += monotonic() - began
            del self._running[threading.current_thread()]
            self._share_python()
            if task.done:
                pass  # the scheduler has been closed meanwhile
            elif outcome == "uncut":
                # A worker for short work must not compile, in none of its pieces.
                task.lane, task.began = Lane.UNCUT, None
                task.home = Lane.UNCUT if task.home is Lane.SHORT else task.home
                self._enqueue(task)
            elif outcome == "moved":
                task.lane = task.home = value
                self._enqueue(task)
            elif outcome == "parts":
                self._divide(task, value)
            elif outcome == "share":
                if isinstance(value, Pause):
                    task.not_before = monotonic() + value.seconds
                else:
                    task.share = value
                task.lane = task.home
                self._enqueue(task)
            else:
                self._finish(task, **{outcome: value})

    def _advance(self, task: Task) -> tuple[str, Any]:
        """What comes of one piece: a share, parts, a result or an error; or that it must not be computed here.

        Called without the lock. Nothing that work does ends a worker.
        """
        may_compile = task.lane is Lane.UNCUT or (task.lane is Lane.PIECES and task.generator is not None)
        try:
            with nullcontext() if may_compile else _compiled_only():
                if task.generator is None:
                    returned = task.work()
                    if not isgenerator(returned):
                        return "result", returned
                    task.generator = returned
                return self._piece_of(task, task.generator)
        except Exception as error:
            if not may_compile and isinstance(error, _not_compiled()):
                task.generator = None
                return "uncut", None
            # A future of asyncio's takes every exception but this one.
            return "error", RuntimeError("StopIteration") if isinstance(error, StopIteration) else error
        except BaseException as error:  # meant for a thread of Python's own, which this is not
            return "error", RuntimeError(f"{type(error).__name__}: {error}")

    def _piece_of(self, task: Task, generator: Generator) -> tuple[str, Any]:
        sent, task.sent = task.sent, None
        try:
            value = generator.throw(sent) if isinstance(sent, Exception) else generator.send(sent)
        except StopIteration as end:
            return "result", end.value
        if isinstance(value, list):
            return "parts", value
        if isinstance(value, Lane):
            return "moved", value
        return "share", value if isinstance(value, Pause) else float(value or 0)

    def _closed(self, task: Task) -> tuple[str, Any]:
        """The end of a task that nobody wants; called without the lock."""
        try:
            if task.generator is not None:
                task.generator.close()
        except BaseException:
            LOG.exception("Work did not end as it should")
        return "error", task.error

    def _divide(self, task: Task, works: list[Work]) -> None:
        task.parts = [Task(None, work, Lane.PIECES, task.nth, task.number, task) for work in works]
        for part in task.parts:
            self._enqueue(part)
        if not works:
            self._join(task)

    def _join(self, task: Task) -> None:
        """Go on with a task whose parts are done."""
        # Where one has failed, the others are ended.
        errors = sorted((part.error for part in task.parts if part.error is not None), key=lambda error: isinstance(error, Ended))
        task.sent = errors[0] if errors else [part.result for part in task.parts]
        task.share, task.parts, task.lane = task.progress, [], task.home
        self._enqueue(task)

    def _finish(self, task: Task, result: Any = None, error: Exception | None = None) -> None:
        task.done, task.share, task.result, task.error = True, 1.0, result, error
        task.generator = None
        if task.parent is not None:
            if all(part.done for part in task.parent.parts):
                self._join(task.parent)
            return
        for question in list(task.questions):
            self._answer(question)
        if not task.questions and self._tasks.get(task.recipe) is task:
            del self._tasks[task.recipe]

    def _answer(self, question: Question) -> None:
        task = question.task
        question.settle(task.result, task.error)
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
        reported: set[tuple[int, float]] = set()
        while not self._closing.wait(LOOK_EVERY):
            with self._lock:
                questions = {question for task in self._tasks.values() for question in task.questions} | set(self._subjects.values())
                for question in questions:
                    if question.is_expired:
                        self._forget(question)
                        question.settle(error=Ended())
                long = {(id(task), since) for task, since in self._running.values() if monotonic() - since > LONG}
            if long - reported:
                LOG.error("A piece of work has taken %.0f s. All threads:\n%s", LONG, stacks())
            reported = long


def _compiled_only() -> AbstractContextManager:
    """Forbids to compile. For JAX nothing here waits: before it is imported, nothing can be compiled."""
    compiling = sys.modules.get("landscapes.compiling")
    return compiling.compiled_only() if hasattr(compiling, "compiled_only") else nullcontext()


def _not_compiled() -> type[Exception] | tuple[()]:
    return getattr(sys.modules.get("landscapes.compiling"), "NotCompiled", ())


def stacks() -> str:
    """What every thread does."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    frames = sys._current_frames().items()
    return "\n".join(f"{names.get(ident, ident)}:\n{''.join(traceback.format_stack(frame))}" for ident, frame in frames)


def be_nice() -> None:
    """Let others go before this thread, where the system knows priorities of threads and allows them."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


class Uncut(Executor):
    """`SCHEDULER`'s workers for what cannot be cut, as the executor that a library takes."""

    def submit(self, work: Callable, /, *args, **kwargs) -> Future:
        return SCHEDULER.ask(object(), partial(work, *args, **kwargs), lane=Lane.UNCUT).future


# Shared on purpose: all visitors are served by the same cores.
SCHEDULER = Scheduler()
atexit.register(SCHEDULER.close)
