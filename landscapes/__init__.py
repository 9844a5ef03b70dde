"""Loss landscapes: functions, planes and surfaces. One line per member of the registry, in menu order."""

from landscapes.bowls import Booth, Matyas, QuadraticBowl, Ravine
from landscapes.costs import GradientCost, cost_of_gradient
from landscapes.data_losses import (
    ClassifierMeanSquaredError,
    LinearRegression,
    LogisticRegression,
    TanhNeuron,
    TwoLayerLinear,
)
from landscapes.expressions import FormulaError
from landscapes.files import Scene, load_scene, save_scene
from landscapes.formula import Formula, parse_formula
from landscapes.honesty import Honesty, honest
from landscapes.landscape import Landscape, Minimum
from landscapes.line import Line, line
from landscapes.local_view import Compass, LocalViews, compass, local_views
from landscapes.many_minima import Branin, GaussianMixture, GoldsteinPrice, Himmelblau, SixHumpCamel, StyblinskiTang
from landscapes.numpy_loss import NumpyLoss
from landscapes.plane import Plane
from landscapes.principal import NOISE_SHARES
from landscapes.projection import project_many
from landscapes.random_change import RandomChange, gaussian_change, improving_share, random_change
from landscapes.refinement import Refinement, refine
from landscapes.rugged import Ackley, Easom, Griewank, Levi, Rastrigin
from landscapes.saddles import MonkeySaddle, Plateau, Saddle
from landscapes.sensitivity import Differences, Nudges, differences, nudges, sensitivity
from landscapes.slices import losses_at
from landscapes.surface import Surface, evaluate
from landscapes.trust import TrustReport, trust
from landscapes.valleys import Beale, FreudensteinRoth, McCormick, Rosenbrock, ThreeHumpCamel
from landscapes.windows import window_for

LANDSCAPES: dict[str, Landscape] = {
    "quadratic_bowl": QuadraticBowl(),
    "booth": Booth(),
    "matyas": Matyas(),
    "ravine": Ravine(),
    "rosenbrock": Rosenbrock(),
    "beale": Beale(),
    "three_hump_camel": ThreeHumpCamel(),
    "mccormick": McCormick(),
    "freudenstein_roth": FreudensteinRoth(),
    "saddle": Saddle(),
    "monkey_saddle": MonkeySaddle(),
    "plateau": Plateau(),
    "himmelblau": Himmelblau(),
    "six_hump_camel": SixHumpCamel(),
    "goldstein_price": GoldsteinPrice(),
    "branin": Branin(),
    "easom": Easom(),
    "styblinski_tang": StyblinskiTang(),
    "levi": Levi(),
    "rastrigin": Rastrigin(),
    "ackley": Ackley(),
    "griewank": Griewank(),
    "gaussian_mixture": GaussianMixture(),
    "linear_regression": LinearRegression(),
    "logistic_regression": LogisticRegression(),
    "classifier_mean_squared_error": ClassifierMeanSquaredError(),
    "tanh_neuron": TanhNeuron(),
    "two_layer_linear": TwoLayerLinear(),
}

__all__ = [
    "LANDSCAPES",
    "NOISE_SHARES",
    "Compass",
    "Differences",
    "Formula",
    "FormulaError",
    "GradientCost",
    "Honesty",
    "Landscape",
    "Line",
    "LocalViews",
    "Minimum",
    "Nudges",
    "NumpyLoss",
    "Plane",
    "RandomChange",
    "Refinement",
    "Scene",
    "Surface",
    "TrustReport",
    "compass",
    "cost_of_gradient",
    "differences",
    "evaluate",
    "gaussian_change",
    "honest",
    "improving_share",
    "line",
    "load_scene",
    "local_views",
    "losses_at",
    "nudges",
    "parse_formula",
    "project_many",
    "random_change",
    "refine",
    "save_scene",
    "sensitivity",
    "trust",
    "window_for",
]
