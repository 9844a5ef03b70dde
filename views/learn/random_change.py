"""Chapter 3: change weights at random, ten thousand times, and then along the slope."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from landscapes.random_change import CHUNK, Moments, RandomChange, best_cosine, gaussian_change, moments, random_change
from views.cache import Cache
from views.learn import keeping
from views.learn.digits import trained
from views.learn.lesson import Chapter, Choice, Experiment, Guess, Link, Report, Step, Table
from views.learn.numerals import percent

COUNT = 10_000
FEW = 100  # changes made one by one
SIZES = (0.001, 0.003, 0.01, 0.03, 0.1)  # lengths of a change, as shares of the length of all weights
SMALLEST, ONE_PERCENT, THREE_PERCENT = 0, 2, 3
DIMENSIONS = (2, 10, 100, 1000, 2410)
ALL = len(DIMENSIONS) - 1
LAW = np.unique(np.geomspace(2, DIMENSIONS[-1], 40).round().astype(int)).tolist()  # where the theory of luck is drawn
GAUSSIAN_FROM = 100  # dimensions from which the theory's curve is drawn

_measured: Cache["Measured"] = Cache("changes", lambda measured: measured.changes.change.nbytes)


class Measured(NamedTuple):
    """Random changes of some of the weights, and what the theory needs of them."""

    changes: RandomChange
    moments: Moments

    def theory(self, size: int) -> float:
        """The share of improving changes by the Gaussian theory."""
        return gaussian_change(self.moments, self.changes.sizes[size]).share


def coordinates(dimension: int) -> np.ndarray:
    """Which weights change: the first of one shuffled order, so that fewer are among more."""
    order = np.random.default_rng(0).permutation(trained().network.dimension)
    return np.sort(order[:dimension])


def measured(dimension: int, report: Report = lambda share, said="": None) -> Measured:
    return _measured.get((dimension, COUNT), lambda: _measure(dimension, COUNT, report))


def _measure(dimension: int, count: int, report: Report) -> Measured:
    digits, which = trained(report), coordinates(dimension)
    sizes = digits.length * np.array(SIZES)
    first = random_change(digits.network.loss, digits.parameters, sizes, CHUNK, coordinates=which)
    lower = int((first.change[ONE_PERCENT] < 0).sum())
    report(0.0, f"{dimension:,} weights: of the first {CHUNK} changes by 1 %, {lower} lower the loss.")
    changes = random_change(digits.network.loss, digits.parameters, sizes, count, coordinates=which, report=report)
    return Measured(changes, moments(digits.network.loss, digits.parameters, which))


def few(report: Report) -> Experiment:
    digits = trained(report)
    made = random_change(digits.network.loss, digits.parameters, digits.length * np.array(SIZES), FEW)
    change = made.change[ONE_PERCENT]
    share = float((change < 0).mean())
    lower, first = int((change < 0).sum()), int((change[:10] < 0).sum())
    return Experiment(
        answer="never" if share < 0.1 else "less" if share < 0.55 else "mostly",
        outcome=f"Of the first 10 changes {first} lowered the loss, of {FEW} changes {lower}. But hardly: the best of them "
        f"took it from {made.loss:.4f} to {made.loss + change.min():.4f}.",
        tensors={"change": change},
        state={"loss": made.loss},
        table=Table.of(
            "The first ten random changes.",
            {"change": "d", "loss after it": ".5f", "lower?": ""},
            ((number, made.loss + c, "yes" if c < 0 else "no") for number, c in enumerate(change[:10], 1)),
        ),
    )


def histogram(report: Report) -> Experiment:
    all_weights = measured(DIMENSIONS[ALL], report)
    share, theory = all_weights.changes.share, [all_weights.theory(size) for size in range(len(SIZES))]
    return Experiment(
        answer=round(100 * float(share[THREE_PERCENT]), 1),
        outcome=f"Of changes by 1 %, {percent(share[ONE_PERCENT], 1)} lowered the loss; by 3 %, {percent(share[THREE_PERCENT], 1)}; by "
        f"10 %, {percent(share[-1], 1)}. The bell curve is theory, from slope and curvature alone: it says "
        f"{percent(theory[ONE_PERCENT], 1)}, {percent(theory[THREE_PERCENT], 1)} and {percent(theory[-1], 1)}.",
        **_picture([all_weights], "histogram", THREE_PERCENT),
        table=_shares([all_weights]),
    )


def spread(report: Report) -> Experiment:
    found = _all(report)
    share = [one.changes.share[ONE_PERCENT] for one in found]
    ratio = share[0] / share[ALL]
    return Experiment(
        answer="grows" if ratio > 1.5 else "shrinks" if ratio < 1 / 1.5 else "same",
        outcome=f"At 1 %: {percent(share[0], 1)} with 2 weights, {percent(share[2], 1)} with 100, {percent(share[ALL], 1)} with all. Luck depends on "
        f"how far one goes, hardly on how many weights move. With 2 or 10 the changes are no bell curve yet.",
        **_picture(found, "spread"),
        table=_shares(found),
    )


def downhill(report: Report) -> Experiment:
    found = _all(report)
    everything = found[ALL].changes
    drop, best = -everything.downhill[ONE_PERCENT], -everything.change[ONE_PERCENT].min()
    beaten = int((everything.change[ONE_PERCENT] < everything.downhill[ONE_PERCENT]).sum())
    ratios = best_shares(found)
    return Experiment(
        answer="none" if beaten == 0 else "few" if beaten < COUNT / 100 else "half",
        outcome=f"{_winners(beaten)} the slope when all weights moved. Against the slope the loss falls by {drop:.4f}; the luckiest of {COUNT:,} guesses gains "
        f"{best:.4f}, {drop / best:.0f} times less. With 2 weights luck finds {percent(ratios[0])} of the slope's gain, with "
        f"all {percent(ratios[ALL])}.",
        **_picture(found, "downhill"),
        table=_gains(found, ratios),
    )


def best_shares(found: Sequence[Measured]) -> list[float]:
    """The best random change, as a share of the gain downhill, for the smallest size and every dimension."""
    return [float(one.changes.change[SMALLEST].min() / one.changes.downhill[SMALLEST]) for one in found]


def _all(report: Report) -> list[Measured]:
    part = len(DIMENSIONS)
    return [
        measured(dimension, lambda share, said="", done=done: report((done + share) / part, said))
        for done, dimension in enumerate(DIMENSIONS)
    ]


def _picture(found: Sequence[Measured], kind: str, size: int = ONE_PERCENT) -> dict:
    """Tensors and state of changes.js, which begins with one of `SIZES`."""
    theory = [[gaussian_change(one.moments, size) for size in one.changes.sizes] for one in found]
    dimensions = [one.changes.dimension for one in found]
    return {
        "tensors": {f"change.{index}": one.changes.change for index, one in enumerate(found)},
        "state": {
            "kind": kind,
            "sizes": SIZES,
            "size": size,
            "dimensions": dimensions,
            "loss": found[0].changes.loss,
            "theory": [[(normal.mean, normal.deviation) for normal in normals] for normals in theory],
            "gaussianFrom": GAUSSIAN_FROM,
            "downhill": [one.changes.downhill.tolist() for one in found],
            "best": best_shares(found),
            "law": {"dimensions": LAW, "shares": [best_cosine(dimension, COUNT) for dimension in LAW]},
        },
    }


def _shares(found: Sequence[Measured]) -> Table:
    rows = []
    for one in found:
        share = [percent(value, 1) for value in one.changes.share]
        theory = [percent(one.theory(size), 1) for size in range(len(SIZES))]
        rows += [(f"{one.changes.dimension:,} measured", *share), (f"{one.changes.dimension:,} theory", *theory)]
    return Table(
        f"Share of {COUNT:,} random changes that lower the loss, by how many weights change and by how far.",
        ("weights", *(percent(size, 1) for size in SIZES)),
        tuple(rows),
    )


def _gains(found: Sequence[Measured], ratios: Sequence[float]) -> Table:
    rows = (
        (
            f"{one.changes.dimension:,}",
            f"{-one.changes.change[ONE_PERCENT].min():.6f}",
            f"{-one.changes.downhill[ONE_PERCENT]:.6f}",
            percent(ratio, 1),
            percent(best_cosine(one.changes.dimension, COUNT), 1),
        )
        for one, ratio in zip(found, ratios, strict=True)
    )
    head = ("weights", "best guess at 1 %", "slope at 1 %", "guess / slope at 0.1 %", "theory")
    return Table(f"How much the loss falls: the best of {COUNT:,} random changes, and the slope.", head, tuple(rows))


def _winners(count: int) -> str:
    return "No random change beat" if count == 0 else f"{count:,} random changes beat"


CHAPTER = Chapter(
    "random_change",
    "Parameters and random change",
    "Could a network learn by luck, changing its weights at random and keeping what helps?",
    (
        Step(
            "few",
            "A change at random",
            "This network reads handwritten digits with 2,410 weights. Training has brought its loss close to the ground. "
            "Change **all** weights a little at random, together by 1 % of their size. How often does the loss fall?",
            (
                Choice("never", "Almost never"),
                Choice("less", "Less than half of the time"),
                Choice("mostly", "Most of the time"),
            ),
            "Change the weights, one press at a time; then a hundred.",
            "guesses",
            few,
            "A small random change is at best a coin toss, and wins almost nothing.",
            r"\begin{gathered} \text{change} = \text{loss}(w + \delta) - \text{loss}(w) \\ "
            r"\underbrace{\|\delta\|}_{\text{size of the change}} = 0.01\, \|w\| \end{gathered}",
        ),
        Step(
            "histogram",
            "Ten thousand changes",
            "At 1 % fewer than half of the changes helped. Now go three times as far, 3 %. Which share of 10,000 random "
            "changes lowers the loss?",
            Guess("Share that improves", 0, 100, 50, " %", near=1.25),
            "Make the changes, then move the size.",
            "changes",
            histogram,
            "The farther a blind step goes, the surer it leads uphill: it finds the valley's walls, not its floor.",
            r"\begin{gathered} \text{share} \approx \text{part of the bell curve below } 0 \\[0.4em] "
            r"\text{the bell's middle} = \tfrac12\, \text{size}^2 \times \text{mean curvature} \end{gathered}",
        ),
        Step(
            "spread",
            "Fewer weights?",
            "Maybe 2,410 weights are too many at once. Change only 2 of them, by the same length. The share of changes that "
            "improve …",
            (Choice("grows", "… is much larger"), Choice("same", "… is about the same"), Choice("shrinks", "… is much smaller")),
            "Make the changes. Then choose how many weights change, and how far.",
            "changes",
            spread,
            "How often luck helps depends on the length of the step, not on the number of weights.",
            r"\frac{\text{the bell's middle}}{\text{its spread}} \approx \frac{\text{size}}{2} \times \frac{\text{mean curvature}}{\text{slope met by chance}}",
        ),
        Step(
            "downhill",
            "The same length, against the slope",
            "Now one single change of the same length, straight against the slope. How many of the 10,000 random changes "
            "lower the loss more than that?",
            (Choice("none", "None of them"), Choice("few", "A few"), Choice("half", "About half")),
            "Step against the slope, then change how many weights move.",
            "changes",
            downhill,
            "In many dimensions nearly every random direction is level ground; the gradient knows the one that is not.",
            r"\begin{gathered} \text{best of } 10{,}000 \approx \sqrt{\tfrac{2 \ln 10{,}000}{n}} \times \text{slope's gain} \\ "
            r"\text{for many weights, } n \end{gathered}",
        ),
        keeping.STEP,
    ),
    links=(
        Link("A larger digits network and its landscape", "networks?network=digits"),
        Link("Keeping what helps: random search beside gradient descent",
             "?landscape=linear_regression&optimizer=random_search&optimizer=gradient_descent"),
    ),
    sources=(
        "S. Li, Concise formulas for the area and volume of a hyperspherical cap, Asian Journal of Mathematics and "
        "Statistics 4 (2011) 66-70: how often a random direction points somewhere.",
        "E. Alpaydin and C. Kaynak, Optical recognition of handwritten digits, UCI Machine Learning Repository (1998): the "
        "digits.",
    ),
)
