"""Scores: how well a network does on data that it has seen and on data that it has not, along a run."""

import jax
import jax.numpy as jnp
import numpy as np

from landscapes.compiling import jit
from landscapes.networks import Network
from landscapes.pieces import Pieces
from optimizers import Run
from views.networks.findings import Scores

SMALL = 20_000  # parameters up to which many steps are looked at
MANY, FEW = 101, 25


def score(run: Run, train: Network, test: Network) -> Pieces[Scores]:
    """Losses and accuracies at up to 101 steps, of a large network 25."""
    steps, positions = run.snapshots(MANY if train.dimension <= SMALL else FEW)
    rows = []
    for row in range(len(steps)):
        yield row / len(steps)
        rows.append(np.asarray(_scores(train, test, jax.tree.map(lambda leaf: leaf[row], positions))))
    return Scores(steps, *np.transpose(rows))


@jit
def _scores(train: Network, test: Network, parameters):
    return jnp.stack([one(parameters) for one in (train.loss, test.loss, train.accuracy, test.accuracy, train.decay)])
