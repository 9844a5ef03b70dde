"""Learning rates to begin with: found beforehand by sweeps, so that the first picture shows every optimizer at work."""

from functools import lru_cache

# The usual order of size for a small network; where a network is named below, its own sweep says better.
USUAL = {
    "gradient_descent": 0.1,
    "momentum": 0.02,
    "nesterov": 0.02,
    "sign_descent": 0.002,
    "rprop": 0.01,
    "adagrad": 0.05,
    "adadelta": 10.0,
    "rmsprop": 0.005,
    "adam": 0.01,
    "adamw": 0.01,
    "amsgrad": 0.01,
    "nadam": 0.01,
    "radam": 0.02,
    "adamax": 0.02,
    "adabelief": 0.01,
    "yogi": 0.02,
    "lion": 0.001,
    "schedule_free": 0.5,
    "sam": 0.1,
    "polyak_step": 1.0,
    "lbfgs": 1.0,
    "backtracking": 1.0,
    "muon": 0.02,
}

# By the training loss at the end of a sweep, well below the rates at which it jumps about or diverges.
FOUND: dict[str, dict[str, float]] = {
    "moons": {"gradient_descent": 0.5, "momentum": 0.1, "rmsprop": 0.01, "adam": 0.02},
    "circles": {"gradient_descent": 1.0, "momentum": 0.2, "rmsprop": 0.01, "adam": 0.02},
    "spirals": {"gradient_descent": 0.5, "momentum": 0.05, "rmsprop": 0.005, "adam": 0.01},
    "xor": {"gradient_descent": 0.5, "momentum": 0.1, "rmsprop": 0.01, "adam": 0.02},
    "iris": {"gradient_descent": 0.5, "momentum": 0.1, "rmsprop": 0.01, "adam": 0.02},
    "wine": {"gradient_descent": 0.5, "momentum": 0.05, "rmsprop": 0.005, "adam": 0.01},
    "breast_cancer": {"gradient_descent": 0.2, "momentum": 0.02, "rmsprop": 0.002, "adam": 0.005},
    "diabetes": {"gradient_descent": 0.1, "momentum": 0.05, "rmsprop": 0.005, "adam": 0.01},
    "deep_linear": {"gradient_descent": 0.05, "momentum": 0.05, "rmsprop": 0.001, "adam": 0.005},
    "digits": {"gradient_descent": 0.5, "momentum": 0.05, "rmsprop": 0.002, "adam": 0.005},
    "digits_relu": {"gradient_descent": 0.2, "momentum": 0.05, "rmsprop": 0.002, "adam": 0.005},
    "digits_million": {"momentum": 0.05, "adam": 0.001},
    "residual": {"momentum": 0.01, "adam": 0.001},
    "residual_without_skips": {"momentum": 0.002, "adam": 0.001},
    # Twice these momentum's loss jumps to 7; half of them ends ten times as high.
    "convolutional": {"momentum": 0.05, "adam": 0.01},
    "residual_convolutional": {"momentum": 0.05, "adam": 0.01},
    "digits_batchnorm": {"gradient_descent": 0.5, "momentum": 0.1, "rmsprop": 0.002, "adam": 0.01},
}


@lru_cache(maxsize=None)
def suggested(network: str, optimizer: str) -> float:
    """The value of an optimizer's rail with which it trains this network well."""
    return FOUND.get(network, {}).get(optimizer, USUAL[optimizer])


