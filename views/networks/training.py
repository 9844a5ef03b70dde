"""The training of a show: the runs that no visitor has trained before, in one job; the others are there already."""

from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import Executor

from landscapes import Plane
from optimizers import Budget, Run, TrainingJob
from views.networks import pieces
from views.networks.recipes import Recipes, RunRecipe
from views.networks.tracks import Track, replayed


class Training:
    """Runs by the optimizer's key. They see the same batches in the same order, from the same start."""

    def __init__(self, recipes: Recipes):
        self.recipes = recipes  # others that ask for the same runs may take its place
        self._known = {recipe: run for recipe in recipes.training if (run := pieces.RUNS.peek(recipe)) is not None}
        self._missing = {recipe: recipe for recipe in recipes.runs.values() if recipe not in self._known}
        self._job = self._job_for(self._missing, keep=self._budget()) if self._missing else None

    def serves(self, recipes: Recipes) -> bool:
        """Whether other recipes ask for the same runs."""
        return recipes.training == self.recipes.training

    def in_pieces(self, executor: Executor | None) -> Iterator[bool]:
        """The training, a call for every run each time, compiled by `executor`; without one in threads of its own.

        False comes where there was nothing to compute.
        """
        return _in_pieces(self._job, executor)

    def command(self, name: str) -> None:
        """pause, resume, cancel or again."""
        if self._job is None:
            return
        if name == "again":
            self._job.resume()
            self._job.start()
        else:
            {"pause": self._job.pause, "resume": self._job.resume, "cancel": self._job.cancel}[name]()

    @property
    def is_whole(self) -> bool:
        """Whether every run has come to its end. Raises ValueError where one cannot."""
        if self._job is None:
            return True
        snapshot = self._job.snapshot()
        failed = [one.sentence for one in snapshot.progress.values() if one.status == "failed"]
        if failed or snapshot.status == "failed":
            raise ValueError(" ".join(failed) or "The training stopped.")
        return snapshot.status == "finished"

    @property
    def runs(self) -> dict[str, Run]:
        """As far as they have come."""
        return self._by_key(self._known if self._job is None else {**self._known, **self._job.snapshot().runs})

    def progress(self) -> tuple[str, float]:
        """In words, and the share that is done."""
        if self._job is None:
            return "Training: done", 1.0
        snapshot = self._job.snapshot()
        share = snapshot.done / max(1, snapshot.total)
        steps = self.recipes.first.steps
        left = "" if snapshot.seconds_left is None else f", about {snapshot.seconds_left:.0f} s left"
        if not snapshot.runs:
            return "Compiling the optimizers", 0.0
        return f"Training: step {round(share * steps)} of {steps}{left}", share

    def finish(self) -> dict[str, Run]:
        """The runs, in the order of the cards; those that are whole are kept for everybody."""
        for recipe, run in ({} if self._job is None else self._job.snapshot().runs).items():
            self._known[recipe] = run
            if run.diverged_at >= 0 or run.steps >= run.planned:
                pieces.RUNS.put(recipe, run)
        return self._by_key(self._known)

    def _by_key(self, runs: Mapping[RunRecipe, Run]) -> dict[str, Run]:
        return {key: runs[recipe] for key, recipe in self.recipes.runs.items() if recipe in runs}

    def replay(self, thinned: Mapping[str, Run], plane: Plane, executor: Executor | None) -> Generator[bool, None, dict[str, Track]]:
        """Every step of runs of which only some positions are kept, on a plane: trained once more."""
        job = self._job_for({key: self.recipes.runs[key] for key in thinned}, keep=None, planes=(plane,))
        try:
            yield from _in_pieces(job, executor)
        finally:
            job.cancel()
        return {key: replayed(thinned[key], again) for key, again in job.snapshot().runs.items()}

    def _budget(self) -> Budget:
        """A visitor's memory is for all runs together, whether they are new or not."""
        return Budget(pieces.OF_A_VISITOR * len(self._missing) // len(self.recipes.training))

    def _job_for(self, wanted: Mapping, **options) -> TrainingJob:
        train, _ = self.recipes.task.networks()
        batches = self.recipes.batches
        return TrainingJob(
            train.objective if batches is None else train.batch_loss,
            {key: recipe.build() for key, recipe in wanted.items()},
            train.start,
            self.recipes.first.steps,
            batches=batches,
            schedule={key: recipe.pace for key, recipe in wanted.items()},
            # Batches and weight decay say something else than the loss that the surface shows.
            full_loss=None if batches is None and self.recipes.task.weight_decay == 0 else train.loss,
            **options,
        )


def _in_pieces(job: TrainingJob | None, executor: Executor | None) -> Iterator[bool]:
    if job is None:
        return
    if executor is not None:
        for computed in job.in_pieces(executor):
            yield computed
            job.snapshot()  # somebody still looks
        return
    job.start()
    while not job.snapshot().over:
        yield False
