"""What may come from outside, from a URL or from the stage: each check returns the value or says what it expected."""

import math
import re
import reprlib
from collections.abc import Collection, Sequence

from landscapes import LANDSCAPES, parse_formula
from optimizers import OPTIMIZERS
from views.knobs import Knob
from views.settings import FARTHEST_START, OWN, OwnFormula, build

LONGEST_NUMBER = 40  # characters
LARGEST = 1e9  # camera and zoom: more is no picture


def quoted(raw: object) -> str:
    """What came, short and harmless in Markdown."""
    # Lists within lists, a thousand deep, have no `str`: `reprlib` looks only into the first few.
    shown = raw if isinstance(raw, str) else reprlib.repr(raw)
    text = "".join(letter for letter in shown[:60] if letter.isprintable() and letter != "`")
    return f"`{text[:30]}…`" if len(text) > 30 else f"`{text or ' '}`"


def worded(sentence: str) -> str:
    """A sentence for Markdown: what stands in backticks is code, and no other sign means anything."""
    parts = sentence.split("`")
    parts[::2] = [re.sub(r"([*_~])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)


def number(raw: object) -> float:
    """A finite number, from text or JSON."""
    try:
        if isinstance(raw, bool) or (isinstance(raw, str) and len(raw) > LONGEST_NUMBER):
            raise ValueError
        value = float(raw)
        if not math.isfinite(value):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"expected a finite number, got {quoted(raw)}") from None
    return value + 0.0  # -0.0 and 0.0 are one state, so one URL


def within(raw: object, low: float, high: float) -> float:
    value = number(raw)
    if not low <= value <= high:
        raise ValueError(f"expected a number from {low:g} to {high:g}, got {quoted(raw)}")
    return value


def whole(raw: object, low: int, high: int) -> int:
    value = within(raw, low, high)
    if value != int(value):
        raise ValueError(f"expected a whole number from {low} to {high}, got {quoted(raw)}")
    return int(value)


def choice(raw: object, choices: Sequence[str]) -> str:
    if not isinstance(raw, str) or raw not in choices:
        raise ValueError(f"expected one of {', '.join(choices)}, got {quoted(raw)}")
    return raw


def landscape(raw: object) -> str | OwnFormula:
    if raw == OWN:
        return OwnFormula()
    if not isinstance(raw, str) or raw not in LANDSCAPES:
        raise ValueError(f"there is no landscape {quoted(raw)}")
    return raw


def own_formula(raw: object, window: tuple = OwnFormula().window) -> OwnFormula:
    """A formula that can be read, over a window that is one. Raises FormulaError where it is none."""
    if not isinstance(raw, str):
        raise ValueError(f"expected a formula, got {quoted(raw)}")
    return OwnFormula(raw.strip(), parse_formula(raw.strip(), window).window)


def window(raw: object) -> tuple[tuple[float, float], tuple[float, float]]:
    """The window of a formula, from a list of pairs."""
    if not isinstance(raw, (list, tuple)) or len(raw) != 2:
        raise ValueError(f"expected two ranges, got {quoted(raw)}")
    return own_formula(OwnFormula().text, tuple(numbers(pair, 2) for pair in raw)).window


def optimizer(raw: object, known: Collection[str] = OPTIMIZERS) -> str:
    if not isinstance(raw, str) or raw not in known:
        raise ValueError(f"there is no optimizer {quoted(raw)}")
    return raw


def knob(known: dict[str, Knob], name: object, raw: object) -> tuple[str, float]:
    """A knob's name and a value inside its range."""
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"there is no knob {quoted(name)}; there is {', '.join(known) or 'none'}")
    return name, within(raw, known[name].low, known[name].high)


def start(raw: Sequence[object], landscape: str, shape: tuple = ()) -> tuple[float, float]:
    """A point in the window or near it: as far as ten windows away."""
    point = numbers(raw, 2)
    for value, (low, high) in zip(point, build(landscape, shape).window):
        far = FARTHEST_START * (high - low)
        if not low - far <= value <= high + far:
            raise ValueError(f"a start of {value:g} is too far outside the window from {low:g} to {high:g}")
    return point


def numbers(raw: object, count: int) -> tuple[float, ...]:
    if not isinstance(raw, (list, tuple)) or len(raw) != count:
        raise ValueError(f"expected {count} numbers, got {quoted(raw)}")
    return tuple(number(item) for item in raw)


def camera(raw: object) -> tuple[float, ...]:
    """Eye, centre and up, rounded as the URL keeps them."""
    view = tuple(significant(value) for value in numbers(raw, 9))
    if max(map(abs, view)) > LARGEST:
        raise ValueError("expected a camera near the scene")
    return view


def zoom(raw: object) -> tuple[tuple[float, float], tuple[float, float]]:
    """((x low, x high), (y low, y high)), rounded as the URL keeps them; from a list of pairs."""
    if not isinstance(raw, (list, tuple)) or len(raw) != 2:
        raise ValueError(f"expected two ranges, got {quoted(raw)}")
    ranges = tuple(tuple(significant(value) for value in numbers(pair, 2)) for pair in raw)
    if any(not -LARGEST <= low < high <= LARGEST for low, high in ranges):
        raise ValueError("expected a range from a lower to a higher number on both axes")
    return ranges


def significant(value: float, digits: int = 4) -> float:
    return float(f"{value:.{digits}g}")
