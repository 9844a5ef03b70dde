"""What the server computes of networks before anybody has come: the first picture, so that its programs are compiled."""

from views.networks.alone import find
from views.networks.recipes import recipes
from views.networks.settings import NetworkSettings


def warm() -> None:
    """Train, lay and draw the first visit's network; what is said about the picture is found when somebody looks."""
    find(recipes(NetworkSettings(), brief=True))
