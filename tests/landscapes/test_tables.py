"""The real data are those of scikit-learn's own loaders."""

import numpy as np
import pytest
from sklearn import datasets

from landscapes.tables import NAMES, table


@pytest.mark.parametrize("which", NAMES)
def test_a_table_is_the_one_that_scikit_learn_loads(which):
    theirs = getattr(datasets, f"load_{which}")(**({"scaled": False} if which == "diabetes" else {}))
    ours = table(which)
    np.testing.assert_array_equal(ours.data, theirs.data)
    np.testing.assert_array_equal(ours.target, theirs.target)
    assert ours.names == tuple(map(str, theirs.feature_names))
    np.testing.assert_array_equal(ours.column(ours.names[-1]), theirs.data[:, -1])
    assert not ours.data.flags.writeable and not ours.target.flags.writeable


def test_malignant_tumours_are_class_0():
    assert list(datasets.load_breast_cancer().target_names) == ["malignant", "benign"]
