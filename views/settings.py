"""Settings: everything that defines the picture, in one frozen value. The URL is its text form."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, NamedTuple

from landscapes import LANDSCAPES, Landscape, formula, parse_formula
from optimizers import NETWORK_OPTIMIZERS, OPTIMIZERS, Optimizer, noisy
from views.knobs import Knob, knobs

VIEWS = ("3d", "contour", "both", "side", "side3d")
SCALES = ("auto", "linear", "log")
MOST_STEPS = 2000
MOST_OPTIMIZERS = 8
MOST_KEPT = 6  # runs beside those of the cards
FARTHEST_START = 10  # window widths beyond the window
SPEEDS = (0.1, 20.0)
MOST_NOISE = 1e6
MOST_BATCH = 1000
MOST_SEED = 99  # as far as the rail of an optimizer's own seed goes
KINDS = {**OPTIMIZERS, **NETWORK_OPTIMIZERS}  # all that a card may stand for, on one page or the other
FILLED = ("f_min", "seed")  # knobs that, when absent, come from the landscape and from the settings

Pairs = tuple[tuple[str, float], ...]


class OwnFormula(NamedTuple):
    """A landscape that a visitor typed, where others have the key of one that is there. `checks` has read the text."""

    text: str = "sin(a*x)*cos(y) + (x^2 + y^2)/10"
    window: tuple[tuple[float, float], tuple[float, float]] = formula.WINDOW


OWN = "formula"  # what stands for it where a landscape's key does


@dataclass(frozen=True)
class Card:
    """One optimizer on the stage. A knob absent from `knobs` has its default; an absent rail is tuned here."""

    key: str
    knobs: Pairs = ()
    opened: bool = False

    @property
    def kind(self) -> type[Optimizer]:
        return KINDS[self.key]

    @property
    def tuned(self) -> bool:
        return self.kind.rail not in dict(self.knobs)

    def with_knob(self, name: str, value: float) -> "Card":
        """One knob moved; a default is left out, except where absent means something else."""
        if name not in (self.kind.rail, *FILLED) and value == knobs(self.kind)[name].default:
            return replace(self, knobs=tuple(pair for pair in self.knobs if pair[0] != name))
        return replace(self, knobs=_with(self.knobs, name, value))

    def tune(self) -> "Card":
        """The rail goes back to the best stop of its sweep; other knobs stay."""
        return replace(self, knobs=tuple(pair for pair in self.knobs if pair[0] != self.kind.rail))

    def reset(self) -> "Card":
        """Every knob at its textbook default, the rail's written out (absent would mean tuned)."""
        return replace(self, knobs=((self.kind.rail, knobs(self.kind)[self.kind.rail].default),))


class Noise(NamedTuple):
    """What makes gradients inexact, for every optimizer alike: see `optimizers.noisy`. A `batch` of 0 is all samples."""

    size: float = 0.0
    batch: int = 0
    seed: int = 0

    def on(self, optimizer: Optimizer, landscape: Landscape) -> Optimizer:
        return noisy(optimizer, self.size, self.seed, of=landscape, batch=self.batch)


class Kept(NamedTuple):
    """A run that stays as it was, whatever becomes of its card, the start, the steps, the schedule and the noise.

    Its card names its rate. The landscape's shape is the page's: on another ground it would be another run.
    """

    card: Card
    start: tuple[float, float]
    steps: int
    schedule: str = "constant"
    noise: Noise = Noise()


FIRST_VISIT = tuple(Card(key) for key in ("gradient_descent", "momentum", "rmsprop", "adam"))


@dataclass(frozen=True)
class Settings:
    """The state of the Explore page. Points, zoom and target are in the landscape's own coordinates.

    `start` None means the landscape's own, `step` None the last one, `target` None an automatic level.
    `camera` is eye, centre and up, nine numbers as Plotly's scene has them.
    """

    registry: ClassVar[dict[str, type[Optimizer]]] = OPTIMIZERS

    landscape: str | OwnFormula = "rosenbrock"
    shape: Pairs = ()
    start: tuple[float, float] | None = None
    optimizers: tuple[Card, ...] = FIRST_VISIT
    steps: int = 300
    view: str = "both"
    height: str = "auto"
    colour: str = "auto"
    camera: tuple[float, ...] | None = None
    zoom: tuple[tuple[float, float], tuple[float, float]] | None = None
    step: int | None = None
    speed: float = 1.0
    target: float | None = None
    seed: int = 0
    schedule: str = "constant"
    kept: tuple[Kept, ...] = ()
    noise: float = 0.0
    batch: int = 0

    @property
    def drawn(self) -> Noise:
        """The noise that all optimizers meet. Without any the seed is no part of it: nothing depends on it then."""
        batch = self.batch if has_data(self.landscape) else 0
        return Noise(self.noise, batch, self.seed) if self.noise or batch else Noise()

    def of(self, run: Kept) -> "Settings":
        """The settings under which `run` is that of its card."""
        size, batch, seed = run.noise
        seed = seed if size or batch else self.seed  # guesses have theirs in the card
        return replace(
            self, optimizers=(run.card,), start=run.start, steps=run.steps, schedule=run.schedule, noise=size, batch=batch, seed=seed
        )

    def with_kept(self, run: Kept) -> "Settings":
        """Raises ValueError where there is no room, or it is there."""
        check_kept(self.kept, run)
        return replace(self, kept=(*self.kept, run))

    def with_shape(self, name: str, value: float) -> "Settings":
        """One shape knob moved; a value equal to the default is left out."""
        shape = _with(self.shape, name, value)
        defaults = shape_knobs(self.landscape)
        return replace(self, shape=tuple(pair for pair in shape if pair[1] != defaults[pair[0]].default))

    @property
    def key(self) -> str:
        """The landscape's, for addresses, file names and the gallery."""
        return self.landscape if isinstance(self.landscape, str) else OWN

    def rewritten(self, own: OwnFormula) -> "Settings":
        """Another formula in the place of the one before: what still belongs to it stays."""
        named = shape_knobs(own)
        changed = replace(self, landscape=own, kept=(), shape=tuple(pair for pair in self.shape if pair[0] in named))
        same = isinstance(self.landscape, OwnFormula) and own.window == self.landscape.window
        return changed if same else replace(changed, start=None, zoom=None)

    def at(self, landscape: str | OwnFormula) -> "Settings":
        """The same optimizers on another landscape: what belonged to the old one goes, typed rates too."""
        cards = tuple(card.tune() for card in self.optimizers)
        return replace(
            self, landscape=landscape, optimizers=cards, shape=(), start=None, zoom=None, target=None, step=None, kept=(), noise=0.0, batch=0
        )


def check_kept(kept: tuple, run) -> None:
    """Raises ValueError where `run` is kept already, or there is no room for it."""
    if run in kept:
        raise ValueError(f"this run of {run.card.kind.title} is kept already")
    if len(kept) >= MOST_KEPT:
        raise ValueError(f"{MOST_KEPT} runs are kept at most; remove one first")


def has_data(landscape: str | OwnFormula) -> bool:
    """Whether the loss is one on data, which can be taken in batches."""
    return isinstance(landscape, str) and hasattr(type(LANDSCAPES[landscape]), "batch_loss")


def shape_knobs(landscape: str | OwnFormula) -> dict[str, Knob]:
    if isinstance(landscape, str):
        return knobs(type(LANDSCAPES[landscape]))
    words = "what this name in the formula stands for"
    return {
        name: Knob(name, name, words, "linear", formula.PARAMETER, formula.LOWEST, formula.HIGHEST)
        for name in build(landscape, ()).parameters
    }


@lru_cache(maxsize=256)
def build(landscape: str | OwnFormula, shape: Pairs) -> Landscape:
    """The landscape with its shape knobs moved."""
    if isinstance(landscape, OwnFormula):
        return parse_formula(landscape.text, landscape.window, dict(shape))
    member = LANDSCAPES[landscape]
    return replace(member, **dict(shape)) if shape else member


def named(landscape: str | OwnFormula, built: Landscape) -> str:
    """What a picture of a landscape is called: a formula by what it says, since they all have one title."""
    return f"f({', '.join(built.axes)}) = {landscape.text}" if isinstance(landscape, OwnFormula) else built.title


def _with(pairs: Pairs, name: str, value: float) -> Pairs:
    """Pairs stay sorted by name, so that equal states are equal values and equal URLs."""
    return tuple(sorted({**dict(pairs), name: value}.items()))
