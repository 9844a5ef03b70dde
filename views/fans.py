"""Fans: one sweep for every value of a knob, remembered by recipe and shared by all visitors."""

import hashlib
import secrets
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from landscapes.compiling import NotCompiled, compiled_only, compiling_is_forbidden
from landscapes.pieces import Pieces, result_of
from optimizers import OPTIMIZERS, SCHEDULES, Optimizer, Trajectory, best
from optimizers.derivative_free import RandomSearch
from optimizers.descent import LANES, sweep_in_pieces
from views import wire
from views.cache import Cache
from views.knobs import knobs
from views.relief import relief
from views.sentences import sentences
from views.settings import Noise, OwnFormula, Pairs
from views.store import STORE
from views.tasks import Pause

TOGETHER = 512  # steps of a piece
SEEDS = "noise_seed"  # what a fan goes over to average the noise out
SENTENCE_BYTES = 100  # about
PROCESS = secrets.token_hex(16)  # a part of every address


class Recipe(NamedTuple):
    """Everything that a fan depends on. `values` None means the stops of the knob `over`."""

    landscape: str | OwnFormula
    shape: Pairs
    optimizer: str
    knobs: Pairs
    over: str
    values: tuple[float, ...] | None
    start: tuple[float, float]
    steps: int
    schedule: str = "constant"
    noise: Noise = Noise()


@dataclass(frozen=True)
class Fan:
    """The runs for every value of one knob; lane i belongs to `values[i]`."""

    recipe: Recipe
    values: np.ndarray
    record: Trajectory
    best: int

    @cached_property
    def finals(self) -> np.ndarray:
        """The last loss of every lane, NaN where it diverged, `(lanes,)`."""
        return np.where(self.record.diverged_at < 0, self.record.losses[:, -1], np.nan)

    def lane(self, value: float) -> tuple[Trajectory, str]:
        """The run for one of `values` and its sentence. The run is kept, with the read-outs that it remembers."""
        lane = int((self.values == value).argmax())
        if lane not in self._shown:
            self._shown[lane] = self.record[lane], *_told(self.recipe, self.record[lane : lane + 1])
        return self._shown[lane]

    @cached_property
    def _shown(self) -> dict[int, tuple[Trajectory, str]]:
        return {}

    def address(self) -> str:
        """Where the browser finds all lanes. They are packed when it asks: of most fans a visitor sees one lane."""
        size = 4 * (self.record.positions.size + self.record.losses.size + self.values.size) + SENTENCE_BYTES * self.values.size
        return STORE.offer(_address(self.recipe), partial(_packed, self.recipe), size)

    @property
    def bytes(self) -> int:
        """The record, what it remembers of itself (as much as its losses again), and the packed form at half width."""
        record = self.record
        return (record.positions.nbytes + record.losses.nbytes) * 3 // 2 + record.losses.nbytes + record.evaluations.nbytes


_fans: Cache[Fan] = Cache("fan", lambda fan: fan.bytes)


def fan(recipe: Recipe) -> Fan:
    """The fan of `recipe`, computed when nobody has asked for it before."""
    return _fans.get(recipe, lambda: result_of(_compute(recipe)))


def fan_in_pieces(recipe: Recipe) -> Generator[float | Pause, None, Fan]:
    """`fan`, a piece of its steps each time."""
    return _fans.computed(recipe, lambda: _compute(recipe))


def missing(recipes: Iterable[Recipe]) -> list[Recipe]:
    """Those that nobody has asked for before."""
    return [recipe for recipe in dict.fromkeys(recipes) if recipe not in _fans]


def prepare(recipes: Iterable[Recipe]) -> None:
    """Compile what is missing, two at a time: compiling leaves Python's lock.

    What is compiled is computed one after the other: mostly under that lock, and threads that fight for it are slower.
    """
    cold = [recipe for recipe in missing(recipes) if not _is_warm(recipe)]
    if cold and compiling_is_forbidden():
        raise NotCompiled("a fan")
    if cold:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(fan, cold))


def _is_warm(recipe: Recipe) -> bool:
    """Whether the fan could be computed without compiling; it has been, then."""
    try:
        with compiled_only():
            fan(recipe)
    except NotCompiled:
        return False
    return True


def _compute(recipe: Recipe) -> Pieces[Fan]:
    ground, kind = relief(recipe.landscape, recipe.shape), OPTIMIZERS[recipe.optimizer]
    landscape = ground.landscape
    optimizer: Optimizer = recipe.noise.on(kind(**dict(recipe.knobs)), landscape)
    stops = knobs(kind)[kind.rail if recipe.over == SEEDS else recipe.over].stops
    values = stops if recipe.values is None else np.array(recipe.values)
    # As many lanes as the rail has stops reuse its compiled call: a value off the stops is repeated.
    lanes = np.resize(values, max(len(values), len(stops)))
    block = next((few for few in LANES if len(stops) <= few), LANES[-1])
    record = yield from sweep_in_pieces(
        landscape.loss, optimizer, recipe.start, over=recipe.over, values=lanes, steps=recipe.steps, lanes=block,
        schedule=SCHEDULES[recipe.schedule](), together=TOGETHER,
    )  # fmt: skip
    record = Trajectory(*(part[: len(values)] for part in (record.positions, record.losses, record.evaluations)))
    return Fan(recipe, values, record, best(record, values, landscape.window))


def _told(recipe: Recipe, record: Trajectory) -> tuple[str, ...]:
    """A sentence for each of some lanes."""
    ground = relief(recipe.landscape, recipe.shape)
    overshooting = "changes direction" if OPTIMIZERS[recipe.optimizer] is RandomSearch else "overshoots"
    return sentences(record, ground.landscape.window, ground.minima, overshooting)


def _packed(recipe: Recipe) -> bytes:
    record = fan(recipe).record
    arrays = {"positions": record.positions, "losses": record.losses, "diverged": record.diverged_at}
    return wire.pack(arrays, sentences=_told(recipe, record))


def _address(recipe: Recipe) -> str:
    """What comes after a recipe is always the same, but for another version of the code: browsers keep it for ever."""
    return hashlib.sha256(f"{PROCESS}{tuple(recipe)}".encode()).hexdigest()
