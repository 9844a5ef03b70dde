"""Bowls and ravines: one minimum, and how stretched the way to it is."""

import jax.numpy as jnp
from jaxtyping import Array

from landscapes.landscape import Landscape, Minimum, knob

FAMILY = "Bowls and ravines"
SURVEY = (
    "M. Jamil and X.-S. Yang, A literature survey of benchmark functions for global optimization problems, "
    "International Journal of Mathematical Modelling and Numerical Optimisation 4 (2013) 150-194"
)


class QuadraticBowl(Landscape):
    r"""f = (u^2 + k v^2) / 2 with u, v the axes turned by an angle. Boyd and Vandenberghe, section 9.3.2.

    The Hessian has the eigenvalues 1 and k, the condition number: gradient descent is stable below 2 / k.
    """

    title = "Quadratic bowl"
    family = FAMILY
    formula = r"\tfrac12 (u^2 + \kappa v^2),\quad u = x\cos\theta + y\sin\theta,\quad v = y\cos\theta - x\sin\theta"
    lesson = (
        "The more stretched the bowl, the smaller the largest stable learning rate and the longer the way along its "
        "floor."
    )
    reference = "S. Boyd and L. Vandenberghe, Convex Optimization, Cambridge University Press 2004, section 9.3.2"
    window = ((-3.0, 3.0), (-3.0, 3.0))
    start = (-2.6, 0.6)

    condition_number: Array = knob(
        10.0, 1.0, 1000.0, scale="log", help="how much steeper the steepest direction is than the flattest"
    )
    rotation: Array = knob(
        30.0, 0.0, 90.0, help="degrees between the flat direction and the x axis; methods that scale each axis feel it"
    )

    def loss(self, point):
        x, y = point
        angle = jnp.deg2rad(self.rotation)
        u = x * jnp.cos(angle) + y * jnp.sin(angle)
        v = y * jnp.cos(angle) - x * jnp.sin(angle)
        return (u**2 + self.condition_number * v**2) / 2

    @property
    def minima(self):
        return (Minimum((0.0, 0.0), 0.0),)


class Booth(Landscape):
    r"""f(x, y) = (x + 2 y - 7)^2 + (2 x + y - 5)^2, the least-squares form of two linear equations."""

    title = "Booth"
    family = FAMILY
    formula = r"(x + 2y - 7)^2 + (2x + y - 5)^2"
    lesson = "A mildly stretched bowl on which every method that works at all should arrive."
    reference = SURVEY
    window = ((-10.0, 10.0), (-10.0, 10.0))
    start = (-8.0, -3.0)

    def loss(self, point):
        x, y = point
        return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2

    @property
    def minima(self):
        return (Minimum((1.0, 3.0), 0.0),)


class Matyas(Landscape):
    r"""f(x, y) = 0.26 (x^2 + y^2) - 0.48 x y."""

    title = "Matyas"
    family = FAMILY
    formula = r"0.26\,(x^2 + y^2) - 0.48\,xy"
    lesson = (
        "A plate-like bowl whose floor runs along the diagonal, where methods that scale each axis on its own gain "
        "nothing."
    )
    reference = "J. Matyas, Random optimization, Automation and Remote Control 26 (1965) 246-253; formula in " + SURVEY
    window = ((-10.0, 10.0), (-10.0, 10.0))
    start = (-9.0, -4.0)

    def loss(self, point):
        x, y = point
        return 0.26 * (x**2 + y**2) - 0.48 * x * y

    @property
    def minima(self):
        return (Minimum((0.0, 0.0), 0.0),)


class Ravine(Landscape):
    r"""f(x, y) = x^2 / 20 + d v^2 / (1 + v^2) with v = y - b sin x: a winding gully, d below the plain around it.

    The idea of a ravine is Sutton's (1986); this formula is ours. Along v = 0 only the gentle slope is left.
    """

    title = "Ravine"
    family = FAMILY
    formula = r"\tfrac{1}{20} x^2 + d\,\frac{v^2}{1 + v^2},\quad v = y - b \sin x"
    lesson = (
        "Across the ravine the slope is steep, along it almost nothing: plain gradient descent bounces between the "
        "walls while momentum gathers speed."
    )
    reference = (
        "R. S. Sutton, Two problems with backpropagation and other steepest-descent learning procedures for networks,"
        " Proceedings of the 8th Annual Conference of the Cognitive Science Society (1986) 823-831 (the idea; the "
        "formula is Thalweg's)"
    )
    window = ((-6.0, 6.0), (-3.0, 3.0))
    start = (-5.4, -1.6)

    depth: Array = knob(5.0, 0.5, 50.0, scale="log", help="how far the floor of the ravine lies below the plain")
    bend: Array = knob(1.0, 0.0, 2.0, help="how far the ravine swings to both sides; 0 makes it straight")

    def loss(self, point):
        x, y = point
        v = y - self.bend * jnp.sin(x)
        return x**2 / 20 + self.depth * v**2 / (1 + v**2)

    @property
    def minima(self):
        return (Minimum((0.0, 0.0), 0.0),)
