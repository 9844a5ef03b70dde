"""What others need for the same: a plain torch loop, loss-landscapes, Landscaper, hessian-eigenthings.

`pip install -e '.[rivals]'`, then `pip install --no-deps landscaper topopy`: topopy asks for a NumPy below 2, which
JAX does not run with, but itself runs with NumPy 2. Networks of torch get the parameters of ours.
"""

import contextlib
import importlib
import io
import sys
from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import version

import jax
import numpy as np

from landscapes import Plane
from landscapes.networks import Network

HOW = {"landscaper": "pip install --no-deps landscaper topopy"}
USUAL = "pip install -e '.[rivals]'"

Call = Callable[[], object]


@cache
def found(module: str, package: str | None = None) -> str | None:
    """Name and version of a rival; None, said once in one line, where it is missing."""
    package = package or module
    try:
        with _silence():
            importlib.import_module(module)
    except ImportError as error:
        print(f"{package} is not measured ({error}): {HOW.get(package, USUAL)}", file=sys.stderr)
        return None
    return f"{package} {version(package)}"


def slices(network: Network, plane: Plane, resolution: int) -> dict[str, Call]:
    """Name to a call that evaluates a slice of a perceptron of `resolution` squared points."""
    if not (torch := found("torch")):
        return {}
    # Not at the start: loss-landscapes divides by the norm of every bias.
    calls = {f"{torch}, plain loop": torch_loop(network, plane, resolution)}
    if name := found("loss_landscapes", "loss-landscapes"):
        calls[name] = _loss_landscapes(network, plane, resolution)
    if name := found("landscaper"):
        calls[name] = _landscaper(network, plane, resolution)
    return calls


def torch_loop(network: Network, plane: Plane, resolution: int) -> Call:
    """The losses `(resolution, resolution)` by a loop over the grid, channels last for images."""
    import torch

    forward = _dense if network.start.dense else _residual_of_8
    inputs, targets = _data(network)
    origin, *directions = ([_last(leaf) for leaf in _tensors(tree)] for tree in (plane.origin, *plane.directions))
    activation = getattr(torch, network.start.activation)
    x, y = (np.linspace(*limits, resolution) for limits in plane.window)

    def loop():
        losses = np.empty((resolution, resolution), np.float32)
        with torch.inference_mode():
            for j, v in enumerate(y):
                for i, u in enumerate(x):
                    point = [o + float(u) * d1 + float(v) * d2 for o, d1, d2 in zip(origin, *directions)]
                    outputs = forward(point, inputs, activation)
                    losses[j, i] = torch.nn.functional.cross_entropy(outputs, targets).item()
        return losses

    return loop


def eigenpairs(network: Network, parameters, steps: int) -> tuple[str, Call] | None:
    """The name, and a call that returns the two largest eigenvalues by `steps` of Lanczos' method."""
    if not (found("torch") and (name := found("hessian_eigenthings", "hessian-eigenthings"))):
        return None
    import hessian_eigenthings as rival
    import torch

    criterion = rival.supervised_loss(torch.nn.CrossEntropyLoss())
    operator = rival.HessianOperator(_module(network, parameters), [_data(network)], criterion)
    call = partial(rival.lanczos, operator, k=2, max_iter=steps, which="LA", seed=0)
    return name, lambda: call().eigenvalues.numpy()


def _loss_landscapes(network: Network, plane: Plane, resolution: int) -> Call:
    import loss_landscapes
    import torch
    from loss_landscapes.metrics import Loss

    metric = Loss(torch.nn.CrossEntropyLoss(), *_data(network))
    model = _module(network, plane.origin)
    call = partial(loss_landscapes.random_plane, model, metric, 1, resolution, "filter", deepcopy_model=True)

    def quietly():
        with torch.no_grad():
            return call()

    return quietly


def _landscaper(network: Network, plane: Plane, resolution: int) -> Call:
    import torch
    from landscaper.compute import compute_loss_landscape

    model, criterion = _module(network, plane.origin), torch.nn.CrossEntropyLoss()
    directions = [_tensors(direction) for direction in plane.directions]
    loss = lambda model, data: criterion(model(data[0]), data[1]).item()

    def quietly():
        with _silence():
            return compute_loss_landscape(
                model, _data(network), directions, loss, steps=resolution, distance=1.0, dim=2, device="cpu"
            )

    return quietly


def _tensors(tree) -> list:
    import torch

    return [torch.from_numpy(np.array(leaf)) for leaf in jax.tree.leaves(tree)]


def _last(tensor):
    import torch

    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor


def _data(network: Network):
    import torch

    inputs, targets = torch.from_numpy(np.array(network.inputs)), torch.from_numpy(np.array(network.targets)).long()
    # (samples, height, width, channels) in memory is what torch calls channels last.
    return (inputs.permute(0, 3, 1, 2) if inputs.ndim == 4 else inputs), targets


def _module(network: Network, parameters):
    """A perceptron as torch modules."""
    import torch

    activation = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[network.start.activation]
    layers = []
    for dense in parameters.layers:
        linear = torch.nn.Linear(*dense.weight.shape[::-1])
        linear.weight.data, linear.bias.data = _tensors((dense.weight, dense.bias))
        layers += [linear, activation()]
    return torch.nn.Sequential(*layers[:-1])


def _dense(point, inputs, activation):
    from torch.nn.functional import linear

    for weight, bias in zip(point[:-2:2], point[1:-2:2]):
        inputs = activation(linear(inputs, weight, bias))
    return linear(inputs, *point[-2:])


def _residual_of_8(point, images, activation):
    """A convolution, three blocks of two with an identity or every other pixel added, a dense layer."""
    from torch.nn.functional import conv2d, linear, pad

    stem, *blocks, weight, bias = point
    images = activation(conv2d(images, stem, padding=1))
    for first, second in zip(blocks[::2], blocks[1::2]):
        stride = first.shape[0] // first.shape[1]
        hidden = activation(conv2d(images, first, stride=stride, padding=1))
        more = first.shape[0] - first.shape[1]
        shortcut = images if stride == 1 else pad(images[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, more))
        images = activation(conv2d(hidden, second, padding=1) + shortcut)
    return linear(images.mean(dim=(2, 3)), weight, bias)


@contextlib.contextmanager
def _silence():
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield
