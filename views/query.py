"""Settings to URL and back. Reading never fails: what cannot be used is left out and said in a sentence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from optimizers import SCHEDULES
from views import checks
from views.knobs import knobs
from views.settings import (
    MOST_BATCH,
    MOST_KEPT,
    MOST_NOISE,
    MOST_OPTIMIZERS,
    MOST_SEED,
    MOST_STEPS,
    SCALES,
    SPEEDS,
    VIEWS,
    Card,
    Kept,
    Noise,
    OwnFormula,
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
    kept = {"kept": [kept_text(run) for run in settings.kept]} if settings.kept else {}
    if isinstance(settings.landscape, str):
        return {**written(settings, Settings(), _WRITERS), **kept}
    named = replace(settings, landscape=Settings.landscape)  # a formula is its own name
    return {**_own(settings.landscape), **written(named, Settings(), _WRITERS), **kept}


def _own(formula: OwnFormula) -> dict[str, list[str]]:
    moved = formula.window != OwnFormula().window
    return {"formula": [formula.text], **({"window": [_join(sum(formula.window, ()))]} if moved else {})}


def written(settings, default, writers: Mapping[str, Callable[[object], str]]) -> dict[str, list[str]]:
    """What of `settings` is not as in `default`: each field as its writer says it, and the cards."""
    moved = lambda name: getattr(settings, name) != getattr(default, name)
    query = {name: [text(getattr(settings, name))] for name, text in writers.items() if moved(name)}
    if moved("optimizers"):
        query["optimizer"] = [_card_text(card) for card in settings.optimizers] or ["none"]
    return query


def read(query: Query) -> tuple[Settings, list[str]]:
    """Settings, and one sentence for each thing that was ignored."""
    reader = Reader(query)
    reader.expect(*_READERS, "landscape", "formula", "window", "shape", "start", "optimizer", "kept")
    landscape = _landscape(reader)
    shape = reader.one("shape", lambda text: _shape(reader, landscape, text), ())
    settings = Settings(landscape=landscape, shape=shape, optimizers=reader.cards(Settings()))
    start = reader.one("start", lambda text: checks.start(text.split(SEPARATOR), landscape, shape), None)
    settings = replace(settings, start=start, **reader.all(_READERS, settings))
    return with_kept(reader, settings, _kept), reader.sentences


def with_kept(reader: "Reader", settings, read: Callable):
    """The settings with the kept runs that a query names, each read by the page's `read(text, settings)`."""
    texts = reader.query.get("kept", ())
    for text in texts[:MOST_KEPT]:
        try:
            settings = settings.with_kept(read(_short(text), settings))
        except ValueError as error:
            reader.say("kept", str(error))
    if len(texts) > MOST_KEPT:
        reader.say("kept", f"{len(texts)} runs, and {MOST_KEPT} are kept at most")
    return settings


def _landscape(reader: "Reader") -> str | OwnFormula:
    """The landscape chosen, or the formula typed, in whose window a part that cannot be used leaves the usual one."""
    chosen = reader.one("landscape", checks.landscape, Settings.landscape)
    own = reader.one("formula", checks.own_formula, chosen)
    if isinstance(own, OwnFormula):
        return own._replace(window=reader.one("window", _window, own.window))
    if "window" in reader.query and "formula" not in reader.query:
        reader.say("window", "it belongs to a formula, and there is none")
    return own


class Reader:
    """Reads one query; gathers what it ignores."""

    def __init__(self, query: Query):
        self.query = query
        self.ignored: list[str] = []

    @property
    def sentences(self) -> list[str]:
        """One for each thing that was ignored, not too many."""
        sentences = list(dict.fromkeys(self.ignored))
        rest = len(sentences) - MOST_SENTENCES
        return sentences if rest <= 0 else [*sentences[:MOST_SENTENCES], f"{rest} more parts of this link were ignored."]

    def expect(self, *names: str) -> None:
        """Say what beside `names` is there."""
        if "cut" in self.query:
            self.ignored.append("The link was too long; only its beginning was read.")
        for name in islice(self.query, MOST_NAMES):
            if name not in (*names, "cut"):
                self.ignored.append(f"{checks.quoted(name)} in the link is not known here and was ignored.")

    def all(self, readers: Mapping[str, Callable], default) -> dict:
        """The fields that `readers` read, those of `default` where there is nothing; a step lies within the steps."""
        fields = {name: self.one(name, check, getattr(default, name)) for name, check in readers.items()}
        if fields["step"] is not None and fields["step"] > fields["steps"]:
            self.say("step", f"expected at most {fields['steps']}, got {fields['step']}")
            fields["step"] = None
        return fields

    def one(self, name: str, check: Callable, default):
        """The last value given for `name`, checked; the default where there is none or it cannot be used."""
        values = self.query.get(name) or [None]
        try:
            return default if values[-1] is None else check(_short(values[-1]))
        except ValueError as error:
            self.say(name, str(error))
            return default

    def say(self, name: str, why: str) -> None:
        self.ignored.append(f"{name[:1].upper()}{name[1:]} in the link was ignored: {why.rstrip('.')}.")

    def cards(self, default) -> tuple[Card, ...]:
        """The cards, of the optimizers that settings like `default` know; those of `default` where there are none."""
        if "optimizer" not in self.query:
            return default.optimizers
        texts, cards = self.query["optimizer"], {}
        if list(texts[:2]) == ["none"]:
            return ()
        if len(texts) > MOST_CARDS_READ:
            self.ignored.append(f"The link names {len(texts)} optimizers; only the first {MOST_CARDS_READ} were read.")
        for text in texts[:MOST_CARDS_READ]:
            try:
                card = _card(self, _short(text), default.registry)
                if card.key in cards:
                    raise ValueError(f"{checks.quoted(card.key)} is there twice")
                cards[card.key] = card
            except ValueError as error:
                self.say("optimizer", str(error))
        if len(cards) > MOST_OPTIMIZERS:
            self.ignored.append(f"The stage holds {MOST_OPTIMIZERS} optimizers; the rest in the link were ignored.")
        return tuple(cards.values())[:MOST_OPTIMIZERS] or default.optimizers


def _short(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"expected at most {LONGEST} characters, got {len(text)}")
    return text


def _pairs(reader: Reader, name: str, known: dict, parts: list[str]) -> Pairs:
    """name~value~name~value; a pair that cannot be used is said and skipped."""
    found = {}
    if len(parts) % 2:
        reader.say(name, f"{checks.quoted(parts[-1])} has no value")
    for knob, value in zip(parts[::2], parts[1::2]):
        try:
            knob, number = checks.knob(known, knob, value)
            found[knob] = number
        except ValueError as error:
            reader.say(f"a value of {name}", str(error))
    return tuple(found.items())


def _shape(reader: Reader, landscape: str | OwnFormula, text: str) -> Pairs:
    settings = Settings(landscape=landscape)
    for name, value in _pairs(reader, "shape", shape_knobs(landscape), text.split(SEPARATOR)):
        settings = settings.with_shape(name, value)
    return settings.shape


def _card(reader: Reader, text: str, known: Mapping) -> Card:
    key, *parts = text.split(SEPARATOR)
    card = Card(checks.optimizer(key, known), opened="open" in parts[:1])
    for name, value in _pairs(reader, f"{card.kind.title}", knobs(card.kind), parts[card.opened :]):
        card = card.with_knob(name, value)
    return card


def _kept(text: str, settings: Settings) -> Kept:
    """optimizer~steps~x~y~schedule~knob~value...: as it says all of it is needed, one bad part is too many."""
    parts = text.split(SEPARATOR)
    if len(parts) < 7 or len(parts) % 2 == 0:
        raise ValueError(f"expected an optimizer, steps, a start, a schedule and knobs, got {checks.quoted(text)}")
    key, steps, x, y, schedule, *pairs = parts
    card = Card(checks.optimizer(key))
    met = {}
    for name, value in zip(pairs[::2], pairs[1::2]):
        if name in _NOISE:
            met[name] = _NOISE[name](value)
        else:
            card = card.with_knob(*checks.knob(knobs(card.kind), name, value))
    if card.tuned:
        raise ValueError(f"a run of {card.kind.title} names its {card.kind.rail.replace('_', ' ')}")
    start = checks.start([x, y], settings.landscape, settings.shape)
    noise = Noise(*(met.get(name, 0) for name in _NOISE))
    return Kept(card, start, checks.whole(steps, 1, MOST_STEPS), checks.choice(schedule, tuple(SCHEDULES)), noise)


def kept_text(run: Kept) -> str:
    """A kept run in an address, and its name in events."""
    noise = () if run.noise == Noise() else flattened(zip(_NOISE, run.noise))
    return SEPARATOR.join((run.card.key, str(run.steps), _join(run.start), run.schedule, *flattened(run.card.knobs), *noise))


def _zoom(text: str):
    return checks.zoom(_ranges(text))


def _window(text: str):
    return checks.window(_ranges(text))


def _ranges(text: str) -> list[list[str]]:
    flat = text.split(SEPARATOR)
    return [flat[:2], flat[2:]]


def _card_text(card: Card) -> str:
    opened = ("open",) if card.opened else ()
    return SEPARATOR.join((card.key, *opened, *flattened(card.knobs)))


def flattened(pairs: Pairs) -> list[str]:
    return [part for name, value in pairs for part in (name, repr(value))]


def _join(values) -> str:
    return SEPARATOR.join(repr(float(value)) for value in values)


def _rounded(values) -> str:
    return _join(checks.significant(value) for value in values)


# What a kept run says of its noise, in the order of `Noise`.
_NOISE = {
    "noise": lambda text: checks.within(text, 0, MOST_NOISE),
    "noise_batch": lambda text: checks.whole(text, 0, MOST_BATCH),
    "noise_seed": lambda text: checks.whole(text, 0, MOST_SEED),
}

# How every page looks at its picture.
LOOK_READERS = {
    "view": lambda text: checks.choice(text, VIEWS),
    "height": lambda text: checks.choice(text, SCALES),
    "colour": lambda text: checks.choice(text, SCALES),
    "camera": lambda text: checks.camera(text.split(SEPARATOR)),
    "zoom": _zoom,
    "step": lambda text: checks.whole(text, 0, MOST_STEPS),
    "speed": lambda text: checks.within(text, *SPEEDS),
}

LOOK_WRITERS = {
    "view": str,
    "height": str,
    "colour": str,
    "camera": _rounded,
    "zoom": lambda zoom: _rounded(value for pair in zoom for value in pair),
    "step": str,
    "speed": repr,
}

_READERS = {
    "steps": lambda text: checks.whole(text, 1, MOST_STEPS),
    **LOOK_READERS,
    "target": checks.number,
    "seed": lambda text: checks.whole(text, 0, MOST_SEED),
    "schedule": lambda text: checks.choice(text, tuple(SCHEDULES)),
    "noise": lambda text: checks.within(text, 0, MOST_NOISE),
    "batch": lambda text: checks.whole(text, 0, MOST_BATCH),
}

_WRITERS = {
    "landscape": str,
    "shape": lambda shape: SEPARATOR.join(flattened(shape)),
    "start": _join,
    "steps": str,
    **LOOK_WRITERS,
    "target": repr,
    "seed": str,
    "schedule": str,
    "noise": repr,
    "batch": str,
}
