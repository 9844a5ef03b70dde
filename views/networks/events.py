"""What the stage reports on the Networks page. Commands to the running job change no settings."""

from dataclasses import replace

from views import checks, events
from views.networks import query
from views.networks.recipes import knob_values
from views.networks.settings import KeptRun, NetworkSettings

COMMANDS = ("pause", "resume", "cancel", "again")


def apply(settings: NetworkSettings, event: object) -> tuple[NetworkSettings, str | None]:
    """The settings after `event`, and a sentence when it could not be used (they are then the same)."""
    return events.apply(settings, event, _HANDLERS)


def command(event: object) -> str | None:
    """What the event tells the visitor's job to do; None where it tells it nothing."""
    kind = event.get("type") if isinstance(event, dict) else None
    return kind if isinstance(kind, str) and kind in COMMANDS else None


def choose(settings: NetworkSettings, network: str) -> NetworkSettings:
    """Another network as it comes, looked at in the same way."""
    looks = {name: getattr(settings, name) for name in ("view", "height", "colour", "speed")}
    return replace(NetworkSettings.of(network), **looks)


def _keep(settings: NetworkSettings, event: dict) -> NetworkSettings:
    """The run of a card as it is now."""
    key = checks.optimizer(event.get("card"), settings.registry)
    card = next((card for card in settings.optimizers if card.key == key), None)
    if card is None:
        raise ValueError(f"{checks.quoted(key)} is not on the stage")
    card = replace(card, opened=False).with_knob(card.kind.rail, knob_values(settings, card)[card.kind.rail])
    return settings.with_kept(KeptRun(card, settings.schedule if card.kind.takes_schedule else "constant"))


def _drop(settings: NetworkSettings, event: dict) -> NetworkSettings:
    left = tuple(run for run in settings.kept if query.kept_text(run) != event.get("name"))
    if left == settings.kept:
        raise ValueError("this run is not kept")
    return replace(settings, kept=left)


_HANDLERS: events.Handlers = {
    **events.COMMON,
    "keep": _keep,
    "drop": _drop,
    "landscape": lambda settings, event: choose(settings, query.network(event.get("key"))),
    **dict.fromkeys(COMMANDS, lambda settings, event: settings),
}
