"""Experiments in the background: each is computed once a server, ahead of being asked for, and shared.

Their number is that of the steps, so what is kept is bounded. Whoever was asked for last goes first: the others pause
where they report.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from math import inf
from time import monotonic, sleep

from views import wire
from views.cache import awaited
from views.compiled import kept
from views.learn.lesson import Chapter, Experiment, Step
from views.scheduler import be_nice

LOG = logging.getLogger("thalweg")
PATIENCE = 0.25  # seconds to wait before progress is shown instead
LEFT = 2.0  # seconds without a question after which a visitor is taken to be elsewhere: a page asks several times a second
QUIET = 0.75  # seconds after a page was served in which nothing is computed that nobody has asked for
LOOK = 0.05


class Task:
    """One experiment: its progress and first result, then its result and the tensors as the browser fetches them.

    `asked` is when a page last asked for it; `before_more` is called where it may pause.
    """

    def __init__(self, step: Step, before_more: Callable[["Task"], None] = lambda task: None):
        self.step = step
        self.share, self.said, self.asked = 0.0, "", -inf
        self._before_more = before_more
        self._result: Future[tuple[Experiment, wire.Blob]] = Future()

    def result(self, patience: float | None = PATIENCE) -> tuple[Experiment, wire.Blob] | None:
        """The result, or None if it takes longer. Raises what the experiment raised."""
        self.asked = monotonic()
        try:
            return self._result.result(patience)
        except NotYet:
            return None

    @property
    def done(self) -> bool:
        return self._result.done()

    @property
    def failed(self) -> bool:
        return self.done and self._result.exception() is not None

    def compute(self) -> None:
        self._before_more(self)
        try:
            with kept():
                experiment = self.step.experiment(self._report)
            blob = wire.Blob.publish(wire.pack(experiment.tensors, state=dict(experiment.state)))
            self._result.set_result((experiment, blob))
        except Exception as error:  # whoever waits is told, and the next visit tries again
            LOG.exception("The experiment %s failed.", self.step.key)
            self._result.set_exception(error)

    def _report(self, share: float, said: str = "") -> None:
        self.share = min(max(share, self.share), 1.0)
        self.said = said or self.said
        self._before_more(self)


class Bench:
    """The tasks, by step: one that is open has a thread at once, those ahead share one."""

    def __init__(self):
        self._tasks: dict[tuple[str, str], Task] = {}
        self._ahead: deque[Task] = deque()
        self._lock = threading.Lock()
        self._working = False  # on those ahead
        self._served = -inf  # when a page last asked for any

    def task(self, chapter: Chapter, step: Step, *, ahead: bool = False) -> Task:
        """The task of a step, begun if it was not; one computed `ahead` lets those of open steps go first."""
        key = (chapter.key, step.key)
        with self._lock:
            task = self._tasks.get(key)
            if task is None or (task.failed and not ahead):
                task = self._tasks[key] = Task(step, self._give_way)
                self._ahead.append(task)
            if not ahead:
                task.asked = self._served = monotonic()
                if task in self._ahead:
                    self._ahead.remove(task)
                    _start(task.compute)
            elif self._ahead and not self._working:
                self._working = True
                _start(self._work_ahead)
        return task

    def _work_ahead(self) -> None:
        while True:
            with self._lock:
                self._working = bool(self._ahead)
                if not self._working:
                    return
                task = self._ahead.popleft()
            task.compute()

    def _give_way(self, task: Task) -> None:
        """Pause while another is asked for, and this one no longer or not yet; but not if another needs a part of it."""
        while not awaited() and (self._another_is_asked_for(task) or self._nobody_waits(task)):
            sleep(LOOK)

    def _another_is_asked_for(self, task: Task) -> bool:
        return any(not other.done and other.asked > task.asked + LEFT for other in list(self._tasks.values()))

    def _nobody_waits(self, task: Task) -> bool:
        """Whether a page is being served to someone while nobody has asked for this task."""
        return task.asked == -inf and monotonic() < self._served + QUIET


def _start(work: Callable[[], None]) -> None:
    def nicely() -> None:
        be_nice()
        work()

    threading.Thread(target=nicely, name="learn", daemon=True).start()


# Shared by every visitor on purpose: an experiment depends on nobody.
BENCH = Bench()
