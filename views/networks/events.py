"""What the stage reports on the Networks page. Commands to the running job change no settings."""

from dataclasses import replace

from views import events
from views.networks import query
from views.networks.settings import NetworkSettings

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


_HANDLERS: events.Handlers = {
    **events.COMMON,
    "landscape": lambda settings, event: choose(settings, query.network(event.get("key"))),
    **dict.fromkeys(COMMANDS, lambda settings, event: settings),
}
