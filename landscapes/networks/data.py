"""Data that networks learn: standardised, split by a seed, loaded on first use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Num


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples and what to answer for each.

    `inputs` (samples, *features) float32; `targets` are class numbers (samples,) int32 where `class_names` are
    given and values (samples, outputs) float32 where they are not (regression). `image_shape` is (height, width)
    where the features of a sample are the pixels of an image, row by row. The arrays become read-only. Raises
    ValueError for lengths that differ, numbers that are not finite and classes without a name.
    """

    title: str
    inputs: Float[np.ndarray, "samples *features"] = field(repr=False)
    targets: Num[np.ndarray, "samples *outputs"] = field(repr=False)
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    reference: str = ""

    def __post_init__(self):
        object.__setattr__(self, "inputs", _frozen(self.inputs, np.float32))
        object.__setattr__(self, "targets", self._checked_targets())
        if self.inputs.ndim < 2 or len(self.inputs) != len(self.targets):
            raise ValueError(
                "A data set needs inputs (samples, features) and one target each; got inputs "
                f"{self.inputs.shape} and targets {self.targets.shape}."
            )
        if self.image_shape and np.prod(self.image_shape) != np.prod(self.inputs.shape[1:3]):
            raise ValueError(f"Inputs of shape {self.inputs.shape} hold no images of {self.image_shape} pixels.")

    def _checked_targets(self):
        if not self.class_names:
            values = _frozen(self.targets, np.float32)
            return values if values.ndim > 1 else _frozen(values[:, None], np.float32)
        classes = np.asarray(self.targets)
        if classes.ndim != 1 or not np.array_equal(classes, np.clip(np.round(classes), 0, len(self.class_names) - 1)):
            raise ValueError(
                f"Targets of {len(self.class_names)} classes are whole numbers from 0 to {len(self.class_names) - 1}, "
                f"one a sample; got shape {classes.shape}. Leave class_names out for regression."
            )
        return _frozen(classes, np.int32)

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def outputs(self) -> int:
        """How many numbers a network has to give for one sample: the classes, or the values of a target."""
        return len(self.class_names) or self.targets.shape[1]


class Split(NamedTuple):
    """Samples to train on, and others to test with."""

    train: Dataset
    test: Dataset


class Raw(NamedTuple):
    """A data set as it is published: in its own units, as float64."""

    inputs: Float[np.ndarray, "samples features"]
    targets: Num[np.ndarray, "samples"]
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None


@dataclass(frozen=True)
class Source:
    """Where samples come from.

    `make(random, samples, noise)` draws generated data, `make()` reads a published table, which has no noise.
    `classes` is 0 for regression.
    """

    title: str
    sentence: str
    classes: int
    features: int
    samples: int
    make: Callable[..., Raw]
    noise: float | None = None
    reference: str = ""

    @property
    def generated(self) -> bool:
        """Whether samples are drawn at random, as many as asked for."""
        return self.noise is not None


MOST_SAMPLES = 20_000  # of generated data: a page shows fewer, and a slice of more takes minutes


def load(
    key: str, *, samples: int | None = None, noise: float | None = None, test_share: float = 0.25, seed: int = 0
) -> Split:
    """Train and test data of `DATA[key]`, drawn and split by `seed`.

    Inputs, and the targets of regression, have mean 0 and standard deviation 1 over the *training* samples, the
    pixels of images all together. `samples` is how many to draw, or to keep of a published table; `noise` is the
    standard deviation added to generated inputs, before they are standardised. Raises ValueError for an unknown key
    and numbers out of range.
    """
    from landscapes.networks.sources import DATA

    if key not in DATA:
        raise ValueError(f"There is no data set {key!r}; choose one of {', '.join(DATA)}.")
    source = DATA[key]
    samples = source.samples if samples is None else samples
    most = MOST_SAMPLES if source.generated else source.samples
    if not (isinstance(samples, (int, np.integer)) and 2 <= samples <= most):
        raise ValueError(f"{source.title}: samples must be a whole number from 2 to {most}, got {samples!r}.")
    if noise is not None and not (source.generated and 0 <= noise <= 10):
        expected = "a number from 0 to 10" if source.generated else "left out: these are measurements"
        raise ValueError(f"{source.title}: noise must be {expected}, got {noise!r}.")
    if not 0 <= test_share < 1 or round(samples * (1 - test_share)) < 1:
        raise ValueError(f"test_share must leave samples to train on, so 0 <= test_share < 1; got {test_share!r}.")
    if not (isinstance(seed, (int, np.integer)) and seed >= 0):
        raise ValueError(f"A seed is a whole number from 0 on, got {seed!r}.")
    noise = source.noise if noise is None else noise
    return _load(key, int(samples), noise if noise is None else float(noise), float(test_share), int(seed))


@lru_cache(maxsize=32)
def _load(key, samples, noise, test_share, seed) -> Split:
    from landscapes.networks.sources import DATA

    source, random = DATA[key], np.random.default_rng(seed)
    raw = source.make(random, samples, noise) if source.generated else source.make()
    chosen = random.permutation(len(raw.inputs))[:samples]
    train, test = np.split(chosen, [round(samples * (1 - test_share))])
    return Split(*(_dataset(source.title, source.reference, raw, train, part) for part in (train, test)))


def _dataset(title, reference, raw: Raw, train: Int[np.ndarray, "train"], part: Int[np.ndarray, "part"]) -> Dataset:
    inputs = _standardised(raw.inputs, train, together=raw.image_shape is not None)[part]
    targets = raw.targets[part] if raw.class_names else _standardised(raw.targets[:, None], train)[part]
    return Dataset(title, inputs, targets, *raw[2:], reference=reference)


def _standardised(columns, train, together: bool = False):
    """Less the mean and over the standard deviation of the training rows; a constant column is only centred."""
    axis = None if together else 0
    deviation = columns[train].std(axis)
    return (columns - columns[train].mean(axis)) / np.where(deviation > 0, deviation, 1.0)


def _frozen(values, dtype):
    array = np.array(values, dtype=dtype, order="C")
    if not np.isfinite(array).all():
        raise ValueError("A data set needs finite numbers; replace NaN and inf, or leave those samples out.")
    array.setflags(write=False)
    return array
