"""How a descent moves: optimizers, trajectories and sweeps. One line per member, in menu order."""

from optimizers.adam import AdaBelief, Adam, Adamax, AdamW, AMSGrad, NAdam, RAdam, Yogi
from optimizers.adaptive import AdaDelta, AdaGrad, RMSProp
from optimizers.derivative_free import CoordinateProbing, RandomSearch
from optimizers.descent import descend, sweep
from optimizers.first_order import GradientDescent, Momentum, Nesterov
from optimizers.knobs import Knob
from optimizers.optimizer import Optimizer
from optimizers.second_order import Newton, SaddleFreeNewton
from optimizers.sharpness import SAM, ScheduleFree
from optimizers.signs import Lion, RProp, SignDescent
from optimizers.step_length import LBFGS, Backtracking, PolyakStep
from optimizers.stops import stops
from optimizers.trajectory import Trajectory
from optimizers.tuning import best, tune

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "gradient_descent": GradientDescent,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "sign_descent": SignDescent,
    "rprop": RProp,
    "adagrad": AdaGrad,
    "adadelta": AdaDelta,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
    "amsgrad": AMSGrad,
    "nadam": NAdam,
    "radam": RAdam,
    "adamax": Adamax,
    "adabelief": AdaBelief,
    "yogi": Yogi,
    "lion": Lion,
    "schedule_free": ScheduleFree,
    "sam": SAM,
    "polyak_step": PolyakStep,
    "lbfgs": LBFGS,
    "backtracking": Backtracking,
    "newton": Newton,
    "saddle_free_newton": SaddleFreeNewton,
    "random_search": RandomSearch,
    "coordinate_probing": CoordinateProbing,
}

__all__ = ["OPTIMIZERS", "Knob", "Optimizer", "Trajectory", "best", "descend", "stops", "sweep", "tune"]
