"""Losses of NumPy arrays: the same surface as JAX's, and torch's own loss at every point."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import NumpyLoss, Plane, evaluate, honest, refine

WINDOW = ((-1.0, 1.5), (-2.0, 1.0))
PLANE = Plane.random(np.arange(1.0, 6.0), 0, normalize="none", window=WINDOW)


def bowl(vector):
    return (vector**2).sum() - vector[0]


def test_a_function_of_a_flat_vector_gives_the_surface_of_the_same_loss_in_jax():
    given = []

    def function(vector):
        given.append(vector)
        return bowl(vector)

    surface = evaluate(NumpyLoss(function), PLANE, (9, 5))
    np.testing.assert_allclose(surface.loss, evaluate(bowl, PLANE, (9, 5)).loss, rtol=1e-12)
    assert {type(vector) for vector in given} == {np.ndarray} and given[0].shape == (5,)
    assert given[0].flags.writeable and len(given) == 45, "each point once, in arrays of its own"


def test_a_dict_of_arrays_comes_as_one_in_its_own_dtypes():
    point = {"w": np.ones((2, 3), np.float32), "b": np.ones(2)}
    plane = Plane(point, ({"w": np.eye(2, 3), "b": np.zeros(2)}, {"w": np.zeros((2, 3)), "b": np.ones(2)}), WINDOW)

    def function(parameters):
        assert {name: array.dtype for name, array in parameters.items()} == {"w": np.float32, "b": np.float64}
        return parameters["w"].sum() + parameters["b"][0] ** 2

    surface = evaluate(NumpyLoss(function), plane, 4)
    columns, rows = np.meshgrid(surface.x, surface.y)
    np.testing.assert_allclose(surface.loss, 6 + 2 * columns + (1 + rows) ** 2, rtol=1e-6)


def test_nan_and_inf_stay_and_it_refines_and_honours_paths():
    loss = NumpyLoss(lambda vector: np.nan if vector[0] > 1 else -np.inf if vector[0] < 0 else vector[0])
    last = list(refine(loss, PLANE, 12))[-1].surface
    np.testing.assert_array_equal(last.loss, evaluate(loss, PLANE, 12).loss)
    path = honest(NumpyLoss(bowl), PLANE, np.zeros((2, 5)), np.zeros(2))
    np.testing.assert_allclose(path.slice_losses, honest(bowl, PLANE, np.zeros((2, 5)), np.zeros(2)).slice_losses)


def test_what_is_no_loss_is_a_sentence():
    with pytest.raises(ValueError, match="shape \\(5,\\)"):
        evaluate(NumpyLoss(lambda vector: vector), PLANE, 3)
    with pytest.raises(ValueError, match="one number"):
        evaluate(NumpyLoss(lambda vector: "a"), PLANE, 3)
    with pytest.raises(ValueError, match="derivatives"):
        jax.grad(NumpyLoss(bowl))(jnp.zeros(5))
    with pytest.raises(ValueError, match="function of NumPy arrays"):
        NumpyLoss(3.0)


def test_the_bridge_to_torch_in_the_readme_gives_torchs_own_loss(home):
    torch = pytest.importorskip("torch", reason="torch is not installed: pip install torch runs this test")
    bridge = next(block for block in re.findall(r"```python\n(.*?)```", (home / "README.md").read_text(), re.S) if "functional_call" in block)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    names = {"model": model, "inputs": torch.randn(20, 3), "targets": torch.randint(0, 2, (20,)), "criterion": torch.nn.CrossEntropyLoss()}
    exec(bridge, names)
    surface, plane = names["surface"], names["surface"].plane
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    for j, i in ((0, 0), (3, 17), (25, 25)):
        moved = plane.embed(np.array([surface.x[i], surface.y[j]]))
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(torch.tensor(np.asarray(moved[name])))
            expected = names["criterion"](model(names["inputs"]), names["targets"]).item()
        assert surface.loss[j, i] == pytest.approx(expected, rel=1e-5)
    assert before.keys() == plane.origin.keys()
