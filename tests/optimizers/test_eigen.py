"""`eigen` against NumPy's LAPACK, in float64: also where eigenvalues are equal, tiny, huge or no numbers."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from optimizers.eigen import eigen
from optimizers.optimizer import Optimizer
from optimizers.second_order import Newton, SaddleFreeNewton

RANDOM = np.random.default_rng(22)
COUNT = 500


def symmetric(a, b, c):
    return np.moveaxis(np.array([[a, b], [b, c]], np.float64), -1, 0)


def turned(first, second):
    """The matrices with these eigenvalues, along random axes."""
    angle = RANDOM.uniform(0, np.pi, COUNT)
    x, y = np.cos(angle), np.sin(angle)
    return symmetric(first * x**2 + second * y**2, (first - second) * x * y, first * y**2 + second * x**2)


ONES, NORMAL = np.ones(COUNT), partial(RANDOM.normal, size=COUNT)
SIZES = 10 ** RANDOM.uniform(-12, 12, (3, COUNT))
MATRICES = {
    "random": symmetric(NORMAL(), NORMAL(), NORMAL()),
    "equal": symmetric(NORMAL(), 0 * ONES, NORMAL())[:, :1, :1] * np.eye(2),
    "nearly equal": turned(ONES, 1 + 1e-15 * NORMAL()),
    "of opposite signs": turned(ONES, -1 + 1e-12 * NORMAL()),
    "graded over 24 decades": symmetric(*SIZES * np.sign(RANDOM.normal(size=(3, COUNT)))),
    "one large and one tiny": turned(ONES, 1e-14 * NORMAL()),
    "rank one": np.einsum("ki,kj->kij", *2 * [RANDOM.normal(size=(COUNT, 2))]),
    "zero": np.zeros((1, 2, 2)),
    "diagonal": symmetric(NORMAL(), 0 * ONES, NORMAL()),
    "diagonal, the larger last": symmetric(ONES, 0 * ONES, 3 * ONES),
    "no diagonal": symmetric(0 * ONES, NORMAL(), 0 * ONES),
    "huge": 1e300 * symmetric(NORMAL(), NORMAL(), NORMAL()),
    # Not smaller: XLA takes numbers below 2.2e-308 for zero.
    "tiny": 1e-300 * symmetric(NORMAL(), NORMAL(), NORMAL()),
    "of one parameter": NORMAL().reshape(-1, 1, 1),
    "of five parameters": (lambda half: half + half.swapaxes(1, 2))(RANDOM.normal(size=(COUNT, 5, 5))),
}
_many = jax.jit(jax.vmap(eigen))


def eigen_of(matrices):
    """Eigenvalues in ascending order, and the eigenvectors in the same."""
    with jax.enable_x64(matrices.dtype == np.float64):
        values, vectors = map(np.asarray, _many(matrices))
    assert values.dtype == vectors.dtype == matrices.dtype
    order = np.argsort(values, axis=1)
    return np.take_along_axis(values, order, 1), np.take_along_axis(vectors, order[:, None], 2)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", MATRICES)
def test_eigenvalues_and_eigenvectors_are_those_of_numpy(kind, dtype):
    if dtype == np.float32 and kind in ("huge", "tiny"):
        pytest.skip("these numbers are none in float32")
    matrices = MATRICES[kind].astype(dtype)
    values, vectors = eigen_of(matrices)
    reference = np.linalg.eigvalsh(matrices.astype(np.float64))
    size = np.abs(matrices).max(axis=(1, 2)).astype(np.float64)
    size[size == 0] = 1
    rounding = 8 * matrices.shape[1] * np.finfo(dtype).eps
    assert (np.abs(values - reference).max(axis=1) <= rounding * size).all()
    unit = np.einsum("kia,kib->kab", vectors, vectors, dtype=np.float64)
    np.testing.assert_allclose(unit, np.broadcast_to(np.eye(len(unit[0])), unit.shape), atol=rounding)
    scaled = values / size[:, None]
    again = np.einsum("kia,ka,kja->kij", vectors, scaled, vectors, dtype=np.float64)
    np.testing.assert_allclose(again, matrices / size[:, None, None], atol=rounding)


def test_the_smaller_of_two_eigenvalues_of_a_positive_matrix_keeps_its_digits():
    """LAPACK's for a dense matrix does not: it is off by an epsilon of the larger."""
    first, second = 10 ** RANDOM.uniform(-12, 12, (2, COUNT))
    between = RANDOM.uniform(-0.9, 0.9, COUNT) * np.sqrt(first) * np.sqrt(second)
    values = eigen_of(symmetric(first, between, second))[0]
    determinant = first * second * (1 - (between / np.sqrt(first) / np.sqrt(second)) ** 2)
    np.testing.assert_allclose(values[:, 0] * values[:, 1], determinant, rtol=1e-13)
    np.testing.assert_allclose(values[:, 0], determinant / values[:, 1], rtol=1e-13)
    assert (values > 0).all()


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_makes_all_of_its_matrix_none_and_no_other(size, number):
    places = [(i, j) for i in range(size) for j in range(i, size)]
    matrices = np.tile(np.eye(size), (len(places) + 1, 1, 1))
    for matrix, (i, j) in zip(matrices[1:], places):
        matrix[i, j] = matrix[j, i] = number
    values, vectors = eigen_of(matrices)
    np.testing.assert_array_equal(values[0], np.ones(size))
    np.testing.assert_array_equal(np.isnan(values[1:]), True)
    np.testing.assert_array_equal(np.isnan(vectors[1:]), True)


def step(optimizer: Optimizer, hessian, gradient):
    """The first step from the origin of the parabola with this Hessian and, there, this gradient."""
    transform, origin = optimizer.transform(), jnp.zeros(len(gradient))
    loss = lambda point: point @ gradient + point @ hessian @ point / 2
    return -transform.update(gradient, transform.init(origin), origin, value_fn=loss)[0]


_newton = jax.jit(jax.vmap(partial(step, Newton())))
_saddle_free = jax.jit(jax.vmap(partial(step, SaddleFreeNewton(damping=1e-3))))


@pytest.mark.parametrize("kind", ["random", "of opposite signs", "diagonal", "no diagonal", "huge", "of one parameter", "of five parameters"])
def test_newtons_step_is_the_gradient_over_the_hessian(kind):
    hessians = MATRICES[kind]
    size = hessians.shape[1]
    gradients = np.abs(hessians).max(axis=(1, 2))[:, None] * RANDOM.normal(size=(len(hessians), size))
    with jax.enable_x64(True):
        newton, free = np.asarray(_newton(hessians, gradients)), np.asarray(_saddle_free(hessians, gradients))
    values, vectors = np.linalg.eigh(hessians)
    precision = 1e-15 * np.linalg.cond(hessians) + 1e-13
    expected = np.linalg.solve(hessians, gradients[..., None])[..., 0]
    assert (np.linalg.norm(newton - expected, axis=1) <= 20 * precision * np.linalg.norm(expected, axis=1)).all()
    along = np.einsum("kia,ki->ka", vectors, gradients) / (np.abs(values) + 1e-3)
    expected = np.einsum("kia,ka->ki", vectors, along)
    assert (np.linalg.norm(free - expected, axis=1) <= 20 * precision * np.linalg.norm(expected, axis=1)).all()


@pytest.mark.parametrize("hessian", [np.zeros((2, 2)), np.ones((2, 2)), np.diag([0.0, 3.0])])
def test_a_flat_direction_gets_no_newton_step(hessian):
    gradient = np.array([1.0, 2.0])
    with jax.enable_x64(True):
        taken = np.asarray(_newton(hessian[None], gradient[None]))[0]
    np.testing.assert_allclose(taken, np.linalg.pinv(hessian) @ gradient, atol=1e-14)
