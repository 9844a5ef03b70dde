"""Projection: where on a plane the points of a run lie, and how far off it."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, PyTree

from landscapes.plane import Plane
from landscapes.vectors import flat, row_parts, rows


class Projection(NamedTuple):
    """Of points p on a plane with origin o.

    `coordinates` of the nearest points of the plane; `distance` |p - o|; `off_plane` the share of it that is left,
    |r| / |p - o| with r the residual of p - o from the plane: 0 on the plane and where p = o, 1 at right angles to it.
    """

    coordinates: Float[np.ndarray, "k 2"]
    distance: Float[np.ndarray, "k"]
    off_plane: Float[np.ndarray, "k"]


def project_many(plane: Plane, positions: PyTree) -> Float[np.ndarray, "k 2"]:
    """The plane coordinates nearest to each of k positions, stacked along a leading axis, by least squares.

    One matrix product, summed in float64. NaN for positions that are not finite. Raises ValueError for positions
    that do not fit the plane's origin.
    """
    return projected(plane, positions).coordinates


def projected(plane: Plane, positions: PyTree) -> Projection:
    """`project_many` with what is lost by it."""
    return projector(plane)(positions)


def projector(plane: Plane) -> Callable[[PyTree], Projection]:
    """`projected` on one plane, for positions that come bit by bit: what depends on the plane alone is done once."""
    basis, triangular = np.linalg.qr(np.stack([flat(direction) for direction in plane.directions], axis=1))
    return partial(_projected, plane, basis, triangular, flat(plane.origin))


def _projected(plane: Plane, basis, triangular, origin, positions: PyTree) -> Projection:
    count = _checked(plane, positions)
    along, squares = np.zeros((count, 2)), np.zeros(count)
    first = 0
    # NaN and inf of a run that diverged stay what they are: there is no projection.
    with np.errstate(invalid="ignore", over="ignore"):
        for leaf in jax.tree.leaves(positions):
            numbers = np.asarray(leaf).reshape(count, -1)
            last = first + numbers.shape[1]
            for some in row_parts(numbers):
                offsets = numbers[some] - origin[first:last]
                along[some] += offsets @ basis[first:last]
                squares[some] += np.einsum("ij,ij->i", offsets, offsets)
            first = last
        coordinates = np.linalg.solve(triangular, along.T).T
        distance, off_plane = np.sqrt(squares), _share(along, squares)
    unknown = ~np.isfinite(distance)
    coordinates[unknown], off_plane[unknown] = np.nan, np.nan
    return Projection(coordinates, distance, off_plane)


def _share(along: Float[np.ndarray, "k 2"], squares: Float[np.ndarray, "k"]) -> Float[np.ndarray, "k"]:
    """|r| / |p - o| by Pythagoras, where p differs from o."""
    moved = squares > 0
    inside = np.divide(np.sum(along**2, axis=1), squares, out=np.ones_like(squares), where=moved)
    return np.sqrt(np.clip(1 - inside, 0, 1))


def _checked(plane: Plane, positions: PyTree) -> int:
    expected, got = (jax.tree.map(np.shape, tree) for tree in (plane.origin, positions))
    if jax.tree.structure(positions) != jax.tree.structure(plane.origin):
        raise ValueError(f"Positions need the structure of the plane's origin, {expected}; got {got}.")
    count = rows(positions)
    for leaf, origin in zip(jax.tree.leaves(positions), jax.tree.leaves(plane.origin)):
        if np.shape(leaf)[1:] != np.shape(origin):
            raise ValueError(
                f"Stacked positions need shape (k, ...) over the plane's origin, {expected}; got {got}."
            )
    return count
