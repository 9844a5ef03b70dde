"""The order in which a picture is found: the training while it runs, the plane, the surface, then what it hides."""

from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Executor
from time import monotonic
from typing import Protocol, TypeVar

from landscapes import TrustReport, evaluate
from landscapes.networks import Network
from landscapes.pieces import Pieces
from landscapes.trust import PARTS, trust_by_parts
from optimizers import NETWORK_OPTIMIZERS, Run
from views.networks import pieces
from views.networks.fanning import fan_recipe, has_fans, spread
from views.networks.planes import first_plane, growing_plane, names
from views.networks.probing import kind_of, packed, probe
from views.networks.recipes import Recipes
from views.networks.findings import Ground, Laid
from views.networks.scoring import SMALL, score
from views.networks.sharpening import sharpen
from views.networks.tracks import Projector, Track, with_slice
from views.networks.training import Training

COARSE, COARSER = 9, 5  # points along each axis of a first surface, and where a point is dear
TOLD_EVERY = 0.5  # seconds between two words on how far something is

Result = TypeVar("Result")


class Listener(Protocol):
    """Who is told what was found."""

    tell: Callable[..., None]
    doing: Callable[..., None]


class Finder:
    """Finds the pieces of one picture, one after the other, and tells of each."""

    def __init__(self, recipes: Recipes, training: Training, listener: Listener, executor: Executor | None = None):
        self._recipes, self._training, self._listener, self._executor = recipes, training, listener, executor
        self._train, self._test = recipes.task.networks()
        self._runs: dict[str, Run] = {}
        self._tracks: dict[str, Track] = {}
        self._found: dict[str, dict] = {}
        self._reports: Iterator[TrustReport] = iter(())

    def steps(self) -> Iterator[bool]:
        """Comes back often, with False where there was nothing to do; whoever stops to iterate cancels.

        Programs are compiled by `executor`; without one, in threads of the library's own.
        """
        parts = (self._watch, self._lay, self._raise)
        if not self._recipes.brief:
            parts += (self._compare, self._judge, self._score, self._probe, self._sharpen, self._trust, self._fan)
        for part in parts:
            yield from part()

    def _watch(self) -> Iterator[bool]:
        self._listener.doing("Preparing the training")
        looker = None
        while not self._training.is_whole:
            # Taken up again, after a cancel.
            for computed in self._training.in_pieces(self._executor):
                looker = looker or _Looker(self._train, self._listener)
                looker.look(self._training.runs)
                self._listener.doing(*self._training.progress())
                yield computed
                if self._training.is_whole:
                    break
        self._runs = self._training.finish()
        yield True

    def _lay(self) -> Iterator[bool]:
        self._listener.doing("Laying the plane")
        runs = {self._recipes.runs[key]: run for key, run in self._runs.items()}
        self._laid = pieces.laid(self._recipes.plane, runs, self._train)
        projector = Projector(self._laid.plane)
        self._tracks = {key: self._known(key) or projector.track(key, run) for key, run in self._runs.items()}
        yield True

    def _raise(self) -> Iterator[bool]:
        progress = _Progress("Computing the surface", self._listener)
        for ground in pieces.grounds(self._recipes.surface, self._laid, self._train, self._test, progress):
            if ground is not None:
                # In one piece: a surface under the paths of another plane would be a lie.
                self._listener.tell(laid=self._laid, tracks=dict(self._tracks), ground=ground)
            yield True

    def _compare(self) -> Iterator[bool]:
        """Every step of every path, and the slice below it."""
        self._listener.doing("Comparing the paths with the surface")
        thinned = {key: self._runs[key] for key, track in self._tracks.items() if track.straight}
        if thinned:
            self._tracks |= yield from self._training.replay(thinned, self._laid.plane, self._executor)
        for key in self._tracks:
            self._tracks[key] = self._known(key) or (yield from self._compared(key))
            self._listener.tell(tracks=dict(self._tracks))
            yield True

    def _judge(self) -> Iterator[bool]:
        """What the paths alone tell of the slice, at once; `_trust` goes on with the report."""
        known, titles = pieces.SMALL.peek(self._trusted()), names(self._recipes.runs.values())
        paths = {titles[self._recipes.runs[key]]: track.honesty for key, track in self._tracks.items()}
        self._reports = iter([known]) if known else trust_by_parts(self._train.loss, self._laid.plane, paths)
        self._report = next(self._reports)
        self._listener.tell(trust=self._report)
        yield True

    def _score(self) -> Iterator[bool]:
        yield from self._each("scores", "Testing", lambda key: score(self._runs[key], self._train, self._test))

    def _probe(self) -> Iterator[bool]:
        if kind_of(self._train) is None or not self._runs:
            return
        steps, places = self._recipes.first.steps, {key: place for place, key in enumerate(self._recipes.runs)}
        look = lambda key: probe(self._runs[key], steps, self._train, self._test)
        yield from self._each("probed", "Asking the networks what they see", look)
        if self._found["probed"]:
            arrays = {places[key]: each for key, each in self._found["probed"].items()}
            self._listener.tell(probes=packed(arrays, steps, self._train, self._test))

    def _sharpen(self) -> Iterator[bool]:
        progress, known = _Progress("Measuring the sharpness along the paths", self._listener), {}
        for number, (key, run) in enumerate(self._settled()):
            recipe = "sharpness", self._recipes.runs[key]
            kept = pieces.SMALL.peek(recipe)
            for known[key] in [kept] if kept else sharpen(recipe[1], run, self._train, self._recipes.batches):
                self._listener.tell(sharpness=dict(known))
                progress((number + known[key].share) / len(self._runs))
                yield True
            pieces.SMALL.put(recipe, known[key])

    def _trust(self) -> Iterator[bool]:
        progress = _Progress("Checking how far the slice can be believed", self._listener)
        for number, self._report in enumerate(self._reports, start=1):
            self._listener.tell(trust=self._report)
            progress(number / PARTS)
            yield True
        pieces.SMALL.put(self._trusted(), self._report)

    def _fan(self) -> Iterator[bool]:
        if self._runs and has_fans(self._train, self._recipes.first.steps):
            batches, plane = self._recipes.batches, self._laid.plane
            compute = lambda key: spread(self._recipes.runs[key], plane, self._train, batches)
            recipe = lambda key: (self._recipes.plane, fan_recipe(self._recipes.runs[key]))
            yield from self._each("fans", "Getting the sliders ready: a training for every stop", compute, recipe)

    def _each(self, name: str, doing: str, compute: Callable, recipe: Callable | None = None) -> Iterator[bool]:
        """One kind of result for every run, told as they come."""
        found = self._found[name] = {}
        for number, (key, _) in enumerate(self._settled()):
            if name in ("probed", "fans") and key not in NETWORK_OPTIMIZERS:
                continue  # a kept run has no card to show these
            self._listener.doing(doing, number / len(self._runs))
            wanted = name, recipe(key) if recipe else self._recipes.runs[key]
            result = pieces.SMALL.peek(wanted)
            if result is None:
                result = yield from _all(compute(key))
            pieces.SMALL.put(wanted, result)
            found[key] = result
            if name in ("scores", "fans"):
                self._listener.tell(**{name: dict(found)})
            yield True

    def _settled(self) -> list[tuple[str, Run]]:
        """The runs that have a place to look at."""
        return [(key, run) for key, run in self._runs.items() if len(run.kept)]

    def _known(self, key: str) -> Track | None:
        return pieces.TRACKS.peek(self._on_plane(key))

    def _trusted(self) -> tuple:
        return "trust", self._recipes.plane

    def _on_plane(self, key: str) -> tuple:
        return self._recipes.plane, self._recipes.runs[key]

    def _compared(self, key: str) -> Generator[bool, None, Track]:
        track = yield from _all(with_slice(self._tracks[key], self._train.loss, self._laid.plane))
        pieces.TRACKS.put(self._on_plane(key), track)
        return track


def _all(pieces: Pieces[Result]) -> Generator[bool, None, Result]:
    """The result of pieces, each of which was some work."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value
        yield True


class _Progress:
    """Says how far something is, and about how long it will go on."""

    def __init__(self, text: str, listener: Listener):
        self._text, self._listener = text, listener
        self._first: tuple[float, float] | None = None
        self._told = monotonic()
        listener.doing(text)

    def __call__(self, share: float) -> None:
        now = monotonic()
        # The first part is compiled as well: how long the others take is told by them.
        begun, before = self._first = self._first or (now, share)
        if share > before and now - self._told > TOLD_EVERY:
            self._told = now
            left = (now - begun) * (1 - share) / (share - before)
            self._listener.doing(f"{self._text}, about {left:.0f} s left", share)


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
        is_dear = self._network.dimension > SMALL or not self._network.start.dense
        ground = Ground.of(evaluate(self._network.loss, laid.plane, COARSER if is_dear else COARSE), whole=False)
        self._listener.tell(laid=laid, ground=ground, tracks=self._tracks(runs))

    def _tracks(self, runs: Mapping[str, Run]) -> dict[str, Track]:
        return {key: self._projector.track(key, run) for key, run in runs.items()}
