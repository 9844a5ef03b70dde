"""Networks worth looking at: data, a model, and how long to train it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from landscapes.networks.architecture import Architecture, build
from landscapes.networks.data import Split, load
from landscapes.networks.network import Network


@dataclass(frozen=True)
class Preset:
    """A network on a menu.

    `options` go to `load`. `batch` is the number of samples a step sees, None for all of them. `optimizers` are keys
    of the registry of optimizers, to begin with.
    """

    title: str
    sentence: str
    data: str
    architecture: Architecture
    loss: str = "cross-entropy"
    options: Mapping[str, Any] = field(default_factory=dict)
    steps: int = 300
    batch: int | None = None
    optimizers: tuple[str, ...] = ("gradient_descent", "momentum", "rmsprop", "adam")
    batchnorm: str = "recomputed"

    def __post_init__(self):
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))


NETWORKS: dict[str, Preset] = {
    "moons": Preset(
        "Two moons",
        "The smallest network that bends its boundary around both moons.",
        "moons",
        Architecture(widths=(16, 16)),
        options={"samples": 1000, "test_share": 0.5},
    ),
    "digits": Preset(
        "Digits, tanh",
        "Two hidden layers of 64 read handwritten digits.",
        "digits",
        Architecture(widths=(64, 64)),
        batch=128,
    ),
}


def make_network(
    which: str | Architecture = "moons",
    *,
    data: str | Split | None = None,
    seed: int = 0,
    loss: str | None = None,
    weight_decay: float = 0.0,
    batchnorm: str | None = None,
    **options,
) -> tuple[Network, Network]:
    """The network on its training data, and the same on its test data.

    `which` is a key of `NETWORKS`, or an architecture with `data`: a key of `DATA` or a split of one's own.
    `seed` decides the start of the parameters and, for data by key, samples and split. `options` go to `load`.
    Equal arguments give the same objects while they are among the last 16 asked for. Raises ValueError for an
    unknown key and for what the data or the model refuse.
    """
    if isinstance(which, str):
        if which not in NETWORKS:
            raise ValueError(f"There is no network {which!r}; choose one of {', '.join(NETWORKS)}.")
        preset = NETWORKS[which]
        which, data, loss = preset.architecture, data or preset.data, loss or preset.loss
        batchnorm, options = batchnorm or preset.batchnorm, {**preset.options, **options}
    elif data is None:
        raise ValueError("An architecture needs data: a key of DATA, or a Split of your own.")
    choices = {"loss_kind": loss, "weight_decay": weight_decay, "batchnorm": batchnorm}
    given = tuple((name, value) for name, value in choices.items() if value is not None)
    return _make(which, data, int(seed), given, tuple(sorted(options.items())))


@lru_cache(maxsize=16)
def _make(architecture, data, seed, choices, options) -> tuple[Network, Network]:
    split = load(data, seed=seed, **dict(options)) if isinstance(data, str) else Split(*data)
    network = Network.of(build(architecture, split.train, seed), split.train, **dict(choices))
    return network, network.on(split.test)
