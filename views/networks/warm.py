"""What the server computes of networks before anybody has come: the first picture, so that its programs are compiled."""

from time import sleep

from views.networks.finder import Finder
from views.networks.recipes import recipes
from views.networks.settings import NetworkSettings
from views.networks.training import Training


class Nobody:
    """Waits for everything, and looks at nothing."""

    def tell(self, **news) -> None:
        pass

    def doing(self, text: str, share: float = 0.0) -> None:
        pass

    def go_on(self, seconds: float = 0.0) -> bool:
        sleep(seconds)
        return True


def warm() -> None:
    """Train, lay and draw the first visit's network; what is said about the picture is found when somebody looks."""
    wanted = recipes(NetworkSettings(), brief=True)
    for _ in Finder(wanted, Training(wanted), Nobody()).steps():
        pass
