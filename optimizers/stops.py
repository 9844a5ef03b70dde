"""Stops: the fixed, round values that a rail offers, so that every one of them can be computed ahead."""

import numpy as np

A_DECADE = (1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 8, 9)

A_COARSE_DECADE = (1, 1.4, 2, 2.8, 4, 5.5, 7)


def stops(low: float, high: float, scale: str = "linear") -> np.ndarray:
    """The round values between `low` and `high`, both included, increasing.

    "log": 23 a decade (1, 1.1, 1.2, ...). "coarse": 7 a decade, for rules that are dear to sweep. "linear": about a
    hundred even ones. "integer": whole numbers.
    "decay": 1 - value runs over the log stops, so 0.9, 0.99 and 0.999 are as far apart as they act.
    """
    if scale in ("log", "coarse"):
        between = _log_stops(low, high, A_DECADE if scale == "log" else A_COARSE_DECADE)
    elif scale == "decay":
        between = np.round(1 - _log_stops(1 - high, 1.0)[::-1], 12)
    elif scale == "integer":
        between = np.arange(np.ceil(low), np.floor(high) + 1)
    elif scale == "linear":
        step = 10 ** np.floor(np.log10((high - low) / 50))
        step = step * min((1, 2, 5), key=lambda k: abs((high - low) / (step * k) - 100))
        between = np.round(np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step, 12)
    else:
        raise ValueError(f"A scale is log, coarse, linear, integer or decay, got {scale!r}.")
    inside = between[(between > low) & (between < high)]
    return np.concatenate([[low], inside, [high]])


def _log_stops(low: float, high: float, a_decade: tuple[float, ...] = A_DECADE) -> np.ndarray:
    decades = range(int(np.floor(np.log10(low))) - 1, int(np.ceil(np.log10(high))) + 1)
    return np.array([float(f"{digit}e{decade}") for decade in decades for digit in a_decade])
