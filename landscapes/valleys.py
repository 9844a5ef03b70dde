"""Valleys: easy to reach, slow to follow."""

from jaxtyping import Array

from landscapes.landscape import Landscape, Minimum, knob


class Rosenbrock(Landscape):
    r"""f(x, y) = (a - x)^2 + b (y - x^2)^2. Rosenbrock 1960, The Computer Journal 3(3), p. 175."""

    title = "Rosenbrock"
    family = "Valleys"
    formula = r"(a - x)^2 + b\,(y - x^2)^2"
    lesson = "Finding the curved valley is easy; following its nearly flat floor to the bottom is not."
    reference = "H. H. Rosenbrock, An automatic method for finding the greatest or least value of a function, The Computer Journal 3 (1960) 175-184"
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
