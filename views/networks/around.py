"""What lies around the ends of runs: the straight way to another end, several random planes, the Hessian's spectrum."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, PyTree

from landscapes import Line, Plane, line, losses_at
from landscapes.curvature import Spectrum, spectral_density
from landscapes.networks import Network
from views.networks.scoring import SMALL

PLANES, RINGS, ANGLES = 6, 11, 12  # random planes; circles up to coordinate radius 1, and points of each
PROBES, PROBES_OF_LARGE, AT_ONCE = 8, 4, 2  # random vectors for a spectrum, and how many between two looks


class Walk(NamedTuple):
    """The straight way between two ends, on training and on test data."""

    train: Line
    test: Line

    @property
    def sentence(self) -> str:
        train, test = self.train.barrier, self.test.barrier
        judged = "no hill lies between them" if train < 0.01 * max(self.train.loss[0], 1e-12) else "a hill lies between them"
        return (
            f"The ends are {self.train.distance:.3g} apart, and {judged}: on the way the training loss rises {train:.3g} above the "
            f"straight line between its ends (its barrier), the test loss {test:.3g}."
        )


class Rings(NamedTuple):
    """The median loss on circles of some radii around one point, in several random filter-normalised planes."""

    radii: Float[np.ndarray, "rings"]
    losses: Float[np.ndarray, "planes rings"]

    @property
    def sentence(self) -> str:
        rises = self.losses[:, -1] - self.losses[:, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = np.std(rises, ddof=1) / abs(np.mean(rises))
        return (
            f"In {len(rises)} random planes the loss rises by {rises.min():.3g} to {rises.max():.3g} up to distance 1 (standard deviation "
            f"{spread:.0%} of the mean): so much depends on which plane is drawn."
        )


def walk(train: Network, test: Network, a: PyTree, b: PyTree) -> Walk:
    return Walk(line(train.loss, a, b), line(test.loss, a, b))


def rings(network: Network, end: PyTree) -> Iterator[Rings]:
    """Plane after plane, all that are known so far."""
    radii = np.linspace(0, 1, RINGS)
    angles = 2 * np.pi * np.arange(ANGLES) / ANGLES
    points = (radii[:, None, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)).reshape(-1, 2)
    losses = []
    for key in range(PLANES):
        plane = Plane.random(end, key)
        # The median: one point that overflows says little about the others.
        losses.append(np.median(losses_at(network.loss, plane, points).reshape(RINGS, ANGLES), axis=1))
        yield Rings(radii, np.stack(losses))


def spectrum(network: Network, end: PyTree) -> Iterator[Spectrum]:
    """Ever more random vectors, which have the same weight."""
    found = []
    for key in range((PROBES if network.dimension <= SMALL else PROBES_OF_LARGE) // AT_ONCE):
        found.append(spectral_density(network.loss, end, probes=AT_ONCE, key=key))
        yield Spectrum(*(np.concatenate(part) for part in zip(*found)))


def spectrum_sentence(found: Spectrum) -> str:
    mean = found.moment(1)
    negative = float(found.weights[found.nodes < 0].sum() / len(found.nodes))
    return (
        f"Eigenvalues of the Hessian from {found.nodes.min():.3g} to {found.nodes.max():.3g}. Their mean, trace / n, is {mean.mean:.3g} "
        f"(standard error {mean.standard_error:.1g}): along most directions the loss hardly bends. About {negative:.0%} are negative."
    )
