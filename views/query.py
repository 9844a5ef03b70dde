"""Settings to URL and back. Reading never fails: what cannot be used is left out and said in a sentence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from views import checks
from views.knobs import knobs
from views.settings import (
    MOST_OPTIMIZERS,
    MOST_SEED,
    MOST_STEPS,
    SCALES,
    SPEEDS,
    VIEWS,
    Card,
    Pairs,
    Settings,
    shape_knobs,
)

SEPARATOR = "~"
LONGEST = 1000  # characters of one value; the longest of ours has about 200
MOST_NAMES = 40
MOST_CARDS_READ = 4 * MOST_OPTIMIZERS
MOST_SENTENCES = 8

Query = Mapping[str, Sequence[str]]


def write(settings: Settings) -> dict[str, list[str]]:
    """The query of `settings`: readable, defaults left out, numbers so that reading gives them back exactly."""
    query = {name: [text(getattr(settings, name))] for name, text in _WRITERS.items() if _moved(settings, name)}
    if _moved(settings, "optimizers"):
        query["optimizer"] = [_card_text(card) for card in settings.optimizers] or ["none"]
    return query


def read(query: Query) -> tuple[Settings, list[str]]:
    """Settings, and one sentence for each thing that was ignored."""
    reader = _Reader(query)
    return reader.settings(), _few(reader.ignored)


def _few(sentences: list[str]) -> list[str]:
    sentences = list(dict.fromkeys(sentences))
    rest = len(sentences) - MOST_SENTENCES
    return sentences if rest <= 0 else [*sentences[:MOST_SENTENCES], f"{rest} more parts of this link were ignored."]


class _Reader:
    """Reads one query; gathers what it ignores."""

    def __init__(self, query: Query):
        self.query = query
        self.ignored: list[str] = []

    def settings(self) -> Settings:
        if "cut" in self.query:
            self.ignored.append("The link was too long; only its beginning was read.")
        for name in islice(self.query, MOST_NAMES):
            if name not in _READERS and name not in ("landscape", "shape", "start", "optimizer", "cut"):
                self.ignored.append(f"{checks.quoted(name)} in the link is not known here and was ignored.")
        landscape = self.one("landscape", checks.landscape, Settings.landscape)
        shape = self.one("shape", lambda text: _shape(self, landscape, text), ())
        settings = Settings(landscape=landscape, shape=shape, optimizers=self.cards())
        start = self.one("start", lambda text: checks.start(text.split(SEPARATOR), landscape, shape), None)
        simple = {name: self.one(name, check, getattr(settings, name)) for name, check in _READERS.items()}
        if simple["step"] is not None and simple["step"] > simple["steps"]:
            self.say("step", f"expected at most {simple['steps']}, got {simple['step']}")
            simple["step"] = None
        return replace(settings, start=start, **simple)

    def one(self, name: str, check: Callable, default):
        """The last value given for `name`, checked; the default where there is none or it cannot be used."""
        values = self.query.get(name) or [None]
        try:
            return default if values[-1] is None else check(_short(values[-1]))
        except ValueError as error:
            self.say(name, str(error))
            return default

    def say(self, name: str, why: str) -> None:
        self.ignored.append(f"{name.capitalize()} in the link was ignored: {why}.")

    def cards(self) -> tuple[Card, ...]:
        if "optimizer" not in self.query:
            return Settings.optimizers
        texts, cards = self.query["optimizer"], {}
        if list(texts[:2]) == ["none"]:
            return ()
        if len(texts) > MOST_CARDS_READ:
            self.ignored.append(f"The link names {len(texts)} optimizers; only the first {MOST_CARDS_READ} were read.")
        for text in texts[:MOST_CARDS_READ]:
            try:
                card = _card(self, _short(text))
                if card.key in cards:
                    raise ValueError(f"{checks.quoted(card.key)} is there twice")
                cards[card.key] = card
            except ValueError as error:
                self.say("optimizer", str(error))
        if len(cards) > MOST_OPTIMIZERS:
            self.ignored.append(f"The stage holds {MOST_OPTIMIZERS} optimizers; the rest in the link were ignored.")
        return tuple(cards.values())[:MOST_OPTIMIZERS] or Settings.optimizers


def _short(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"expected at most {LONGEST} characters, got {len(text)}")
    return text


def _pairs(reader: _Reader, name: str, known: dict, parts: list[str]) -> Pairs:
    """name~value~name~value; a pair that cannot be used is said and skipped."""
    found = {}
    if len(parts) % 2:
        reader.say(name, f"{checks.quoted(parts[-1])} has no value")
    for knob, value in zip(parts[::2], parts[1::2]):
        try:
            knob, number = checks.knob(known, knob, value)
            found[knob] = number
        except ValueError as error:
            reader.say(name, str(error))
    return tuple(found.items())


def _shape(reader: _Reader, landscape: str, text: str) -> Pairs:
    settings = Settings(landscape=landscape)
    for name, value in _pairs(reader, "shape", shape_knobs(landscape), text.split(SEPARATOR)):
        settings = settings.with_shape(name, value)
    return settings.shape


def _card(reader: _Reader, text: str) -> Card:
    key, *parts = text.split(SEPARATOR)
    card = Card(checks.optimizer(key), opened="open" in parts[:1])
    for name, value in _pairs(reader, f"{card.kind.title}", knobs(card.kind), parts[card.opened :]):
        card = card.with_knob(name, value)
    return card


def _zoom(text: str):
    flat = text.split(SEPARATOR)
    return checks.zoom([flat[:2], flat[2:]])


def _card_text(card: Card) -> str:
    opened = ("open",) if card.opened else ()
    return SEPARATOR.join((card.key, *opened, *_flat(card.knobs)))


def _flat(pairs: Pairs) -> list[str]:
    return [part for name, value in pairs for part in (name, repr(value))]


def _join(values) -> str:
    return SEPARATOR.join(repr(float(value)) for value in values)


def _rounded(values) -> str:
    return _join(checks.significant(value) for value in values)


def _moved(settings: Settings, name: str) -> bool:
    return getattr(settings, name) != getattr(Settings, name)


_READERS = {
    "steps": lambda text: checks.whole(text, 1, MOST_STEPS),
    "view": lambda text: checks.choice(text, VIEWS),
    "height": lambda text: checks.choice(text, SCALES),
    "colour": lambda text: checks.choice(text, SCALES),
    "camera": lambda text: checks.camera(text.split(SEPARATOR)),
    "zoom": _zoom,
    "step": lambda text: checks.whole(text, 0, MOST_STEPS),
    "speed": lambda text: checks.within(text, *SPEEDS),
    "target": checks.number,
    "seed": lambda text: checks.whole(text, 0, MOST_SEED),
}

_WRITERS = {
    "landscape": str,
    "shape": lambda shape: SEPARATOR.join(_flat(shape)),
    "start": _join,
    "steps": str,
    "view": str,
    "height": str,
    "colour": str,
    "camera": _rounded,
    "zoom": lambda zoom: _rounded(value for pair in zoom for value in pair),
    "step": str,
    "speed": repr,
    "target": repr,
    "seed": str,
}
