"""Colour and dash of every path on the stage: an optimizer's own, unless an earlier card wears the colour."""

from collections.abc import Iterable
from typing import NamedTuple

from optimizers import OPTIMIZERS
from views.settings import KINDS

COLOURS = tuple(dict.fromkeys(kind.colour for kind in OPTIMIZERS.values()))
DASHES = tuple(dict.fromkeys(kind.dash for kind in OPTIMIZERS.values()))


class Look(NamedTuple):
    colour: str
    dash: str


def looks(keys: Iterable[str]) -> dict[str, Look]:
    """One look for each optimizer, in the order of the cards: colours all different, dashes as far as they go.

    Adding a card changes no earlier one. There are as many colours as cards on the stage.
    """
    worn: dict[str, Look] = {}
    for key in keys:
        own = KINDS[key]
        colours, dashes = ([look[part] for look in worn.values()] for part in (0, 1))
        worn[key] = Look(_free(own.colour, COLOURS, colours), _free(own.dash, DASHES, dashes))
    return worn


def _free(own: str, choices: tuple[str, ...], taken: list[str]) -> str:
    """`own` if nobody has it, else the one that the fewest have."""
    return own if own not in taken else min(choices, key=taken.count)
