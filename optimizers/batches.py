"""Mini-batches: which samples every step sees, in an order that follows from a seed alone."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from jaxtyping import Int


@dataclass(frozen=True)
class Batches:
    """`size` of `samples` samples at a time, shuffled anew every epoch; the same for every optimizer with this seed.

    The order of epoch e is that of NumPy's generator for (seed, e), so any step can be asked for on its own. Every
    batch is full: what is left over at the end of an epoch is left out of it. Raises ValueError for numbers that make
    no batch.
    """

    samples: int
    size: int
    seed: int = 0

    def __post_init__(self):
        for name, least in (("samples", 1), ("size", 1), ("seed", 0)):
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < least:
                raise ValueError(f"Batches: {name} must be a whole number of {least} or more, got {value!r}.")
        if self.size > self.samples:
            raise ValueError(f"A batch of {self.size} needs as many samples, got {self.samples}; use a smaller size.")

    @property
    def in_epoch(self) -> int:
        """How many batches an epoch has."""
        return self.samples // self.size

    def indices(self, first: int, count: int) -> Int[np.ndarray, "count size"]:
        """The samples that steps `first`, `first` + 1, ... see."""
        steps = np.arange(first, first + count)
        epochs, places = np.divmod(steps, self.in_epoch)
        rows = np.empty((count, self.size), np.int32)
        for epoch in np.unique(epochs):
            rows[epochs == epoch] = self._epoch(int(epoch))[places[epochs == epoch]]
        return rows

    def _epoch(self, epoch: int) -> Int[np.ndarray, "in_epoch size"]:
        order = np.random.default_rng((self.seed, epoch)).permutation(self.samples)
        return order[: self.in_epoch * self.size].reshape(self.in_epoch, self.size)
