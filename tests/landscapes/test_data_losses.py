"""Losses of models on real data: what is shown beside the stage is what the loss is made of."""

import jax
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from landscapes import LANDSCAPES
from landscapes.data_losses import DataLoss
from landscapes.datasets import breast_cancer, diabetes, grouped, iris, standardised_diabetes

KEYS = [key for key, landscape in LANDSCAPES.items() if isinstance(landscape, DataLoss)]
POINTS = np.array([(0.0, 0.0), (0.4, 1.7), (-2.0, 0.3), (3.0, -2.5)])
LINKS = {"identity": lambda z: z, "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh}
CURVES = {"affine": lambda p, x: p[0] + p[1] * x, "product": lambda p, x: p[0] * p[1] * x}


@pytest.fixture(params=KEYS)
def key(request):
    return request.param


def predicted(landscape, point):
    with jax.enable_x64(True):
        return np.asarray(landscape.predict(point, landscape.data.inputs))


def test_there_are_five_of_them():
    assert len(KEYS) == 5


def test_curve_and_link_say_what_predict_computes(landscape):
    for point in POINTS:
        by_name = LINKS[landscape.link](CURVES[landscape.curve](point, landscape.data.inputs))
        np.testing.assert_allclose(predicted(landscape, point), by_name, rtol=1e-12, atol=1e-15)


def test_the_loss_is_the_mean_over_all_samples(landscape, derivatives):
    losses, _, _ = derivatives(landscape, POINTS)
    for point, loss in zip(POINTS, losses):
        output, targets = predicted(landscape, point), landscape.data.targets
        if landscape.title == "Logistic regression":
            likelihood = np.where(targets == 1, output, 1 - output)
            expected = -np.log(likelihood).mean()
        else:
            expected = ((output - targets) ** 2).mean()
        np.testing.assert_allclose(loss, expected, rtol=1e-9)


def test_inputs_and_targets_are_labelled_and_match(landscape):
    inputs, targets = landscape.data
    assert inputs.shape == targets.shape and inputs.dtype == targets.dtype == np.float64
    assert len(landscape.labels) == 2 and all(landscape.labels)


@pytest.mark.parametrize(
    "load, samples", [(diabetes, 442), (standardised_diabetes, 442), (breast_cancer, 569), (iris, 150)]
)
def test_data_are_loaded_once_complete_and_cannot_be_written(load, samples):
    data = load()
    assert load() is data
    assert len(data.inputs) == len(data.targets) == samples
    for array in (*data, *grouped(load)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


def test_standardised_means_mean_zero_and_deviation_one():
    for column in (*standardised_diabetes(), breast_cancer().inputs, iris().inputs):
        assert abs(column.mean()) < 1e-12 and abs(column.std() - 1) < 1e-12


def test_groups_hold_every_sample():
    groups, data = grouped(breast_cancer), breast_cancer()
    assert len(groups.inputs) < 50
    assert groups.shares.sum() == pytest.approx(1)
    assert groups.shares @ groups.means == pytest.approx(data.targets.mean())
    assert groups.shares @ groups.squares == pytest.approx((data.targets**2).mean())


def test_more_malignant_tumours_have_larger_nuclei():
    inputs, targets = breast_cancer()
    assert inputs[targets == 1].mean() > 0.5 > inputs[targets == 0].mean()
    assert targets.sum() == 212


@pytest.mark.parametrize("reference_index", [15.0, 20.0, 26.4, 35.0])
def test_linear_regression_has_the_minimum_of_scikit_learn(reference_index):
    landscape = type(LANDSCAPES["linear_regression"])(reference_index=reference_index)
    inputs, targets = landscape.data
    fit = LinearRegression().fit(inputs[:, None], targets)
    (minimum,) = landscape.minima
    np.testing.assert_allclose(minimum.position, (fit.intercept_, fit.coef_[0]), rtol=1e-9)


def test_logistic_regression_has_the_minimum_of_scikit_learn():
    landscape = LANDSCAPES["logistic_regression"]
    inputs, targets = landscape.data
    fit = LogisticRegression(C=1e12, tol=1e-10, max_iter=1000).fit(inputs[:, None], targets)
    (minimum,) = landscape.minima
    np.testing.assert_allclose(minimum.position, (fit.intercept_[0], fit.coef_[0, 0]), rtol=1e-5)


def test_a_reference_at_the_mean_of_the_data_makes_the_bowl_rounder(derivatives):
    condition = {}
    for reference_index in (15.0, 26.4):
        landscape = type(LANDSCAPES["linear_regression"])(reference_index=reference_index)
        (hessian,) = derivatives(landscape, landscape.start)[2]
        condition[reference_index] = np.linalg.cond(hessian)
    assert condition[26.4] < 1.5 and condition[15.0] > 20


def test_every_point_of_the_stated_curve_is_a_minimum_of_the_two_layer_network(derivatives):
    inputs, targets = standardised_diabetes()
    correlation = (inputs * targets).mean()
    assert f"{correlation:.3f}" in LANDSCAPES["two_layer_linear"].note
    first = np.array([-2.0, -0.5, 0.8, 1.5])
    losses, gradients, hessians = derivatives(
        LANDSCAPES["two_layer_linear"], np.stack([first, correlation / first], axis=1)
    )
    assert np.ptp(losses) < 1e-12 and np.abs(gradients).max() < 1e-12
    np.testing.assert_allclose(np.linalg.eigvalsh(hessians)[:, 0], 0, atol=1e-10)
    (origin,) = derivatives(LANDSCAPES["two_layer_linear"], (0.0, 0.0))[2]
    assert np.linalg.eigvalsh(origin)[0] < 0 < np.linalg.eigvalsh(origin)[1]
