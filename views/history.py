"""Undo and redo: the settings that were, of one visitor on one page. How the picture is looked at is no change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

MOST = 100  # settings kept; each is some hundred bytes
MOST_KEPT = 30  # of them in the browser, each way
LONGEST_KEPT = 2**13  # characters of their addresses, each way
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

    def following(self, earlier: "History") -> "History":
        """This history after an earlier one. What that had undone can be made again until something is changed."""
        return History((*earlier.past, *self.past)[-MOST:], self.future if self.past else earlier.future)

    def addresses(self, text: Callable[[Any], str]) -> dict[str, tuple[str, ...]]:
        """The nearest settings as `text` writes them, for a browser to keep: a restarted server has none."""
        return {"past": _nearest(self.past, text), "future": _nearest(self.future, text)}

    @classmethod
    def of_addresses(cls, kept: dict, read: Callable[[str], Any]) -> "History":
        """The history that a browser has kept, hostile as it may be: what is no text of settings is left out."""
        return cls(_settings(kept.get("past"), read), _settings(kept.get("future"), read))

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


def _nearest(settings: Sequence[Any], text: Callable[[Any], str]) -> tuple[str, ...]:
    texts = [text(each) for each in settings[-MOST_KEPT:]]
    while sum(map(len, texts)) > LONGEST_KEPT:
        texts.pop(0)
    return tuple(texts)


def _settings(texts: object, read: Callable[[str], Any]) -> tuple[Any, ...]:
    texts = [text for text in texts[-MOST_KEPT:] if isinstance(text, str)] if isinstance(texts, (list, tuple)) else []
    return tuple(map(read, texts)) if sum(map(len, texts)) <= LONGEST_KEPT else ()


def _seen_alike(settings: Any, now: Any) -> Any:
    """`settings` looked at as `now` is, as far as that makes sense there."""
    looks = {name: getattr(now, name) for name in LOOKS}
    if settings.key != now.key:
        looks = {"view": now.view, "speed": now.speed}  # a camera and a zoom belong to their landscape
    elif now.step is not None and now.step > settings.steps:
        looks["step"] = None
    return replace(settings, **looks)
