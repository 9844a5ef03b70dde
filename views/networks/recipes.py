"""Recipes: what each result depends on, no more and no less. Equal recipes share one result."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from landscapes.networks import Network
from optimizers import NETWORK_OPTIMIZERS, SCHEDULES, Batches, Optimizer, Schedule
from views.knobs import knobs
from views.networks.query import kept_text
from views.networks.rates import suggested
from views.networks.settings import NetworkSettings
from views.settings import Card, Pairs


class Task(NamedTuple):
    """A network on its data: what is trained."""

    network: str
    seed: int
    samples: int
    noise: float | None
    test_share: float
    weight_decay: float
    batchnorm: str

    def networks(self) -> tuple[Network, Network]:
        return NetworkSettings(**self._asdict()).networks()


class RunRecipe(NamedTuple):
    """One optimizer's training."""

    task: Task
    optimizer: str
    knobs: Pairs
    steps: int
    batch: int | None
    schedule: str

    def build(self) -> Optimizer:
        # As arrays: a number of Python's own would be compiled into the program.
        return NETWORK_OPTIMIZERS[self.optimizer](**{name: np.asarray(value) for name, value in self.knobs})

    @property
    def pace(self) -> Schedule:
        return schedule_for(NETWORK_OPTIMIZERS[self.optimizer], self.schedule)


class PlaneRecipe(NamedTuple):
    """A plane through the runs; what its kind does not look at is left empty."""

    task: Task
    kind: str
    runs: tuple[RunRecipe, ...]
    normalize: str
    seed: int
    reach: float


class SurfaceRecipe(NamedTuple):
    """A surface over a plane."""

    plane: PlaneRecipe
    of: str
    resolution: int


@dataclass(frozen=True)
class Recipes:
    """All that a page's settings ask for; runs by the optimizer's key, in the order of the cards, then kept ones by their text.

    `brief`: up to the surface, without what is said about it.
    """

    task: Task
    runs: dict[str, RunRecipe]
    surface: SurfaceRecipe
    brief: bool = False

    @property
    def key(self) -> tuple:
        """Under which the whole picture is kept."""
        return self.surface, self.brief, tuple(sorted(self.runs))

    @property
    def plane(self) -> PlaneRecipe:
        return self.surface.plane

    @property
    def training(self) -> frozenset[RunRecipe]:
        return frozenset(self.runs.values())

    @property
    def first(self) -> RunRecipe | None:
        return next(iter(self.runs.values()), None)

    @property
    def batches(self) -> Batches | None:
        """The same for every run: they see the same samples in the same order."""
        if self.first is None or self.first.batch is None:
            return None
        train, _ = self.task.networks()
        return Batches(len(train.inputs), self.first.batch, self.task.seed)


def recipes(settings: NetworkSettings, brief: bool = False) -> Recipes:
    task = Task(*(getattr(settings, name) for name in Task._fields))
    runs = {card.key: _run(settings, task, card) for card in settings.optimizers}
    runs |= {kept_text(kept): _run(replace(settings, schedule=kept.schedule), task, kept.card) for kept in settings.kept}
    # Sorted: the order of the cards changes no plane. A run that has just been kept is still that of its card.
    together = tuple(dict.fromkeys(runs[key] for key in sorted(runs)))
    random = settings.plane == "random"
    normalize, seed = (settings.normalize, settings.directions) if random else ("", 0)
    plane = PlaneRecipe(task, settings.plane, together, normalize, seed, settings.reach)
    return Recipes(task, runs, SurfaceRecipe(plane, settings.surface, settings.resolution), brief)


def knob_values(settings: NetworkSettings, card: Card) -> dict[str, float]:
    """The value of every knob of a card: chosen, suggested for this network, or the default."""
    values = {name: knob.default for name, knob in knobs(card.kind).items()}
    return {**values, card.kind.rail: suggested(settings.network, card.key), **dict(card.knobs)}


def schedule_for(kind: type[Optimizer], schedule: str) -> Schedule:
    """What has no learning rate to change keeps its own."""
    return SCHEDULES[schedule if kind.takes_schedule else "constant"]()


def _run(settings: NetworkSettings, task: Task, card: Card) -> RunRecipe:
    values = tuple(sorted(knob_values(settings, card).items()))
    return RunRecipe(task, card.key, values, settings.steps, settings.batch, settings.schedule)
