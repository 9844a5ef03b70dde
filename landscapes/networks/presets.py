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
    of the registry of optimizers, to begin with. `resolution` is how many points a side its surface has at first.
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
    resolution: int = 51

    def __post_init__(self):
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))


HALF = {"samples": 1000, "test_share": 0.5}  # 500 points to train on
HALF_OF_DIGITS = {"samples": 1024, "test_share": 0.5}  # 512 images: what costs much per image gets fewer

NETWORKS: dict[str, Preset] = {
    "moons": Preset(
        "Two moons",
        "A small network bends its boundary around two half circles.",
        "moons",
        Architecture(widths=(16, 16)),
        options=HALF,
    ),
    "circles": Preset(
        "Two circles",
        "The boundary has to close around the inner circle: eight neurons of one layer do it.",
        "circles",
        Architecture(widths=(8,)),
        options=HALF,
    ),
    "spirals": Preset(
        "Two spirals",
        "A boundary that winds: optimizers dwell on a plateau before they find it.",
        "spirals",
        Architecture(widths=(32, 32)),
        options=HALF,
        steps=1000,
    ),
    "xor": Preset(
        "XOR",
        "A single hidden layer is enough for what no straight line can do.",
        "xor",
        Architecture(widths=(8,)),
        options=HALF,
    ),
    "iris": Preset(
        "Iris flowers",
        "Three species told apart by four lengths: a network so small that a run takes no time.",
        "iris",
        Architecture(widths=(16,)),
    ),
    "wine": Preset(
        "Wine",
        "Three cultivars from 13 measurements: quickly learnt by heart.",
        "wine",
        Architecture(widths=(16,)),
    ),
    "breast_cancer": Preset(
        "Breast cancer",
        "Malignant or benign from 30 measurements; watch the test loss turn while the training loss falls.",
        "breast_cancer",
        Architecture(widths=(32, 16)),
    ),
    "diabetes": Preset(
        "Diabetes, a regression",
        "Noisy measurements and squared error: the training loss falls long after the test loss has turned.",
        "diabetes",
        Architecture(widths=(32, 16)),
        loss="mean squared error",
    ),
    "deep_linear": Preset(
        "Deep linear network",
        "Five matrices in a row are one straight line, but their loss has saddles where training waits.",
        "digits",
        Architecture("deep_linear", widths=(32, 32, 32, 32)),
        loss="mean squared error",
        steps=500,
    ),
    "digits": Preset(
        "Digits, tanh",
        "Two hidden layers of 64 read handwritten digits.",
        "digits",
        Architecture(widths=(64, 64)),
        batch=128,
    ),
    "digits_relu": Preset(
        "Digits, ReLU",
        "The same with rectifiers, whose landscape has creases.",
        "digits",
        Architecture(widths=(64, 64), activation="relu"),
        batch=128,
    ),
    "digits_million": Preset(
        "Digits, a million parameters",
        "Two hidden layers of 1024: a slice of a space with over a million dimensions.",
        "digits",
        Architecture(widths=(1024, 1024)),
        options=HALF_OF_DIGITS,
        steps=100,
        batch=128,
        resolution=25,
        optimizers=("momentum", "adam"),
    ),
    "residual": Preset(
        "40 layers with skips",
        "Skip connections: each of 40 layers adds to what it got, and the landscape stays smooth.",
        "digits",
        Architecture("residual", widths=(32,), depth=40, activation="relu", skip=True),
        batch=128,
        optimizers=("momentum", "adam"),
    ),
    "residual_without_skips": Preset(
        "40 layers without skips",
        "No skip connections: the same 40 layers replace what they got, with cliffs, plateaus and values in the billions.",
        "digits",
        Architecture("residual", widths=(32,), depth=40, activation="relu", skip=False),
        batch=128,
        optimizers=("momentum", "adam"),
    ),
    "convolutional": Preset(
        "Convolutional",
        "Five convolutions look for strokes in the digits.",
        "digits",
        Architecture("convolutional", widths=(8, 16), activation="relu"),
        options=HALF_OF_DIGITS,
        steps=150,
        batch=128,
        resolution=25,
        optimizers=("momentum", "adam"),
    ),
    "residual_convolutional": Preset(
        "Residual convolutional",
        "The same convolutions, two by two around a skip connection.",
        "digits",
        Architecture("convolutional", widths=(8, 16), activation="relu", skip=True),
        options=HALF_OF_DIGITS,
        steps=150,
        batch=128,
        resolution=25,
        optimizers=("momentum", "adam"),
    ),
    "digits_batchnorm": Preset(
        "Digits, batch normalisation",
        "Each layer's inputs are normalised, so the landscape depends on where the statistics come from.",
        "digits",
        Architecture(widths=(64, 64), activation="relu", norm=True),
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
