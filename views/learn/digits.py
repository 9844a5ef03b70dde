"""The trained network that several chapters look at: it reads handwritten digits."""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import PyTree

from landscapes.networks import Architecture, Network, make_network
from optimizers import OPTIMIZERS, train
from views.cache import Cache
from views.learn.lesson import Report

WIDTH, STEPS, RATE = 32, 30, 0.01
HALF = {"samples": 512, "test_share": 0.5}  # 256 images to train on and 256 to test: a loss takes well below a millisecond

# Two chapters may ask at once: the second waits for the first one's.
_made: Cache["Trained"] = Cache("digits", lambda trained: trained.bytes)


class Trained(NamedTuple):
    """The network on its training images and on others, and its training."""

    network: Network
    test: Network
    parameters: PyTree
    losses: np.ndarray
    path: PyTree  # the parameters at every step of the training, along a leading axis

    @property
    def length(self) -> float:
        """The Euclidean length of all parameters as one vector."""
        return float(np.sqrt(sum(np.sum(np.asarray(leaf) ** 2) for leaf in jax.tree.leaves(self.parameters))))

    @property
    def bytes(self) -> int:
        return sum(np.asarray(leaf).nbytes for leaf in jax.tree.leaves((self.network, self.test, self.path)))


def trained(report: Report | None = None) -> Trained:
    """64-32-10 tanh, 2,410 parameters, a few steps of Adam: it reads nearly all of its images, and can still improve."""
    return _made.get("digits", lambda: _train(report))


def _train(report: Report | None) -> Trained:
    network, test = make_network(Architecture(widths=(WIDTH,)), data="digits", **HALF)
    if report is not None:
        report(0.0, f"Before it is trained, the network's loss is {float(network.loss(network.start)):.2f}.")
    run = train(network.loss, OPTIMIZERS["adam"](learning_rate=RATE), network.start, STEPS)
    if report is not None:
        report(0.0, f"{STEPS} steps of training took the network's loss from {run.losses[0]:.2f} to {run.losses[-1]:.4f}.")
    return Trained(network, test, run.last, run.losses, run.positions)
