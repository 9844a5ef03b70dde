"""Chapter 1: what a loss is, its landscape, and who finds the bottom."""

from functools import cache

import jax
import numpy as np

from landscapes import LinearRegression, Plane, evaluate
from views.learn.lesson import Chapter, Choice, Experiment, Report, Step, Table

REFERENCE = 25.0  # the body mass index that counts as zero: near the mean, so that slope and intercept are easily told apart
WINDOW = ((-0.5, 3.5), (-1.5, 2.5))  # of intercept and slope


@cache
def regression() -> LinearRegression:
    return LinearRegression(reference_index=REFERENCE)


@cache
def best() -> tuple[float, float, float]:
    """Intercept, slope and loss of the least-squares line."""
    (minimum,) = regression().minima
    return *minimum.position, minimum.value


def quadratic() -> np.ndarray:
    """Loss, gradient and Hessian at the origin, seven numbers: they make up the whole loss, which is quadratic."""
    loss = regression().loss
    with jax.enable_x64(True):
        origin = np.zeros(2)
        parts = loss(origin), jax.grad(loss)(origin), jax.hessian(loss)(origin)
        return np.concatenate([np.ravel(part) for part in parts])


def patients() -> dict[str, np.ndarray]:
    inputs, targets = regression().data
    return {"inputs": inputs, "targets": targets, "quadratic": quadratic()}


def mean_line() -> float:
    """The loss of the best line without a slope: the variance of the targets."""
    return float(np.var(regression().data.targets))


def squares(_report: Report) -> Experiment:
    intercept, slope, lowest = best()
    return Experiment(
        answer="four",
        outcome=f"A distance of 2 makes a square of 4, a distance of 1 a square of 1. The mean of all 442 squares is the "
        f"loss: {mean_line():.2f} for the best flat line, {lowest:.2f} for the best of all lines.",
        tensors=patients(),
        state={"window": WINDOW, "start": (1.0, -0.2), "best": (intercept, slope, lowest)},
        table=Table(
            "Mean squared error of three lines, in the target's units squared.",
            ("line", "intercept", "slope", "loss"),
            (
                ("where you began", "1", "−0.2", f"{loss_at(1.0, -0.2):.3f}"),
                ("best flat line", f"{regression().data.targets.mean():.3f}", "0", f"{mean_line():.3f}"),
                ("best line", f"{intercept:.3f}", f"{slope:.3f}", f"{lowest:.3f}"),
            ),
        ),
    )


def loss_at(intercept: float, slope: float) -> float:
    with jax.enable_x64(True):
        return float(regression().loss(np.array([intercept, slope])))


CHAPTER = Chapter(
    "deepest_valley",
    "The deepest valley",
    "What does it mean for a model to be wrong, and how does it become less wrong?",
    (
        Step(
            "squares",
            "What is a loss?",
            "Each dot is a patient: how heavy they are for their height, and how far their diabetes went on in a year. "
            "A line predicts it. One patient lies 2 above the line, another 1. How much more does the first add to the loss?",
            (Choice("same", "The same"), Choice("twice", "Twice as much"), Choice("four", "Four times as much")),
            "Move intercept and slope. Watch the squares: prediction against truth, side by side.",
            "squares",
            squares,
            "A loss is one number for how wrong all predictions are together; large errors count most.",
            r"\text{loss} = \frac1n \sum_i (\underbrace{b + w x_i}_{\text{prediction}} - \underbrace{y_i}_{\text{truth}})^2",
        ),
    ),
    sources=(
        "B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least angle regression, Annals of Statistics 32 (2004) "
        "407-499: the diabetes data.",
    ),
)
