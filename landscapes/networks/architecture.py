"""What a network looks like, in a few words and numbers that a URL can hold."""

from dataclasses import dataclass

import jax
import numpy as np

from landscapes.networks.data import Dataset
from landscapes.networks.layers import ACTIVATIONS, GAINS, Draw
from landscapes.networks.convolutional import Convolutional
from landscapes.networks.models import DeepLinear, Model, Perceptron, ResidualPerceptron

KINDS = ("perceptron", "deep_linear", "residual", "convolutional")
MOST_PARAMETERS = 20_000_000  # 80 MB a point: a plane holds three, Adam four, a gradient one more
MOST_LAYERS = 200


@dataclass(frozen=True)
class Architecture:
    """A model but for its inputs and outputs, which come from the data.

    `kind` is "perceptron" or "deep_linear" with the hidden `widths`; "residual" with `depth` dense layers of
    `widths[0]`; or "convolutional" with `depth` blocks of two convolutions for each of the channels in `widths`.
    The last two have `skip` connections or not. `norm` puts a BatchNorm before the activations of a perceptron or
    a convolutional network. Raises ValueError for what does not fit together.
    """

    kind: str = "perceptron"
    widths: tuple[int, ...] = (16, 16)
    depth: int = 1
    activation: str = "tanh"
    skip: bool = False
    norm: bool = False

    def __post_init__(self):
        _require(self.kind in KINDS, f"kind must be one of {', '.join(KINDS)}", self.kind)
        _require(
            self.activation in ACTIVATIONS, f"activation must be one of {', '.join(ACTIVATIONS)}", self.activation
        )
        object.__setattr__(self, "widths", tuple(self.widths))
        whole = all(isinstance(width, (int, np.integer)) and width > 0 for width in (*self.widths, self.depth))
        _require(whole, "widths and depth must be whole numbers above 0", (self.widths, self.depth))
        _require(
            self.layers <= MOST_LAYERS, f"a network may have up to {MOST_LAYERS} layers with weights", self.layers
        )
        if self.kind == "residual":
            _require(len(self.widths) == 1, "a residual perceptron has one width", self.widths)
        if self.kind == "convolutional":
            _require(len(self.widths) > 0, "a convolutional network has one number of channels or more", self.widths)
        _require(not self.norm or self.kind != "deep_linear", "a deep linear network has no norm", self.norm)
        _require(not self.norm or self.kind != "residual", "a residual perceptron has no norm", self.norm)
        plain = self.kind in ("perceptron", "deep_linear")
        _require(not (plain and self.skip), f"a {self.kind} has no skip connections", self.skip)

    @property
    def layers(self) -> int:
        """How many layers with weights, the last one included."""
        stages = len(self.widths)
        return {"residual": self.depth + 2, "convolutional": 2 * stages * self.depth + 2}.get(self.kind, stages + 1)


def _require(holds: bool, expected: str, got):
    if not holds:
        raise ValueError(f"Architecture: {expected}; got {got!r}.")


def build(architecture: Architecture, data: Dataset, key=0) -> Model:
    """The model with its random start (He or LeCun normal weights, zero biases), all float32.

    `key` is a whole number or a JAX key. Raises ValueError for over 20 million parameters, before any is drawn.
    """
    count = parameter_count(architecture, data)
    if count > MOST_PARAMETERS:
        raise ValueError(
            f"This network would have {count:,} parameters, {4e-6 * count:,.0f} MB a point; up to "
            f"{MOST_PARAMETERS:,} fit. Choose smaller widths."
        )
    return _build(architecture, data, _seed(key))


def parameter_count(architecture: Architecture, data: Dataset) -> int:
    """How many numbers a point of the parameter space holds; nothing is drawn."""
    return sum(leaf.size for leaf in jax.tree.leaves(_build(architecture, data, None)))


def _build(architecture: Architecture, data: Dataset, seed: int | None) -> Model:
    draw = Draw(seed, GAINS.get(architecture.activation, 1.0))
    inputs, outputs = int(np.prod(data.inputs.shape[1:])), data.outputs
    if architecture.kind == "deep_linear":
        return DeepLinear(Draw(seed, 1.0), inputs, outputs, architecture.widths)
    if architecture.kind == "residual":
        (width,) = architecture.widths
        return ResidualPerceptron(
            draw, inputs, outputs, width, architecture.depth, architecture.activation, architecture.skip
        )
    if architecture.kind == "convolutional":
        return Convolutional(
            *(draw, image_of(data), outputs, architecture.widths, architecture.depth),
            *(architecture.activation, architecture.skip, architecture.norm),
        )
    return Perceptron(draw, inputs, outputs, architecture.widths, architecture.activation, architecture.norm)


def image_of(data: Dataset) -> tuple[int, int, int]:
    """Height, width and channels of a sample."""
    shape = data.inputs.shape[1:]
    if data.image_shape is None and len(shape) < 2:
        raise ValueError(f"{data.title}: a convolutional network needs images; choose a perceptron for a table.")
    height, width = data.image_shape or shape[:2]
    return height, width, int(np.prod(shape)) // (height * width)


def _seed(key):
    if isinstance(key, jax.Array):
        key = jax.random.key_data(key) if jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key) else key
        return np.asarray(key).ravel().tolist()
    return key
