"""The order in which a picture is found: the training while it runs, the plane, the surface, then what it hides."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from landscapes import evaluate
from landscapes.networks import Network
from optimizers import Run
from views.networks import pieces
from views.networks.planes import first_plane, growing_plane
from views.networks.recipes import Recipes
from views.networks.results import Ground, Laid
from views.networks.tracks import Projector, Track, with_slice
from views.networks.training import Training

GLANCE = 0.04  # seconds between two looks at a training
COARSE = 9  # points along each axis of a first surface


class Listener(Protocol):
    """Who is told what was found, and knows whether anybody still waits."""

    tell: Callable[..., None]
    doing: Callable[..., None]
    go_on: Callable[..., bool]


class Finder:
    """Finds the pieces of one picture, one after the other, and tells of each."""

    def __init__(self, recipes: Recipes, training: Training, listener: Listener):
        self._recipes, self._training, self._listener = recipes, training, listener
        self._train, self._test = recipes.task.networks()
        self._runs: dict[str, Run] = {}
        self._tracks: dict[str, Track] = {}

    def steps(self) -> Iterator[None]:
        """Comes back often; whoever stops to iterate cancels."""
        for part in (self._watch, self._lay, self._raise, self._compare):
            yield from part()

    def _watch(self) -> Iterator[None]:
        self._listener.doing("Preparing the training")
        self._training.start()
        if not self._training.over:
            looker = _Looker(self._train, self._listener)
            yield
            while not self._training.over:
                looker.look(self._training.runs)
                self._listener.doing(*self._training.progress())
                self._listener.go_on(GLANCE)
                yield
        self._runs = self._training.finish()
        yield

    def _lay(self) -> Iterator[None]:
        runs = {self._recipes.runs[key]: run for key, run in self._runs.items()}
        self._laid = pieces.laid(self._recipes.plane, runs, self._train)
        projector = Projector(self._laid.plane)
        self._tracks = {key: self._known(key) or projector.track(key, run) for key, run in self._runs.items()}
        yield

    def _raise(self) -> Iterator[None]:
        self._listener.doing("Computing the surface")
        for ground in pieces.grounds(self._recipes.surface, self._laid, self._train, self._test, self._listener.go_on):
            # In one piece: a surface under the paths of another plane would be a lie.
            self._listener.tell(laid=self._laid, tracks=dict(self._tracks), ground=ground)
            yield

    def _compare(self) -> Iterator[None]:
        """Every step of every path, and the slice below it."""
        self._listener.doing("Comparing the paths with the surface")
        thinned = {key: self._runs[key] for key, track in self._tracks.items() if track.straight}
        if thinned:
            self._tracks |= self._training.replay(thinned, self._laid.plane, self._listener.go_on)
            yield
        for key in self._tracks:
            self._tracks[key] = self._known(key) or self._compared(key)
            self._listener.tell(tracks=dict(self._tracks))
            yield

    def _known(self, key: str) -> Track | None:
        return pieces.TRACKS.peek(self._on_plane(key))

    def _on_plane(self, key: str) -> tuple:
        return self._recipes.plane, self._recipes.runs[key]

    def _compared(self, key: str) -> Track:
        track = with_slice(self._tracks[key], self._train.loss, self._laid.plane, self._listener.go_on)
        if track is None:
            return self._tracks[key]
        pieces.TRACKS.put(self._on_plane(key), track)
        return track


class _Looker:
    """Shows runs that grow, on a plane through them that is laid anew whenever they have doubled."""

    def __init__(self, network: Network, listener: Listener):
        self._network, self._listener = network, listener
        self._steps = 4
        self._show(first_plane(network, 0), {})

    def look(self, runs: Mapping[str, Run]) -> None:
        steps = sum(run.steps for run in runs.values())
        laid = growing_plane(self._network, runs, self._projector.plane) if steps >= 2 * self._steps else None
        if laid is None:
            self._listener.tell(tracks=self._tracks(runs))
        else:
            self._steps = steps
            self._show(laid, runs)

    def _show(self, laid: Laid, runs: Mapping[str, Run]) -> None:
        self._projector = Projector(laid.plane)
        ground = Ground.of(evaluate(self._network.loss, laid.plane, COARSE), whole=False)
        self._listener.tell(laid=laid, ground=ground, tracks=self._tracks(runs))

    def _tracks(self, runs: Mapping[str, Run]) -> dict[str, Track]:
        return {key: self._projector.track(key, run) for key, run in runs.items()}
