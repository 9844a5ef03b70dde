"""A network's picture found at once, for a file: nobody looks on meanwhile."""

import re
from collections.abc import Callable
from dataclasses import replace
from time import sleep

from views.networks import costs
from views.networks.finder import Finder
from views.networks.findings import Findings
from views.networks.recipes import Recipes
from views.networks.training import Training

GLANCE = 0.04  # seconds between two looks at a training


class Nobody:
    """Waits for everything, and looks at nothing."""

    def __init__(self, say: Callable[[str], None]):
        self.findings, self._say, self._said = Findings(), say, ""

    def tell(self, **news) -> None:
        self.findings = replace(self.findings, **news)

    def doing(self, text: str, share: float = 0.0) -> None:
        part = re.split(", about|: step|: done", text)[0]  # how far it is changes too often to be printed
        if part != self._said:
            self._say(part)
        self._said = part


def find(recipes: Recipes, say: Callable[[str], None] = lambda _: None) -> Findings:
    """All that recipes ask for; `say` hears what is being done. Raises ValueError for what would take minutes, or fails."""
    costs.check(recipes)
    nobody = Nobody(say)
    for computed in Finder(recipes, Training(recipes), nobody).steps():
        if not computed:
            sleep(GLANCE)
    return replace(nobody.findings, over=True, activity=None)
