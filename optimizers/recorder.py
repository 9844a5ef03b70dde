"""Recorder: the path of any training loop, with one call a step, in bounded memory."""

from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Float, Int, PyTree

from optimizers.budget import GIB, Budget, Column, Snapshots, megabytes

SPARE = 2.5  # what thinning needs for a moment, in units of what is kept


@dataclass(frozen=True)
class Recording:
    """What was recorded: `positions` stacked along a leading axis, at the steps `kept`, with their `losses`.

    `all_losses` are those of every step from 0 to the last, NaN where none was given. A run that left the finite numbers
    did so at step `diverged_at` (else -1), and its positions end before. Arrays are read-only.
    """

    positions: PyTree[Float[np.ndarray, "k ..."]]
    kept: Int[np.ndarray, "k"]
    all_losses: Float[np.ndarray, "steps+1"]
    diverged_at: int = -1

    @property
    def losses(self) -> Float[np.ndarray, "k"]:
        return self.all_losses[self.kept]

    @property
    def steps(self) -> int:
        return len(self.all_losses) - 1

    @property
    def sentence(self) -> str:
        """What is kept, and how it ended where it did not end well."""
        size = megabytes(sum(leaf.nbytes for leaf in jax.tree.leaves(self.positions)))
        gap = int(self.kept[1] - self.kept[0]) if len(self.kept) > 1 else 1
        which = "every step" if gap == 1 else f"one step in {gap:,}, and the last one"
        kept = f"{len(self.kept):,} positions are kept, of {which}, in {size}."
        return kept if self.diverged_at < 0 else f"The run left the finite numbers at step {self.diverged_at:,}. {kept}"


class Recorder:
    """Takes the parameters of any loop, step by step, and keeps what fits into `bytes`, thinned evenly.

    Once full, every second one kept is dropped and from then on only every second step is: `Recorder().path.sentence`
    says which. `path` goes where a run goes: `Plane.pca`, `honest`, `save_scene`.
    """

    def __init__(self, bytes: int = GIB):
        self._budget = Budget(bytes)
        self._snapshots: Snapshots | None = None
        self._shapes, self._diverged_at = None, -1
        self._losses = Column()

    def record(self, params: PyTree, loss: float | None = None) -> None:
        """One step: the first call is the start, step 0. Everything is copied, so loops that work in place are fine.

        `params` is any pytree of arrays of JAX, NumPy or torch, `dict(model.named_parameters())` say; leaves of whole
        numbers (counters) are left out. Reading a loss waits for JAX to compute it. After a step that is not finite
        nothing more is kept. Raises ValueError for parameters without numbers, of another shape than at the start, or
        too large for the memory.
        """
        point = jax.tree.map(_numbers, params)
        leaves = jax.tree.leaves(point)
        shapes = jax.tree.structure(point), [leaf.shape for leaf in leaves]
        if self._snapshots is None:
            if not leaves:
                raise ValueError("There is nothing to record: these parameters hold no floating-point numbers.")
            self._snapshots = Snapshots(1, Budget(self._budget.bytes / SPARE).holds(point))
            self._shapes = shapes
        elif shapes != self._shapes:
            raise ValueError(f"A run has parameters of one structure and shape; it began as {self._shapes}, now {shapes}.")
        step, value = self._losses.count, np.nan if loss is None else _loss(loss)
        self._losses.add(np.array([value]))
        finite = (loss is None or np.isfinite(value)) and all(np.isfinite(leaf).all() for leaf in leaves)
        if self._diverged_at < 0 and not finite:
            self._diverged_at = step
        if self._diverged_at < 0:
            self._snapshots.add(step, 1, jax.tree.map(lambda leaf: leaf[None], point))

    @property
    def path(self) -> Recording:
        """What is recorded so far. Raises ValueError before the first step."""
        if self._snapshots is None or self._snapshots.last is None:
            raise ValueError("Nothing finite is recorded yet: call record(params, loss) at every step.")
        self._snapshots.close()
        kept = np.array(self._snapshots.steps, np.int64)
        return Recording(self._snapshots.view(), kept, self._losses.view(), self._diverged_at)


def _numbers(leaf):
    """A leaf as an array of floating-point numbers on this machine; None, which is no leaf, for anything else."""
    if hasattr(leaf, "detach"):  # torch; its 16-bit kind is unknown to NumPy
        leaf = leaf.detach().cpu()
        leaf = leaf.float() if str(leaf.dtype) == "torch.bfloat16" else leaf
    array = np.asarray(leaf)
    return array if jax.numpy.issubdtype(array.dtype, np.floating) else None


def _loss(loss) -> float:
    value = np.asarray(loss.detach().cpu() if hasattr(loss, "detach") else loss)
    if value.size != 1 or value.dtype.kind not in "fiuV":
        raise ValueError(f"A loss is one number; got shape {value.shape} of {value.dtype}.")
    return float(value.reshape(()))
