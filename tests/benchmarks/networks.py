"""Slices, curvature and training of networks, against what others need for the same in the same run."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from statistics import median

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from landscapes import Plane, evaluate, honest, refine
from landscapes.curvature import leading_eigenpairs, sharpness, slice_hessian
from landscapes.networks import ACTIVATIONS, Architecture, Network, build, load, make_network
from landscapes.networks.data import Dataset
from optimizers import OPTIMIZERS
from optimizers.training import train
from tests.benchmarks import network_rivals
from tests.benchmarks.app import HOME
from tests.benchmarks.report import Row
from tests.benchmarks.timing import milliseconds, warm

FEW, RESOLUTION, LANCZOS_STEPS = 5, 51, 15
WINDOW = ((-1.0, 1.0), (-1.0, 1.0))
TIMES_FASTER = {"tanh": 4.0, "relu": 2.5}
FOUR = ("gradient_descent", "momentum", "rmsprop", "adam")


def measure() -> Iterator[Row]:
    for activation in TIMES_FASTER:
        yield from _slice(activation)
    yield from _convolutions()
    yield from _memory()
    yield from _million()
    yield from _training()
    yield from _curvature()


@cache
def digits(activation: str = "tanh") -> Network:
    """The 64-64-64-10 perceptron on all 1,797 digits."""
    data = load("digits", test_share=0.0).train
    return Network.of(build(Architecture(widths=(64, 64), activation=activation), data), data)


@cache
def descended(activation: str = "tanh"):
    """Its parameters after 200 steps of gradient descent."""
    loss = digits(activation).loss
    step = lambda _, point: jax.tree.map(lambda p, g: p - 0.2 * g, point, jax.grad(loss)(point))
    return jax.jit(lambda point: jax.lax.fori_loop(0, 200, step, point))(digits(activation).start)


def filtered(parameters) -> Plane:
    return Plane.random(parameters, 0, "filter", WINDOW)


def _slice(activation: str) -> Iterator[Row]:
    network, plane = digits(activation), filtered(descended(activation))
    ours = partial(evaluate, network.loss, plane, RESOLUTION)
    took = warm(ours, FEW)
    calls = network_rivals.slices(network, plane, RESOLUTION)
    _assert_same(ours().loss, calls)
    rivals = {name: median(warm(call, FEW)) for name, call in calls.items()}
    name = f"Slice {RESOLUTION} x {RESOLUTION}, 64-64-64-10 {activation} perceptron, 1,797 digits, float32"
    times = TIMES_FASTER[activation]
    limit = min(rivals.values()) / times if rivals else None
    said = f"{name}, warm ({times:g} times as fast as the fastest)"
    yield Row.of(said, "ms", took, limit=limit, rivals=tuple(rivals.items()))
    yield Row.of(f"{name}, compiled first", "ms", milliseconds(ours, 3, before=jax.clear_caches))
    shares = [100 * floor / median(took) for floor in _floor(network, RESOLUTION**2)]
    yield Row.of("The same: share of the floor, matrix products and activations alone", "%", shares)
    yield Row.of("The same: largest relative error against float64", "", [_error(network, ours())], limit=1e-5)


def _assert_same(losses, calls) -> None:
    """The plain loop does the same work. The others choose their own directions and scale."""
    for name, call in calls.items():
        if "plain loop" in name:
            np.testing.assert_allclose(call(), losses, rtol=1e-4)


def _floor(network: Network, points: int) -> list[float]:
    """Milliseconds for the matrix products after the affine first layer and all activations, on both cores."""
    activation, layers = ACTIVATIONS[network.start.activation], network.start.layers

    @partial(jax.jit, static_argnums=1)
    def passes(hidden, count):
        def one(_, hidden):
            values = hidden
            for layer in layers[1:]:
                values = activation(values) @ layer.weight.T
            return hidden + 1e-9 * values[:, :1]  # so that no pass can be left out

        return jax.lax.fori_loop(0, count, one, hidden)

    hidden = network.start.layers[0](network.inputs)
    threads = ThreadPoolExecutor(2)
    both = lambda: [part.block_until_ready() for part in threads.map(passes, 2 * [hidden], 2 * [points // 2])]
    return warm(both, FEW)


def _error(network: Network, surface) -> float:
    """At every fifth point along each axis, against NumPy in float64."""
    plane, layers = surface.plane, len(network.start.layers)
    leaves = [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves((plane.origin, *plane.directions))]
    parts = [leaves[i : i + 2 * layers] for i in range(0, len(leaves), 2 * layers)]
    activation = {"tanh": np.tanh, "relu": lambda values: np.maximum(values, 0)}[network.start.activation]

    def loss(u, v):
        point = [o + u * d1 + v * d2 for o, d1, d2 in zip(*parts)]
        values = np.asarray(network.inputs, np.float64)
        for weight, bias in zip(point[:-2:2], point[1:-2:2]):
            values = activation(values @ weight.T + bias)
        outputs = values @ point[-2].T + point[-1]
        top = outputs.max(axis=1, keepdims=True)
        chosen = np.take_along_axis(outputs - top, np.asarray(network.targets)[:, None], axis=1)[:, 0]
        return np.mean(np.log(np.exp(outputs - top).sum(axis=1)) - chosen)

    exact = np.array([[loss(np.float32(u), np.float32(v)) for u in surface.x[::5]] for v in surface.y[::5]])
    return float(np.max(np.abs(surface.loss[::5, ::5] / exact - 1)))


def _convolutions() -> Iterator[Row]:
    random = np.random.default_rng(0)
    images, classes = random.normal(size=(256, 32, 32, 3)), random.integers(0, 10, 256)
    data = Dataset("Noise", images, classes, tuple("0123456789"))
    architecture = Architecture("convolutional", widths=(16, 32, 64), activation="relu", skip=True)
    network = Network.of(build(architecture, data), data)
    plane = filtered(network.start)
    rivals = ()
    if name := network_rivals.found("torch"):
        loop = network_rivals.torch_loop(network, plane, 11)
        rivals = ((f"{name}, channels last", median(warm(loop, FEW))),)
    took = warm(partial(evaluate, network.loss, plane, 11), FEW)
    limit = 1.3 * rivals[0][1] if rivals else None
    what = f"residual convolutional network of {architecture.layers} layers, 256 images of 32 x 32 x 3"
    name = f"Slice 11 x 11, {what}, warm (1.3 times the rival's)"
    yield Row.of(name, "ms", took, limit=limit, rivals=rivals)


def _memory() -> Iterator[Row]:
    code = (
        "import sys; from tests.benchmarks import networks as n; from landscapes import evaluate\n"
        "network = n.digits(); plane = n.filtered(network.start); before = n.resident('VmRSS')\n"
        "evaluate(network.loss, plane, int(sys.argv[1])); print(n.resident('VmHWM') - before)"
    )
    taken = {}
    for resolution in (RESOLUTION, 401):
        command = [sys.executable, "-c", code, str(resolution)]
        ran = subprocess.run(command, cwd=HOME, check=True, capture_output=True, text=True)
        taken[resolution] = float(ran.stdout.split()[-1])
        name = f"Memory above model and data, slice {resolution} x {resolution} (compiler included)"
        yield Row.of(name, "MB", [taken[resolution]], limit=200.0)
    yield Row.of("Difference between both", "MB", [abs(taken[401] - taken[RESOLUTION])], limit=20.0)


def resident(entry: str) -> float:
    """Megabytes of this process: VmRSS now, VmHWM at most. Linux only."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(entry)) / 1000


def _million() -> Iterator[Row]:
    network, _ = make_network("digits_million")
    plane, points = filtered(network.start), 25 * 25
    name = f"Slice 25 x 25, {network.dimension:,} parameters, {len(network.inputs)} digits"

    def first():
        return next(each.surface for each in refine(network.loss, plane, 25) if each.surface is not None)

    cold = milliseconds(first, 3, before=jax.clear_caches)
    yield Row.of(f"{name}: first coarse picture, compiled first", "ms", cold, limit=3000.0)
    products = median(_products(network, points))
    took = warm(partial(evaluate, network.loss, plane, 25), FEW)
    rivals = (("matrix products of its forward passes", products),)
    yield Row.of(f"{name}: all of it, warm", "ms", took, limit=products / 0.6, rivals=rivals)


def _products(network: Network, points: int) -> list[float]:
    """Milliseconds of the matrix products alone, by NumPy on both cores."""
    weights = [np.asarray(layer.weight).T.copy() for layer in network.start.layers]
    random = np.random.default_rng(0)
    values = [random.normal(size=(len(network.inputs), len(weight))).astype(np.float32) for weight in weights]
    some = points // 5
    forward = lambda: [value @ weight for _ in range(some) for value, weight in zip(values, weights)]
    return [took * points / some for took in warm(forward, FEW)]


def _training() -> Iterator[Row]:
    name = "4 optimizers x 300 full-batch steps, 2-16-16-2 perceptron, 500 points, paths, joint plane, 51 x 51 surface"
    yield Row.of(f"{name}, without the page, warm", "ms", warm(_trained, FEW), limit=1000.0)
    cold = milliseconds(_trained, 3, before=jax.clear_caches)
    yield Row.of(f"{name}, without the page, compiled first", "ms", cold, limit=6000.0)


def _trained() -> None:
    network, _ = make_network("moons")
    runs = [train(network.objective, OPTIMIZERS[key](), network.start, 300) for key in FOUR]
    plane = Plane.pca([run.positions for run in runs])
    for run in runs:
        honest(network.loss, plane, run.positions, run.losses[run.kept])
    evaluate(network.loss, plane, RESOLUTION)


def _curvature() -> Iterator[Row]:
    network = digits()
    parameters = descended()
    ours = partial(leading_eigenpairs, network.loss, parameters, 2, steps=LANCZOS_STEPS)
    name = f"Two leading eigenpairs of the digits perceptron in training, {LANCZOS_STEPS} Lanczos steps"
    exact = _eigenvalues(network, parameters)
    error = lambda values: float(np.max(np.abs(values / exact - 1)))
    rivals = ()
    if rival := network_rivals.eigenpairs(network, parameters, LANCZOS_STEPS):
        rivals = ((f"{rival[0]} (relative error {error(rival[1]()):.1g})", median(warm(rival[1]))),)
    limit = rivals[0][1] / 1.8 if rivals else None
    yield Row.of(f"{name}, warm (1.8 times as fast)", "ms", warm(ours), limit=limit, rivals=rivals)
    yield Row.of(f"{name}, compiled first", "ms", milliseconds(ours, 3, before=jax.clear_caches))
    yield Row.of("The same: largest relative error of a value", "", [error(ours().values)], limit=1e-5)
    snapshot = partial(sharpness, network.loss, parameters)
    yield Row.of("Sharpness of one snapshot of it, 20 steps, warm", "ms", warm(snapshot))
    plane = filtered(parameters)
    exactly = partial(slice_hessian, network.loss, parameters, plane.directions)
    yield Row.of("Exact Hessian of a slice at one point of it, warm", "ms", warm(exactly))


def _eigenvalues(network: Network, parameters) -> np.ndarray:
    """The two largest in float64, by ARPACK."""
    from scipy.sparse.linalg import LinearOperator, eigsh

    with jax.enable_x64(True):
        double = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), parameters)
        flat, unflatten = ravel_pytree(double)
        gradient = jax.grad(lambda numbers, network: network.loss(unflatten(numbers)))
        # The network as an argument: as a constant, the compiler would multiply it out.
        product = eqx.filter_jit(lambda at, vector, net: jax.jvp(lambda p: gradient(p, net), (at,), (vector,))[1])
        apply = lambda vector: np.asarray(product(flat, jnp.asarray(vector.ravel(), jnp.float64), network))
        hessian = LinearOperator((flat.size, flat.size), matvec=apply, dtype=np.float64)
        return np.sort(eigsh(hessian, 2, which="LA", return_eigenvectors=False))[::-1]
