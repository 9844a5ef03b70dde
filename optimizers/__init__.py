"""How a descent moves: optimizers, trajectories, sweeps and trainings. One line per member, in menu order."""

from optimizers.adam import AdaBelief, Adam, Adamax, AdamW, AMSGrad, NAdam, RAdam, Yogi
from optimizers.adaptive import AdaDelta, AdaGrad, RMSProp
from optimizers.anatomy import Anatomy, anatomy
from optimizers.basins import Basins, basins
from optimizers.batches import Batches
from optimizers.budget import Budget
from optimizers.comparison import Comparison, compare
from optimizers.derivative_free import CoordinateProbing, RandomSearch
from optimizers.descent import descend, sweep
from optimizers.fan import Fan, train_fan
from optimizers.first_order import GradientDescent, Momentum, Nesterov
from optimizers.job import Progress, Snapshot, TrainingJob
from optimizers.knobs import Knob
from optimizers.matrices import Muon
from optimizers.noise import Plateau, noisy, plateau
from optimizers.optimizer import Optimizer
from optimizers.race import RACERS, Lap, race
from optimizers.recorder import Recorder, Recording
from optimizers.run import Run, View
from optimizers.schedules import Constant, Cosine, Exponential, OneCycle, Restarts, Schedule, Steps, WarmUpCosine
from optimizers.second_order import Newton, SaddleFreeNewton
from optimizers.sharpness import SAM, ScheduleFree
from optimizers.signs import Lion, RProp, SignDescent
from optimizers.step_length import LBFGS, Backtracking, PolyakStep
from optimizers.stability import Stability, stability
from optimizers.stops import stops
from optimizers.training import replay, train
from optimizers.trajectory import Trajectory
from optimizers.tuning import best, tune
from optimizers.verdict import result, verdict

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

# Without those that build n x n Hessians or use no gradient: hopeless in many dimensions. Muon needs matrices.
NETWORK_OPTIMIZERS: dict[str, type[Optimizer]] = {
    **{key: kind for key, kind in OPTIMIZERS.items() if kind.family not in ("Second order", "No derivative")},
    "muon": Muon,
}

SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "cosine": Cosine,
    "warm_up_cosine": WarmUpCosine,
    "exponential": Exponential,
    "steps": Steps,
    "one_cycle": OneCycle,
    "restarts": Restarts,
}

__all__ = [
    "NETWORK_OPTIMIZERS",
    "OPTIMIZERS",
    "RACERS",
    "SCHEDULES",
    "Anatomy",
    "Basins",
    "Batches",
    "Budget",
    "Comparison",
    "Fan",
    "Knob",
    "Lap",
    "Optimizer",
    "Plateau",
    "Progress",
    "Recorder",
    "Recording",
    "Run",
    "Schedule",
    "Snapshot",
    "Stability",
    "Trajectory",
    "TrainingJob",
    "View",
    "anatomy",
    "basins",
    "best",
    "compare",
    "descend",
    "noisy",
    "plateau",
    "race",
    "replay",
    "result",
    "stability",
    "stops",
    "sweep",
    "train",
    "train_fan",
    "tune",
    "verdict",
]
