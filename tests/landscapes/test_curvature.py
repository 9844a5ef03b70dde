"""Curvature against closed forms, dense Hessians and exact sums; what cannot be computed is named."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from landscapes.curvature import (
    Spectrum,
    leading_eigenpairs,
    sharpness,
    sharpness_along,
    slice_hessian,
    spectral_density,
    trace,
)

RANDOM = np.random.default_rng(0)
INPUTS, LABELS = RANDOM.normal(size=(40, 3)), RANDOM.integers(0, 2, 40)
POINT = {
    "first": RANDOM.normal(size=(3, 4)),
    "shift": RANDOM.normal(size=4),
    "second": RANDOM.normal(size=(4, 2)),
}
SIZE = 24


def perceptron(parameters):
    hidden = jnp.tanh(jnp.asarray(INPUTS, parameters["shift"].dtype) @ parameters["first"] + parameters["shift"])
    return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(hidden @ parameters["second"], LABELS))


def flat(point):
    return np.concatenate([np.ravel(point[name]) for name in ("first", "second", "shift")])


def tree(numbers):
    first, second, shift = np.split(np.asarray(numbers), [12, 20])
    return {"first": first.reshape(3, 4), "second": second.reshape(4, 2), "shift": shift}


@pytest.fixture(scope="module")
def dense():
    """The whole Hessian of `perceptron` at `POINT`, from differences of gradients: Richardson's extrapolation."""
    with jax.enable_x64(True):
        gradient = jax.jit(jax.grad(perceptron))
        slope = lambda at: flat(jax.tree.map(np.asarray, gradient(tree(at))))
        central = lambda way, h: (slope(flat(POINT) + h * way) - slope(flat(POINT) - h * way)) / (2 * h)
        columns = [(4 * central(way, 5e-4) - central(way, 1e-3)) / 3 for way in np.eye(SIZE)]
    return (np.array(columns) + np.array(columns).T) / 2


def test_leading_eigenpairs_are_those_of_the_dense_hessian(dense):
    values, vectors = np.linalg.eigh(dense)
    found = leading_eigenpairs(perceptron, POINT, 3, steps=SIZE)
    np.testing.assert_allclose(found.values, values[::-1][:3], rtol=1e-8)
    assert jax.tree.map(np.shape, found.vectors) == {"first": (3, 3, 4), "shift": (3, 4), "second": (3, 4, 2)}
    rows = np.stack([flat(jax.tree.map(lambda leaf: leaf[i], found.vectors)) for i in range(3)])
    np.testing.assert_allclose(rows @ rows.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.abs(np.sum(rows.T * vectors[:, ::-1][:, :3], axis=0)), 1, atol=1e-8)


def test_float32_gives_float32_vectors_and_five_digits(dense):
    point = jax.tree.map(np.float32, POINT)
    found = leading_eigenpairs(perceptron, point, 2)
    np.testing.assert_allclose(found.values, np.linalg.eigvalsh(dense)[::-1][:2], rtol=1e-5)
    assert {leaf.dtype for leaf in jax.tree.leaves(found.vectors)} == {np.dtype(np.float32)}


def test_the_residual_is_what_is_left_of_h_v_and_bounds_the_error(dense):
    found = leading_eigenpairs(perceptron, POINT, 2, steps=6)
    for i, (value, residual) in enumerate(zip(found.values, found.residuals)):
        vector = flat(jax.tree.map(lambda leaf: leaf[i], found.vectors))
        assert residual == pytest.approx(np.linalg.norm(dense @ vector - value * vector), rel=1e-6)
        assert np.abs(np.linalg.eigvalsh(dense) - value).min() <= residual


def test_linear_regression_has_the_eigenvalues_of_its_gram_matrix():
    loss = lambda weights: jnp.sum((jnp.asarray(INPUTS) @ weights - LABELS) ** 2) / (2 * len(INPUTS))
    found = leading_eigenpairs(loss, np.zeros(3), 3)
    np.testing.assert_allclose(found.values, np.linalg.eigvalsh(INPUTS.T @ INPUTS / len(INPUTS))[::-1], rtol=1e-12)


def test_logistic_regression_has_its_closed_hessian():
    weights = np.array([0.5, -1.0, 2.0])
    loss = lambda w: jnp.mean(jax.nn.softplus(jnp.asarray(INPUTS) @ w) - LABELS * (jnp.asarray(INPUTS) @ w))
    chance = 1 / (1 + np.exp(-INPUTS @ weights))
    hessian = INPUTS.T @ (INPUTS * (chance * (1 - chance))[:, None]) / len(INPUTS)
    np.testing.assert_allclose(
        leading_eigenpairs(loss, weights, 3).values, np.linalg.eigvalsh(hessian)[::-1], rtol=1e-12
    )
    np.testing.assert_allclose(slice_hessian(loss, weights, np.eye(3)[:2]), hessian[:2, :2], rtol=1e-12)


@pytest.mark.parametrize(
    "loss, expected, dtype",
    [
        (lambda x: 0 * x.sum(), (0, 0), np.float32),
        (lambda x: 1.5 * jnp.sum(x**2), (3, 3), np.float32),
        (lambda x: 1.5 * jnp.sum(x**2), (3, 3), np.float64),
        (lambda x: x.sum() ** 2, (100, 0), np.float32),
        (lambda x: -jnp.sum(x**2), (-2, -2), np.float64),
    ],
    ids=["zero", "identity", "identity in float64", "rank one", "hilltop in float64"],
)
def test_a_hessian_of_few_distinct_eigenvalues_still_has_orthonormal_eigenvectors(loss, expected, dtype):
    found = leading_eigenpairs(loss, np.ones(50, dtype))
    np.testing.assert_allclose(found.values, expected, rtol=1e-5, atol=2e-4 if dtype == np.float32 else 1e-12)
    np.testing.assert_allclose(found.vectors @ found.vectors.T, np.eye(2), atol=1e-5)


def test_largest_is_meant_with_the_sign():
    assert sharpness(lambda x: x[0] ** 2 - 5 * x[1] ** 2, np.ones(2)) == pytest.approx(2)


def test_a_point_may_be_one_number():
    assert sharpness(lambda x: 3 * x**2, 2.0) == pytest.approx(6)


def test_a_diverged_point_has_no_sharpness():
    assert np.isnan(sharpness(lambda x: jnp.sum(x**4), np.array([np.nan, 1.0, 2.0])))
    assert np.isnan(sharpness(lambda x: jnp.sum(jnp.exp(x)), np.full(3, 1e4)))


def test_another_point_and_another_key_compile_nothing():
    traced = []

    def loss(point):
        traced.append(None)
        return jnp.sum(point**4)

    leading_eigenpairs(loss, np.arange(5.0))
    before = len(traced)
    leading_eigenpairs(loss, np.arange(5.0) + 1, key=7)
    sharpness(loss, np.arange(5.0) + 2, key=jax.random.key(3))
    spectral_density(loss, np.arange(5.0))
    list(sharpness_along(loss, np.arange(20.0).reshape(4, 5)))
    assert len(traced) == before


def test_the_sharpness_along_a_path_is_that_of_each_snapshot_and_comes_coarse_first():
    scales = np.linspace(0.5, 2, 9)
    path = jax.tree.map(lambda leaf: np.multiply.outer(scales, leaf), POINT)
    progress = list(sharpness_along(perceptron, path))
    assert [each.done for each in progress] == list(range(1, 10))
    assert progress[2].known.nonzero()[0].tolist() == [0, 4, 8]
    assert np.isnan(progress[2].values[1])
    alone = [sharpness(perceptron, jax.tree.map(lambda leaf: scale * leaf, POINT)) for scale in scales]
    np.testing.assert_array_equal(progress[-1].values, alone)


def test_the_trace_is_exact_where_the_hessian_is_diagonal():
    found = trace(lambda x: jnp.sum(jnp.arange(1, 5) * x**2), np.ones(4), probes=5)
    assert found == pytest.approx((20.0, 0.0))


def test_the_standard_error_of_the_trace_is_honest(dense):
    estimates = [trace(perceptron, POINT, probes=24, key=key) for key in range(200)]
    errors = np.array([(mean - np.trace(dense)) / error for mean, error in estimates])
    # Student's t with 23 degrees of freedom: 2.07 holds 95 %; 0.90 is three deviations of a count below.
    assert 0.90 <= np.mean(np.abs(errors) < 2.07) <= 0.99
    assert abs(errors.mean()) < 0.3


def test_the_mean_curvature_along_random_directions_is_the_trace(dense):
    directions = np.random.default_rng(1).normal(size=(40, 2, SIZE))
    curvatures = [np.diag(slice_hessian(perceptron, POINT, tuple(map(tree, pair)))) for pair in directions]
    error = np.std(curvatures) / np.sqrt(80)
    assert np.mean(curvatures) == pytest.approx(np.trace(dense), abs=3 * error)


def test_the_hessian_of_a_slice_is_d_transposed_h_d(dense):
    first, second = np.random.default_rng(2).normal(size=(2, SIZE))
    directions = np.stack([first, first + 0.1 * second])  # far from orthogonal
    found = slice_hessian(perceptron, POINT, tuple(map(tree, directions)))
    np.testing.assert_allclose(found, directions @ dense @ directions.T, rtol=1e-7)


def test_the_moments_of_the_spectral_density_are_traces_of_powers(dense):
    spectrum = spectral_density(perceptron, POINT, probes=200)
    assert spectrum.moment(0).mean == pytest.approx(1)
    for power in (1, 2, 3):
        found = spectrum.moment(power)
        exact = np.trace(np.linalg.matrix_power(dense, power)) / SIZE
        assert found.mean == pytest.approx(exact, abs=3 * found.standard_error)


def test_the_density_integrates_to_one_and_is_where_the_eigenvalues_are():
    spectrum = spectral_density(lambda x: jnp.sum(jnp.array([1.0, 1, 1, 5]) * x**2) / 2, np.ones(4))
    values, density = spectrum.density()
    assert np.trapezoid(density, values) == pytest.approx(1, abs=1e-4)  # four widths of the outer bells
    assert np.trapezoid(np.where(values < 3, density, 0), values) == pytest.approx(0.75, abs=1e-3)


def test_a_spectrum_of_one_eigenvalue_has_a_density_too():
    values, density = Spectrum(np.full((2, 1), 3.0), np.ones((2, 1))).density()
    assert np.trapezoid(density, values) == pytest.approx(1, abs=1e-4)
    assert values[density.argmax()] == pytest.approx(3, abs=0.01)


def test_the_preconditioned_sharpness_is_the_largest_eigenvalue_of_p_inverse_h(dense):
    diagonal = np.random.default_rng(3).uniform(0.1, 10, SIZE)
    expected = np.linalg.eigvals(dense / diagonal[:, None]).real.max()
    found = sharpness(perceptron, POINT, preconditioner=tree(diagonal), steps=SIZE)
    assert found == pytest.approx(expected, rel=1e-8)
    path, diagonals = (jax.tree.map(lambda leaf: leaf[None], each) for each in (POINT, tree(diagonal)))
    (only,) = sharpness_along(perceptron, path, preconditioners=diagonals, steps=SIZE)
    assert only.values[0] == found


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: leading_eigenpairs(jnp.sum, np.ones(3), 4), "1 to 3 eigenpairs, not 4"),
        (lambda: leading_eigenpairs(jnp.sum, np.ones(3), 0), "1 to 3 eigenpairs, not 0"),
        (lambda: leading_eigenpairs(jnp.sum, np.ones(3), 1.5), "whole numbers, got 1.5"),
        (lambda: leading_eigenpairs(jnp.sum, np.ones(9), 3, steps=2), "at least 3 Lanczos steps, got 2"),
        (lambda: sharpness(lambda x: x, np.ones(3)), r"one number.*\(3,\)"),
        (lambda: sharpness(lambda x: 0.0, {}), "at least one parameter"),
        (lambda: trace(jnp.sum, np.ones(3), probes=1), "from 2 on.*got 1"),
        (lambda: spectral_density(jnp.sum, np.ones(3), probes=None), "from 2 on.*got None"),
        (lambda: sharpness_along(jnp.sum, (np.ones((2, 3)), np.ones((4, 3)))), "same axis"),
        (lambda: sharpness_along(jnp.sum, np.ones((0, 3))), "at least one parameter"),
        (lambda: sharpness_along(jnp.sum, np.ones((2, 3)), preconditioners=np.ones((3, 3))), "2 snapshots .* got 3"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_was_expected(call, said):
    with pytest.raises(ValueError, match=said):
        call()


class Alone:
    """A loss that asks for one compiled call for each product."""

    slow_in_loops = True

    def loss(self, parameters):
        return perceptron(parameters)


def test_products_that_are_compiled_alone_give_what_the_loop_gives():
    ones = jax.tree.map(lambda leaf: 2.0 * np.ones_like(leaf), POINT)
    for options in ({}, {"preconditioner": ones}):
        looped, alone = (sharpness(loss, POINT, steps=SIZE, **options) for loss in (perceptron, Alone().loss))
        assert alone == pytest.approx(looped, rel=1e-9)
    assert trace(Alone().loss, POINT, probes=8).mean == pytest.approx(trace(perceptron, POINT, probes=8).mean, rel=1e-9)
