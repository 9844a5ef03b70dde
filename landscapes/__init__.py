"""Loss landscapes: functions, planes and surfaces. One line per member of the registry, in menu order."""

from landscapes.landscape import Landscape, Minimum
from landscapes.many_minima import Himmelblau
from landscapes.plane import Plane
from landscapes.surface import Surface, evaluate
from landscapes.valleys import Rosenbrock

LANDSCAPES: dict[str, Landscape] = {
    "rosenbrock": Rosenbrock(),
    "himmelblau": Himmelblau(),
}

__all__ = ["LANDSCAPES", "Landscape", "Minimum", "Plane", "Surface", "evaluate"]
