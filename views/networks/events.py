"""What the stage reports on the Networks page. Commands to the running job change no settings."""

from dataclasses import replace

from views import events
from views.networks import query
from views.networks.recipes import knob_values
from views.networks.settings import KeptRun, NetworkSettings

COMMANDS = ("pause", "resume", "cancel", "again")


def apply(settings: NetworkSettings, event: object) -> tuple[NetworkSettings, str | None]:
    """The settings after `event`, and a sentence when it could not be used (they are then the same)."""
    return events.apply(settings, event, NETWORKS)


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
    _, card = events.card_of(settings, event)
    card = replace(card, opened=False).with_knob(card.kind.rail, knob_values(settings, card)[card.kind.rail])
    return settings.with_kept(KeptRun(card, settings.schedule if card.kind.takes_schedule else "constant"))


NETWORKS: events.Handlers = {
    **events.COMMON,
    "keep": _keep,
    "drop": lambda settings, event: events.drop(settings, event, query.kept_text),
    "landscape": lambda settings, event: choose(settings, query.network(event.get("key"))),
    **dict.fromkeys(COMMANDS, lambda settings, event: settings),
}
