"""A network's loss as a landscape: parameters in, one number out."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Num, PyTree

from landscapes.compiling import jit
from landscapes.landscape import Landscape
from landscapes.networks.data import Dataset
from landscapes.networks.layers import BatchNorm, Statistics
from landscapes.networks.models import Model
from landscapes.networks.slices import Slice, affine_hidden, moved_statistics

LOSSES = ("cross-entropy", "mean squared error")
BATCHNORMS = ("recomputed", "frozen", "moved")

# Intermediate results of points that are evaluated together should stay in a core's cache.
CACHE_BYTES = 2**20


def _as_float32(values):
    return jnp.asarray(values, jnp.float32)


def _as_targets(values):
    return jnp.asarray(values, jnp.int32 if jnp.issubdtype(values.dtype, jnp.integer) else jnp.float32)


class Network(Landscape):
    r"""The mean loss of a model over samples, in the n dimensions of its parameters.

    A point is a pytree of float32 arrays with the structure of `start`, never flattened. There is no `window` and
    there are no known `minima`: a `Plane` through the parameter space has a window. What is an array is traced
    (data, weight decay, frozen statistics), so exchanging one for another of the same shape compiles nothing.

    `loss_kind` is "cross-entropy", \frac1n \sum_i -\log p_i(\text{class}_i) with p = softmax(outputs), or "mean
    squared error", the mean over samples *and* outputs (of a classifier: against 1 for the class and 0 for others).
    `objective` adds \frac{\lambda}{2} \|\theta\|^2 over all weights, biases and norms left out; \lambda is
    `weight_decay`.

    `batchnorm` says which mean and variance a BatchNorm normalises by, where the model has any:

    - "recomputed": those of the training data at the very point that is evaluated, also for other data (`on`).
      Only `batch_loss` takes those of its batch, which is how such networks are trained.
    - "frozen": those in `statistics`; `frozen_at` puts those of a point there. At first they are the start's.
    - "moved": on a slice (`along`) they move in proportion to the coordinates, as weights do; elsewhere as
      "recomputed". The code released with Li et al. 2018 calls such directions "states".

    Raises ValueError for data that do not fit the model and unknown choices.
    """

    family: ClassVar[str] = "Networks"
    lesson: ClassVar[str] = (
        "A plane through many dimensions shows what lies on it: a wall in the picture may have a way around."
    )
    window: ClassVar[None] = None
    reference: ClassVar[str] = (
        "H. Li, Z. Xu, G. Taylor, C. Studer and T. Goldstein, Visualizing the loss landscape of neural nets, Advances "
        "in Neural Information Processing Systems 31 (2018)"
    )

    start: Model
    inputs: Float[Array, "samples *features"] = eqx.field(converter=_as_float32)
    targets: Num[Array, "samples *outputs"] = eqx.field(converter=_as_targets)
    weight_decay: Float[Array, ""] = eqx.field(
        default=0.0,
        converter=_as_float32,
        metadata={"low": 0.0, "high": 1.0, "scale": "linear", "help": "half of it times the squared weights is added"},
    )
    statistics: tuple[Statistics, ...] = ()
    training_inputs: Array | None = None  # where statistics come from, if not from `inputs`
    title: str = eqx.field(static=True, default="Network", kw_only=True)
    loss_kind: str = eqx.field(static=True, default="cross-entropy")
    batchnorm: str = eqx.field(static=True, default="recomputed")
    class_names: tuple[str, ...] = eqx.field(static=True, default=())
    feature_names: tuple[str, ...] = eqx.field(static=True, default=())
    image_shape: tuple[int, int] | None = eqx.field(static=True, default=None)

    def __check_init__(self):
        if self.loss_kind not in LOSSES:
            raise ValueError(f"A network's loss is one of {', '.join(LOSSES)}; got {self.loss_kind!r}.")
        if self.batchnorm not in BATCHNORMS:
            raise ValueError(f"batchnorm is one of {', '.join(BATCHNORMS)}; got {self.batchnorm!r}.")
        if self.loss_kind == "cross-entropy" and not self.class_names:
            raise ValueError("Cross-entropy is for classes; choose mean squared error for a regression.")

    @classmethod
    def of(cls, model: Model, data: Dataset, **choices) -> "Network":
        """The landscape of `model`, as it starts, on `data`. `choices` are fields: `loss_kind`, `weight_decay`, ..."""
        described = {name: getattr(data, name) for name in ("title", "class_names", "feature_names", "image_shape")}
        choices = {"loss_kind": "cross-entropy" if data.class_names else "mean squared error", **choices}
        network = cls(model, data.inputs, data.targets, **{**described, **choices})
        return network.frozen_at(model)

    @property
    def formula(self) -> str:
        if self.loss_kind == "cross-entropy":
            return r"-\frac1n \sum_i \log \mathrm{softmax}(f_\theta(x_i))_{y_i}"
        return r"\frac1{n m} \sum_i \|f_\theta(x_i) - y_i\|^2"

    @property
    def dimension(self) -> int:
        """The number of parameters."""
        return sum(leaf.size for leaf in jax.tree.leaves(self.start))

    @property
    def normalises(self) -> bool:
        """Whether the model has a BatchNorm, so that `batchnorm` matters."""
        is_norm = lambda part: isinstance(part, BatchNorm)
        return any(map(is_norm, jax.tree.leaves(self.start, is_leaf=is_norm)))

    @property
    def points_together(self) -> int:
        """How many points of a slice to evaluate at a time: 1 for convolutions, up to 16 of a small dense network."""
        widest = max(leaf.shape[0] for leaf in jax.tree.leaves(self.start))
        activations = 4 * len(self.inputs) * widest
        return int(np.clip(CACHE_BYTES // max(1, activations), 1, 16)) if self.start.dense else 1

    @property
    def slow_in_loops(self) -> bool:
        """Whether derivatives are compiled better one by one than in a loop: those of convolutions."""
        return not self.start.dense

    def loss(self, parameters: PyTree) -> Float[Array, ""]:
        """The mean loss over the data at one point; no weight decay in it."""
        return _compiled(_loss, self, parameters)

    def sample_losses(self, parameters: PyTree) -> Float[Array, "samples"]:
        """The loss of each sample."""
        return _compiled(_sample_losses, self, parameters)

    def decay(self, parameters: PyTree) -> Float[Array, ""]:
        """lambda / 2 times the squared norm of all weights; biases and norms are left out."""
        return _compiled(_decay, self, parameters)

    def objective(self, parameters: PyTree) -> Float[Array, ""]:
        """What an optimizer descends: the loss plus `decay`, which is 0 unless asked for."""
        return self.loss(parameters) + self.decay(parameters)

    def batch_loss(self, parameters: PyTree, indices: Int[Array, "batch"]) -> Float[Array, ""]:
        """`objective` on some of the samples: over random batches, its mean is the objective without BatchNorm."""
        return _compiled(_batch_loss, self, parameters, indices)

    def predict(
        self, parameters: PyTree, inputs: Float[Array, "samples *features"]
    ) -> Float[Array, "samples outputs"]:
        """Logits, or the outputs of a regression."""
        return _compiled(_predict, self, parameters, inputs)

    def outputs(self, parameters: PyTree) -> Float[Array, "samples outputs"]:
        """`predict` for the network's own data."""
        return _compiled(_outputs, self, parameters)

    def accuracy(self, parameters: PyTree) -> Float[Array, ""]:
        """The share of samples whose largest output is their class; NaN for a regression."""
        return _compiled(_accuracy, self, parameters)

    def on(self, data: Dataset | tuple[Array, Array]) -> "Network":
        """The same model on other data, a test set say. Statistics still come from the training data."""
        inputs, targets = (data.inputs, data.targets) if isinstance(data, Dataset) else data
        if not any(isinstance(values, jax.core.Tracer) for values in (inputs, targets)):
            checked = Dataset("The data", inputs, targets, self.class_names)
            inputs, targets = checked.inputs, checked.targets
        if inputs.shape[1:] != self.inputs.shape[1:] or targets.shape[1:] != self.targets.shape[1:]:
            raise ValueError(
                f"This network takes inputs and targets of shapes {self.inputs.shape[1:]} and {self.targets.shape[1:]} "
                f"for each sample; got {inputs.shape[1:]} and {targets.shape[1:]}."
            )
        training = self._training_inputs if self.normalises else None
        return replace(self, inputs=inputs, targets=targets, training_inputs=training)

    def along(
        self, origin: PyTree, directions: tuple[PyTree, PyTree], ends: tuple[float, float] = (1.0, 1.0)
    ) -> Callable[[Float[Array, "2"]], Float[Array, ""]]:
        """The loss at origin + u d1 + v d2, as a function (a pytree) of the plane coordinates (u, v).

        A dense first layer is affine in them, X W^T + b, so its part is computed once: one layer less a point.
        `ends` matters for moved statistics only: they are those of the origin and of the two points at coordinates
        (ends[0], 0) and (0, ends[1]) exactly, and straight between and beyond, where a variance below 0 gives NaN.
        A surface gives half the sides of its window.
        """
        moves = self.normalises and self.batchnorm == "moved"
        known = not isinstance(ends, jax.core.Tracer)
        if moves and known and not all(np.isfinite(end) and end != 0 for end in ends):
            raise ValueError(f"ends are two plane coordinates other than 0, got {ends}.")
        hidden = _compiled(affine_hidden, self, origin, directions) if self.start.dense else None
        statistics = None
        if moves:
            ends = jnp.asarray(ends, jnp.float32)
            statistics = _compiled(moved_statistics, self._training_inputs, origin, directions, ends)
        return Slice(self, origin, directions, hidden, statistics)

    def frozen_at(self, parameters: PyTree) -> "Network":
        """With the statistics of the training data at `parameters` as the frozen ones."""
        if not self.normalises:
            return self
        return replace(self, statistics=_compiled(_measured, parameters, self._training_inputs))

    def statistics_for(self, parameters: PyTree) -> tuple[Statistics, ...] | None:
        """What the BatchNorms normalise by; None for the statistics of this network's own inputs.

        On its training data a model finds them on its way, without a pass of their own.
        """
        if not self.normalises or self.batchnorm == "frozen":
            return self.statistics
        return None if self.training_inputs is None else _measured(parameters, self.training_inputs)

    def losses_of(self, outputs: Float[Array, "samples outputs"], targets: Array) -> Float[Array, "samples"]:
        """The loss of each sample, given what the model said and what it should have."""
        if self.loss_kind == "mean squared error":
            wanted = jax.nn.one_hot(targets, outputs.shape[1], dtype=outputs.dtype) if self.class_names else targets
            return jnp.mean((outputs - wanted) ** 2, axis=1)
        of_class = jnp.take_along_axis(outputs, targets[:, None], axis=1)[:, 0]
        return jax.nn.logsumexp(outputs, axis=1) - of_class

    @property
    def _training_inputs(self):
        return self.inputs if self.training_inputs is None else self.training_inputs


@jit
def _compiled(function, *arguments, **more):
    """A call from Python compiles once and not one operation after the other."""
    return function(*arguments, **more)


def _outputs(network, parameters):
    return parameters(network.inputs, network.statistics_for(parameters))[0]


def _sample_losses(network, parameters):
    return network.losses_of(_outputs(network, parameters), network.targets)


def _loss(network, parameters):
    return jnp.mean(_sample_losses(network, parameters))


def _decay(network, parameters):
    squares = (jnp.sum(leaf**2) for leaf in jax.tree.leaves(parameters) if leaf.ndim > 1)
    # Squares that overflow must not turn no decay into NaN.
    return jnp.where(network.weight_decay > 0, network.weight_decay / 2 * sum(squares), 0.0)


def _batch_loss(network, parameters, indices):
    statistics = network.statistics if network.batchnorm == "frozen" else None
    outputs, _ = parameters(network.inputs[indices], statistics)
    return jnp.mean(network.losses_of(outputs, network.targets[indices])) + _decay(network, parameters)


def _predict(network, parameters, inputs):
    if network.normalises and network.batchnorm != "frozen":
        return parameters(inputs, _measured(parameters, network._training_inputs))[0]
    return parameters(inputs, network.statistics)[0]


def _accuracy(network, parameters):
    if not network.class_names:
        return jnp.asarray(jnp.nan, jnp.float32)
    return jnp.mean(jnp.argmax(_outputs(network, parameters), axis=1) == network.targets)


def _measured(model: Model, inputs) -> tuple[Statistics, ...]:
    return model(inputs)[1]
