"""A loss of real data in as many dimensions as one asks for."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from landscapes.tables import table

DECAY = 1e-3
MOST = 1000
IMAGES = 256


class EvenDigits(eqx.Module):
    r"""Is a handwritten digit even? Logistic regression on `dimension` random features of the image.

    \frac1m \sum_i \log(1 + e^{-y_i z_i}) + \frac\lambda2 |p|^2, z_i = p . \phi_i, y_i = 1 for even and -1 for odd digits,
    with features \phi = tanh(R x + b) / \sqrt n of the standardised image x. Strictly convex, with one minimum. Random
    features: A. Rahimi and B. Recht, Random features for large-scale kernel machines, Advances in Neural
    Information Processing Systems 20 (2007); data: 256 of the digits of scikit-learn.

    Raises ValueError for a dimension that is not from 1 to 1,000.
    """

    features: Float[Array, "samples n"]
    signs: Float[Array, "samples"]

    def __init__(self, dimension: int, seed: int = 0):
        if not isinstance(dimension, (int, np.integer)) or not 1 <= dimension <= MOST:
            raise ValueError(f"Dimensions are a whole number from 1 to {MOST}, got {dimension!r}.")
        images, labels, _ = table("digits")
        images = (images - images.mean()) / images.std()
        random = np.random.default_rng(seed)
        chosen = random.permutation(len(images))[:IMAGES]
        # The weights are drawn feature after feature, so that the first ones are the same in every dimension.
        weights = random.standard_normal((MOST, images.shape[1] + 1))[:dimension]
        inside = images[chosen] @ weights[:, :-1].T / 8 + weights[:, -1]
        self.features = np.tanh(inside) / np.sqrt(dimension)
        self.signs = np.where(labels[chosen] % 2 == 0, 1.0, -1.0)

    @property
    def start(self) -> Float[np.ndarray, "n"]:
        return np.zeros(self.features.shape[1])

    def loss(self, point: Float[Array, "n"]) -> Float[Array, ""]:
        margins = self.signs * (self.features @ point)
        return jnp.mean(jax.nn.softplus(-margins)) + DECAY / 2 * jnp.sum(point**2)

    def lowest(self) -> float:
        """The loss at the minimum."""
        return float(self._value(self._bottom()[0]))

    def curvatures(self) -> Float[np.ndarray, "n"]:
        """The eigenvalues of the Hessian at the minimum, from the smallest."""
        return np.linalg.eigvalsh(self._bottom()[1])

    def _bottom(self):
        """The minimum and the Hessian there, by Newton's method in float64 until the gradient vanishes."""
        point, features = self.start, self.features * self.signs[:, None]
        for _ in range(100):
            odds = 1 / (1 + np.exp(features @ point))
            gradient = DECAY * point - features.T @ odds / len(odds)
            hessian = (features * (odds * (1 - odds))[:, None]).T @ features / len(odds) + DECAY * np.eye(len(point))
            step = np.linalg.solve(hessian, gradient)
            # Halved until it goes down by enough: Newton's full step may overshoot far from the minimum.
            value, size = self._value(point), 1.0
            while self._value(point - size * step) > value - 0.25 * size * gradient @ step + 1e-15 and size > 1e-6:
                size /= 2
            point = point - size * step
            if np.linalg.norm(gradient) < 1e-12:
                break
        return point, hessian

    def _value(self, point) -> float:
        return np.logaddexp(0, -self.signs * (self.features @ point)).mean() + DECAY / 2 * point @ point
