"""How a descent moves: optimizers, trajectories and sweeps. One line per member, in menu order."""

from optimizers.adaptive import Adam, RMSProp
from optimizers.descent import descend, sweep
from optimizers.first_order import GradientDescent, Momentum
from optimizers.optimizer import Optimizer
from optimizers.stops import stops
from optimizers.trajectory import Trajectory

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "gradient_descent": GradientDescent,
    "momentum": Momentum,
    "rmsprop": RMSProp,
    "adam": Adam,
}

__all__ = ["OPTIMIZERS", "Optimizer", "Trajectory", "descend", "stops", "sweep"]
