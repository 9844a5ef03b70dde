"""Jobs: trainings in the background, side by side, to be looked at, paused and cancelled while they run."""

import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import Any

import jax
from jaxtyping import PyTree

from optimizers.batches import Batches
from optimizers.budget import Budget
from optimizers.descent import as_start, is_double
from optimizers.optimizer import Optimizer
from optimizers.run import Run
from optimizers.schedules import Constant, Schedule
from optimizers.training import Loss, Training, as_frame, on_device

PATIENCE = 30.0  # seconds without a look after which a job gives up
OVER = ("finished", "cancelled", "abandoned", "failed")


@dataclass(frozen=True)
class Progress:
    """One optimizer of a job.

    `status` is "waiting", "running", "done", "diverged" or "failed", and `sentence` says it.
    """

    status: str
    sentence: str
    run: Run | None


@dataclass(frozen=True)
class Snapshot:
    """Everything that a job has so far; it never changes, whatever the job does next.

    `status` is "waiting", "running", "paused", "finished", "cancelled", "abandoned" or "failed". `done` of `total`
    counts the steps of all runs; `seconds_left` is an estimate, None while there is nothing to estimate from.
    """

    status: str
    done: int
    total: int
    seconds_left: float | None
    progress: dict[str, Progress]

    @property
    def runs(self) -> dict[str, Run]:
        """The runs that have begun."""
        return {key: one.run for key, one in self.progress.items() if one.run is not None}

    @property
    def over(self) -> bool:
        return self.status in OVER


class TrainingJob:
    """Several optimizers trained from one start on the same batches, a few steps each in turn, in a thread of its own.

    The arguments are those of `train`, with one optimizer under each key, one schedule for all or one under each key,
    and the `keep` of all together. With `keep=None` and `planes` it is a replay. Pausing and cancelling take effect
    within one compiled call, about 75 ms or one step. The job ends when nobody has called `snapshot` for `patience`
    seconds, or when it is no longer held. Every method may be called from any thread. Raises ValueError or TypeError
    for what cannot run; what goes wrong later is told in the snapshot.
    """

    def __init__(
        self,
        loss: Loss,
        optimizers: Mapping[str, Optimizer],
        start: PyTree,
        steps: int = 300,
        *,
        batches: Batches | None = None,
        schedule: Schedule | Callable | Mapping[str, Any] = Constant(),
        full_loss: Loss | None = None,
        keep: Budget | None = Budget(),
        planes: Sequence[Any] = (),
        patience: float = PATIENCE,
    ):
        if not optimizers:
            raise ValueError("A job needs at least one optimizer, got none.")
        start = as_start(start)
        with jax.enable_x64(is_double(start)):
            frames = tuple(as_frame(plane, start) for plane in planes)
            loss, full_loss = on_device((loss, full_loss))
        schedules = schedule if isinstance(schedule, Mapping) else dict.fromkeys(optimizers, schedule)
        share = None if keep is None else keep.share(len(optimizers))
        self._work = _Work(
            {
                key: Training(
                    loss, optimizer, start, steps, batches=batches, schedule=schedules.get(key, Constant()),
                    full_loss=full_loss, keep=share, planes=frames,
                )
                for key, optimizer in optimizers.items()
            },
            patience,
        )  # fmt: skip
        self._thread: threading.Thread | None = None
        weakref.finalize(self, self._work.gone.set).atexit = False

    def start(self) -> "TrainingJob":
        """Begin, or go on where it was cancelled or abandoned."""
        with self._work.changed:
            self._work.cancelled = False
            if self._thread is None or self._work.status in OVER:
                self._begin()
        return self

    def in_pieces(self, executor: Executor) -> Iterator[bool]:
        """The job in the thread of whoever iterates, instead of in its own: a call for every run that is compiled, each time.

        `executor` compiles. False comes where there was nothing to compute, in a pause say.
        """
        with self._work.changed:
            self._work.cancelled = False
            self._work.status, self._work.looked = "running", monotonic()
        return self._work.pieces(executor)

    def pause(self) -> None:
        self._work.set(paused=True)

    def resume(self) -> None:
        """Go on after a pause."""
        self._work.set(paused=False)

    def cancel(self) -> None:
        """End; what is there stays."""
        self._work.set(cancelled=True)

    def extend(self, steps: int) -> None:
        """Train every run that has not diverged for `steps` more than planned."""
        with self._work.changed:
            for training in self._work.trainings.values():
                training.extend(steps)
            if self._work.status in OVER:
                self.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Until the job is over, or `timeout` seconds have passed: whether it is over. This counts as looking."""
        end = None if timeout is None else monotonic() + timeout
        while self._thread is not None and self._thread.is_alive() and (end is None or monotonic() < end):
            self._work.looked = monotonic()
            self._thread.join(0.05 if end is None else min(0.05, max(0, end - monotonic())))
        return self.snapshot().over

    def snapshot(self) -> Snapshot:
        """What there is so far."""
        return self._work.snapshot()

    def _begin(self) -> None:
        work = self._work
        work.status, work.looked = "running", monotonic()
        self._thread = threading.Thread(target=work.loop, args=(self._thread,), name="training", daemon=True)
        # An interpreter that ends under a running compiled call may crash.
        weakref.finalize(work, _end, work.gone, self._thread)
        self._thread.start()


class _Work:
    """What the thread holds: not the job, so that a job that is let go of ends."""

    def __init__(self, trainings: dict[str, Training], patience: float):
        self.trainings, self.patience = trainings, patience
        self.changed = threading.Condition(threading.RLock())
        self.gone = threading.Event()
        self.status, self.paused, self.cancelled, self.looked = "waiting", False, False, monotonic()
        self.failures: dict[str, str] = {}
        self.runs: dict[str, Run] = {}
        self.seconds: dict[str, list[float]] = {}

    def set(self, **flags: bool) -> None:
        with self.changed:
            self.looked = monotonic()
            for name, value in flags.items():
                setattr(self, name, value)
            self.changed.notify_all()

    def loop(self, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()
        try:
            with ThreadPoolExecutor(2) as pool:
                for _ in self.pieces(pool):
                    self._wait_in_pause()
                pool.shutdown(cancel_futures=True)
        except Exception:
            self.status = "failed"
            raise

    def pieces(self, executor: Executor) -> Iterator[bool]:
        """Comes back after every round: whether anything was computed in it."""
        compiling: dict[str, Future] = {}
        while not self._is_over():
            with self.changed:
                open_keys = [key for key in self.trainings if self._is_open(key)]
                if not open_keys:
                    self.status = "finished"
                    return
            self._compile(executor, compiling)
            yield not self.paused and self._round(open_keys, compiling)

    def _compile(self, executor: Executor, compiling: dict[str, Future]) -> None:
        """Begin with the first one alone, so that something moves soon; then the others."""
        first = next(iter(self.trainings))
        if not compiling:
            compiling[first] = executor.submit(self._prepare, self.trainings[first])
        elif compiling[first].done():
            for key, training in self.trainings.items():
                if key not in compiling:
                    compiling[key] = executor.submit(self._prepare, training)

    def snapshot(self) -> Snapshot:
        with self.changed:
            self.looked = monotonic()
            progress = {key: self._progress(key) for key in self.trainings}
            total = sum(training.steps for training in self.trainings.values())
            done = sum(one.run.steps for one in progress.values() if one.run is not None)
            status = "paused" if self.paused and self.status == "running" else self.status
            return Snapshot(status, done, total, self._seconds_left(), progress)

    def _prepare(self, training: Training) -> None:
        if not (self.cancelled or self.gone.is_set()):
            training.prepare()

    def _round(self, open_keys: list[str], compiling: dict[str, Future]) -> bool:
        """One call for every run that is compiled: whether there is one."""
        ready = [key for key in open_keys if key in compiling and compiling[key].done()]
        behind = min((self.trainings[key].done for key in ready), default=0)
        for key in ready:
            # The quick ones wait for the slow: paths grow together.
            if self._is_over() or self.paused:
                break
            if self.trainings[key].done <= behind + self.trainings[key].count:
                self._advance(key, compiling[key])
        return bool(ready)

    def _advance(self, key: str, compiling: Future) -> None:
        training = self.trainings[key]
        try:
            compiling.result()
            before, began = training.done, monotonic()
            training.advance(training.count)
            seconds = monotonic() - began
            run = training.run()
        except Exception as error:  # whatever a loss of somebody else raises belongs into the snapshot
            with self.changed:
                self.failures[key] = f"{training.optimizer.title} stopped: {type(error).__name__}: {_first_line(error)}"
            return
        with self.changed:
            self.runs[key] = run
            self.seconds[key] = [seconds, max(1, training.done - before)]

    def _is_over(self) -> bool:
        """Whether to end."""
        with self.changed:
            if self.cancelled:
                self.status = "cancelled"
            elif self.gone.is_set() or monotonic() - self.looked > self.patience:
                self.status = "abandoned"
            return self.status in OVER

    def _wait_in_pause(self) -> None:
        """While a pause lasts, and a moment where all is still being compiled."""
        with self.changed:
            while self.paused and not self._is_over():
                self.changed.wait(min(0.5, self.patience / 4))
            if not self.runs and not self._is_over():
                self.changed.wait(0.02)

    def _is_open(self, key: str) -> bool:
        return key not in self.failures and not self.trainings[key].finished

    def _progress(self, key: str) -> Progress:
        run, title = self.runs.get(key), self.trainings[key].optimizer.title
        if key in self.failures:
            return Progress("failed", self.failures[key], run)
        if run is None:
            return Progress("waiting", f"{title} is being compiled.", None)
        if run.diverged_at >= 0:
            return Progress("diverged", f"{title} diverged at step {run.diverged_at}.", run)
        over = run.steps >= self.trainings[key].steps
        return Progress("done" if over else "running", f"{title} is at step {run.steps:,}.", run)

    def _seconds_left(self) -> float | None:
        keys = [key for key in self.trainings if self._is_open(key)]
        if not keys:
            return 0.0
        if not all(key in self.seconds for key in keys):
            return None
        rate = lambda key: self.seconds[key][0] / self.seconds[key][1]
        return sum(rate(key) * (self.trainings[key].steps - self.trainings[key].done) for key in keys)


def _end(gone: threading.Event, thread: threading.Thread) -> None:
    gone.set()
    if thread is not threading.current_thread() and thread.is_alive():
        thread.join(5)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else "no message"
