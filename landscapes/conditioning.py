r"""How many steps a quadratic bowl takes: what gradient descent and the heavy ball leave of the distance.

Both at their best rates for curvatures from 1 to \kappa, the condition number; exact, for the worst start.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

MOST_STEPS = 10**12


def best_gradient_descent(condition_number: float) -> float:
    r"""The learning rate 2 / (1 + \kappa). Polyak, Introduction to Optimization (1987), section 1.4.2."""
    return 2 / (1 + _checked(condition_number))


def best_heavy_ball(condition_number: float) -> tuple[float, float]:
    r"""Learning rate (2 / (1 + s))^2 and momentum ((s - 1) / (s + 1))^2 with s = \sqrt{\kappa}.

    For v <- beta v + g, x <- x - eta v. Polyak, Some methods of speeding up the convergence (1964), section 3.
    """
    root = _checked(condition_number) ** 0.5
    return (2 / (1 + root)) ** 2, ((root - 1) / (root + 1)) ** 2


def gradient_descent_leaves(condition_number: float, steps: float) -> float:
    r"""The share of the distance to the bottom left after `steps`: ((\kappa - 1) / (\kappa + 1))^t from every start."""
    kappa = _checked(condition_number)
    return ((kappa - 1) / (kappa + 1)) ** steps


def heavy_ball_leaves(condition_number: float, steps: float) -> float:
    r"""The same for the heavy ball started at rest: (1 + 2 s t / (s + 1)) ((s - 1) / (s + 1))^t with s = \sqrt{\kappa}.

    That is its steepest direction, where the two roots of x_{t+1} = (1 + beta - eta \kappa) x_t - beta x_{t-1} are
    one, -(s - 1) / (s + 1): the power is the rate that books give, the factor is what a start at rest costs.
    """
    root = _checked(condition_number) ** 0.5
    return (1 + 2 * root * steps / (root + 1)) * ((root - 1) / (root + 1)) ** steps


def steps_needed(leaves: Callable[[float, float], float], condition_number: float, share: float) -> float:
    """The steps, a real number of 1 or more, after which `leaves` leaves no more than `share` of the distance.

    Raises ValueError for a share that is not between 0 and 1, and where 10^12 steps are not enough.
    """
    if not 0 < share < 1:
        raise ValueError(f"A share lies between 0 and 1, got {share!r}.")
    low, high = 0.0, 1.0
    while leaves(condition_number, high) > share:
        low, high = high, 2 * high
        if high > MOST_STEPS:
            raise ValueError(f"More than {MOST_STEPS:.0e} steps; choose a smaller condition number.")
    while high - low > 1e-9 * max(1.0, high):
        middle = (low + high) / 2
        low, high = (middle, high) if leaves(condition_number, middle) > share else (low, middle)
    return max(1.0, high)


def steps_taken(left: Float[np.ndarray, "steps"], share: float) -> int | None:
    """The step from which on what is `left` stays within `share` of what there was at first; None if it never does.

    What passes the bottom and swings out again has not arrived.
    """
    left = np.asarray(left)
    outside = np.flatnonzero(~(left <= share * left[0]))
    arrived = int(outside[-1]) + 1
    return arrived if arrived < len(left) else None


def _checked(condition_number: float) -> float:
    if not 1 <= condition_number < np.inf:
        raise ValueError(f"A condition number is a finite number of 1 or more, got {condition_number!r}.")
    return float(condition_number)
