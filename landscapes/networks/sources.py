"""The data sets by name: small generated ones in two dimensions, and published tables of scikit-learn."""

import numpy as np

from landscapes.networks.data import Raw, Source
from landscapes.tables import table


def moons(random, samples, noise) -> Raw:
    """Two half circles of radius 1, the lower one moved by (1, 0.5)."""
    label, angle = _labels(samples), random.uniform(0, np.pi, samples)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return _plane(random, np.where(label[:, None] == 0, upper, lower), label, noise, ("upper moon", "lower moon"))


def circles(random, samples, noise) -> Raw:
    """Two circles around the origin, of radius 1 and 0.5."""
    label, angle = _labels(samples), random.uniform(0, 2 * np.pi, samples)
    radius = np.where(label == 0, 1.0, 0.5)
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _plane(random, points, label, noise, ("outer circle", "inner circle"))


def spirals(random, samples, noise) -> Raw:
    """Two arms r = t, angle = 1.5 turns times t, half a turn apart; t is uniform in area from 0.1 to 1."""
    label, t = _labels(samples), np.sqrt(random.uniform(0.01, 1, samples))
    angle = 3 * np.pi * t + np.pi * label
    points = t[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _plane(random, points, label, noise, ("first arm", "second arm"))


def xor(random, samples, noise) -> Raw:
    """Points of the square from -1 to 1; the class says whether the signs of both coordinates differ."""
    points = random.uniform(-1, 1, (samples, 2))
    label = (points[:, 0] * points[:, 1] < 0).astype(np.int32)
    return _plane(random, points, label, noise, ("equal signs", "different signs"))


def _labels(samples):
    return np.arange(samples) % 2


def _plane(random, points, label, noise, names) -> Raw:
    return Raw(points + noise * random.standard_normal(points.shape), label, names, ("x", "y"))


def digits() -> Raw:
    """8 x 8 pixels of 16 grey levels."""
    return _table("digits", tuple("0123456789"), image_shape=(8, 8))


def breast_cancer() -> Raw:
    """30 measurements of the cell nuclei of a tumour."""
    return _table("breast_cancer", ("malignant", "benign"))


def wine() -> Raw:
    """13 chemical measurements of a wine."""
    return _table("wine", ("cultivar 1", "cultivar 2", "cultivar 3"))


def iris() -> Raw:
    """Length and width of sepals and petals, in cm."""
    return _table("iris", ("setosa", "versicolor", "virginica"))


def diabetes() -> Raw:
    """10 measurements of a patient against the progression of the disease after a year."""
    return _table("diabetes", ())


def _table(which, class_names, **more) -> Raw:
    found = table(which)
    return Raw(found.data, found.target, class_names, found.names, **more)


DATA: dict[str, Source] = {
    "moons": Source(
        "Two moons",
        "Two half circles that reach into each other, so that no straight line separates them.",
        *(2, 2, 500),
        make=moons,
        noise=0.15,
    ),
    "circles": Source(
        "Two circles",
        "One class lies inside the other, so the boundary has to close.",
        *(2, 2, 500),
        make=circles,
        noise=0.08,
    ),
    "spirals": Source(
        "Two spirals",
        "Two arms wind around each other one and a half times, which small networks learn slowly.",
        *(2, 2, 500),
        make=spirals,
        noise=0.02,
        reference="K. J. Lang and M. J. Witbrock, Learning to tell two spirals apart, Proceedings of the 1988 "
        "Connectionist Models Summer School, 52-59",
    ),
    "xor": Source(
        "XOR",
        "The class says whether two signs differ, which no network without a hidden layer can tell.",
        *(2, 2, 500),
        make=xor,
        noise=0.05,
        reference="M. Minsky and S. Papert, Perceptrons, MIT Press 1969",
    ),
    "digits": Source(
        "Handwritten digits",
        "Small images of the digits 0 to 9, written by 43 people.",
        *(10, 64, 1797),
        make=digits,
        reference="E. Alpaydin and C. Kaynak, Cascading classifiers, Kybernetika 34 (1998) 369-374",
    ),
    "breast_cancer": Source(
        "Breast cancer",
        "Tumours told apart, malignant or benign, by the shape of their cell nuclei.",
        *(2, 30, 569),
        make=breast_cancer,
        reference="W. N. Street, W. H. Wolberg and O. L. Mangasarian, Nuclear feature extraction for breast tumor "
        "diagnosis, Proceedings of SPIE 1905 (1993) 861-870",
    ),
    "wine": Source(
        "Wine",
        "Three cultivars of one region told apart by a chemical analysis.",
        *(3, 13, 178),
        make=wine,
        reference="S. Aeberhard, D. Coomans and O. de Vel, Comparative analysis of statistical pattern recognition "
        "methods in high dimensional settings, Pattern Recognition 27 (1994) 1065-1077",
    ),
    "iris": Source(
        "Iris flowers",
        "Three species told apart by four lengths; two of them overlap.",
        *(3, 4, 150),
        make=iris,
        reference="R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936) "
        "179-188",
    ),
    "diabetes": Source(
        "Diabetes",
        "How far the disease has gone after a year, from ten measurements: a regression with much noise.",
        *(0, 10, 442),
        make=diabetes,
        reference="B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least angle regression, Annals of Statistics "
        "32 (2004) 407-499",
    ),
}
