"""The real data, read from the files that scikit-learn brings along: importing it would take two seconds."""

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

CELLS = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points", "symmetry", "fractal dimension",
)  # fmt: skip
NAMES = {
    "breast_cancer": tuple(f"mean {name}" for name in CELLS) + tuple(f"{name} error" for name in CELLS) + tuple(f"worst {name}" for name in CELLS),
    "diabetes": ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"),
    "digits": tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
    "iris": ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"),
    "wine": (
        "alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids", "nonflavanoid_phenols",
        "proanthocyanins", "color_intensity", "hue", "od280/od315_of_diluted_wines", "proline",
    ),
}  # fmt: skip


class Table(NamedTuple):
    """Samples with what is to be told of each: a class, or a number. Arrays are read-only."""

    data: Float[np.ndarray, "samples features"]
    target: Int[np.ndarray, "samples"] | Float[np.ndarray, "samples"]
    names: tuple[str, ...]

    def column(self, name: str) -> Float[np.ndarray, "samples"]:
        return self.data[:, self.names.index(name)]


@cache
def table(which: str) -> Table:
    """One of `NAMES`, unscaled, as scikit-learn's `load_<which>` gives it."""
    names = NAMES[which]
    if which == "diabetes":
        return Table(_read("diabetes_data_raw.csv.gz"), _read("diabetes_target.csv.gz"), names)
    if which == "digits":
        rows = _read("digits.csv.gz", delimiter=",")
    else:
        rows = _read("wine_data.csv" if which == "wine" else f"{which}.csv", delimiter=",", skiprows=1)  # one line says how many
    classes = rows[:, -1].astype(int)
    classes.setflags(write=False)
    return Table(rows[:, :-1], classes, names)


def _read(name: str, **how) -> np.ndarray:
    (package,) = find_spec("sklearn").submodule_search_locations
    path = Path(package) / "datasets" / "data" / name
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        values = np.loadtxt(lines, **how)
    values.setflags(write=False)
    return values
