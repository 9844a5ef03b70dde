"""Losses of models with two parameters on real data of scikit-learn."""

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from landscapes.datasets import Data, breast_cancer, diabetes, grouped, iris, standardised_diabetes
from landscapes.landscape import Landscape, Minimum, knob
from landscapes.stationary import minima_near


class DataLoss(Landscape):
    """The loss of a model over its two parameters: the mean over the samples of `data`.

    `curve` and `link` say in words what `predict` computes, for a front end that draws it:
    link(p0 + p1 x) where the curve is "affine", link(p0 p1 x) where it is "product".
    """

    load: ClassVar[Callable[[], Data]]  # called on first use: importing this file reads no data
    curve: ClassVar[str] = "affine"
    link: ClassVar[str]  # "identity", "sigmoid" or "tanh"
    labels: ClassVar[tuple[str, str]]  # what inputs and targets are
    family = "Models on real data"
    axes = ("intercept", "slope")

    @property
    def data(self) -> Data:
        """Every sample, as the model sees it."""
        inputs, targets = self.load()
        return Data(self.measured(inputs), targets)

    def measured(self, inputs: Float[Array, "samples"]) -> Float[Array, "samples"]:
        """Inputs of the data set in the units of the model; a shape knob may choose them."""
        return inputs

    @abstractmethod
    def predict(self, point: Float[Array, "2"], inputs: Float[Array, "samples"]) -> Float[Array, "samples"]:
        """The model's output for every input, with `point` as its parameters."""

    @property
    def samples(self) -> int:
        """How many there are."""
        return len(self.load().inputs)

    def batch_loss(self, point: Float[Array, "2"], indices: Int[Array, "batch"]) -> Float[Array, ""]:
        """The loss of some samples: the mean of theirs."""
        inputs, targets = map(jnp.asarray, self.load())
        return jnp.mean(self.sample_losses(point, self.measured(inputs[indices]), targets[indices]))

    def sample_losses(self, point, inputs: Float[Array, "samples"], targets: Float[Array, "samples"]) -> Float[Array, "samples"]:
        """What each sample adds to the loss."""
        return (self.predict(point, inputs) - targets) ** 2

    def loss(self, point):
        """The mean squared error of `predict`, summed by groups of equal input."""
        inputs, shares, means, squares = grouped(self.load)
        predicted = self.predict(point, self.measured(inputs))
        return jnp.sum(shares * ((predicted - means) ** 2 + squares - means**2))


class LinearRegression(DataLoss):
    r"""Mean squared error of p0 + p1 x; x is the body mass index above a reference, in units of 5 kg/m^2.

    The further the reference lies from the mean of the data, the more intercept and slope depend on each
    other. The minimum is the least-squares line. Data: Efron et al. 2004.
    """

    title = "Linear regression"
    load = staticmethod(diabetes)
    link = "identity"
    labels = ("body mass index above the reference, in 5 kg/m²", "progression of diabetes after a year, in 100")
    formula = r"\frac1n \sum_i (p_0 + p_1 x_i - y_i)^2"
    lesson = (
        "Measure the input from its mean and the bowl is nearly round; measure it from elsewhere and the same problem"
        " becomes a narrow valley."
    )
    reference = (
        "B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least angle regression, Annals of Statistics 32 (2004) "
        "407-499 (data)"
    )
    window = ((-1.0, 4.0), (-1.5, 2.0))
    start = (3.4, 1.2)

    reference_index: Array = knob(
        20.0, 15.0, 35.0, help="the body mass index that counts as zero, in kg/m²; the mean of the data is 26.4"
    )

    def measured(self, inputs):
        return (inputs - self.reference_index) / 5

    def predict(self, point, inputs):
        intercept, slope = point
        return intercept + slope * inputs

    @property
    def minima(self):
        inputs, targets = self.data
        design = np.stack([np.ones_like(inputs), inputs], axis=1)
        best, squares, *_ = np.linalg.lstsq(design, targets, rcond=None)
        return (Minimum(tuple(best.tolist()), float(squares[0]) / len(targets)),)


class Classifier(DataLoss):
    """Tumours told apart by one feature: the probability of malignant is sigmoid(p0 + p1 x)."""

    load = staticmethod(breast_cancer)
    link = "sigmoid"
    labels = ("mean radius of the cell nuclei, standardised", "malignant (1) or benign (0)")
    window = ((-6.0, 6.0), (-4.0, 8.0))
    start = (4.0, -2.5)

    def predict(self, point, inputs):
        intercept, slope = point
        return jax.nn.sigmoid(intercept + slope * inputs)

    @property
    def minima(self):
        return minima_near(self, np.array([[-0.6, 3.5]]))


class LogisticRegression(Classifier):
    r"""Cross-entropy of sigmoid(z), z = p0 + p1 x, against labels y: the mean of log(1 + e^z) - y z. Convex.

    Data: Street, Wolberg and Mangasarian 1993.
    """

    title = "Logistic regression"
    formula = r"\frac1n \sum_i \log(1 + e^{z_i}) - y_i z_i,\quad z_i = p_0 + p_1 x_i"
    lesson = "Cross-entropy makes this loss convex: wherever the start is, the gradient points out of the wrong answer."
    reference = (
        "D. R. Cox, The regression analysis of binary sequences, Journal of the Royal Statistical Society B 20 (1958)"
        " 215-242; data: W. N. Street, W. H. Wolberg and O. L. Mangasarian, Nuclear feature extraction for breast "
        "tumor diagnosis, Proceedings of SPIE 1905 (1993) 861-870"
    )

    def sample_losses(self, point, inputs, targets):
        z = point[0] + point[1] * inputs
        return jax.nn.softplus(z) - targets * z

    def loss(self, point):
        intercept, slope = point
        inputs, shares, means, _ = grouped(self.load)
        z = intercept + slope * inputs
        return jnp.sum(shares * (jax.nn.softplus(z) - means * z))


class ClassifierMeanSquaredError(Classifier):
    r"""Mean squared error of the same classifier, to be compared: where it is wrong and sure, it is flat."""

    title = "Classifier, squared error"
    formula = r"\frac1n \sum_i (\sigma(p_0 + p_1 x_i) - y_i)^2"
    lesson = (
        "The same model and data with squared error: where the classifier is wrong and sure of it, the loss is flat "
        "and learning stalls."
    )
    reference = (
        "X. Glorot and Y. Bengio, Understanding the difficulty of training deep feedforward neural networks, "
        "Proceedings of AISTATS 2010, section 4.1; data: W. N. Street, W. H. Wolberg and O. L. Mangasarian, Nuclear "
        "feature extraction for breast tumor diagnosis, Proceedings of SPIE 1905 (1993) 861-870"
    )


class TanhNeuron(DataLoss):
    r"""Mean squared error of one neuron tanh(p0 + p1 x), from petal length to petal width. Data: Fisher 1936."""

    title = "One tanh neuron"
    load = staticmethod(iris)
    link = "tanh"
    labels = ("petal length, standardised", "petal width, scaled to -1 … 1")
    axes = ("bias", "weight")
    formula = r"\frac1n \sum_i \bigl(\tanh(p_0 + p_1 x_i) - y_i\bigr)^2"
    lesson = (
        "Far out the neuron saturates and its loss is a terrace: the gradient is nearly zero though the fit is bad."
    )
    reference = (
        "P. Auer, M. Herbster and M. K. Warmuth, Exponentially many local minima for single neurons, Advances in "
        "Neural Information Processing Systems 8 (1996) 316-322; data: R. A. Fisher, The use of multiple measurements"
        " in taxonomic problems, Annals of Eugenics 7 (1936) 179-188"
    )
    window = ((-4.0, 4.0), (-4.0, 4.0))
    start = (2.6, -2.4)

    def predict(self, point, inputs):
        bias, weight = point
        return jnp.tanh(bias + weight * inputs)

    @property
    def minima(self):
        return minima_near(self, np.array([[0.0, 1.0]]))


class TwoLayerLinear(DataLoss):
    r"""Mean squared error of y = w1 w2 x, two linear layers of one weight each. Baldi and Hornik 1989.

    On standardised data it is (w1 w2)^2 - 2 r w1 w2 + 1 with the correlation r: a saddle at the origin and
    minima wherever w1 w2 = r.
    """

    title = "Two-layer linear network"
    load = staticmethod(standardised_diabetes)
    curve = "product"
    link = "identity"
    labels = ("body mass index, standardised", "progression of diabetes, standardised")
    axes = ("first weight", "second weight")
    formula = r"\frac1n \sum_i (w_1 w_2 x_i - y_i)^2"
    lesson = (
        "Depth alone bends a plain bowl into a saddle and a curve of equally good minima, sharp at its ends and flat "
        "in its middle."
    )
    reference = (
        "P. Baldi and K. Hornik, Neural networks and principal component analysis: learning from examples without "
        "local minima, Neural Networks 2 (1989) 53-58; data: B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, "
        "Least angle regression, Annals of Statistics 32 (2004) 407-499"
    )
    window = ((-2.5, 2.5), (-2.5, 2.5))
    start = (-2.1, 0.9)
    note = "Every point of the curve w1 w2 = 0.586 (the correlation of the data) is a minimum, so none is listed."

    def predict(self, point, inputs):
        first, second = point
        return first * second * inputs
