"""What the server computes before anybody has come."""

from landscapes import LANDSCAPES
from views import runs, stage
from views.compiled import kept
from views.networks.warm import warm as networks
from views.quiet import QUIET
from views.settings import Settings

PAUSE, LONG_PAUSE = 3.0, 6.0  # seconds in which nobody asked, before a short and a long piece of work


def first_visit() -> None:
    """Compute and pack the first visit's page, so that the first visitor waits for nothing."""
    with kept():
        stage.pack(runs.scene(Settings()))


def set_up() -> None:
    """Compile and keep what a new server's first visitors ask for: its first page, the first network, Learn's first results."""
    from views.learn.warm import warm as learn  # at a start of the server nobody asks for it

    first_visit()
    with kept():
        networks()
        learn()


def warm() -> None:
    """The first visit's page at once; then, whenever nobody asks, what else will be chosen first."""
    first_visit()
    # A first page is still being drawn by a browser, perhaps on these very cores.
    QUIET.wait(LONG_PAUSE)
    with kept():
        networks()
    # Surfaces and minima compile in a fifth of a second each; whoever chooses a landscape has its ground at once.
    for key in LANDSCAPES:
        QUIET.wait(PAUSE)
        with kept():
            stage.pack(runs.ready(Settings(landscape=key, optimizers=())))
