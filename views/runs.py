"""The runs that the settings ask for: each card's rails, and the lane of its fan that is shown."""

from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

from landscapes import Landscape
from landscapes.compiling import NotCompiled, compiled_only
from optimizers import Trajectory
from views import fans
from views.fans import Fan, Recipe
from views.looks import Look, looks
from views.knobs import Knob, knobs, rail
from views.relief import Relief, relief
from views.settings import FILLED, Card, Noise, Settings, build
from views.tasks import Lane


DRAWS = 32  # of the noise, for averages
SHORT_STEPS = 1000


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
    seeds: Trajectory | None = None

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
    kept: tuple[Run, ...] = ()  # in the order of the settings' own

    @property
    def landscape(self) -> Landscape:
        return self.relief.landscape

    @cached_property
    def looks(self) -> dict[str, Look]:
        """Colour and dash by the optimizer's key."""
        return looks(card.key for card in self.settings.optimizers)

    @property
    def start(self) -> tuple[float, float]:
        return self.settings.start or self.landscape.start


def ready(settings: Settings) -> Scene:
    """The surface and the runs that need no compiling: what can be shown while the others are computed."""
    ground, runs = relief(settings.landscape, settings.shape), []
    for card in settings.optimizers:
        with suppress(NotCompiled), compiled_only():
            runs.append(_run(settings, card))
    return Scene(settings, ground, tuple(runs))  # kept runs come with the rest


def scene(settings: Settings) -> Scene:
    """The surface and every run; computes what no visitor has asked for before."""
    ground = relief(settings.landscape, settings.shape)
    fans.prepare(recipes(settings))
    every = tuple(_run(under, card) for under, card in _asked(settings))
    return Scene(settings, ground, every[: len(settings.optimizers)], every[len(settings.optimizers) :])


def scene_in_pieces(settings: Settings) -> Generator[list[Callable] | Lane, list | None, Scene]:
    """`scene` for the scheduler: the fans that are missing side by side, where they take long or must be compiled."""
    if not is_long(settings):
        with suppress(NotCompiled), compiled_only():
            return scene(settings)
    else:
        yield Lane.PIECES  # short work goes first
    ground = relief(settings.landscape, settings.shape)
    parts = [partial(fans.fan_in_pieces, recipe) for recipe in fans.missing(recipes(settings))]
    if ground.landscape.searched:
        parts.append(lambda: ground.minima)
    yield parts
    return scene(settings)


def recipes(settings: Settings) -> list[Recipe]:
    """The fans that can be asked for before any tuned value is known."""
    return [recipe for under, card in _asked(settings) for recipe in _recipes(under, card)]


def is_long(settings: Settings) -> bool:
    """Whether so many steps are missing that others should get in between."""
    return settings.steps > SHORT_STEPS and bool(fans.missing(recipes(settings)))


def _asked(settings: Settings) -> list[tuple[Settings, Card]]:
    """Every card, then every kept run, with the settings under which it runs."""
    return [(settings, card) for card in settings.optimizers] + [(settings.of(run), run.card) for run in settings.kept]


def schedule_of(settings: Settings, card: Card) -> str:
    """The schedule that the card's rate follows: some rules have no rate that could."""
    return settings.schedule if card.kind.takes_schedule else "constant"


def knob_values(settings: Settings, card: Card) -> dict[str, float]:
    """The value of every knob of a card but a tuned rail; what the landscape fills in is filled in."""
    values = {name: knob.default for name, knob in knobs(card.kind).items() if name != card.kind.rail}
    return {**values, **_filled(settings, values), **dict(card.knobs)}


def moved_knobs(settings: Settings, card: Card) -> dict[str, float]:
    """The knobs of a card beside its rail that are not at their defaults, by label."""
    known = knobs(card.kind)
    return {known[name].label: value for name, value in knob_values(settings, card).items() if name != card.kind.rail and value != known[name].default}


def values(settings: Settings, card: Card) -> dict[str, float]:
    """The value of every knob of a card; a tuned rail is computed where nobody has asked for it before."""
    known = knob_values(settings, card)
    return known if card.kind.rail in known else {**known, card.kind.rail: _tuned(_leading(settings, card, known))}


def _filled(settings: Settings, values: dict[str, float]) -> dict[str, float]:
    known = {"seed": float(settings.seed)}
    # Asked only where it is needed: some landscapes must search for their minima.
    if "f_min" in values and (minima := relief(settings.landscape, settings.shape).minima):
        known["f_min"] = float(min(minimum.value for minimum in minima))
    return {name: known[name] for name in FILLED if name in values and name in known}


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
    return Recipe(
        settings.landscape, settings.shape, card.key, fixed, over, lanes, start, settings.steps, schedule_of(settings, card),
        settings.drawn,
    )  # fmt: skip


def _run(settings: Settings, card: Card) -> Run:
    values = knob_values(settings, card)
    leading, fan = rail(card.kind), _leading(settings, card, values)
    value = values.setdefault(leading.name, _tuned(fan))
    shown = fan if value in fan.values else fans.fan(_recipe(settings, card, leading.name, values, (value,)))
    return Run(card, _rails(settings, card, values, fan), *shown.lane(value), _seeds(settings, card, values))


def _seeds(settings: Settings, card: Card, values: dict[str, float]) -> Trajectory | None:
    """The same run for other draws of the noise; the first is the one shown."""
    if settings.drawn == Noise():
        return None
    lanes = tuple(float(settings.seed + number) for number in range(DRAWS))
    return fans.fan(_recipe(settings, card, fans.SEEDS, values, lanes)).record


def _leading(settings: Settings, card: Card, values: dict[str, float]) -> Fan:
    return fans.fan(_recipe(settings, card, card.kind.rail, values))


def _tuned(fan: Fan) -> float:
    return float(fan.values[fan.best])


def _rails(settings: Settings, card: Card, values: dict[str, float], leading: Fan) -> tuple[Rail, ...]:
    """The leading rail with its fan; the others' fans only once the card is open."""
    first, others = rail(card.kind), [knob for name, knob in knobs(card.kind).items() if name != card.kind.rail]
    if not card.opened:
        return (Rail(first, values[first.name], leading),)
    recipes = [_recipe(settings, card, knob.name, values) for knob in others]
    fans.prepare(recipes)
    rest = (Rail(knob, values[knob.name], fans.fan(recipe)) for knob, recipe in zip(others, recipes))
    return (Rail(first, values[first.name], leading), *rest)
