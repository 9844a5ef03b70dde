"""Computing what the settings ask for: one sweep for every rail, remembered by recipe."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from landscapes import Landscape
from optimizers import OPTIMIZERS, Optimizer, Trajectory, best, sweep
from optimizers.loop import bucket
from views import wire
from views.cache import Cache
from views.knobs import Knob, knobs, rail
from views.relief import Relief, relief
from views.sentences import sentences
from views.settings import FILLED, Card, Pairs, Settings, build


POINT_BYTES = 16  # two numbers of 64 bits


class Recipe(NamedTuple):
    """Everything that a fan depends on. `values` None means the stops of the knob `over`."""

    landscape: str
    shape: Pairs
    optimizer: str
    knobs: Pairs
    over: str
    values: tuple[float, ...] | None
    start: tuple[float, float]
    steps: int


@dataclass(frozen=True)
class Fan:
    """The runs for every value of one knob; lane i belongs to `values[i]`."""

    values: np.ndarray
    record: Trajectory
    sentences: tuple[str, ...]
    best: int

    @cached_property
    def finals(self) -> np.ndarray:
        """The last loss of every lane, NaN where it diverged, `(lanes,)`."""
        return np.where(self.record.diverged_at < 0, self.record.losses[:, -1], np.nan)

    @cached_property
    def blob(self) -> wire.Blob:
        record = self.record
        arrays = {"positions": record.positions, "losses": record.losses, "diverged": record.diverged_at}
        return wire.Blob.of(wire.pack(arrays, sentences=self.sentences))

    @property
    def bytes(self) -> int:
        """The record, what it remembers of itself (as much as its losses again), and the packed form at half width."""
        record = self.record
        return (record.positions.nbytes + record.losses.nbytes) * 3 // 2 + record.losses.nbytes + record.evaluations.nbytes


class Rail(NamedTuple):
    """One knob of a card: its value now, and its fan where it has been computed."""

    knob: Knob
    value: float
    fan: Fan | None


@dataclass(frozen=True)
class Run:
    """One optimizer on the stage: its card, its rails (the first one leads) and the run for the values now."""

    card: Card
    rails: tuple[Rail, ...]
    record: Trajectory
    sentence: str

    @property
    def title(self) -> str:
        return self.card.kind.title

    @property
    def origin(self) -> str:
        """Where the leading value comes from: "tuned here", "default" or "yours"."""
        leading = self.rails[0]
        if self.card.tuned:
            return "tuned here"
        return "default" if leading.value == leading.knob.default else "yours"


@dataclass(frozen=True)
class Scene:
    """What the page shows for `settings`."""

    settings: Settings
    relief: Relief
    runs: tuple[Run, ...]

    @property
    def landscape(self) -> Landscape:
        return self.relief.landscape

    @property
    def start(self) -> tuple[float, float]:
        return self.settings.start or self.landscape.start


_fans: Cache[Fan] = Cache(256 * 2**20, size=lambda fan: fan.bytes)
_compiled: set[tuple[str, str, int]] = set()  # landscape, optimizer and bucket of steps that this process has compiled


def bare(settings: Settings) -> Scene:
    """The surface alone: what can be shown while the paths are still computed."""
    return Scene(settings, relief(settings.landscape, settings.shape), ())


def scene(settings: Settings) -> Scene:
    """The surface and every run; computes what no visitor has asked for before."""
    ground = relief(settings.landscape, settings.shape)
    wanted = [recipe for card in settings.optimizers for recipe in _recipes(settings, card)]
    _together([recipe for recipe in wanted if recipe not in _fans])
    return Scene(settings, ground, tuple(_run(settings, card) for card in settings.optimizers))


def is_cold(settings: Settings) -> bool:
    """Whether something must be compiled first, which takes long enough to be seen."""
    kernels = {_kernel(settings.landscape, card.key, settings.steps) for card in settings.optimizers}
    return not kernels <= _compiled


def _kernel(landscape: str, optimizer: str, steps: int) -> tuple[str, str, int]:
    return landscape, optimizer, bucket(steps + 1, False, POINT_BYTES)


def knob_values(settings: Settings, card: Card) -> dict[str, float]:
    """The value of every knob of a card but a tuned rail; what the landscape fills in is filled in."""
    values = {name: knob.default for name, knob in knobs(card.kind).items() if name != card.kind.rail}
    return {**values, **_filled(settings, values), **dict(card.knobs)}


def _filled(settings: Settings, values: dict[str, float]) -> dict[str, float]:
    minima = relief(settings.landscape, settings.shape).minima
    known = {"seed": float(settings.seed)}
    if minima:
        known["f_min"] = float(min(minimum.value for minimum in minima))
    return {name: known[name] for name in FILLED if name in values and name in known}


def _together(recipes: list[Recipe]) -> None:
    """Two at a time: compiling and computing both leave Python's lock."""
    if len(recipes) > 1:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(_fan, recipes))


def _recipes(settings: Settings, card: Card) -> Iterable[Recipe]:
    """What can be asked for before the tuned value is known."""
    values = knob_values(settings, card)
    chosen = values.pop(card.kind.rail, None)
    yield _recipe(settings, card, card.kind.rail, values)
    if chosen is not None and chosen not in rail(card.kind).stops:
        yield _recipe(settings, card, card.kind.rail, values, (chosen,))


def _recipe(settings: Settings, card: Card, over: str, values: dict[str, float], lanes=None) -> Recipe:
    fixed = tuple(sorted((name, value) for name, value in values.items() if name != over))
    start = settings.start or build(settings.landscape, settings.shape).start
    return Recipe(settings.landscape, settings.shape, card.key, fixed, over, lanes, start, settings.steps)


def _run(settings: Settings, card: Card) -> Run:
    values = knob_values(settings, card)
    leading = rail(card.kind)
    fan = _fan(_recipe(settings, card, leading.name, values))
    value = values.setdefault(leading.name, float(fan.values[fan.best]))
    lane, lanes = int(np.searchsorted(fan.values, value)), fan
    if lane == len(fan.values) or fan.values[lane] != value:
        lane, lanes = 0, _fan(_recipe(settings, card, leading.name, values, (value,)))
    return Run(card, _rails(settings, card, values, fan), lanes.record[lane], lanes.sentences[lane])


def _rails(settings: Settings, card: Card, values: dict[str, float], leading: Fan) -> tuple[Rail, ...]:
    """The leading rail with its fan; the others' fans only once the card is open."""
    first, others = rail(card.kind), [knob for name, knob in knobs(card.kind).items() if name != card.kind.rail]
    if not card.opened:
        return (Rail(first, values[first.name], leading),)
    recipes = [_recipe(settings, card, knob.name, values) for knob in others]
    _together([recipe for recipe in recipes if recipe not in _fans])
    rest = (Rail(knob, values[knob.name], _fan(recipe)) for knob, recipe in zip(others, recipes))
    return (Rail(first, values[first.name], leading), *rest)


def _fan(recipe: Recipe) -> Fan:
    return _fans.get(recipe, lambda: _compute(recipe))


def _compute(recipe: Recipe) -> Fan:
    ground, kind = relief(recipe.landscape, recipe.shape), OPTIMIZERS[recipe.optimizer]
    landscape, minima = ground.landscape, ground.minima
    optimizer: Optimizer = kind(**dict(recipe.knobs))
    stops = knobs(kind)[recipe.over].stops
    values = stops if recipe.values is None else np.array(recipe.values)
    # As many lanes as the rail has stops reuse its compiled call: a value off the stops is repeated.
    lanes = np.resize(values, len(stops))
    record = sweep(landscape.loss, optimizer, recipe.start, over=recipe.over, values=lanes, steps=recipe.steps)
    record = Trajectory(*(part[: len(values)] for part in (record.positions, record.losses, record.evaluations)))
    _compiled.add(_kernel(recipe.landscape, recipe.optimizer, recipe.steps))
    told = sentences(record, landscape.window, minima)
    return Fan(values, record, told, best(record, values, landscape.window))
