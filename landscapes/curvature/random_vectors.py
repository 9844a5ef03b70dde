"""Trace and spectrum of the Hessian, estimated with random vectors."""

from collections.abc import Callable
from operator import index
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, PRNGKeyArray, PyTree
from matfree import stochtrace

from landscapes.compiling import brisk_jit
from landscapes.curvature.hessian import (
    as_floats,
    dtype_of,
    is_slow_in_loops,
    one_product,
    precision_of,
    product,
    size,
    unflatten,
)
from landscapes.curvature.lanczos import STEPS, checked, generator, lanczos
from landscapes.vectors import flat

PROBES_A_CALL = 8  # a compiled call holds the signs of these


class Trace(NamedTuple):
    """An estimate of the sum of all eigenvalues, and the standard error of that estimate."""

    mean: float
    standard_error: float


class Spectrum(NamedTuple):
    """The distribution of the Hessian's eigenvalues, as a quadrature rule for each probe.

    Attributes:
        nodes, weights: the share of all eigenvalues near each node; the weights of a probe sum to 1.
    """

    nodes: Float[np.ndarray, "probes steps"]
    weights: Float[np.ndarray, "probes steps"]

    def moment(self, power: int) -> Trace:
        """The estimate of trace(H^power) / n; of no bias up to power 2 steps - 1."""
        return _mean((self.weights * self.nodes**power).sum(axis=1))

    def density(
        self, resolution: int = 512, width: float | None = None
    ) -> tuple[Float[np.ndarray, "resolution"], Float[np.ndarray, "resolution"]]:
        """Eigenvalues and their density there, which integrates to 1: each node a Gaussian of that `width`.

        By default the width is 1 % of the range of the nodes. A picture needs the width beside it.
        """
        low, high = self.nodes.min(), self.nodes.max()
        width = width or 0.01 * (high - low) or 0.01 * abs(high) or 0.01
        grid = np.linspace(low - 4 * width, high + 4 * width, resolution)
        bells = np.exp(-(((grid[:, None] - self.nodes.ravel()) / width) ** 2) / 2) / (width * np.sqrt(2 * np.pi))
        return grid, bells @ self.weights.ravel() / len(self.nodes)


def trace(loss: Callable, parameters: PyTree, *, probes: int = 64, key: PRNGKeyArray | int = 0) -> Trace:
    r"""The trace of the Hessian by Hutchinson's estimator: the mean of z^T H z over random signs z.

    `probes` is how many z are drawn, at least 2; `key` draws them. Divided by the number of
    parameters it is the mean curvature along a random direction of length 1.

    Source: Hutchinson, A stochastic estimator of the trace of the influence matrix for Laplacian smoothing
    splines (1989).
    """
    parameters, random, probes = as_floats(parameters), generator(key), _checked(probes)
    samples = []
    with precision_of(parameters):
        for _ in range(0, probes, PROBES_A_CALL):
            vectors = np.stack([_signs(random, parameters) for _ in range(PROBES_A_CALL)])
            forms = _forms_by_steps if is_slow_in_loops(loss) else _quadratic_forms
            samples += list(forms(loss, parameters, unflatten(vectors, parameters)))
    return _mean(samples[:probes])


@brisk_jit
def _quadratic_forms(loss, parameters, vectors) -> Float[jax.Array, "probes"]:
    apply, form = product(loss, parameters), stochtrace.monte_carlo_trace()
    return jax.lax.map(lambda vector: form(apply, vector), vectors)


def _forms_by_steps(loss, parameters, vectors) -> list[float]:
    """The same with one compiled call for each vector."""
    some = (jax.tree.map(lambda leaf: leaf[row], vectors) for row in range(PROBES_A_CALL))
    return [float(flat(vector) @ flat(one_product(loss, parameters, vector))) for vector in some]


def spectral_density(
    loss: Callable, parameters: PyTree, *, probes: int = 8, steps: int = STEPS, key: PRNGKeyArray | int = 0
) -> Spectrum:
    """The density of the Hessian's eigenvalues by stochastic Lanczos quadrature.

    Each of `probes` random sign vectors (at least 2, drawn by `key`) takes `steps` Hessian-vector products.

    Source: Golub and Welsch (1969); Ghorbani, Krishnan and Xiao, An Investigation into Neural Net Optimization via
    Hessian Eigenvalue Density (2019), algorithm 1.
    """
    parameters, random, probes = as_floats(parameters), generator(key), _checked(probes)
    _, steps = checked(1, steps, size(parameters))
    with precision_of(parameters):
        rules = [lanczos(loss, parameters, None, _signs(random, parameters), steps, random) for _ in range(probes)]
    return Spectrum(np.stack([rule.nodes for rule in rules]), np.stack([rule.rotation[0] ** 2 for rule in rules]))


def _signs(random: np.random.Generator, like: PyTree) -> Float[np.ndarray, "n"]:
    return random.choice(np.array([-1, 1], dtype_of(like)), size(like))


def _checked(probes: int) -> int:
    try:
        enough = index(probes) >= 2
    except TypeError:
        enough = False
    if not enough:
        raise ValueError(f"Probes are a whole number from 2 on, or there is no standard error; got {probes!r}.")
    return index(probes)


def _mean(samples) -> Trace:
    samples = np.asarray(samples, np.float64)
    return Trace(float(samples.mean()), float(samples.std(ddof=1) / np.sqrt(len(samples))))
