"""Valleys: easy to reach, slow to follow."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from landscapes.landscape import Landscape, Minimum, knob, ranked

FAMILY = "Valleys"


class Rosenbrock(Landscape):
    r"""f(x, y) = (a - x)^2 + b (y - x^2)^2. Rosenbrock 1960, The Computer Journal 3(3), p. 175."""

    title = "Rosenbrock"
    family = FAMILY
    formula = r"(a - x)^2 + b\,(y - x^2)^2"
    lesson = "Finding the curved valley is easy; following its nearly flat floor to the bottom is not."
    reference = (
        "H. H. Rosenbrock, An automatic method for finding the greatest or least value of a function, The Computer "
        "Journal 3 (1960) 175-184"
    )
    window = ((-2.0, 2.0), (-1.0, 3.0))
    start = (-1.2, 1.0)

    a: Array = knob(1.0, 0.2, 1.4, help="where the minimum lies: at (a, a squared)")
    b: Array = knob(100.0, 1.0, 300.0, scale="log", help="how steep the walls of the valley are")

    def loss(self, point):
        x, y = point
        return (self.a - x) ** 2 + self.b * (y - x**2) ** 2

    @property
    def minima(self):
        return (Minimum((float(self.a), float(self.a) ** 2), 0.0),)


class Beale(Landscape):
    r"""f(x, y) = (1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2. Beale 1958."""

    title = "Beale"
    family = FAMILY
    formula = r"(1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2"
    lesson = "Towering walls in the corners and a nearly flat valley in the middle: no single learning rate suits both."
    reference = (
        "E. M. L. Beale, On an iterative method for finding a local minimum of a function of more than one variable, "
        "Technical Report 25, Statistical Techniques Research Group, Princeton University 1958"
    )
    window = ((-4.5, 4.5), (-4.5, 4.5))
    start = (1.0, 1.6)

    def loss(self, point):
        x, y = point
        return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2

    @property
    def minima(self):
        return (Minimum((3.0, 0.5), 0.0),)


class ThreeHumpCamel(Landscape):
    r"""f(x, y) = 2 x^2 - 1.05 x^4 + x^6 / 6 + x y + y^2.

    On y = -x / 2 the slope is x (x^4 - 4.2 x^2 + 3.5): minima at 0 and where x^2 = 2.1 + sqrt(0.91).
    """

    title = "Three-hump camel"
    family = FAMILY
    formula = r"2x^2 - 1.05\,x^4 + \tfrac16 x^6 + xy + y^2"
    lesson = (
        "One deep valley between two shallow ones: a descent from outside stops at the first it meets unless its "
        "momentum carries it on."
    )
    reference = "L. C. W. Dixon and G. P. Szegö (editors), Towards Global Optimisation, North-Holland 1975"
    window = ((-2.5, 2.5), (-2.5, 2.5))
    start = (-2.2, -1.4)

    def loss(self, point):
        x, y = point
        return 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2

    @property
    def minima(self):
        x = np.sqrt(2.1 + np.sqrt(0.91))
        value = 1.75 * x**2 - 1.05 * x**4 + x**6 / 6
        return ranked([((0.0, 0.0), 0.0), ((-x, x / 2), value), ((x, -x / 2), value)])


class McCormick(Landscape):
    r"""f(x, y) = sin(x + y) + (x - y)^2 - 1.5 x + 2.5 y + 1.

    With u = x + y and w = x - y it is (sin u + u / 2) + (w^2 - 2 w) + 1: minima at w = 1 where
    cos u = -1/2 and sin u < 0. They go down without end towards negative u; two lie in the window.
    """

    title = "McCormick"
    family = FAMILY
    formula = r"\sin(x + y) + (x - y)^2 - 1.5\,x + 2.5\,y + 1"
    lesson = (
        "A valley that waves up and down along its floor: the start and the step length decide in which dip the path "
        "stays."
    )
    reference = (
        "E. P. Adorio and U. P. Diliman, MVF - Multivariate Test Functions Library in C for Unconstrained Global "
        "Optimization, University of the Philippines Diliman 2005"
    )
    window = ((-1.5, 4.0), (-3.0, 4.0))
    start = (3.6, 3.4)
    note = "Outside the window the valley goes on, with a lower dip every 2 pi towards negative x + y."

    def loss(self, point):
        x, y = point
        return jnp.sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1

    @property
    def minima(self):
        dips = [-2 * np.pi / 3, 4 * np.pi / 3]
        return ranked([(((u + 1) / 2, (u - 1) / 2), (u - np.sqrt(3)) / 2) for u in dips])


class FreudensteinRoth(Landscape):
    r"""f(x, y) = (x - 13 + ((5 - y) y - 2) y)^2 + (x - 29 + ((y + 1) y - 14) y)^2.

    Along the floor, where x balances both terms, f = (16 + 12 y + 4 y^2 - 2 y^3)^2 / 2: zero at y = 4,
    and a local minimum where 12 + 8 y - 6 y^2 = 0.
    """

    title = "Freudenstein-Roth"
    family = FAMILY
    formula = r"\bigl(x - 13 + ((5 - y)y - 2)y\bigr)^2 + \bigl(x - 29 + ((y + 1)y - 14)y\bigr)^2"
    lesson = (
        "A steep-walled valley with a false bottom: from the usual start, most methods settle in the local minimum "
        "and never see zero."
    )
    reference = (
        "F. Freudenstein and B. Roth, Numerical solution of systems of nonlinear equations, Journal of the ACM 10 "
        "(1963) 550-556; problem 2 in J. J. Moré, B. S. Garbow and K. E. Hillstrom, Testing unconstrained "
        "optimization software, ACM Transactions on Mathematical Software 7 (1981) 17-41"
    )
    window = ((-4.0, 16.0), (-4.0, 6.0))
    start = (0.5, -2.0)

    def loss(self, point):
        x, y = point
        return (x - 13 + ((5 - y) * y - 2) * y) ** 2 + (x - 29 + ((y + 1) * y - 14) * y) ** 2

    @property
    def minima(self):
        y = (2 - np.sqrt(22)) / 3
        x = 21 - ((5 - y) * y - 2 + (y + 1) * y - 14) * y / 2
        return ranked([((5.0, 4.0), 0.0), ((x, y), (16 + 12 * y + 4 * y**2 - 2 * y**3) ** 2 / 2)])
