"""Landscapes with several minima: where a descent ends depends on where and how it starts."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from landscapes.landscape import Landscape, Minimum, knob, ranked
from landscapes.stationary import minima_near

FAMILY = "Many minima"
TOWARDS = (
    "L. C. W. Dixon and G. P. Szegö, The global optimization problem: an introduction, in Towards Global Optimisation"
    " 2, North-Holland 1978, 1-15"
)


class Himmelblau(Landscape):
    r"""f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2. Himmelblau 1972, Applied Nonlinear Programming."""

    title = "Himmelblau"
    family = FAMILY
    formula = r"(x^2 + y - 11)^2 + (x + y^2 - 7)^2"
    lesson = "Four equally deep minima: the start and the learning rate decide which one is found."
    reference = "D. M. Himmelblau, Applied Nonlinear Programming, McGraw-Hill 1972, p. 428"
    window = ((-5.0, 5.0), (-5.0, 5.0))
    start = (-0.3, -0.6)

    def loss(self, point):
        x, y = point
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    @property
    def minima(self):
        return (
            Minimum((3.0, 2.0), 0.0),
            Minimum((-2.805118086952745, 3.131312518250573), 0.0),
            Minimum((-3.779310253377747, -3.283185991286170), 0.0),
            Minimum((3.584428340330492, -1.848126526964404), 0.0),
        )


class SixHumpCamel(Landscape):
    r"""f(x, y) = (4 - 2.1 x^2 + x^4 / 3) x^2 + x y + (4 y^2 - 4) y^2. Dixon and Szegö 1978.

    Three pairs of minima, each symmetric about the origin; positions refined in float64.
    """

    title = "Six-hump camel"
    family = FAMILY
    formula = r"\bigl(4 - 2.1\,x^2 + \tfrac13 x^4\bigr) x^2 + xy + (4y^2 - 4)\,y^2"
    lesson = "Two of the six minima are the deepest, and a small change of the start sends the path to another."
    reference = TOWARDS
    window = ((-2.0, 2.0), (-1.2, 1.2))
    start = (-1.2, 1.05)

    def loss(self, point):
        x, y = point
        return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2

    @property
    def minima(self):
        known = [(0.0898420, -0.7126564), (-1.7036067, 0.7960836), (1.6071048, 0.5686515)]
        return minima_near(self, np.array([*known, *np.negative(known)]))


class GoldsteinPrice(Landscape):
    r"""Goldstein and Price 1971: a product of two polynomials; every minimum is rational."""

    title = "Goldstein-Price"
    family = FAMILY
    formula = (
        r"\bigl[1 + (x + y + 1)^2 (19 - 14x + 3x^2 - 14y + 6xy + 3y^2)\bigr]"
        r"\bigl[30 + (2x - 3y)^2 (18 - 32x + 12x^2 + 48y - 36xy + 27y^2)\bigr]"
    )
    lesson = "The loss spans six orders of magnitude, so a learning rate that survives the slopes crawls at the bottom."
    reference = (
        "A. A. Goldstein and J. F. Price, On descent from local minima, Mathematics of Computation 25 (1971) 569-574"
    )
    window = ((-2.0, 2.0), (-2.0, 2.0))
    start = (-1.4, 0.4)

    def loss(self, point):
        x, y = point
        first = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
        second = 30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
        return first * second

    @property
    def minima(self):
        return (
            Minimum((0.0, -1.0), 3.0),
            Minimum((-0.6, -0.4), 30.0, "local"),
            Minimum((1.8, 0.2), 84.0, "local"),
            Minimum((1.2, 0.8), 840.0, "local"),
        )


class Branin(Landscape):
    r"""f(x, y) = (y - b x^2 + c x - 6)^2 + 10 (1 - t) cos x + 10 with b = 5.1 / (4 pi^2), c = 5 / pi, t = 1 / (8 pi).

    Minima where the square vanishes and cos x = -1; the value there is 10 t.
    """

    title = "Branin"
    family = FAMILY
    formula = (
        r"\Bigl(y - \tfrac{5.1}{4\pi^2}x^2 + \tfrac{5}{\pi}x - 6\Bigr)^2 + 10\Bigl(1 - \tfrac{1}{8\pi}\Bigr)\cos x + 10"
    )
    lesson = (
        "Three equally deep minima along one bent valley: which is found depends on the side from which the valley is"
        " entered."
    )
    reference = (
        "F. H. Branin, Widely convergent method for finding multiple solutions of simultaneous nonlinear equations, "
        "IBM Journal of Research and Development 16 (1972) 504-522; formula in " + TOWARDS
    )
    window = ((-5.0, 10.0), (0.0, 15.0))
    start = (5.6, 11.5)

    def loss(self, point):
        x, y = point
        return (y - _branin_floor(x)) ** 2 + 10 * (1 - 1 / (8 * np.pi)) * jnp.cos(x) + 10

    @property
    def minima(self):
        return ranked([((x, _branin_floor(x)), 10 / (8 * np.pi)) for x in (-np.pi, np.pi, 3 * np.pi)])


def _branin_floor(x):
    return 5.1 / (4 * np.pi**2) * x**2 - 5 / np.pi * x + 6


class StyblinskiTang(Landscape):
    r"""f(x, y) = g(x) + g(y) with g(x) = (x^4 - 16 x^2 + t x) / 2; t = 5 in the paper.

    The stationary points of g are the roots of 4 x^3 - 32 x + t; the middle one is a maximum.
    """

    title = "Styblinski-Tang"
    family = FAMILY
    formula = r"\tfrac12 (x^4 - 16x^2 + tx) + \tfrac12 (y^4 - 16y^2 + ty)"
    lesson = "Four wells, one deepest: a descent takes the well it starts in, and only noise or luck leads to the best."
    reference = (
        "M. A. Styblinski and T.-S. Tang, Experiments in nonconvex optimization: stochastic approximation with "
        "function smoothing and simulated annealing, Neural Networks 3 (1990) 467-483"
    )
    window = ((-5.0, 5.0), (-5.0, 5.0))
    start = (0.6, 0.3)

    tilt: Array = knob(
        5.0, 0.0, 20.0, help="t: how much deeper the wells on the negative side are; 0 makes all four equal"
    )

    def loss(self, point):
        x, y = point
        return (x**4 - 16 * x**2 + self.tilt * x + y**4 - 16 * y**2 + self.tilt * y) / 2

    @property
    def minima(self):
        tilt = float(self.tilt)
        low, _, high = np.sort(np.roots([4.0, 0.0, -32.0, tilt]).real)
        depth = lambda x: (x**4 - 16 * x**2 + tilt * x) / 2
        return ranked([((x, y), depth(x) + depth(y)) for x in (low, high) for y in (low, high)])


class GaussianMixture(Landscape):
    r"""f(p) = -log sum_i w_i exp(-|p - c_i|^2 / (2 s^2)): the energy of a mixture of Gaussians.

    Its minima are the modes of the mixture (Carreira-Perpiñán 2000): near the centres c_i while the width s
    is small, fewer when it grows.
    """

    title = "Mixture of Gaussians"
    family = FAMILY
    formula = r"-\log \sum_i w_i \exp\Bigl(-\frac{\lVert p - c_i \rVert^2}{2 s^2}\Bigr)"
    lesson = "Widen the Gaussians and wells merge until a single one is left, which is why smoothing a loss can help."
    reference = (
        "M. Á. Carreira-Perpiñán, Mode-finding for mixtures of Gaussian distributions, IEEE Transactions on Pattern "
        "Analysis and Machine Intelligence 22 (2000) 1318-1323"
    )
    window = ((-3.0, 3.0), (-3.0, 3.0))
    start = (0.2, 2.7)

    width: Array = knob(0.6, 0.4, 2.0, scale="log", help="the standard deviation s of every Gaussian")

    def loss(self, point):
        squares = jnp.sum((point - CENTRES) ** 2, axis=1)
        return -jax.nn.logsumexp(np.log(WEIGHTS) - squares / (2 * self.width**2))

    @property
    def minima(self):
        return minima_near(self, np.array([*CENTRES, CENTRES.mean(axis=0)]))


CENTRES = np.array([(-1.6, -1.2), (1.5, -1.5), (1.2, 1.3), (-1.1, 1.4)])
WEIGHTS = np.array([0.4, 0.1, 0.3, 0.2])
