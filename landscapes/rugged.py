"""Rugged landscapes: many minima in a pattern, and functions with a needle to find."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from landscapes.landscape import Landscape, Minimum, knob, ranked
from landscapes.many_minima import FAMILY
from landscapes.stationary import minima_near


class Easom(Landscape):
    r"""f(x, y) = -cos x cos y exp(-(x - pi)^2 - (y - pi)^2). Easom 1990.

    With u = x - pi the stationary points satisfy tan u = -2 u: the hole at u = 0, and dips a ten-thousandth
    as deep where both |u| are 1.8366.
    """

    title = "Easom"
    family = FAMILY
    formula = r"-\cos x\,\cos y\,\exp\bigl(-(x - \pi)^2 - (y - \pi)^2\bigr)"
    lesson = (
        "A hole in a plain: away from it the gradient is so small that only steps rescaled to a fixed length get "
        "anywhere."
    )
    reference = "E. E. Easom, A survey of global optimization techniques, M. Eng. thesis, University of Louisville 1990"
    window = ((0.0, 6.5), (0.0, 6.5))
    start = (1.8, 2.2)

    def loss(self, point):
        x, y = point
        return -jnp.cos(x) * jnp.cos(y) * jnp.exp(-((x - np.pi) ** 2) - (y - np.pi) ** 2)

    @property
    def minima(self):
        u = 1.8365972031521260
        dip = -((np.cos(u) * np.exp(-(u**2))) ** 2)
        dips = [((np.pi + s * u, np.pi + t * u), dip) for s in (-1, 1) for t in (-1, 1)]
        return ranked([((np.pi, np.pi), -1.0), *dips])


class Levi(Landscape):
    r"""f(x, y) = sin^2(3 pi x) + (x - 1)^2 (1 + sin^2(3 pi y)) + (y - 1)^2 (1 + sin^2(2 pi y)). Levy et al. 1982."""

    title = "Lévi N.13"
    family = FAMILY
    formula = r"\sin^2 3\pi x + (x - 1)^2 (1 + \sin^2 3\pi y) + (y - 1)^2 (1 + \sin^2 2\pi y)"
    lesson = (
        "A bowl with fine furrows: small steps are caught in the first furrow, larger ones feel the bowl underneath."
    )
    reference = (
        "A. V. Levy, A. Montalvo, S. Gómez and A. Calderón, Topics in global optimization, Lecture Notes in "
        "Mathematics 909, Springer 1982, 18-33"
    )
    window = ((-0.2, 2.2), (-0.2, 2.2))
    start = (0.15, 1.9)

    def loss(self, point):
        x, y = point
        across = (x - 1) ** 2 * (1 + jnp.sin(3 * np.pi * y) ** 2)
        along = (y - 1) ** 2 * (1 + jnp.sin(2 * np.pi * y) ** 2)
        return jnp.sin(3 * np.pi * x) ** 2 + across + along

    @property
    def minima(self):
        return minima_near(self, _lattice(np.arange(7) / 3, np.arange(-1, 14) / 6))


class Rastrigin(Landscape):
    r"""f(x, y) = 2 a + x^2 - a cos(2 pi x) + y^2 - a cos(2 pi y); a = 10 in the book. Rastrigin 1974."""

    title = "Rastrigin"
    family = FAMILY
    formula = r"2a + x^2 - a\cos 2\pi x + y^2 - a\cos 2\pi y"
    lesson = "An egg box on a bowl: a local method ends in the nearest cup however it is tuned."
    reference = "L. A. Rastrigin, Systems of Extremal Control (in Russian), Nauka 1974"
    window = ((-2.6, 2.6), (-2.6, 2.6))
    start = (-1.6, 1.3)

    amplitude: Array = knob(10.0, 0.0, 20.0, help="a: how high the ripples are; 0 leaves a plain bowl")

    def loss(self, point):
        x, y = point
        ripples = jnp.cos(2 * np.pi * x) + jnp.cos(2 * np.pi * y)
        return 2 * self.amplitude + x**2 + y**2 - self.amplitude * ripples

    @property
    def minima(self):
        return minima_near(self, _lattice(np.arange(-2, 3), np.arange(-2, 3)))


class Ackley(Landscape):
    r"""f = 20 + e - 20 exp(-0.2 sqrt((x^2 + y^2) / 2)) - exp((cos 2 pi x + cos 2 pi y) / 2). Ackley 1987.

    The minimum is the tip of a cone, where the gradient does not exist; it is zero there by convention.
    """

    title = "Ackley"
    family = FAMILY
    formula = (
        r"20 + e - 20\exp\Bigl(-0.2\sqrt{\tfrac12 (x^2 + y^2)}\Bigr)"
        r" - \exp\bigl(\tfrac12 (\cos 2\pi x + \cos 2\pi y)\bigr)"
    )
    lesson = "A funnel lined with small cups: without enough momentum or noise the path stays in a cup on the rim."
    reference = "D. H. Ackley, A Connectionist Machine for Genetic Hillclimbing, Kluwer 1987"
    window = ((-3.4, 3.4), (-3.4, 3.4))
    start = (-2.4, 1.7)

    def loss(self, point):
        x, y = point
        half = (x**2 + y**2) / 2
        # The square root has no derivative at zero: both branches must stay finite for the gradient to be.
        radius = jnp.where(half > 0, jnp.sqrt(jnp.where(half > 0, half, 1.0)), 0.0)
        ripples = (jnp.cos(2 * np.pi * x) + jnp.cos(2 * np.pi * y)) / 2
        return 20 + np.e - 20 * jnp.exp(-0.2 * radius) - jnp.exp(ripples)

    @property
    def minima(self):
        cups = _lattice(np.arange(-3, 4), np.arange(-3, 4))
        cups = minima_near(self, cups[(cups != 0).any(axis=1)])
        return (Minimum((0.0, 0.0), 0.0), *(cup._replace(kind="local") for cup in cups))


class Griewank(Landscape):
    r"""f(x, y) = 1 + (x^2 + y^2) / 4000 - cos(x) cos(y / sqrt(2)). Griewank 1981."""

    title = "Griewank"
    family = FAMILY
    formula = r"1 + \tfrac{1}{4000}(x^2 + y^2) - \cos x\,\cos\bigl(y/\sqrt2\bigr)"
    lesson = "Cups in a chequered pattern, almost equally deep: nothing nearby tells which is the best."
    reference = (
        "A. O. Griewank, Generalized descent for global optimization, Journal of Optimization Theory and Applications"
        " 34 (1981) 11-39"
    )
    window = ((-8.0, 8.0), (-8.0, 8.0))
    start = (-5.0, 6.2)

    def loss(self, point):
        x, y = point
        return 1 + (x**2 + y**2) / 4000 - jnp.cos(x) * jnp.cos(y / np.sqrt(2))

    @property
    def minima(self):
        return minima_near(self, _lattice(np.pi * np.arange(-2, 3), np.sqrt(2) * np.pi * np.arange(-1, 2)))


def _lattice(x, y):
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float64)
