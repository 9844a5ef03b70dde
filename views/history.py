"""Undo and redo: the settings that were, of one visitor on one page. How the picture is looked at is no change."""

from dataclasses import dataclass, replace
from typing import Any

MOST = 100  # settings kept; each is some hundred bytes
LOOKS = ("view", "camera", "zoom", "step", "speed")


@dataclass(frozen=True)
class History:
    """Settings before and after those of now, the nearest last."""

    past: tuple[Any, ...] = ()
    future: tuple[Any, ...] = ()

    def after(self, before: Any, now: Any) -> "History":
        """The history once the settings have changed; what had been undone is gone. To look about leaves it as it was."""
        if before is None or _seen_alike(before, now) == now:
            return self
        return History((*self.past, before)[-MOST:])

    def undo(self, now: Any) -> tuple["History", Any]:
        """One change back: the history then, and the settings. Raises ValueError where nothing is left."""
        if not self.past:
            raise ValueError("there is nothing to undo")
        return History(self.past[:-1], (*self.future, now)), _seen_alike(self.past[-1], now)

    def redo(self, now: Any) -> tuple["History", Any]:
        """One change forward. Raises ValueError where nothing was undone."""
        if not self.future:
            raise ValueError("there is nothing to redo")
        return History((*self.past, now), self.future[:-1]), _seen_alike(self.future[-1], now)


def _seen_alike(settings: Any, now: Any) -> Any:
    """`settings` looked at as `now` is, as far as that makes sense there."""
    looks = {name: getattr(now, name) for name in LOOKS}
    if settings.key != now.key:
        looks = {"view": now.view, "speed": now.speed}  # a camera and a zoom belong to their landscape
    elif now.step is not None and now.step > settings.steps:
        looks["step"] = None
    return replace(settings, **looks)
