"""Principal axes of recorded runs."""

from collections.abc import Iterable, Iterator, Mapping

import jax
import numpy as np
from jaxtyping import Float, PyTree

from landscapes.plane import Plane, Window
from landscapes.vectors import PART, parts, rows, shaped
from landscapes.windows import window_for

# Snapshots whose products with each other are kept: 8192 take 0.5 GiB.
MOST = 8192
# Shares of the variance below this are rounding errors of the Gram matrix, and axes of them noise.
ROUNDING = 1e-12
DENSE = 100  # positions up to which all eigenpairs are as fast as two
UNIT = ((0.0, 1.0), (0.0, 1.0))


def noise_shares(count: int) -> Float[np.ndarray, "count"]:
    r"""The shares of the variance along the first principal axes of a random walk, 6 / (pi k)^2.

    The limit for long walks in many dimensions; the first two hold 76 %. Source: Antognini and Sohl-Dickstein, PCA of
    high dimensional random walks with comparison to neural network training (2018), section 3.
    """
    return 6 / (np.pi * np.arange(1, count + 1)) ** 2


NOISE_SHARES = tuple(float(share) for share in noise_shares(2))


def principal_plane(paths: Mapping[str, PyTree] | Iterable[PyTree], window: Window | None = None) -> Plane:
    """The plane nearest to all positions of all runs, every recorded position counted once.

    `paths` holds the runs, by name or in a sequence (then named "run 1", ...): positions with a leading axis of
    steps, or whatever has such `positions`. The origin is the mean of all positions, the directions are the two
    principal axes, of length 1 and orthogonal, so plane coordinates are true distances; on each the last positions
    lie, taken together, further up than the first ones. `explained` holds their shares of the variance: compare
    `NOISE_SHARES`. Runs with a position or loss that is not finite are left out and named in `left_out`; the plane
    is that of the others. Where all positions lie on one line (one step, say) the second axis is some direction at
    right angles to it and explains 0.

    From the Gram matrix of the centred positions, steps x steps, in float64. Raises ValueError where no run is left,
    where none of them moves, for runs that do not fit each other, and for more than 8192 positions.
    """
    runs, left_out = _sorted_out(paths)
    counts = [rows(run) for run in runs]
    if sum(counts) > MOST:
        raise ValueError(
            f"{sum(counts):,} positions need {3 * 8 * sum(counts) ** 2 / 2**30:.1f} GiB for their products with each "
            f"other; thin the runs to {MOST:,} positions together."
        )
    mean, gram = _mean_and_gram(runs)
    if len(mean) < 2:
        raise ValueError("A plane needs at least two parameters; these runs have one.")
    if not np.trace(gram) > (ROUNDING * np.linalg.norm(mean)) ** 2:
        raise ValueError(
            "None of these runs moves: all their positions are the same one. Take Plane.random there, or more steps."
        )
    variances, weights = _leading(gram)
    weights = weights * _signs(weights, counts)
    explained = variances / np.trace(gram)
    explained[explained < ROUNDING] = 0
    like = jax.tree.map(lambda leaf: np.asarray(leaf)[0], runs[0])
    directions = tuple(shaped(axis, like) for axis in _axes(runs, weights, line=explained[1] == 0))
    plane = Plane(shaped(mean, like), directions, UNIT, tuple(map(float, explained)), left_out)
    scores = weights * np.sqrt(variances.clip(0))
    return plane.over(window or window_for(plane, [scores]))


def _sorted_out(paths) -> tuple[list[PyTree], tuple[str, ...]]:
    named = paths.items() if isinstance(paths, Mapping) else ((f"run {n}", run) for n, run in enumerate(paths, 1))
    runs, left_out = [], []
    for name, run in named:
        positions = getattr(run, "positions", run)
        finite = getattr(run, "diverged_at", -1) == -1 and _finite(positions)
        (runs if finite else left_out).append(positions if finite else str(name))
    if not runs:
        why = f"{', '.join(left_out)} diverged" if left_out else "there are no runs"
        raise ValueError(f"No run is left to lay a plane through: {why}.")
    shapes = {str(jax.tree.map(lambda leaf: np.shape(leaf)[1:], run)) for run in runs}
    if len(shapes) > 1:
        raise ValueError(f"Runs on one plane have parameters of one structure and shape; got {' and '.join(shapes)}.")
    return runs, tuple(left_out)


def _finite(positions: PyTree) -> bool:
    return all(np.isfinite(np.asarray(leaf)).all() for leaf in jax.tree.leaves(positions))


def _joined(runs: list[PyTree]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """All positions below each other, a part of the columns at a time and centred, as (mean, centred)."""
    columns = max(1, PART // sum(map(rows, runs)))
    for some in zip(*(parts(run, columns) for run in runs), strict=True):
        some = np.concatenate(some)
        mean = some.mean(axis=0)
        yield mean, some - mean


def _mean_and_gram(runs: list[PyTree]) -> tuple[np.ndarray, np.ndarray]:
    means, gram = [], 0.0
    for mean, centred in _joined(runs):
        means.append(mean)
        gram = gram + centred @ centred.T
    return np.concatenate(means), gram


def _leading(gram: Float[np.ndarray, "positions positions"]) -> tuple[np.ndarray, np.ndarray]:
    """The two largest eigenvalues, largest first, and their eigenvectors as columns."""
    if len(gram) <= DENSE:
        values, vectors = np.linalg.eigh(gram)
    else:
        from scipy.sparse.linalg import eigsh  # comes with JAX; by Lanczos' method thirty times faster than all

        values, vectors = eigsh(gram, 2, v0=np.random.default_rng(0).standard_normal(len(gram)))
    return values[::-1][:2], vectors[:, ::-1][:, :2]


def _signs(weights: Float[np.ndarray, "positions 2"], counts: list[int]) -> Float[np.ndarray, "2"]:
    """Of the axes, so that the runs, taken together, end further up than they began."""
    ends = np.cumsum(counts)
    travelled = weights[ends - 1].sum(axis=0) - weights[ends - counts].sum(axis=0)
    return np.where(travelled < 0, -1.0, 1.0)


def _axes(runs: list[PyTree], weights: Float[np.ndarray, "positions 2"], line: bool) -> tuple[np.ndarray, np.ndarray]:
    """The principal axes of length 1; of positions on one `line` the second is drawn."""
    first, second = np.concatenate([weights.T @ centred for _, centred in _joined(runs)], axis=1)
    first /= np.linalg.norm(first)
    if line:
        second = np.random.default_rng(0).standard_normal(len(first))
    second -= (second @ first) * first
    return first, second / np.linalg.norm(second)
