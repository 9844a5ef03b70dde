"""Saddles and plateaus: places where the gradient says too little."""

import jax
import numpy as np
from jaxtyping import Array

from landscapes.landscape import Landscape, knob, ranked
from landscapes.stationary import minima_near

FAMILY = "Saddles and plateaus"


class Saddle(Landscape):
    r"""f(x, y) = x^2 / 2 - a y^2 / 2 + y^4 / 4. Nesterov 2004, example 1.2.2 (there a = 1).

    The saddle is at the origin. The quartic term bounds the loss below, so that a descent ends at one of
    the minima (0, +-sqrt(a)) instead of running away.
    """

    title = "Saddle"
    family = FAMILY
    formula = r"\tfrac12 x^2 - \tfrac{a}{2} y^2 + \tfrac14 y^4"
    lesson = (
        "At a saddle the gradient vanishes though it is no minimum: a path that comes in along the ridge lingers "
        "there before it finds the way down."
    )
    reference = "Y. Nesterov, Introductory Lectures on Convex Optimization, Kluwer 2004, example 1.2.2"
    window = ((-2.0, 2.0), (-2.0, 2.0))
    start = (-1.7, 0.01)

    a: Array = knob(
        1.0,
        0.1,
        3.0,
        scale="log",
        help="how strongly the loss curves down along y: smaller means a longer stay at the saddle",
    )

    def loss(self, point):
        x, y = point
        return x**2 / 2 - self.a * y**2 / 2 + y**4 / 4

    @property
    def minima(self):
        a = float(self.a)
        return ranked([((0.0, -np.sqrt(a)), -(a**2) / 4), ((0.0, np.sqrt(a)), -(a**2) / 4)])


class MonkeySaddle(Landscape):
    r"""f = x^3 - 3 x y^2 + c r^4 with r^2 = x^2 + y^2: the monkey saddle (Hilbert and Cohn-Vossen) in a bowl.

    In polar coordinates r^3 cos(3 phi) + c r^4. The Hessian at the origin is zero, so curvature says nothing
    there. The quartic term bounds the loss below; the minima lie at r = 3 / (4 c), one in each of three ways down.
    """

    title = "Monkey saddle"
    family = FAMILY
    formula = r"x^3 - 3xy^2 + c\,(x^2 + y^2)^2"
    lesson = (
        "Three ways lead down from a point where gradient and curvature both vanish, so even second-order methods get"
        " no hint."
    )
    reference = "D. Hilbert and S. Cohn-Vossen, Geometry and the Imagination, Chelsea 1952, chapter IV"
    window = ((-2.0, 2.0), (-2.0, 2.0))
    start = (1.3, 0.05)

    c: Array = knob(0.5, 0.4, 2.0, scale="log", help="how strongly the bowl around the saddle holds the path in")

    def loss(self, point):
        x, y = point
        return x**3 - 3 * x * y**2 + self.c * (x**2 + y**2) ** 2

    @property
    def minima(self):
        c = float(self.c)
        radius, value = 3 / (4 * c), -27 / (256 * c**3)
        angles = np.pi / 3 * np.array([1, 3, 5])
        return ranked([((radius * np.cos(angle), radius * np.sin(angle)), value) for angle in angles])


class Plateau(Landscape):
    r"""f(x, y) = h s(k x) + ((x + 2)^2 + y^2) / 40 with the logistic function s: a plateau h above the floor.

    The cliff stands at x = 0 and is k h / 4 steep. After the cliffs that Pascanu, Mikolov and Bengio (2013)
    found in the losses of recurrent networks; this formula is ours.
    """

    title = "Plateau with a cliff"
    family = FAMILY
    formula = r"\frac{h}{1 + e^{-kx}} + \tfrac{1}{40}\bigl((x + 2)^2 + y^2\bigr)"
    lesson = (
        "On the plateau progress is slow, and at the cliff one huge gradient can throw the path far past the minimum."
    )
    reference = (
        "R. Pascanu, T. Mikolov and Y. Bengio, On the difficulty of training recurrent neural networks, Proceedings "
        "of ICML 2013, section 2 (the idea; the formula is Thalweg's)"
    )
    window = ((-5.0, 5.0), (-4.0, 4.0))
    start = (3.8, 2.6)

    steepness: Array = knob(5.0, 1.0, 50.0, scale="log", help="how abrupt the cliff is")
    height: Array = knob(2.0, 0.2, 5.0, scale="log", help="how far the plateau lies above the floor")

    def loss(self, point):
        x, y = point
        return self.height * jax.nn.sigmoid(self.steepness * x) + ((x + 2) ** 2 + y**2) / 40

    @property
    def minima(self):
        return minima_near(self, np.array([[-2.0, 0.0], [-4.0, 0.0]]))
