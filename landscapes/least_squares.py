"""Least squares with any number of inputs: a quadratic bowl whose roundness depends on the units of the inputs."""

from functools import cached_property

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

SCALINGS = ("raw", "centred", "standardised")


class LeastSquares(eqx.Module):
    r"""The mean of (b + w . x_i - y_i)^2; a point is (b, w_1, ..., w_k), float64.

    Gradient descent at its best rate, 2 / (l_1 + l_n) of the Hessian's largest and smallest eigenvalues, shrinks the
    distance to the bottom by (kappa - 1) / (kappa + 1) a step at worst: Polyak, Introduction to Optimization (1987),
    section 1.4.2. Raises ValueError for inputs that are not (samples, features) or targets of another length.
    """

    design: Float[Array, "rows parameters"]
    targets: Float[Array, "rows"]
    samples: int = eqx.field(static=True)

    def __init__(self, inputs: Float[np.ndarray, "samples features"], targets: Float[np.ndarray, "samples"]):
        inputs, self.targets = np.asarray(inputs, np.float64), np.asarray(targets, np.float64)
        if inputs.ndim != 2 or self.targets.shape != inputs.shape[:1]:
            raise ValueError(
                "Least squares need inputs (samples, features) and a target for each sample; got "
                f"{inputs.shape} and {self.targets.shape}."
            )
        self.samples = len(inputs)
        self.design = np.column_stack([np.ones(self.samples), inputs])

    def loss(self, point: Float[Array, "parameters"]) -> Float[Array, ""]:
        """The loss at one point."""
        return jnp.sum((self.design @ point - self.targets) ** 2) / self.samples

    def compressed(self) -> "LeastSquares":
        """The same loss from as few rows as there are parameters and one more: design and targets turned by QR."""
        triangle = np.linalg.qr(np.column_stack([self.design, self.targets]), mode="r")
        return eqx.tree_at(lambda model: (model.design, model.targets), self, (triangle[:, :-1], triangle[:, -1]))

    @cached_property
    def eigenvalues(self) -> Float[np.ndarray, "parameters"]:
        """Of the Hessian, which is the same everywhere, the smallest first."""
        with jax.enable_x64(True):
            hessian = jax.hessian(self.loss)(np.zeros(self.design.shape[1]))
        return np.linalg.eigvalsh(np.asarray(hessian))

    @property
    def condition_number(self) -> float:
        """How much steeper the steepest direction is than the flattest."""
        return float(self.eigenvalues[-1] / self.eigenvalues[0])

    @property
    def best_rate(self) -> float:
        """The learning rate with which gradient descent is fastest at worst."""
        return float(2 / (self.eigenvalues[0] + self.eigenvalues[-1]))

    @property
    def minimum(self) -> Float[np.ndarray, "parameters"]:
        """The point with the lowest loss."""
        return np.linalg.lstsq(self.design, self.targets, rcond=None)[0]

    @property
    def lowest(self) -> float:
        """The loss there."""
        return float(np.sum((self.design @ self.minimum - self.targets) ** 2) / self.samples)


def scaled(inputs: Float[np.ndarray, "samples features"], scaling: str) -> Float[np.ndarray, "samples features"]:
    """Inputs as measured ("raw"), less their mean ("centred"), and then in standard deviations ("standardised").

    Raises ValueError for another word.
    """
    if scaling not in SCALINGS:
        raise ValueError(f"A scaling is one of {', '.join(SCALINGS)}; got {scaling!r}.")
    if scaling == "raw":
        return inputs
    centred = inputs - inputs.mean(0)
    return centred if scaling == "centred" else centred / inputs.std(0)
