"""What the stage reports, turned into new settings. Events are hostile input: a bad one changes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from views import checks, query
from views.knobs import knobs
from views.settings import MOST_OPTIMIZERS, SCALES, SPEEDS, VIEWS, Card, Kept, Settings, build, shape_knobs

LONGEST_ID = 64

Handlers = Mapping[str, Callable[[Settings, dict], Settings]]


def identity(event: object) -> str:
    """The id that the stage waits for; empty when there is none."""
    given = event.get("id") if isinstance(event, dict) else None
    return given if isinstance(given, str) and len(given) <= LONGEST_ID else ""


def apply(settings: Settings, event: object, handlers: Handlers | None = None) -> tuple[Settings, str | None]:
    """The settings after `event`, and a sentence when it could not be used (they are then the same).

    `handlers` are those of a page, by an event's type; Explore's unless given.
    """
    handlers = EXPLORE if handlers is None else handlers
    try:
        if not isinstance(event, dict) or not isinstance(event.get("type"), str) or event["type"] not in handlers:
            raise ValueError("the page does not know it")
        return handlers[event["type"]](settings, event), None
    except ValueError as error:
        return settings, unchanged(error)


def unchanged(error: ValueError) -> str:
    """What a person is told of a change that could not be made; some reasons are sentences, some are parts of one."""
    return f"Nothing was changed: {str(error).removesuffix('.')}."


def only_looks(event: object) -> bool:
    """Whether the visitor only looked about: nothing but the address changes, the browser has drawn it already."""
    return isinstance(event, dict) and event.get("type") == "look" and event.keys() <= _EYES


def travels(event: object) -> str | None:
    """ "undo" or "redo" where that is asked for: the session's history answers, no settings could."""
    kind = event.get("type") if isinstance(event, dict) else None
    return kind if kind in ("undo", "redo") else None


def restores(event: object) -> dict | None:
    """What the browser kept of the page's session before, where the event brings that."""
    return event if isinstance(event, dict) and event.get("type") == "restore" else None


def formula(settings: Settings, event: object) -> str | None:
    """The optimizer whose formula is asked for; None when none is."""
    if not isinstance(event, dict) or event.get("type") != "formula":
        return None
    try:
        return card_of(settings, event)[1].key
    except ValueError:
        return None


def card_of(settings: Settings, event: dict) -> tuple[int, Card]:
    """The place of the card meant and the card itself, by its optimizer's key or by its place. Raises ValueError."""
    which = event.get("card")
    if isinstance(which, int) and not isinstance(which, bool):
        index = checks.whole(which, 0, len(settings.optimizers) - 1)
        return index, settings.optimizers[index]
    key = checks.optimizer(which, settings.registry)
    for index, card in enumerate(settings.optimizers):
        if card.key == key:
            return index, card
    raise ValueError(f"{checks.quoted(key)} is not on the stage")


def _change(settings: Settings, event: dict, change) -> Settings:
    index, card = card_of(settings, event)
    return replace(settings, optimizers=(*settings.optimizers[:index], change(card), *settings.optimizers[index + 1 :]))


def _all(settings: Settings, change) -> Settings:
    return replace(settings, optimizers=tuple(change(card) for card in settings.optimizers))


def _knob(settings: Settings, event: dict) -> Settings:
    turned = lambda card: card.with_knob(*checks.knob(knobs(card.kind), event.get("name"), event.get("value")))
    return _change(settings, event, turned)


def _open(settings: Settings, event: dict) -> Settings:
    if not isinstance(event.get("open"), bool):
        raise ValueError(f"expected true or false, got {checks.quoted(event.get('open'))}")
    return _change(settings, event, lambda card: replace(card, opened=event["open"]))


def _shape(settings: Settings, event: dict) -> Settings:
    return settings.with_shape(*checks.knob(shape_knobs(settings.landscape), event.get("name"), event.get("value")))


def _start(settings: Settings, event: dict) -> Settings:
    """From another point; where the event names a card and a rate, that card keeps it: a map of basins is of one rate."""
    started = replace(settings, start=checks.start(event.get("point"), settings.landscape, settings.shape))
    if "card" not in event:
        return started
    held = lambda card: card.with_knob(*checks.knob(knobs(card.kind), card.kind.rail, event.get("value"))) if card.tuned else card
    return _change(started, event, held)


def _add(settings: Settings, event: dict) -> Settings:
    key = checks.optimizer(event.get("key"), settings.registry)
    if any(card.key == key for card in settings.optimizers):
        raise ValueError(f"{Card(key).kind.title} is already on the stage")
    if len(settings.optimizers) >= MOST_OPTIMIZERS:
        raise ValueError(f"the stage holds {MOST_OPTIMIZERS} optimizers; remove one first")
    return replace(settings, optimizers=(*settings.optimizers, Card(key)))


def _remove(settings: Settings, event: dict) -> Settings:
    index, _ = card_of(settings, event)
    return replace(settings, optimizers=settings.optimizers[:index] + settings.optimizers[index + 1 :])


def _keep(settings: Settings, event: dict) -> Settings:
    """The run of a card now; the event names the rate that a tuned one has."""
    _, card = card_of(settings, event)
    return settings.with_kept(kept(settings, card, event.get("value")))


def kept(settings: Settings, card: Card, rate: object) -> Kept:
    """The run of a card as one that stays; `rate` counts where the card itself names none."""
    known = knobs(card.kind)
    card = replace(card, opened=False)
    if card.tuned:
        card = card.with_knob(*checks.knob(known, card.kind.rail, rate))
    if "seed" in known and "seed" not in dict(card.knobs):
        card = card.with_knob("seed", float(settings.seed))
    start = settings.start or build(settings.landscape, settings.shape).start
    schedule = settings.schedule if card.kind.takes_schedule else "constant"
    return Kept(card, tuple(map(float, start)), settings.steps, schedule, settings.drawn)


def drop(settings: Settings, event: dict, text: Callable[[Kept], str] = query.kept_text) -> Settings:
    """Without the kept run that the event names; `text` is a page's way to name one."""
    left = tuple(run for run in settings.kept if text(run) != event.get("name"))
    if left == settings.kept:
        raise ValueError("this run is not kept")
    return replace(settings, kept=left)


def _landscape(settings: Settings, event: dict) -> Settings:
    return settings.at(checks.landscape(event.get("key")))


def _rewrite(settings: Settings, event: dict) -> Settings:
    return settings.rewritten(checks.own_formula(event.get("text"), build(settings.landscape, ()).window))


def _look(settings: Settings, event: dict) -> Settings:
    """Every named part is checked before any is taken; null gives a part its default back."""
    looks = {name: check for name, check in _LOOKS.items() if name in event}
    changes = {
        name: getattr(type(settings), name) if event[name] is None else check(event[name], settings)
        for name, check in looks.items()
    }
    return replace(settings, **changes)


_EYES = {"type", "id", "view", "camera", "zoom", "step", "speed"}

_LOOKS = {
    "view": lambda raw, _: checks.choice(raw, VIEWS),
    "height": lambda raw, _: checks.choice(raw, SCALES),
    "colour": lambda raw, _: checks.choice(raw, SCALES),
    "camera": lambda raw, _: checks.camera(raw),
    "zoom": lambda raw, _: checks.zoom(raw),
    "step": lambda raw, settings: checks.whole(raw, 0, settings.steps),
    "speed": lambda raw, _: checks.within(raw, *SPEEDS),
}

# What the stage reports on every page.
COMMON: Handlers = {
    "knob": _knob,
    "default": lambda settings, event: _change(settings, event, Card.reset),
    "defaults": lambda settings, event: _all(settings, Card.reset),
    "tune": lambda settings, event: _change(settings, event, Card.tune),
    "tune_all": lambda settings, event: _all(settings, Card.tune),
    "add": _add,
    "remove": _remove,
    "open": _open,
    "look": _look,
    "formula": lambda settings, event: settings,
}

EXPLORE: Handlers = {
    **COMMON,
    "start": _start,
    "shape": _shape,
    "shape_reset": lambda settings, event: replace(settings, shape=()),
    "landscape": _landscape,
    "rewrite": _rewrite,
    "keep": _keep,
    "drop": drop,
}
