"""Chapter 2: the same model has other landscapes under other losses and units, and a slice shows two directions."""

from functools import cache

import jax
import numpy as np

from landscapes import LANDSCAPES, Plane, evaluate
from landscapes.compiling import jit
from landscapes.conditioning import (
    best_gradient_descent,
    best_heavy_ball,
    gradient_descent_leaves,
    heavy_ball_leaves,
    steps_needed,
    steps_taken,
)
from landscapes.least_squares import SCALINGS, LeastSquares, scaled
from landscapes.tables import table
from optimizers import OPTIMIZERS, descend, sweep
from views.learn import million
from views.learn.lesson import Chapter, Choice, Experiment, Link, Report, Step, Table

LOSSES = {"squared": "classifier_mean_squared_error", "entropy": "logistic_regression"}
TITLES = {"squared": "mean squared error", "entropy": "cross-entropy"}
START, RATE, STEPS, EVERY = (-5.0, -3.0), 1.0, 100, 4
STARTS = 25  # starts along each axis of the window: every half

KAPPAS = np.round(np.logspace(0, 3, 31), 6)
SHARE = 1e-3  # of the distance to the bottom, or of the loss above it, that counts as arrived
DRAWN = 160  # steps of a path that are drawn
UNITS = {"raw": "as measured", "centred": "mean subtracted", "standardised": "standardised"}

PATIENTS_STEPS = 46_000


def two_losses(report: Report) -> Experiment:
    window = LANDSCAPES[LOSSES["entropy"]].window
    axes = [np.linspace(low, high, STARTS) for low, high in window]
    report(0.0, f"From {STARTS**2} starts, under each loss, {STEPS} steps. At the first start {wrong_at(START)} tumours are told wrong.")
    tensors = {"x": axes[0], "y": axes[1]}
    for number, (name, key) in enumerate(LOSSES.items()):
        landscape = LANDSCAPES[key]
        surface = evaluate(landscape.loss, Plane.axes(window), resolution=65)
        tensors |= {"gx": surface.x, "gy": surface.y, f"{name}_surface": surface.loss}
        tensors |= {f"{name}_{part}": values for part, values in from_everywhere(landscape, axes).items()}
        here = at_start(tensors, name)
        told = f"{TITLES[name]}, {100 * here['before']:.0f} % of the tumours told right become {100 * here['right']:.0f} %"
        report((number + 1) / len(LOSSES), f"From the first start, under {told}.")
    here = {name: at_start(tensors, name) for name in LOSSES}
    slopes = {name: found["slope"] for name, found in here.items()}
    right = {name: found["right"] for name, found in here.items()}
    return Experiment(
        answer="entropy",
        outcome=f"From the first start cross-entropy is {slopes['entropy'] / slopes['squared']:.0f} times as "
        f"steep. After {STEPS} steps it tells {100 * right['entropy']:.0f} % of the tumours right, squared error {100 * right['squared']:.0f} %: "
        "flat where the model is sure and wrong.",
        tensors=tensors,
        state={"window": window, "start": START, "rate": RATE, "steps": STEPS, "every": EVERY},
        table=Table.of(
            f"The same start ({START[0]:g}, {START[1]:g}), the same learning rate {RATE:g}, {STEPS} steps.",
            {"loss": "", "slope at the start": ".3f", "right at the start": ".1%", "right at the end": ".1%"},
            ((title, slopes[name], here[name]["before"], right[name]) for name, title in TITLES.items()),
        ),
    )


def wrong_at(start: tuple[float, float]) -> int:
    """How many tumours the classifier tells wrong there: an input counts as malignant where p0 + p1 x > 0."""
    inputs, targets = LANDSCAPES[LOSSES["entropy"]].data
    return int(((start[0] + start[1] * inputs > 0) != (targets > 0.5)).sum())


def from_everywhere(landscape, axes) -> dict[str, np.ndarray]:
    """Gradient descent from each point of a grid: every fourth position, its loss, the share told right; the slope."""
    starts = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    optimizer = OPTIMIZERS["gradient_descent"](learning_rate=RATE)
    fan = sweep(landscape.loss, optimizer, starts[0], over="start", values=starts, steps=STEPS)
    positions = fan.positions[:, ::EVERY]
    inputs, targets = landscape.data
    # An input counts as malignant where p0 + p1 x > 0.
    said = positions[..., :1] + positions[..., 1:] * inputs > 0
    with jax.enable_x64(True):
        gradients = jit(jax.vmap(jax.grad(landscape.loss)))(starts)
    return {
        "path": positions,
        "loss": fan.losses[:, ::EVERY],
        "right": (said == (targets > 0.5)).mean(-1),
        "gradient": gradients,
    }


def at_start(tensors, name: str) -> dict[str, float]:
    lane = int(np.argmin(abs(tensors["y"] - START[1]))) * STARTS + int(np.argmin(abs(tensors["x"] - START[0])))
    right = tensors[f"{name}_right"][lane]
    slope = float(np.linalg.norm(tensors[f"{name}_gradient"][lane]))
    return {"slope": slope, "before": float(right[0]), "right": float(right[-1])}


@cache
def steps_by_kappa() -> dict[str, np.ndarray]:
    """Steps that the two take in each bowl, their theory, and how their paths begin."""
    start = LANDSCAPES["quadratic_bowl"].start
    rows = []
    for kappa in KAPPAS.tolist():
        loss = type(LANDSCAPES["quadratic_bowl"])(condition_number=kappa).loss
        rate, momentum = best_heavy_ball(kappa)
        runs = (
            descend(loss, OPTIMIZERS["gradient_descent"](learning_rate=best_gradient_descent(kappa)), start, 4000),
            descend(loss, OPTIMIZERS["momentum"](learning_rate=rate, momentum=momentum), start, 4000),
        )
        taken = [steps_taken(np.linalg.norm(run.positions, axis=1), SHARE) for run in runs]
        theory = [steps_needed(leaves, kappa, SHARE) for leaves in (gradient_descent_leaves, heavy_ball_leaves)]
        rows.append((taken, theory, [run.positions[: DRAWN + 1] for run in runs]))
    taken, theory, paths = zip(*rows)
    return {"kappa": KAPPAS, "taken": np.array(taken), "theory": np.array(theory), "paths": np.array(paths)}


def taken_at(kappa: float) -> tuple[int, int]:
    descent, ball = steps_by_kappa()["taken"][int(np.argmin(abs(KAPPAS - kappa)))]
    return int(descent), int(ball)


def stretched(_report: Report) -> Experiment:
    (few, few_ball), (many, many_ball) = taken_at(10), taken_at(100)
    bowl = LANDSCAPES["quadratic_bowl"]
    return Experiment(
        answer="ten",
        outcome=f"From κ = 10 to κ = 100 gradient descent went from {few} to {many} steps, {many / few:.1f} times as many: "
        f"proportional to κ, as theory says. A heavy ball (momentum: it keeps part of each step) went from {few_ball} to {many_ball}: about √κ.",
        tensors=steps_by_kappa(),
        state={"start": bowl.start, "window": bowl.window, "rotation": float(bowl.rotation), "kappa": 10.0, "asked": 100.0},
        table=Table.of(
            f"Steps until {SHARE:g} of the distance to the bottom is left, each method at its best learning rate.",
            {"κ": "d", "gradient descent": "d", "heavy ball": "d"},
            ((kappa, *taken_at(kappa)) for kappa in (1, 10, 100, 1000)),
        ),
    )


def diabetes_table() -> tuple[np.ndarray, np.ndarray]:
    """All ten measurements of the patients in their own units, and the progression in 100."""
    found = table("diabetes")
    return found.data, found.target / 100


def least_squares(scaling: str) -> LeastSquares:
    """The line through the patients; compressed, as tens of thousands of steps are taken."""
    inputs, targets = diabetes_table()
    return LeastSquares(scaled(inputs[:, 2:3], scaling), targets).compressed()


@cache
def by_units() -> dict[str, tuple[LeastSquares, np.ndarray, np.ndarray]]:
    """For each scaling of the body mass index: the model, positions and losses of gradient descent at its best rate."""
    found = {}
    for scaling in SCALINGS:
        model = least_squares(scaling)
        optimizer = OPTIMIZERS["gradient_descent"](learning_rate=model.best_rate)
        run = descend(model.loss, optimizer, np.zeros(2), PATIENTS_STEPS if scaling == "raw" else 300)
        found[scaling] = model, run.positions, run.losses - model.lowest
    return found


def units(report: Report) -> Experiment:
    report(0.0, f"In raw units κ = {least_squares('raw').condition_number:,.0f}: {PATIENTS_STEPS:,} steps of gradient descent are on their way.")
    found = by_units()
    report(0.8)
    steps = {scaling: steps_taken(above, SHARE) for scaling, (_, _, above) in found.items()}
    kappas = {scaling: model.condition_number for scaling, (model, _, _) in found.items()}
    inputs, targets = diabetes_table()
    ten = {scaling: LeastSquares(scaled(inputs, scaling), targets).condition_number for scaling in SCALINGS}
    tensors, shown = {}, {}
    for scaling, (model, positions, above) in found.items():
        steps_shown = np.unique(np.geomspace(1, len(above) - 1, 240).astype(int))
        tensors |= {f"{scaling}_steps": steps_shown, f"{scaling}_above": above[steps_shown] / above[0]}
        tensors |= {f"{scaling}_path": positions[np.concatenate([[0], steps_shown])]}
        with jax.enable_x64(True):
            hessian = np.asarray(jax.hessian(model.loss)(np.zeros(2)))
        shown[scaling] = {
            "minimum": model.minimum.tolist(),
            "hessian": hessian.tolist(),
            "kappa": kappas[scaling],
            "steps": steps[scaling],
        }
    return Experiment(
        answer="more",
        outcome=f"{steps['raw']:,} steps in raw units (κ = {kappas['raw']:,.0f}), {steps['centred']} with the mean "
        f"subtracted (κ = {kappas['centred']:.1f}), {steps['standardised']} when standardised (κ = "
        f"{kappas['standardised']:.0f}). With all ten measurements: κ = {ten['raw']:,.0f} raw, {ten['standardised']:.0f} "
        "standardised.",
        tensors=tensors,
        state={"scalings": shown, "share": SHARE},
        table=Table.of(
            "Steps until a thousandth of the loss above the lowest is left; learning rate best for each.",
            {"body mass index": "", "κ": ",.1f", "steps": ",", "κ with all ten inputs": ",.0f"},
            ((UNITS[scaling], kappas[scaling], steps[scaling], ten[scaling]) for scaling in SCALINGS),
        ),
    )


CHAPTER = Chapter(
    "landscape_shape",
    "The landscape and its shape",
    "Same model, same data: what makes its landscape easy or hard to go down?",
    (
        Step(
            "two_losses",
            "Two ways to say how wrong",
            "A curve says how likely each of 569 tumours is malignant. It starts sure, and wrong about 218. Squared error "
            "squares what it is off by; cross-entropy grows without end as the chance given to the truth nears 0. Same start, same "
            "rate: which loss teaches faster?",
            (
                Choice("squared", "Mean squared error"),
                Choice("entropy", "Cross-entropy"),
                Choice("same", "No difference"),
            ),
            "Run both, then drag the start.",
            "two_losses",
            two_losses,
            "Choose a loss that is steep where the model is wrong: the slope is all that learning has to go by.",
            r"\tfrac1n \sum_i (\underbrace{p_i}_{\text{said}} - \underbrace{y_i}_{\text{true}})^2 \ \text{or}\ "
            r"-\tfrac1n \sum_i \log \underbrace{p_i(y_i)}_{\text{of the truth}}",
            {
                "Curve": "from the size of a tumour's cell nuclei to a chance between 0 and 1; intercept and slope say where it rises, and how fast.",
                "Told right": "the curve gives the truth a chance above one half.",
            },
        ),
        Step(
            "stretched",
            "How stretched is the valley?",
            "The condition number κ says how many times steeper the steepest direction is than the flattest. A valley gets ten "
            "times as stretched: κ from 10 to 100. How many times as many steps does gradient descent need?",
            (
                Choice("same", "As many as before"),
                Choice("three", "About 3 times"),
                Choice("ten", "About 10 times"),
                Choice("hundred", "About 100 times"),
            ),
            "Move κ to 100 and beyond. Dots are runs, lines are theory.",
            "stretched",
            stretched,
            "Stretched valleys make descent slow; momentum softens κ to about its square root.",
            r"\text{distance left} = \left(\tfrac{\kappa - 1}{\kappa + 1}\right)^{\text{steps}}\!,\quad \kappa = "
            r"\tfrac{\text{steepest curvature}}{\text{flattest curvature}}",
        ),
        Step(
            "units",
            "Units bend the landscape",
            "A line through the same patients, with the body mass index as measured, 18 to 42, or standardised: mean 0, standard "
            "deviation 1. The lines are the same. As measured, how many times as many steps until a thousandth of the way is left?",
            (
                Choice("same", "The same number"),
                Choice("ten", "About 10 times"),
                Choice("thousand", "About 1,000 times"),
                Choice("more", "Over 10,000 times"),
            ),
            "Standardised, one step is enough. Switch to the other units.",
            "units",
            units,
            "Scaling the inputs rounds the valley. It costs one line of code and saves nearly all the steps.",
            r"x_i \leftarrow \frac{x_i - \text{mean}}{\text{standard deviation}}",
        ),
        million.STEP,
    ),
    links=(
        Link("Cross-entropy: the classifier's landscape", "?landscape=logistic_regression&start=-5.0~-3.0"),
        Link("Squared error: the same classifier", "?landscape=classifier_mean_squared_error&start=-5.0~-3.0"),
        Link("A bowl with condition number 100", "?landscape=quadratic_bowl&shape=condition_number~100.0"),
        Link("Linear regression far from its mean: a narrow valley", "?landscape=linear_regression&shape=reference_index~15.0"),
        Link("The network with a million parameters", "networks?network=digits_million"),
    ),
    sources=(
        "W. N. Street, W. H. Wolberg and O. L. Mangasarian, Nuclear feature extraction for breast tumor diagnosis, "
        "Proceedings of SPIE 1905 (1993) 861-870: the tumours.",
        "X. Glorot and Y. Bengio, Understanding the difficulty of training deep feedforward neural networks, AISTATS 2010, "
        "section 4.1: flat squared error against cross-entropy.",
        "B. T. Polyak, Some methods of speeding up the convergence of iteration methods, USSR Computational Mathematics and "
        "Mathematical Physics 4(5) (1964) 1-17: steps against the condition number.",
        "Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, Efficient BackProp, Neural Networks: Tricks of the Trade (1998), "
        "section 4.3: scaled inputs.",
    ),
)
