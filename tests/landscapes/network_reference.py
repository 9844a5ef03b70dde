"""Every kind of network once more, in plain NumPy and float64: what the library's results are checked against."""

import numpy as np

RULES = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0), "identity": lambda x: x}


def outputs(architecture, parameters, inputs):
    """Logits or regression outputs (samples, outputs), BatchNorms by the statistics of `inputs`."""
    forward = {"perceptron": _perceptron, "deep_linear": _deep_linear, "residual": _residual}
    act, inputs = RULES[architecture.activation], np.asarray(inputs, np.float64)
    return forward.get(architecture.kind, _convolutional)(architecture, parameters, inputs, act)


def cross_entropy(outputs, targets):
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(targets)), targets])


def _dense(layer, x):
    bias = 0.0 if layer.bias is None else np.asarray(layer.bias, np.float64)
    return x @ np.asarray(layer.weight, np.float64).T + bias


def _norm(norm, x):
    if norm is None:
        return x
    axes = tuple(range(x.ndim - 1))
    scale, shift = np.asarray(norm.scale, np.float64), np.asarray(norm.shift, np.float64)
    return scale * (x - x.mean(axes)) / np.sqrt(x.var(axes) + 1e-5) + shift


def _perceptron(_, model, x, act):
    for layer, norm in zip(model.layers, model.norms):
        x = act(_norm(norm, _dense(layer, x)))
    return _dense(model.layers[-1], x)


def _deep_linear(_, model, x, act):
    product = np.eye(x.shape[1])
    for layer in model.layers:
        product = np.asarray(layer.weight, np.float64) @ product
    return x @ product.T


def _residual(architecture, model, x, act):
    x = _dense(model.encoder, x)
    for layer in model.layers:
        x = act(_dense(layer, x)) + (x if architecture.skip else 0)
    return _dense(model.decoder, x)


def _convolutional(architecture, model, x, act):
    x = x.reshape(len(x), 8, 8, 1)
    x = act(_norm(model.norm, _convolved(x, model.stem.weight, 1)))
    for index, block in enumerate(model.blocks):
        stride = 2 if index and index % architecture.depth == 0 else 1
        y = act(_norm(block.norms[0], _convolved(x, block.first.weight, stride)))
        y = _norm(block.norms[1], _convolved(y, block.second.weight, 1))
        if architecture.skip:
            short = np.zeros_like(y)
            short[..., : x.shape[3]] = x[:, ::stride, ::stride]
            y = y + short
        x = act(y)
    return _dense(model.decoder, x.mean(axis=(1, 2)))


def _convolved(x, weight, stride):
    """3 x 3, zeros beyond the edges, pixel by pixel; with stride 2 an even side is padded at its end only."""
    weight = np.asarray(weight, np.float64)
    before = 1 if stride == 1 else 0
    padded = np.pad(x, ((0, 0), (before, 2), (before, 2), (0, 0)))
    sides = [range(0, side, stride) for side in x.shape[1:3]]
    pixels = [[np.einsum("nijc,ocij->no", padded[:, i : i + 3, j : j + 3], weight) for j in sides[1]] for i in sides[0]]
    return np.moveaxis(np.array(pixels), 2, 0)
