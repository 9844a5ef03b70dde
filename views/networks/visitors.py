"""Who looks at a network: one show for each visitor, ended when somebody asks for another or is gone."""

import atexit
import threading
from collections import OrderedDict

from views.networks.recipes import Recipes
from views.networks.show import Show

MOST = 256  # visitors remembered; what they have found is kept elsewhere


class Visitors:
    """Shows by visitor. Every method may be called from any thread."""

    def __init__(self):
        self._shows: OrderedDict[str, Show] = OrderedDict()
        self._lock = threading.Lock()

    def show(self, visitor: str, recipes: Recipes) -> Show:
        """The visitor's show of these recipes, under way; one of other recipes ends."""
        with self._lock:
            current = self._shows.get(visitor)
            if current is None or current.recipes != recipes:
                current = self._shows[visitor] = Show(recipes, current)
            self._shows.move_to_end(visitor)
            self._forget()
        return current.begin()

    def peek(self, visitor: str, recipes: Recipes) -> Show | None:
        """The same for who only wants to see what is there."""
        with self._lock:
            current = self._shows.get(visitor)
        return current if current is not None and current.recipes == recipes else None

    def close(self) -> None:
        """End them all: an interpreter that ends under a running compiled call may crash."""
        with self._lock:
            shows = list(self._shows.values())
            self._shows.clear()
        for show in shows:
            show.command("cancel")
        for show in shows:
            show.join(5)

    def _forget(self) -> None:
        gone = [visitor for visitor, show in self._shows.items() if show.is_gone]
        for visitor in gone:
            self._shows[visitor].let_go()
        for visitor in gone[: max(0, len(self._shows) - MOST)]:
            del self._shows[visitor]


# Shared by every visitor on purpose: a show belongs to whom the visitor's name says, and names are random.
VISITORS = Visitors()
atexit.register(VISITORS.close)
