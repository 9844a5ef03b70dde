"""Chapter 3, last step: random changes of which those that help are kept, beside gradient descent at equal cost."""

from functools import cache

import numpy as np
from jaxtyping import Float

from optimizers import OPTIMIZERS, descend
from optimizers.trajectory import GRADIENT_COST
from views.learn.digits import trained
from views.learn.lesson import Choice, Experiment, Report, Step, Table

TRIES = 1000
GUESS, GUESSES = 0.02, (0.01, 0.02, 0.03, 0.05)  # how far each weight is changed, as a standard deviation; those it is the best of
RATE, RATES = 1.0, (0.3, 1.0, 3.0)  # of gradient descent; those that it is the first of to reach what luck reaches
HUNDRED = 100
SHOWN = (0, 10, 30, 100, 300, TRIES)  # costs in the table


@cache
def by_luck(guess: float = GUESS) -> Float[np.ndarray, "tries+1"]:
    """The loss of the untrained network after each try: a random change, kept where it lowers the loss."""
    network = trained().network
    return descend(network.loss, OPTIMIZERS["random_search"](proposal_scale=guess), network.start, TRIES).losses


@cache
def by_slope(rate: float = RATE) -> Float[np.ndarray, "steps+1"]:
    """The loss from the same start after each step of gradient descent, for no more than luck may spend."""
    network = trained().network
    return descend(network.loss, OPTIMIZERS["gradient_descent"](learning_rate=rate), network.start, TRIES // GRADIENT_COST).losses


def keeping(report: Report) -> Experiment:
    start = float(trained(report).losses[0])
    slope = by_slope()
    report(0.3, f"The slope takes the loss from {start:.2f} to {slope[1]:.2f} in one step. Now {TRIES:,} random changes …")
    luck = by_luck()
    kept = np.diff(luck) < 0
    steps = int((slope <= luck[-1]).argmax())
    price = GRADIENT_COST * steps
    return Experiment(
        answer="not" if luck[-1] > 0.9 * start else "dearer" if TRIES > 10 * price else "same",
        outcome=f"It learns: {kept.sum()} changes were kept, and the loss fell from {start:.2f} to {luck[-1]:.2f}. Gradient descent "
        f"was there after {steps} steps, a price of {price}, and for the same {TRIES:,} came down to {slope[-1]:.4f}. Of the first {HUNDRED} changes "
        f"{kept[:HUNDRED].sum()} helped, of the last {kept[-HUNDRED:].sum()}.",
        tensors={"luck": luck, "slope": slope},
        state={"price": GRADIENT_COST, "steps": steps},
        table=Table.of(
            f"The loss at equal cost; a gradient counts {GRADIENT_COST}. Luck changes every weight by about {GUESS:g}, the best of "
            f"{len(GUESSES)} sizes; the slope has the best of {len(RATES)} learning rates.",
            {"cost": ",", "keeping what helps": ".3f", "gradient descent": ".4f"},
            ((cost, luck[cost], slope[cost // GRADIENT_COST]) for cost in SHOWN),
        ),
    )


STEP = Step(
    "keeping",
    "Keep what helps",
    "Start anew, untrained. Make 1,000 random changes; keep each that lowers the loss. Gradient descent may spend as much, a "
    "gradient counting as 3 losses. Does luck teach the network too?",
    (
        Choice("not", "No"),
        Choice("same", "Yes, for about the price of the gradient"),
        Choice("dearer", "Yes, for over ten times that price"),
    ),
    "Try one change, then a thousand.",
    "keep",
    keeping,
    "Luck does teach, if one keeps it: at dozens of times the price, and ever more slowly.",
    r"w \leftarrow \begin{cases} w + \delta & \text{if } \text{loss}(w + \delta) < \text{loss}(w) \\ w & \text{otherwise} \end{cases}",
)
