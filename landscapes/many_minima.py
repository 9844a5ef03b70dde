"""Landscapes with several minima: where a descent ends depends on where and how it starts."""

from landscapes.landscape import Landscape, Minimum


class Himmelblau(Landscape):
    r"""f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2. Himmelblau 1972, Applied Nonlinear Programming."""

    title = "Himmelblau"
    family = "Many minima"
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
