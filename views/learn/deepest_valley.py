"""Chapter 1: what a loss is, its landscape, and who finds the bottom."""

from functools import cache

import jax
import numpy as np

from landscapes import LinearRegression, Plane, TanhNeuron, evaluate
from optimizers import OPTIMIZERS, Trajectory, descend
from views.learn.lesson import Chapter, Choice, Experiment, Guess, Link, Report, Step, Table

REFERENCE = 25.0  # the body mass index that counts as zero: near the mean, so that slope and intercept are easily told apart
WINDOW = ((-0.5, 3.5), (-1.5, 2.5))  # of intercept and slope
START = (3.0, -1.0)
RATE = 0.2
NEURON_START, NEURON_RATE, ROUNDS = (0.8, -0.6), 0.5, 60


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


def flat() -> str:
    return f"The best flat line has a loss of {mean_line():.2f}."


def squares(_report: Report) -> Experiment:
    intercept, slope, lowest = best()
    return Experiment(
        answer="four",
        outcome=f"A distance of 2 makes a square of 4; 1 makes 1. The mean of all 442 squares is the loss: {mean_line():.2f} for "
        f"the best flat line, {lowest:.2f} for the best line.",
        tensors=patients(),
        state={"window": WINDOW, "start": (1.0, -0.2), "best": (intercept, slope, lowest)},
        table=Table.of(
            "Mean squared error of three lines, in the target's units squared.",
            {"line": "", "intercept": ".3f", "slope": ".3f", "loss": ".3f"},
            (
                ("where you began", 1.0, -0.2, loss_at(1.0, -0.2)),
                ("best flat line", regression().data.targets.mean(), 0.0, mean_line()),
                ("best line", intercept, slope, lowest),
            ),
        ),
    )


def loss_at(intercept: float, slope: float) -> float:
    with jax.enable_x64(True):
        return float(regression().loss(np.array([intercept, slope])))


def surface() -> dict[str, np.ndarray]:
    ground = evaluate(regression().loss, Plane.axes(WINDOW), resolution=65)
    return {"x": ground.x, "y": ground.y, "loss": ground.loss}


def valley(report: Report) -> Experiment:
    report(0.0, flat())
    intercept, slope, lowest = best()
    hessian = quadratic()[3:].reshape(2, 2)
    return Experiment(
        answer="one" if (np.linalg.eigvalsh(hessian) > 0).all() else "none",
        outcome=f"One valley: every cross-section is a parabola that opens upwards. Its bottom lies at intercept "
        f"{intercept:.2f} and slope {slope:.2f}, with a loss of {lowest:.3f}. It is not zero: no line meets every patient.",
        tensors=patients() | surface(),
        state={"window": WINDOW, "start": START, "best": (intercept, slope, lowest)},
        table=Table.of(
            "The loss at the bottom, and half a unit away from it along each axis.",
            {"place": "", "intercept": ".2f", "slope": ".2f", "loss": ".3f"},
            (
                (name, b, w, loss_at(b, w))
                for name, b, w in (
                    ("bottom", intercept, slope),
                    ("intercept higher", intercept + 0.5, slope),
                    ("slope higher", intercept, slope + 0.5),
                )
            ),
        ),
    )


@cache
def descent(steps: int = 60) -> Trajectory:
    return descend(regression().loss, OPTIMIZERS["gradient_descent"](learning_rate=RATE), START, steps)


def steps_to_the_bottom() -> int:
    """Steps of gradient descent until the loss is at most 1 % above the lowest."""
    return descent().steps_to(1.01 * best()[2])


def by_descent(report: Report) -> Experiment:
    report(0.0, flat())
    intercept, slope, lowest = best()
    steps, run = steps_to_the_bottom(), descent()
    shown = (0, 1, 2, 5, 10, steps, run.steps)
    return Experiment(
        answer=steps,
        outcome=f"From where the ring first stood, **{steps} steps** bring it within 1 % of the bottom. After {run.steps} steps the loss is {run.losses[-1]:.4f}; "
        f"the lowest there is, {lowest:.4f}. It never saw the landscape: only how steep it is underfoot.",
        tensors=patients() | surface() | {"path": run.positions},
        state={"window": WINDOW, "start": START, "best": (intercept, slope, lowest), "rate": RATE},
        table=Table.of(
            f"Gradient descent with a learning rate of {RATE:g}.",
            {"step": "d", "intercept": ".3f", "slope": ".3f", "loss": ".4f"},
            ((step, *run.positions[step], run.losses[step]) for step in sorted(set(shown))),
        ),
    )


@cache
def neuron_run() -> Trajectory:
    rule = OPTIMIZERS["gradient_descent"](learning_rate=NEURON_RATE)
    return descend(TanhNeuron().loss, rule, NEURON_START, ROUNDS, gradients=True)


def neuron(_report: Report) -> Experiment:
    run = neuron_run()
    inputs, targets = TanhNeuron().data
    weight = run.gradients[0][1]
    return Experiment(
        answer="up" if weight < 0 else "down",
        outcome=f"The slope is {weight:.2f}: raising the weight lowers the loss. {ROUNDS} rounds bring the loss from "
        f"{run.losses[0]:.2f} to {run.losses[-1]:.3f} and the weight from {run.positions[0][1]:.1f} to {run.positions[-1][1]:.2f}."
        .replace("-", "−"),
        tensors={
            "inputs": inputs,
            "targets": targets,
            "path": run.positions,
            "losses": run.losses,
            "gradients": run.gradients,
        },
        state={"rate": NEURON_RATE},
        table=Table.of(
            f"Gradient descent of one neuron with a learning rate of {NEURON_RATE:g}.",
            {"round": "d", "bias": ".3f", "weight": ".3f", "loss": ".3f", "slope in bias": ".3f", "slope in weight": ".3f"},
            ((step, *run.positions[step], run.losses[step], *run.gradients[step]) for step in (0, 1, 2, 10, 30, ROUNDS)),
        ),
    )


CHAPTER = Chapter(
    "deepest_valley",
    "The deepest valley",
    "What does it mean for a model to be wrong, and how does it become less wrong?",
    (
        Step(
            "squares",
            "What is a loss?",
            "Each dot is a patient: how heavy for their height, and how far their diabetes went on in a year. A line predicts "
            "that; its loss says how wrong it is. One patient lies 2 above the line, another 1. How much "
            "does the first add, against the second?",
            (Choice("same", "The same"), Choice("twice", "Twice as much"), Choice("four", "Four times as much")),
            "Move intercept (the line's height at 0) and slope (its steepness). Watch the squares.",
            "squares",
            squares,
            "A loss says how wrong all predictions are together; large errors count most.",
            r"\text{loss} = \frac1n \sum_i (\underbrace{b + w x_i}_{\text{prediction}} - \underbrace{y_i}_{\text{truth}})^2",
        ),
        Step(
            "by_hand",
            "Find the bottom by hand",
            "Every line is one point on a map: how far east is its intercept, how far north its slope. The loss is the "
            "height of the ground there. How many valleys does this landscape have?",
            (Choice("none", "None: it falls for ever"), Choice("one", "One"), Choice("many", "Several")),
            "Drag the ring over the map, or the sliders, and go as low as you can. The line moves with it.",
            "valley",
            valley,
            "Training a model means finding the deepest place of a landscape.",
            r"\text{height}(b, w) = \text{loss of the line } b + w x",
        ),
        Step(
            "descent",
            "One press",
            "Gradient descent looks at nothing but how steep the ground is where it stands, takes a step downhill, and repeats. "
            "How many steps until its loss is within 1 % of the lowest?",
            Guess("Steps", 1, 1000, 50),
            "Put the ring anywhere, then let gradient descent go on from there.",
            "valley",
            by_descent,
            "Steepness alone, asked for again and again, leads to the bottom.",
            r"\begin{pmatrix} b \\ w \end{pmatrix} \leftarrow \begin{pmatrix} b \\ w \end{pmatrix} - "
            rf"\underbrace{{{RATE}}}_{{\text{{learning rate}}}} \times \underbrace{{\nabla \text{{loss}}}}_{{\text{{steepness along both}}}}",
        ),
        Step(
            "neuron",
            "Trial, error, adjustment",
            "A neuron predicts a flower's petal width from its length, by a curve as steep as its weight. The slope of the "
            "loss, seen along the weight, is negative: where the weight is larger, the ground is lower. To become less wrong, should the weight go up or down?",
            (Choice("up", "Up"), Choice("down", "Down"), Choice("open", "It cannot be told")),
            "Click through the loop: predict, loss, gradient, update. Then let it run ten rounds.",
            "neuron",
            neuron,
            "Learning is this loop: predict, measure, ask for the slope, step against it.",
            rf"w \leftarrow w - \underbrace{{{NEURON_RATE}}}_{{\text{{learning rate}}}} \times "
            r"\underbrace{\frac{\partial\, \text{loss}}{\partial w}}_{\text{slope in } w}",
        ),
    ),
    links=(
        Link("Gradient descent on this regression, with its learning rate to drag", "?landscape=linear_regression&shape=reference_index~25.0&start=3.0~-1.0&optimizer=gradient_descent~learning_rate~0.2"),
        Link("One tanh neuron, far out on its terrace", "?landscape=tanh_neuron"),
    ),
    sources=(
        "B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least angle regression, Annals of Statistics 32 (2004) "
        "407-499: the diabetes data.",
        "R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936) 179-188: the "
        "flowers.",
    ),
)
