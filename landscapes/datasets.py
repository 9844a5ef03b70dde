"""Small real data sets, one feature against one target, loaded on first use."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from landscapes.tables import table


class Data(NamedTuple):
    """Samples of one input and one target."""

    inputs: Float[np.ndarray, "samples"]
    targets: Float[np.ndarray, "samples"]


class Groups(NamedTuple):
    """The same samples merged by input: their share of all samples, and mean and mean square of their targets."""

    inputs: Float[np.ndarray, "groups"]
    shares: Float[np.ndarray, "groups"]
    means: Float[np.ndarray, "groups"]
    squares: Float[np.ndarray, "groups"]


@cache
def grouped(load: Callable[[], Data]) -> Groups:
    """What `load` gives, merged by input: losses over a mean of samples stay the same with a tenth of the terms."""
    data = load()
    inputs, group, counts = np.unique(data.inputs, return_inverse=True, return_counts=True)
    mean = lambda values: np.bincount(group, values) / counts
    return Groups(*map(_read_only, (inputs, counts / counts.sum(), mean(data.targets), mean(data.targets**2))))


@cache
def diabetes() -> Data:
    """Body mass index in kg/m^2 against progression of diabetes after a year, divided by 100; 442 patients."""
    found = table("diabetes")
    return _frozen(found.column("bmi"), found.target / 100)


@cache
def standardised_diabetes() -> Data:
    """The same, both with mean 0 and standard deviation 1."""
    return _frozen(*map(_standardised, diabetes()))


@cache
def breast_cancer() -> Data:
    """Standardised mean radius of the cell nuclei against 1 for malignant, 0 for benign; 569 tumours.

    The radius, 7 to 28 in pixels of the image, is first rounded to halves, so that `grouped` has few groups.
    """
    found = table("breast_cancer")
    return _frozen(_standardised(np.round(2 * found.column("mean radius")) / 2), found.target == 0)  # which is malignant


@cache
def iris() -> Data:
    """Standardised petal length against petal width scaled from its range to -1 .. 1; 150 flowers."""
    length, width = (table("iris").column(f"petal {side} (cm)") for side in ("length", "width"))
    return _frozen(_standardised(length), 2 * (width - width.min()) / np.ptp(width) - 1)


def _standardised(column):
    return (column - column.mean()) / column.std()


def _frozen(inputs, targets):
    return Data(_read_only(inputs), _read_only(targets))


def _read_only(values):
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array
