"""The pieces of a picture, each computed once for a recipe and kept while there is room."""

from collections.abc import Callable, Iterator, Mapping

import jax
import numpy as np

from landscapes import Surface, refine
from landscapes.networks import Network
from optimizers import Run
from views.budget import BUDGET, RESERVED
from views.cache import Cache
from views.networks.planes import lay
from views.networks.recipes import PlaneRecipe, RunRecipe, SurfaceRecipe
from views.networks.findings import Fan, Findings, Ground, Laid
from views.networks.tracks import Track
from views.scheduler import CORES

OF_A_VISITOR = int(RESERVED * BUDGET.limit / CORES)  # recorded parameters of the runs of one visitor together

Report = Callable[[float], None]  # hears the share that is done


def tree_bytes(tree) -> int:
    return sum(leaf.nbytes for leaf in jax.tree.leaves(tree))


def _run_bytes(run: Run) -> int:
    return tree_bytes((run.positions, run.last)) + run.losses.nbytes * 6


def _findings_bytes(found: Findings) -> int:
    blobs = [found.ground and found.ground.blob, found.probes and found.probes.blob, *(fan.blob for fan in found.fans.values())]
    return sum(len(blob.content) for blob in blobs if blob) + sum(track.nbytes for track in found.tracks.values())


def _other_bytes(found) -> int:
    return 4096 + (len(found.blob.content) if isinstance(found, Fan) else tree_bytes(found) if isinstance(found, dict) else 0)


RUNS: Cache[Run] = Cache("run", _run_bytes)
LAID: Cache[Laid] = Cache("plane", lambda laid: tree_bytes((laid.plane.origin, laid.plane.directions)))
SURFACES: Cache[Surface] = Cache("surface of a network", lambda surface: surface.loss.nbytes + 4096)
TRACKS: Cache[Track] = Cache("track", lambda track: track.nbytes)
SMALL: Cache = Cache("result of a network", _other_bytes)  # curves, probes and fans of a run, reports of a plane
FOUND: Cache[Findings] = Cache("findings", _findings_bytes)


def laid(recipe: PlaneRecipe, runs: Mapping[RunRecipe, Run], network: Network) -> Laid:
    return LAID.get(recipe, lambda: lay(recipe, runs, network))


def grounds(recipe: SurfaceRecipe, laid: Laid, train: Network, test: Network, report: Report) -> Iterator[Ground | None]:
    """The surface asked for, coarse to fine, and None in between; `report` hears the share that is done."""
    half = lambda first: lambda share: report((first + share) / 2)
    if recipe.of != "gap":
        yield from map(_as_ground, _surfaces(recipe, laid, train if recipe.of == "train" else test, report))
        return
    # Of the training data first: it is most often there already.
    below = None
    for found in _surfaces(recipe._replace(of="train"), laid, train, half(0)):
        below = found[0] if found is not None and found[1] else below
        yield None
    for found in _surfaces(recipe._replace(of="test"), laid, test, half(1)):
        yield _as_ground(found and (_difference(found[0], below), found[1]))


def _as_ground(found: tuple[Surface, bool] | None) -> Ground | None:
    return None if found is None else Ground.of(*found)


def _difference(above: Surface, below: Surface) -> Surface:
    """Test less training loss, at the points of the sub-grid of `above`."""
    columns, rows = np.searchsorted(below.x, above.x), np.searchsorted(below.y, above.y)
    return Surface(above.x, above.y, above.loss - below.loss[np.ix_(rows, columns)], above.plane)


def _surfaces(recipe: SurfaceRecipe, laid: Laid, network: Network, report: Report) -> Iterator[tuple[Surface, bool] | None]:
    """Surfaces, each finer than the one before, and whether it is the last; None for a part of one."""
    known = SURFACES.peek(recipe)
    if known is not None:
        yield known, True
        return
    stride = None
    for refinement in refine(network.loss, laid.plane, recipe.resolution):
        whole = refinement.done == refinement.total
        report(refinement.done / refinement.total)
        if refinement.stride == stride:
            yield None
            continue
        stride = refinement.stride
        if whole:
            SURFACES.put(recipe, refinement.surface)
        yield refinement.surface, whole
