"""Leading eigenvalues of the Hessian, and its sharpness at one point or along a path."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Float, PRNGKeyArray, PyTree

from landscapes.curvature.hessian import as_floats, dtype_of, precision_of, size, unflatten
from landscapes.curvature.lanczos import STEPS, Lanczos, checked, generator, lanczos


class Eigenpairs(NamedTuple):
    """Leading eigenpairs, largest first.

    Attributes:
        values: the eigenvalues.
        vectors: like the parameters, with a leading axis over the pairs; each has length 1.
        residuals: |H v - value v|; an eigenvalue lies within that distance of the value.
    """

    values: Float[np.ndarray, "count"]
    vectors: PyTree
    residuals: Float[np.ndarray, "count"]


def leading_eigenpairs(
    loss: Callable, parameters: PyTree, count: int = 2, *, steps: int = STEPS, key: PRNGKeyArray | int = 0
) -> Eigenpairs:
    """The `count` largest eigenvalues of the Hessian of `loss` at `parameters`, and their eigenvectors.

    Lanczos' method with full reorthogonalisation: `steps` Hessian-vector products (no more than there are
    parameters), from a random vector that `key` draws. "Largest" is with the sign. 20 steps give six
    digits for a network in training; a fresh one, whose largest are close, takes 30: see `residuals`. dtype
    follows the parameters. A Hessian that is not finite gives NaN. Raises ValueError for a count or steps that do
    not fit, and for a loss that is not a scalar.

    Source: Lanczos (1950); residuals: Parlett, The Symmetric Eigenvalue Problem (1998), section 13.2.
    """
    parameters, random = as_floats(parameters), generator(key)
    count, steps = checked(count, steps, size(parameters))
    found = _from_random_vector(loss, parameters, None, steps, random)
    rotation = found.rotation[:, :count]
    vectors = unflatten(rotation.T.astype(found.basis.dtype) @ found.basis, parameters)
    return Eigenpairs(found.nodes[:count], vectors, found.residuals[:count])


def sharpness(
    loss: Callable,
    parameters: PyTree,
    *,
    preconditioner: PyTree | None = None,
    steps: int = STEPS,
    key: PRNGKeyArray | int = 0,
) -> float:
    """The largest eigenvalue of the Hessian, or of P^-1 H for the positive diagonal P given as `preconditioner`.

    `preconditioner` is like the parameters. P^-1 H has the eigenvalues of the symmetric P^(-1/2) H P^(-1/2),
    which is what Lanczos' method gets. The rest is as for `leading_eigenpairs`.

    Source: Cohen et al., Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability (2021);
    preconditioned: Cohen et al., Adaptive Gradient Methods at the Edge of Stability (2022).
    """
    parameters, random = as_floats(parameters), generator(key)
    _, steps = checked(1, steps, size(parameters))
    return float(_from_random_vector(loss, parameters, preconditioner, steps, random).nodes[0])


def _from_random_vector(loss, parameters, preconditioner, steps: int, random) -> Lanczos:
    vector = random.standard_normal(size(parameters)).astype(dtype_of(parameters))
    with precision_of(parameters):
        return lanczos(loss, parameters, preconditioner, vector, steps, random)


@dataclass(frozen=True)
class SharpnessAlong:
    """What is known so far: `values[i]` is for snapshot i. NaN until `known[i]`, and where it is not finite.

    `newest` is the snapshot that was looked at last, and `direction` its leading eigenvector, of length 1, flat: of H, or
    of the symmetric P^(-1/2) H P^(-1/2).
    """

    values: Float[np.ndarray, "k"]
    known: Bool[np.ndarray, "k"]
    newest: int
    direction: Float[np.ndarray, "n"]

    @property
    def done(self) -> int:
        return int(self.known.sum())

    @property
    def total(self) -> int:
        return len(self.known)


def sharpness_along(
    loss: Callable,
    positions: PyTree,
    *,
    preconditioners: PyTree | None = None,
    steps: int = STEPS,
    key: PRNGKeyArray | int = 0,
) -> Iterator[SharpnessAlong]:
    """The sharpness at each of k snapshots: both ends first, then ever finer between them.

    `positions` is a pytree like the parameters with a leading axis of k, such as the `positions` of a run;
    `preconditioners` too, for P^-1 H instead of H (see `sharpness`). Yields what is known after every snapshot,
    all of it at last: `*_, last = sharpness_along(...)`. Stopping to iterate cancels. Raises ValueError for
    snapshots without a common leading axis.
    """
    positions = jax.tree.map(np.asarray, as_floats(positions))
    count = _length(positions)
    if preconditioners is not None and _length(preconditioners) != count:
        raise ValueError(f"{count} snapshots need as many preconditioners, got {_length(preconditioners)}.")
    checked(1, steps, size(positions) // count)
    return _one_by_one(loss, (positions, jax.tree.map(np.asarray, preconditioners)), count, steps, key)


def _one_by_one(loss, snapshots, count: int, steps: int, key) -> Iterator[SharpnessAlong]:
    values, known = np.full(count, np.nan), np.zeros(count, bool)
    for number in _coarse_first(count):
        point, preconditioner = jax.tree.map(lambda leaf: leaf[number], snapshots)
        found = _from_random_vector(loss, point, preconditioner, min(steps, size(point)), generator(key))
        values[number], known[number] = found.nodes[0], True
        yield SharpnessAlong(values.copy(), known.copy(), number, found.rotation[:, 0].astype(found.basis.dtype) @ found.basis)


def _coarse_first(count: int) -> list[int]:
    """0 to count - 1, each once: both ends, the middle, then what halves the gaps that are left."""
    stride, order = max(1, count - 1), [0, count - 1]
    while stride > 1:
        stride = (stride + 1) // 2
        order += range(0, count, stride)
    return list(dict.fromkeys(order))


def _length(stacked: PyTree) -> int:
    lengths = {np.shape(leaf)[:1] for leaf in jax.tree.leaves(stacked)}
    if len(lengths) != 1 or min(lengths) in ((), (0,)):
        raise ValueError(f"Snapshots are stacked: every leaf leads with the same axis; got {sorted(lengths)}.")
    return min(lengths)[0]
