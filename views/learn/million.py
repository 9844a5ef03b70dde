"""Chapter 2, last step: a network with over a million parameters, a random slice through it, and what that hides."""

from functools import cache

import jax
import numpy as np

from landscapes import Honesty, Plane, Surface, honest, refine
from landscapes.networks import make_network
from optimizers import OPTIMIZERS, Batches, Budget, Run, train
from views.learn.lesson import Choice, Experiment, Report, Step, Table

STEPS, BATCH, RATE = 60, 128, 1e-3
MEMORY = 2**26  # bytes of positions that are kept
IMAGES = 512  # a quarter for tests: hundreds of losses are drawn, each takes as long as there are images
RESOLUTION = 15
NAMES = {"random": "a random slice", "chosen": "the slice nearest to the path"}


@cache
def network():
    return make_network("digits_million", samples=IMAGES)[0]


def training(report: Report) -> Run:
    landscape = network()
    said = f"Before training the loss is {float(landscape.loss(landscape.start)):.2f}; guessing at random has ln 10 = {np.log(10):.2f}."
    report(0.01, said)
    return train(
        landscape.batch_loss,
        OPTIMIZERS["adam"](learning_rate=RATE),
        landscape.start,
        STEPS,
        batches=Batches(len(landscape.inputs), BATCH),
        full_loss=landscape.loss,
        keep=Budget(MEMORY),
        report=lambda done, steps: report(0.01 + 0.19 * done / steps),
    )


def slices(run: Run) -> dict[str, Plane]:
    """Through the trained network: at random, filter by filter; and the plane nearest to the way of the training."""
    return {"random": Plane.random(run.last, 0), "chosen": Plane.pca([run.positions])}


def surface(plane: Plane, report: Report, begin: float, end: float) -> Surface:
    for part in refine(network().loss, plane, RESOLUTION):
        report(begin + (end - begin) * part.done / part.total)
    return part.surface


def in_picture(path: Honesty, run: Run, plane: Plane) -> float:
    """The share of the distance from the start to the trained network that the plane shows."""
    u, v = path.coordinates[-1] - path.coordinates[0]
    moved = jax.tree.map(lambda one, two: u * one + v * two, *plane.directions)
    whole = jax.tree.map(lambda leaf: leaf[-1] - leaf[0], run.positions)
    return float(length(moved) / length(whole))


def length(tree) -> float:
    return float(np.sqrt(sum(np.sum(np.asarray(leaf, np.float64) ** 2) for leaf in jax.tree.leaves(tree))))


def million(report: Report) -> Experiment:
    run = training(report)
    report(0.2, f"{STEPS} steps of training took the loss from {run.full_losses[0]:.2f} to {run.full_losses[-1]:.4f}.")
    planes = slices(run)
    tensors, shares, rows = {"steps": run.kept}, {}, []
    for number, (name, plane) in enumerate(planes.items()):
        begin = 0.25 + 0.37 * number
        ground = surface(plane, report, begin, begin + 0.35)
        path = honest(network().loss, plane, run.positions, run.full_losses)
        shares[name] = in_picture(path, run, plane)
        report(begin + 0.36, f"In {NAMES[name]} one sees {percent(shares[name])} of the path.")
        tensors |= {f"{name}_x": ground.x, f"{name}_y": ground.y, f"{name}_surface": ground.loss}
        tensors |= {f"{name}_path": path.coordinates, f"{name}_shown": path.slice_losses}
        rows.append((NAMES[name], percent(shares[name]), f"{path.losses[0]:.3f}", f"{path.slice_losses[0]:.3f}"))
    tensors["losses"] = run.full_losses
    dimension = network().dimension
    return Experiment(
        answer="none" if shares["random"] < 0.01 else "half" if shares["random"] < 0.75 else "all",
        outcome=f"The random slice shows {percent(shares['random'])} of the path: its two directions are at right angles to "
        f"nearly everything in {dimension:,} dimensions. The slice laid along the path shows {percent(shares['chosen'])}. Both "
        "cut through one landscape.",
        tensors=tensors,
        state={"dimension": dimension, "names": NAMES},
        table=Table(
            f"The path of {STEPS} steps of Adam, drawn on two slices; the loss at the start, and what each slice shows for it.",
            ("slice", "share of the path", "loss at the start", "shown there"),
            tuple(rows),
        ),
    )


def percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.1f} %"


STEP = Step(
    "million",
    "A million dimensions",
    "A network that reads digits has 1,126,410 parameters. A picture shows only a slice, two directions of so many: first two "
    "at random through the trained network. How much of the path that training took does it show?",
    (
        Choice("all", "Nearly all of it"),
        Choice("half", "About half"),
        Choice("none", "Less than 1 %"),
    ),
    "Walk to the end of the training; compare the true loss with what each slice shows.",
    "million",
    million,
    "A slice is a true cut, and hides everything beside it: ask which directions it shows.",
    r"\theta = \underbrace{c}_{\text{centre}} + u \underbrace{d_1}_{\text{first direction}} + v \underbrace{d_2}_{\text{second}}",
)
