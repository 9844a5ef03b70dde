"""Settings of the Networks page: everything that defines its picture, in one frozen value. The URL is its text form."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, NamedTuple

from landscapes.networks import DATA, NETWORKS, Network, Preset, make_network
from optimizers import NETWORK_OPTIMIZERS, Optimizer
from views.settings import Card, check_kept

PLANES = ("pca", "random", "hessian", "through")
SURFACES = ("train", "test", "gap")
RESOLUTIONS = (25, 51, 101, 201)
REACHES = (0.1, 10.0)  # times the window that is found by itself
SAMPLES = (20, 5000)  # of generated data
NOISES = (0.0, 1.0)
TEST_SHARES = (0.1, 0.9)
WEIGHT_DECAYS = (0.0, 1.0)
MOST_STEPS = 2000


class KeptRun(NamedTuple):
    """A run that stays as it was, whatever becomes of its card and of the page's schedule. Its card names its rate.

    Network, data, steps and batches are the page's: with others it would be another run, and no fair comparison.
    """

    card: Card
    schedule: str = "constant"


@dataclass(frozen=True)
class NetworkSettings:
    """The state of the Networks page. `NetworkSettings.of(network)` is how a network is first shown.

    `batch` None means all samples in every step; `samples` are drawn, or kept of a published table; `noise` is that of
    generated data, None for a table. `directions` is the seed of random directions, `reach` widens the window. The rest is as in `Settings`;
    camera and zoom are in the plane's coordinates.
    """

    registry: ClassVar[dict[str, type[Optimizer]]] = NETWORK_OPTIMIZERS

    network: str = "moons"
    seed: int = 0
    samples: int = 1000
    noise: float | None = 0.15
    test_share: float = 0.5
    optimizers: tuple[Card, ...] = tuple(map(Card, NETWORKS["moons"].optimizers))
    steps: int = 300
    batch: int | None = None
    schedule: str = "constant"
    weight_decay: float = 0.0
    batchnorm: str = "recomputed"
    plane: str = "pca"
    normalize: str = "filter"
    directions: int = 0
    surface: str = "train"
    resolution: int = 51
    reach: float = 1.0
    view: str = "both"
    height: str = "auto"
    colour: str = "auto"
    camera: tuple[float, ...] | None = None
    zoom: tuple[tuple[float, float], tuple[float, float]] | None = None
    step: int | None = None
    speed: float = 1.0
    kept: tuple[KeptRun, ...] = ()

    @classmethod
    def of(cls, network: str) -> "NetworkSettings":
        """A network of the menu as it comes."""
        return _of(network)

    @property
    def key(self) -> str:
        """The network's, as in `Settings`."""
        return self.network

    def with_kept(self, run: KeptRun) -> "NetworkSettings":
        """Raises ValueError where there is no room, or it is there."""
        check_kept(self.kept, run)
        return replace(self, kept=(*self.kept, run))

    @property
    def preset(self) -> Preset:
        return NETWORKS[self.network]

    @property
    def data_options(self) -> dict[str, float]:
        """What `load` is told about the data."""
        chosen = {"samples": self.samples, "noise": self.noise, "test_share": self.test_share}
        return {name: value for name, value in chosen.items() if value is not None}

    @property
    def training_samples(self) -> int:
        """How many samples there are to train on."""
        return round(self.samples * (1 - self.test_share))

    def networks(self) -> tuple[Network, Network]:
        """On training and on test data; the same objects for equal settings, so that nothing is compiled again."""
        return make_network(
            self.network, seed=self.seed, weight_decay=self.weight_decay, batchnorm=self.batchnorm, **self.data_options
        )


@lru_cache(maxsize=None)
def _of(network: str) -> NetworkSettings:
    preset = NETWORKS[network]
    source = DATA[preset.data]
    return NetworkSettings(
        network=network,
        samples=preset.options.get("samples", source.samples),
        noise=preset.options.get("noise", source.noise),
        test_share=preset.options.get("test_share", 0.25),
        optimizers=tuple(map(Card, preset.optimizers)),
        steps=preset.steps,
        batch=preset.batch,
        batchnorm=preset.batchnorm,
        resolution=preset.resolution,
    )
