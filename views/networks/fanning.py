"""Fans of small networks: a training for every stop of a rail, seen on the plane that is shown."""

import numpy as np

from landscapes import Plane
from landscapes.networks import Network
from landscapes.pieces import Pieces
from optimizers import NETWORK_OPTIMIZERS, Batches, train_fan
from views import wire
from views.knobs import rail
from views.networks.recipes import RunRecipe
from views.networks.findings import Fan

MOST_PARAMETERS = 2000
MOST_STEPS = 500


def has_fans(network: Network, steps: int) -> bool:
    """Whether training every stop takes seconds and not minutes."""
    return network.dimension <= MOST_PARAMETERS and steps <= MOST_STEPS


def fan_recipe(recipe: RunRecipe) -> RunRecipe:
    """What the fan of a rail depends on: the run without the rail's value."""
    leading = NETWORK_OPTIMIZERS[recipe.optimizer].rail
    return recipe._replace(knobs=tuple(pair for pair in recipe.knobs if pair[0] != leading))


def spread(recipe: RunRecipe, plane: Plane, network: Network, batches: Batches | None) -> Pieces[Fan]:
    """A training for every stop, far ones first."""
    kind = NETWORK_OPTIMIZERS[recipe.optimizer]
    lanes = train_fan(
        network.objective if batches is None else network.batch_loss,
        recipe.build(), network.start, over=kind.rail, values=rail(kind).stops, steps=recipe.steps,
        planes=(plane,), batches=batches, schedule=recipe.pace,
    )  # fmt: skip
    for found in lanes:
        yield found.done / found.total
    return _packed(found)


def _packed(found) -> Fan:
    finals = np.where(found.diverged_at < 0, found.losses[:, -1], np.nan)
    arrays = {"positions": found.views[0].coordinates, "losses": found.losses, "diverged": found.diverged_at}
    return Fan(finals, wire.Blob.publish(wire.pack(arrays, sentences=_sentences(found))))


def _sentences(found) -> list[str]:
    ended = zip(found.diverged_at.tolist(), found.losses[:, 0].tolist(), found.losses[:, -1].tolist())
    return [
        f"diverged at step {step}" if step >= 0 else f"the loss went from {first:.3g} to {last:.3g} in {found.losses.shape[1] - 1} steps"
        for step, first, last in ended
    ]
