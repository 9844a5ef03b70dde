"""Directions: planes through points that matter, and at random."""

from collections.abc import Callable

import jax
import numpy as np
from jaxtyping import PRNGKeyArray, PyTree

from landscapes.plane import Plane, Window, as_floats
from landscapes.slices import losses_at
from landscapes.vectors import flat, shaped
from landscapes.windows import reach_by_curvature, window_for

NORMALIZATIONS = ("filter", "layer", "none")
PARALLEL = 1e-6  # of its length must be left of a direction beside the first one


def random_plane(
    parameters: PyTree,
    key: int | PRNGKeyArray,
    normalize: str = "filter",
    window: Window | None = None,
    *,
    filter_axis: int = 0,
    vectors: bool = False,
) -> Plane:
    r"""Through `parameters` along two directions of independent normal numbers. `key` is a JAX key or a seed.

    "filter": every filter of a direction gets the length of that filter of the parameters,
    d_f <- d_f |w_f| / |d_f|, so that a picture does not depend on how a ReLU network shares its scale out among its
    layers. A filter is what makes one output: a row of a matrix (outputs, inputs), one output channel of a
    convolution. `filter_axis` is the axis of outputs, 0 in equinox and -1 where the layer is x @ W. "layer" does the
    same to whole leaves. Filters of zeros stay. Leaves of fewer than two axes, biases and the scales of norms, do not
    move (`vectors` lets them, each as one filter). "none": normal numbers as they came, in all leaves.

    The window is -1 to 1 each way, with "none" |parameters| each way, unless given. Raises ValueError for an unknown
    normalization and where nothing can move.

    Source: Li, Xu, Taylor, Studer and Goldstein, Visualizing the loss landscape of neural nets (2018), section 4.
    """
    if normalize not in NORMALIZATIONS:
        raise ValueError(f"Directions are normalized by one of {', '.join(NORMALIZATIONS)}; got {normalize!r}.")
    generator = _generator(key)
    directions = tuple(_normal(parameters, generator) for _ in range(2))
    if normalize != "none":
        scaled = lambda weights, d: _scaled(weights, d, normalize, filter_axis, vectors)
        directions = tuple(jax.tree.map(scaled, parameters, direction) for direction in directions)
        _check_moves(directions, normalize)
    plane = Plane(parameters, directions, window or ((-1.0, 1.0), (-1.0, 1.0)))
    return plane if window or normalize != "none" else plane.over(window_for(plane))


def plane_through(a: PyTree, b: PyTree, c: PyTree, window: Window | None = None) -> Plane:
    """Through three points, with orthonormal directions: plane coordinates are true distances from `a`.

    `b` lies on the first axis, `c` above it. The window holds the three points. Raises ValueError for points that are
    not finite and that lie on one line.
    """
    origin = flat(a)
    first, second = flat(b) - origin, flat(c) - origin
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("A plane goes through finite points; one of these three has NaN or inf, it may have diverged.")
    longest = max(np.linalg.norm(first), np.linalg.norm(second))
    base = np.linalg.norm(first)
    if base <= PARALLEL * longest or base == 0:
        raise ValueError("The first two points are the same one, and no plane is told by that; take another one.")
    first /= base
    along = second @ first
    second -= along * first
    height = np.linalg.norm(second)
    if height <= PARALLEL * longest:
        raise ValueError("The three points lie on one line: use line(loss, a, b), or another third point.")
    directions = tuple(shaped(each, a) for each in (first, second / height))
    plane = Plane(a, directions, ((0.0, 1.0), (0.0, 1.0)))
    return plane.over(window or window_for(plane, [[(0, 0), (base, 0), (along, height)]]))


def hessian_plane(loss: Callable, parameters: PyTree, window: Window | None = None, **lanczos) -> Plane:
    """Through `parameters` along the eigenvectors of the two largest eigenvalues of the Hessian, of length 1.

    `lanczos` goes to `curvature.leading_eigenpairs` (steps, key). The window reaches, on each axis, to where the
    second-order model has risen by the loss at the centre: see `windows.window_for`. Raises ValueError for
    parameters where the curvature is not finite.
    """
    # Lazily: Lanczos' method takes longer to import than planes of any other kind to make.
    from landscapes.curvature import leading_eigenpairs

    values, vectors, *_ = leading_eigenpairs(loss, parameters, 2, **lanczos)
    if not np.isfinite(values).all():
        raise ValueError("The curvature is not finite at these parameters; take a point before the run diverged.")
    directions = tuple(jax.tree.map(lambda leaf: np.asarray(leaf[number]), vectors) for number in range(2))
    plane = Plane(parameters, directions, window or ((-1.0, 1.0), (-1.0, 1.0)))
    if window:
        return plane
    # Compiled here, and used again by the surface.
    reach = reach_by_curvature(plane, losses_at(loss, plane, np.zeros((1, 2)))[0], values)
    return plane.over(tuple((-float(half), float(half)) for half in reach))


def _generator(key) -> np.random.Generator:
    # NumPy's: JAX would compile anew for every shape of leaf.
    return np.random.default_rng(key if isinstance(key, (int, np.integer)) else np.asarray(jax.random.key_data(key)))


def _normal(parameters: PyTree, generator: np.random.Generator) -> PyTree:
    """Independent standard normal numbers, in the dtypes of the parameters."""
    draw = lambda leaf: generator.standard_normal(np.shape(leaf)).astype(as_floats(leaf).dtype)
    return jax.tree.map(draw, parameters)


def _scaled(weights, direction: np.ndarray, normalize: str, filter_axis: int, vectors: bool) -> np.ndarray:
    weights = np.asarray(weights)
    if weights.ndim < 2 and not vectors:
        return np.zeros_like(direction)
    whole = normalize == "layer" or weights.ndim < 2
    axes = tuple(range(weights.ndim))
    others = axes if whole else tuple(axis for axis in axes if axis != filter_axis % weights.ndim)
    wanted, drawn = (
        np.sqrt(np.sum(np.square(each, dtype=np.float64), axis=others, keepdims=True)) for each in (weights, direction)
    )
    # A filter of no weights was drawn with length 0.
    factor = np.divide(wanted, drawn, out=np.zeros_like(drawn), where=drawn > 0)
    return (direction * factor).astype(direction.dtype)


def _check_moves(directions: tuple[PyTree, PyTree], normalize: str) -> None:
    if any(np.any(leaf) for leaf in jax.tree.leaves(directions)):
        return
    raise ValueError(
        f"Nothing moves: with normalize={normalize!r} filters of zeros stay where they are, and so do leaves of fewer "
        "than two axes, biases say. Take vectors=True, normalize='none' or parameters that are not all zero."
    )
