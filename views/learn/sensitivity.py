"""Chapter 6: one weight is nudged; what the gradient says about it, how exactly, and about all weights at once."""

from dataclasses import replace
from functools import cache

import jax
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Float, Int

from landscapes.networks import first_layer
from landscapes.sensitivity import Differences, Nudges, differences, nudges, sensitivity
from views.learn.digits import trained
from views.learn.lesson import Chapter, Choice, Experiment, Link, Report, Step, Table
from views.learn.numerals import power, scientific, signed

NUDGES = np.round(np.linspace(-0.8, 0.8, 17), 2)
ASKED = 0.1
SMALL = 2.0 ** np.arange(-33, 1)  # for errors: each is half of the next
PRECISIONS = {"single": np.float32, "double": np.float64}
NAMES = {"single": "float32", "double": "float64"}
STRAIGHT = (1e-2, 1e-1)  # epsilons between which the slope of the error is measured, clear of the floor
MOST = 100  # weights that count as the most sensitive ones


def in_first_layer() -> Int[np.ndarray, "neurons height width"]:
    """The number of each first-layer weight among all parameters, as `nudges` counts them."""
    flat, unravel = ravel_pytree(trained().parameters)
    with jax.enable_x64(False):
        numbered = unravel(np.arange(len(flat), dtype=np.float32))  # whole numbers below 2^24 are exact
    return np.asarray(first_layer(trained().network, numbered)).astype(np.int32)


def doubled(parameters=None):
    """The parameters, of the trained network unless given, in float64."""
    parameters = trained().parameters if parameters is None else parameters
    return jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), parameters)


def pictures() -> Float[np.ndarray, "neurons height width"]:
    digits = trained()
    return np.asarray(first_layer(digits.network, digits.parameters))


def slopes(parameters=None) -> Float[np.ndarray, "neurons height width"]:
    """The derivative of the loss with respect to each first-layer weight, in float64."""
    parameters = doubled(parameters)
    return np.asarray(first_layer(trained().network, sensitivity(trained().network.loss, parameters)))


def steepest() -> int:
    """The first-layer weight with the largest slope, counted picture by picture."""
    return int(np.abs(slopes()).argmax())


def nudge(report: Report) -> Experiment:
    digits, numbers = trained(report), in_first_layer().ravel()
    report(0.0, f"The trained network's loss is {digits.losses[-1]:.4f}.")
    which = steepest()
    first = nudges(digits.network.loss, doubled(), numbers[[which]], NUDGES)
    slope, change = first.slope[0], first.change[0, int(np.searchsorted(NUDGES, ASKED))]
    report(0.0, f"The weight that matters most has slope {signed(slope)}; raised by {ASKED} it changes the loss by {signed(change)}.")
    made = nudges(digits.network.loss, doubled(), numbers, [ASKED], report=report)
    return Experiment(
        answer="rise" if slope > 0 else "fall",
        outcome=f"The steepest weight's slope is {signed(slope)}, known before any nudge. For ε = {ASKED} it predicts {signed(slope * ASKED)}; "
        f"in truth {signed(change)}. Of all {which_many()} weights {100 * right_sign(made):.0f} % change the loss as their slope says; "
        "nearly flat ones need a smaller ε.",
        tensors={"weights": pictures(), "slopes": made.slope} | computing(),
        state={"window": (NUDGES[0], NUDGES[-1]), "which": which},
        table=Table.of(
            "The steepest weight, nudged: the change of the loss as the slope predicts it, and the true one.",
            {"ε": "g", "predicted": "", "true": ""},
            ((epsilon, signed(slope * epsilon), signed(true)) for epsilon, true in zip(NUDGES[::2], first.change[0, ::2])),
        ),
    )


def computing() -> dict[str, np.ndarray]:
    """What the browser computes a nudged weight's loss from: the images, what is said inside the network, and its layers."""
    network, (first, second) = trained().network, doubled().layers
    inputs = np.asarray(network.inputs, np.float64)
    inside = inputs @ first.weight.T + first.bias
    return {
        "inputs": network.inputs,
        "inside": inside,
        "outputs": np.tanh(inside) @ second.weight.T + second.bias,
        "outgoing": second.weight,
        "targets": np.asarray(network.targets, np.int32),
    }


def which_many() -> str:
    return f"{in_first_layer().size:,}"


def right_sign(made: Nudges) -> float:
    """The share of weights for which the predicted change has the sign of the true one."""
    return float((np.sign(made.predicted) == np.sign(made.change)).mean())


@cache
def of_one_weight(precision: str) -> tuple[Nudges, Differences]:
    """The steepest weight's nudges of every small size, and its derivative in three ways, in one precision."""
    kind = PRECISIONS[precision]
    point = jax.tree.map(lambda leaf: np.asarray(leaf, kind), trained().parameters)
    number = int(in_first_layer().ravel()[steepest()])
    loss = trained().network.loss
    both = nudges(loss, point, [number], np.concatenate([SMALL, -SMALL]))  # the same program as that of differences
    return replace(both, epsilons=SMALL, change=both.change[:, : len(SMALL)]), differences(loss, point, number, SMALL)


def slope_of_error(made: Nudges) -> float:
    """The slope of log error against log epsilon where it is straight."""
    straight = (made.epsilons >= STRAIGHT[0]) & (made.epsilons <= STRAIGHT[1])
    return float(np.polyfit(np.log(made.epsilons[straight]), np.log(made.error[0, straight]), 1)[0])


def floor(made: Nudges) -> float:
    """The typical error of nudges for which all of it is rounding: from a hundredth of the root of the unit to the root."""
    root = np.sqrt(np.finfo(made.change.dtype).eps / 2)
    return float(np.median(made.error[0, (made.epsilons > root / 100) & (made.epsilons < root)]))


def place_of_floor(made: Nudges) -> float:
    """The nudge whose straight error, c epsilon^2, is no larger than the floor."""
    straight = int(np.argmin(abs(made.epsilons - STRAIGHT[0])))
    return STRAIGHT[0] * float(np.sqrt(floor(made) / made.error[0, straight]))


def small(report: Report) -> Experiment:
    report(0.0, f"The trained network's loss is {trained(report).losses[-1]:.4f}.")
    made = {}
    for number, precision in enumerate(PRECISIONS):
        made[precision] = one = of_one_weight(precision)[0]
        off = f"in {NAMES[precision]} a nudge of {one.epsilons[-5]:.1g} is predicted with an error of {one.error[0, -5]:.0e}"
        report((number + 1) / len(PRECISIONS), f"The slope is {signed(one.slope[0])}; {off}.")
    bend = slope_of_error(made["double"])
    floors, places = ({precision: of(made[precision]) for precision in PRECISIONS} for of in (floor, place_of_floor))
    return Experiment(
        answer="quarter",
        outcome=f"On log axes the error falls with slope {bend:.2f}: half the nudge, a quarter of the error. Then rounding takes "
        f"over: in float32 (7 digits) below ε ≈ {power(places['single'])}, where errors stay around {power(floors['single'])}, in float64 (16 digits) "
        f"below ε ≈ {power(places['double'])}, around {power(floors['double'])}.",
        tensors={"epsilons": SMALL, **{f"{p}_error": made[p].error[0] for p in PRECISIONS}},
        state={
            "slope": float(made["double"].slope[0]),
            "change": made["double"].change[0].tolist(),
            "names": NAMES,
        },
        table=Table.of(
            "How far the predicted change is off, in each precision.",
            {"ε": ".0e"} | {NAMES[p]: ".1e" for p in PRECISIONS},
            ((SMALL[k], *(made[p].error[0, k] for p in PRECISIONS)) for k in range(0, len(SMALL), 4)),
        ),
    )


def three_ways(report: Report) -> Experiment:
    report(0.0, f"The trained network's loss is {trained(report).losses[-1]:.4f}.")
    made, best, tensors = {}, {}, {"epsilons": SMALL}
    for number, precision in enumerate(PRECISIONS):
        made[precision] = found = of_one_weight(precision)[1]
        best[precision] = {
            way: (SMALL[int(error.argmin())], float(error.min()))
            for way, error in (("forward", found.forward_error), ("central", found.central_error))
        }
        tensors |= {f"{precision}_forward": found.forward_error, f"{precision}_central": found.central_error}
        report((number + 1) / len(PRECISIONS))
    single = best["single"]
    automatic = {precision: made[precision].automatic_error for precision in PRECISIONS}
    dimension = trained().network.dimension
    return Experiment(
        answer="between",
        outcome=f"In float32 nudging up alone (forward) is best near ε = {power(single['forward'][0])}, off by "
        f"{scientific(single['forward'][1])}; up and down (central), by {scientific(single['central'][1])}. Calculus by machine "
        f"(automatic differentiation) needs no ε, is off by {scientific(automatic['single'])}, and gives all {dimension:,} "
        f"slopes at once; nudging takes {dimension + 1:,} "
        "losses.",
        tensors=tensors,
        state={"automatic": automatic, "truth": made["double"].truth, "names": NAMES},
        table=Table.of(
            "The smallest error of the slope, and the nudge that has it. Automatic differentiation has no nudge; in float64 it "
            "is what the others are compared with.",
            {"way": ""} | {f"{NAMES[p]}, {what}": ".0e" for p in PRECISIONS for what in ("ε", "error")},
            (
                *((way, *(number for p in PRECISIONS for number in best[p][way])) for way in ("forward", "central")),
                ("automatic", *(cell for p in PRECISIONS for cell in ("none", automatic[p] or "the truth"))),
            ),
        ),
    )


@cache
def slopes_along() -> Float[np.ndarray, "steps weights"]:
    """The size of each first-layer weight's slope at each step of the training."""
    path = trained().path
    steps = len(jax.tree.leaves(path)[0])
    return np.stack([np.abs(slopes(jax.tree.map(lambda leaf: leaf[step], path))).ravel() for step in range(steps)])


def still_sensitive() -> int:
    """How many of the most sensitive weights before the training are among them after it."""
    before, after = (set(np.argsort(row)[-MOST:].tolist()) for row in slopes_along()[[0, -1]])
    return len(before & after)


def heat(report: Report) -> Experiment:
    trained(report)
    sizes, losses, kept = slopes_along(), trained().losses, still_sensitive()
    before, after = sizes[0].mean(), sizes[-1].mean()
    return Experiment(
        answer="all" if kept > 75 else "half" if kept > 35 else "few",
        outcome=f"{kept} of the {MOST}. In {len(losses) - 1} steps the loss fell from {losses[0]:.2f} to {losses[-1]:.2f}, and the "
        f"mean size of a slope from {before:.1g} to {after:.1g}: where a weight stands decides how much it matters, and all "
        "weights moved.",
        tensors={"heat": sizes, "losses": losses},
        state={"most": MOST},
        table=Table.of(
            "Sizes of the slopes of the first layer's weights.",
            {"step": "d", "loss": ".3f", "mean slope": ".1e", "largest slope": ".1e"},
            ((step, losses[step], sizes[step].mean(), sizes[step].max()) for step in (0, 5, 10, 20, len(losses) - 1)),
        ),
    )


CHAPTER = Chapter(
    "sensitivity",
    "Sensitivity",
    "If I increase one weight by a small amount, will the loss rise or fall, and by how much?",
    (
        Step(
            "nudge",
            "One weight, one nudge",
            "A network reads digits of 8 by 8 pixels. Each of 32 neurons has one weight for each pixel: 2,048 of all 2,410. "
            "The one that matters most is raised by ε = 0.1. The loss will …",
            (
                Choice("rise", "rise"),
                Choice("fall", "fall"),
                Choice("nothing", "stay the same: one weight of 2,410 is nothing"),
            ),
            "Nudge the framed weight by ε. Then choose others (blue: positive).",
            "nudge",
            nudge,
            "A weight's slope tells beforehand whether a small nudge raises or lowers the loss, and by how much.",
            r"L(w_i + \varepsilon) - L(w_i) \approx g_i\,\varepsilon,\qquad g_i = \underbrace{\frac{\partial L}{\partial w_i}}_{\text{slope}}",
        ),
        Step(
            "small",
            "How good is the prediction?",
            "The straight line's prediction was not quite right. Now make the nudge half as large. The error of the predicted "
            "change becomes …",
            (
                Choice("half", "half as large"),
                Choice("quarter", "a quarter"),
                Choice("same", "no smaller"),
            ),
            "Move the nudge to the left: every stop is half of the one before.",
            "small",
            small,
            "A slope is nearly the whole truth about small steps: what it leaves out shrinks with the square of the step.",
            r"|\underbrace{L(w_i + \varepsilon) - L(w_i)}_{\text{true}} - \underbrace{g_i \varepsilon}_{\text{predicted}}| \approx \tfrac12 |\text{curvature}|\, \varepsilon^2",
        ),
        Step(
            "three_ways",
            "Could we do without calculus?",
            "One could measure a slope: nudge the weight, divide the change of the loss by ε. Which ε is most exact?",
            (
                Choice("smallest", "The smaller the better"),
                Choice("between", "One in between"),
                Choice("any", "Any: a slope is a slope"),
            ),
            "Shrink the nudge to 10⁻⁶ or less; then change the precision.",
            "three_ways",
            three_ways,
            "Nudging trades one error for another, one weight at a time; differentiation is exact up to rounding, for all weights at once.",
            r"\begin{gathered} g \approx \underbrace{\frac{L(w+\varepsilon) - L(w)}{\varepsilon}}_{\text{forward: up alone}} \\[0.4em] "
            r"g \approx \underbrace{\frac{L(w+\varepsilon) - L(w-\varepsilon)}{2\,\varepsilon}}_{\text{central: up and down}} \end{gathered}",
            {
                "Forward difference": "the slope from one nudge upwards.",
                "Central difference": "the slope from two nudges, one up and one down: their errors partly cancel.",
                "Automatic differentiation": "the program applies the chain rule to each of its own operations: calculus, no nudge.",
                "float32, float64": "numbers kept to about 7 and about 16 digits; what lies beyond is rounded away.",
            },
        ),
        Step(
            "heat",
            "Which weights matter now?",
            "Before training, 100 of these 2,048 weights have the steepest slopes: the loss depends on them most. After "
            "training, how many of them are still among the top 100?",
            (Choice("all", "Nearly all"), Choice("half", "About half"), Choice("few", "A third or fewer")),
            "Walk through the training to its end.",
            "heat",
            heat,
            "Sensitivity belongs to a place in the landscape, so the gradient is computed anew at every step.",
            r"\underbrace{\nabla L}_{\text{gradient}} = (\underbrace{g_1, \dots, g_n}_{\text{one slope a weight}})",
        ),
    ),
    links=(
        Link("Watch a network's weights as pictures while it trains", "networks?network=digits"),
        Link("Coordinate probing, descent by nudging: its path lies on that of gradient descent", "?optimizer=coordinate_probing&optimizer=gradient_descent"),
    ),
    sources=(
        "J. Nocedal and S. J. Wright, Numerical optimization (Springer 2006): descent directions, Newton's method, finite "
        "differences.",
        "A. Griewank and A. Walther, Evaluating Derivatives, 2nd edition, SIAM 2008: automatic differentiation, and in section 4.6 "
        "the cheap gradient.",
        "E. Alpaydin and C. Kaynak, Optical recognition of handwritten digits, UCI Machine Learning Repository (1998): the digits.",
    ),
)
