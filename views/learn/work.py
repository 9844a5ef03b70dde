"""Experiments in the background: each is computed once a server, ahead of being asked for, and shared.

Their number is that of the steps, so what is kept is bounded.
"""

import logging
import threading
from collections import deque
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet

from views import wire
from views.learn.lesson import Chapter, Experiment, Step

LOG = logging.getLogger("thalweg")
URGENT = 2  # threads for steps that somebody has open, which never stand behind one that is computed ahead
PATIENCE = 0.25  # seconds to wait before progress is shown instead


class Task:
    """One experiment: its progress and first result, then its result and the tensors as the browser fetches them."""

    def __init__(self, step: Step):
        self.step = step
        self.share, self.said = 0.0, ""
        self._result: Future[tuple[Experiment, wire.Blob]] = Future()

    def result(self, patience: float | None = PATIENCE) -> tuple[Experiment, wire.Blob] | None:
        """The result, or None if it takes longer. Raises what the experiment raised."""
        try:
            return self._result.result(patience)
        except NotYet:
            return None

    @property
    def failed(self) -> bool:
        return self._result.done() and self._result.exception() is not None

    def compute(self) -> None:
        try:
            experiment = self.step.experiment(self._report)
            blob = wire.Blob.publish(wire.pack(experiment.tensors, state=dict(experiment.state)))
            self._result.set_result((experiment, blob))
        except Exception as error:  # whoever waits is told, and the next visit tries again
            LOG.exception("The experiment %s failed.", self.step.key)
            self._result.set_exception(error)

    def _report(self, share: float, said: str = "") -> None:
        self.share = min(max(share, self.share), 1.0)
        self.said = said or self.said


class Bench:
    """The tasks, by step; daemon threads work on what is waiting: some on open steps alone, one on those ahead as well."""

    def __init__(self):
        self._tasks: dict[tuple[str, str], Task] = {}
        self._open: deque[Task] = deque()
        self._ahead: deque[Task] = deque()
        self._work = threading.Condition()
        self._started = False

    def task(self, chapter: Chapter, step: Step, *, ahead: bool = False) -> Task:
        """The task of a step, begun if it was not; one computed `ahead` lets those of open steps go first."""
        key = (chapter.key, step.key)
        with self._work:
            task = self._tasks.get(key)
            if task is None or (task.failed and not ahead):
                task = self._tasks[key] = Task(step)
                self._ahead.append(task)
            if not ahead and task in self._ahead:
                self._ahead.remove(task)
                self._open.append(task)
            self._start()
            self._work.notify_all()
        return task

    def _start(self) -> None:
        if not self._started:
            self._started = True
            for ahead in (True, *[False] * URGENT):
                threading.Thread(target=self._run, args=(ahead,), name="learn", daemon=True).start()

    def _run(self, ahead: bool) -> None:
        while True:
            with self._work:
                self._work.wait_for(lambda: self._open or (ahead and self._ahead))
                task = (self._open or self._ahead).popleft()
            task.compute()


# Shared by every visitor on purpose: an experiment depends on nobody.
BENCH = Bench()
