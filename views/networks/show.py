"""A show: one visitor's picture of a network, found piece by piece for as long as somebody waits for it."""

import logging
import threading
from collections.abc import Generator
from concurrent.futures import wait
from dataclasses import replace
from time import monotonic

from views.budget import BUDGET, RESERVED, Full
from views.networks import costs, pieces
from views.networks.finder import Finder
from views.networks.recipes import Recipes
from views.networks.findings import Activity, Findings
from views.networks.training import Training
from views.scheduler import CORES, SCHEDULER, Uncut
from views.tasks import Lane, Pause, Question

LOG = logging.getLogger("thalweg")
PATIENCE = 10.0  # seconds without a question after which a visitor is taken to be gone
MOST_AT_ONCE = CORES  # shows that compute; others wait
GLANCE = 0.05  # seconds between two looks at what others do

FULL = "Waiting for memory, which other visitors' trainings and files take; yours comes next"

_PLACES = threading.BoundedSemaphore(MOST_AT_ONCE)


class _Room:
    """Owns the memory of a training: see `Budget.reserve`."""


class Show:
    """What a visitor sees for some recipes. `findings` is what there is, `version` counts its changes.

    Every method may be called from any thread; none of them computes.
    """

    def __init__(self, recipes: Recipes, before: "Show | None" = None):
        self.recipes, self.version = recipes, 0
        self.findings = pieces.FOUND.peek(recipes.key) or carried(before, recipes)
        self.told = -1  # the version that the visitor has
        self._asked = monotonic()
        self._paused = self._cancelled = self._stopping = False
        self._changed = threading.RLock()
        self._work: Question | None = None
        self._room: _Room | None = None
        self._has_place = False
        # Where only the picture of a training changes, the training goes on.
        self._training = before.hand_over(recipes) if before else None

    def begin(self) -> "Show":
        """Somebody asks: compute what is missing, unless that is under way, done or cancelled."""
        with self._changed:
            self._asked = monotonic()
            if not (self._works or self.findings.over or self._cancelled):
                self._stopping = False
                self._work = SCHEDULER.ask(("network", id(self)), self._pieces, page=f"show {id(self)}", lane=Lane.UNCUT)
        return self

    @property
    def _works(self) -> bool:
        return self._work is not None and not self._work.future.done()

    def command(self, name: str) -> None:
        """Pause, resume, cancel, or again after a cancel."""
        with self._changed:
            if name == "again" and self._cancelled:
                self.findings = replace(self.findings, over=False, problem="")
            self._paused = name == "pause"
            self._cancelled = name == "cancel" and not self.findings.over
            if self._cancelled:
                self.findings = replace(self.findings, over=True, activity=None)
            elif self.findings.activity is not None:
                self.findings = replace(self.findings, activity=replace(self.findings.activity, paused=self._paused))
            self.version += 1
        if self._training is not None:
            self._training.command(name)

    def hand_over(self, recipes: Recipes) -> Training | None:
        """End, and give the training to a show that needs the same."""
        training = self._training if self._training and self._training.serves(recipes) else None
        if training is not None:
            self._training = None
            training.recipes = recipes
        self.command("cancel")
        return training

    def let_go(self) -> None:
        """Free the training's memory; whoever comes back trains again what nobody has kept."""
        with self._changed:
            if not self._works:
                self._training = None

    def join(self, seconds: float) -> None:
        if self._work is not None:
            wait([self._work.future], seconds)

    @property
    def is_gone(self) -> bool:
        """Whether nobody has asked for a while."""
        return monotonic() - self._asked > PATIENCE

    def tell(self, **news) -> None:
        """Something was found; what comes after a cancel is not shown."""
        with self._changed:
            if self._cancelled:
                return
            self.findings = replace(self.findings, **news)
            self.version += 1

    def doing(self, text: str, share: float = 0.0) -> None:
        self.tell(activity=Activity(text, share, self._paused))

    def _goes_on(self) -> bool:
        """Whether somebody still waits.

        Once told to stop, the work stops: who comes back meanwhile must not have a picture of which a part was left out.
        """
        with self._changed:
            self._stopping |= self._cancelled or self.is_gone
            return not self._stopping

    def _pieces(self) -> Generator[float | Pause, None, None]:
        try:
            costs.check(self.recipes)
            if (yield from self._take_place()):
                yield from self._find()
        except ValueError as error:  # what a library refuses it says in words for the visitor
            self._stop(str(error))
        except Exception:
            LOG.exception("A network's picture failed")
            self._stop("Something went wrong while this was computed.")
        finally:
            self._give_place()
            self._room = None

    def _find(self) -> Generator[float | Pause, None, None]:
        if self._training is None:
            self._training = Training(self.recipes)
        if self._paused:
            self._training.command("pause")
        finder = Finder(self.recipes, self._training, self, Uncut())
        for computed in finder.steps():
            yield 0.0 if computed else Pause(GLANCE)
            if self._paused:
                self._give_place()  # others train meanwhile
                while self._paused and self._goes_on():
                    yield Pause(GLANCE)
                yield from self._take_place()
            if not self._goes_on():
                if self._training is not None:
                    self._training.command("cancel")
                return
        if self._goes_on():  # the last part may have been left as well
            self.tell(over=True, activity=None)
            pieces.FOUND.put(self.recipes.key, self.findings)
            self._training = None  # its runs are kept where all visitors find them

    def _stop(self, problem: str) -> None:
        self.tell(over=True, activity=None, problem=problem)

    def _take_place(self) -> Generator[Pause, None, bool]:
        """Wait for one of the places of those who train, and for the memory; false where nobody waits any more."""
        size = min(costs.training_bytes(self.recipes, pieces.OF_A_VISITOR), int(RESERVED * BUDGET.limit))
        while self._goes_on():
            if _PLACES.acquire(blocking=False):
                self._has_place = True
                try:
                    self._reserve(size)
                    return True
                except Full as full:  # who waits for memory keeps no place from who has it
                    self._give_place()
                    self.doing(str(full))
            else:
                self.doing(f"Waiting: {MOST_AT_ONCE} other visitors are training; yours comes next")
            yield Pause(GLANCE)
        return False

    def _give_place(self) -> None:
        if self._has_place:
            self._has_place = False
            _PLACES.release()

    def _reserve(self, size: int) -> None:
        """The memory of the training for as long as it goes on, also while it is paused. Raises Full."""
        if self._room is None:
            BUDGET.reserve(room := _Room(), size, FULL)
            self._room = room


def carried(before: Show | None, recipes: Recipes) -> Findings:
    """What stays on the stage from the picture before, until there is better: its plane, and the runs that stay."""
    if before is None or before.recipes.task != recipes.task:
        return Findings()
    old, runs = before.findings, before.recipes.runs
    known = {recipe: key for key, recipe in runs.items()}
    stay = {key: known[recipe] for key, recipe in recipes.runs.items() if recipe in known}
    parts = {name: getattr(old, name) for name in ("tracks", "scores", "sharpness")}
    kept = {name: {key: part[other] for key, other in stay.items() if other in part} for name, part in parts.items()}
    same = list(runs.items()) == list(recipes.runs.items())
    return Findings(old.laid, old.ground, **kept, probes=old.probes if same else None)
