"""Update rules against oracles written from the papers, in NumPy, on a loss with its gradient by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from optimizers import OPTIMIZERS, descend

START = np.array([1.3, -0.8])
STEPS = 30


def loss(point):
    x, y = point
    return 1.5 * x**2 + 0.5 * y**2 + 0.4 * x * y + 0.3 * jnp.sin(2 * x)


def gradient(point):
    x, y = point
    return np.array([3 * x + 0.4 * y + 0.6 * np.cos(2 * x), y + 0.4 * x])


def value(point):
    x, y = point
    return 1.5 * x**2 + 0.5 * y**2 + 0.4 * x * y + 0.3 * np.sin(2 * x)


def hessian(point):
    return np.array([[3 - 1.2 * np.sin(2 * point[0]), 0.4], [0.4, 1.0]])


def gradient_descent(learning_rate):
    def step(x, memory, t):
        return x - learning_rate * gradient(x)

    return step


def momentum(learning_rate, momentum):
    def step(x, memory, t):
        memory["v"] = momentum * memory.get("v", 0) + gradient(x)
        return x - learning_rate * memory["v"]

    return step


def nesterov(learning_rate, momentum):
    def step(x, memory, t):
        memory["v"] = momentum * memory.get("v", 0) + gradient(x)
        return x - learning_rate * (gradient(x) + momentum * memory["v"])

    return step


def sign_descent(learning_rate):
    def step(x, memory, t):
        return x - learning_rate * np.sign(gradient(x))

    return step


def rprop(learning_rate, growth, shrink):
    """iRprop- of Igel & Huesken 2003."""

    def step(x, memory, t):
        before, size = memory.get("g", np.zeros(2)), memory.get("size", np.full(2, learning_rate))
        g = gradient(x)
        agree = np.sign(g * before)
        size = np.where(agree > 0, np.minimum(size * growth, 50), np.where(agree < 0, np.maximum(size * shrink, 1e-6), size))
        g = np.where(agree < 0, 0, g)
        memory.update(g=g, size=size)
        return x - size * np.sign(g)

    return step


def adagrad(learning_rate, initial):
    def step(x, memory, t):
        memory["s"] = memory.get("s", initial) + gradient(x) ** 2
        return x - learning_rate * gradient(x) / np.sqrt(memory["s"] + 1e-7)

    return step


def adadelta(learning_rate, decay, eps):
    def step(x, memory, t):
        g = gradient(x)
        memory["s"] = decay * memory.get("s", 0) + (1 - decay) * g**2
        update = np.sqrt(memory.get("u", 0) + eps) / np.sqrt(memory["s"] + eps) * g
        memory["u"] = decay * memory.get("u", 0) + (1 - decay) * update**2
        return x - learning_rate * update

    return step


def rmsprop(learning_rate, decay, eps):
    def step(x, memory, t):
        memory["s"] = decay * memory.get("s", 0) + (1 - decay) * gradient(x) ** 2
        return x - learning_rate * gradient(x) / np.sqrt(memory["s"] + eps)

    return step


def moments(memory, g, b1, b2, t):
    """Adam's averages, bias-corrected: m-hat and v-hat."""
    memory["m"] = b1 * memory.get("m", 0) + (1 - b1) * g
    memory["v"] = b2 * memory.get("v", 0) + (1 - b2) * g**2
    return memory["m"] / (1 - b1**t), memory["v"] / (1 - b2**t)


def adam(learning_rate, b1, b2, eps, weight_decay=0.0):
    def step(x, memory, t):
        m, v = moments(memory, gradient(x), b1, b2, t)
        return x - learning_rate * (m / (np.sqrt(v) + eps) + weight_decay * x)

    return step


def amsgrad(learning_rate, b1, b2, eps):
    def step(x, memory, t):
        m, v = moments(memory, gradient(x), b1, b2, t)
        memory["top"] = np.maximum(memory.get("top", 0), v)
        return x - learning_rate * m / (np.sqrt(memory["top"]) + eps)

    return step


def nadam(learning_rate, b1, b2, eps):
    def step(x, memory, t):
        g = gradient(x)
        _, v = moments(memory, g, b1, b2, t)
        ahead = b1 * memory["m"] / (1 - b1 ** (t + 1)) + (1 - b1) * g / (1 - b1**t)
        return x - learning_rate * ahead / (np.sqrt(v) + eps)

    return step


def radam(learning_rate, b1, b2, eps):
    def step(x, memory, t):
        m, v = moments(memory, gradient(x), b1, b2, t)
        rho_inf = 2 / (1 - b2) - 1
        rho = rho_inf - 2 * t * b2**t / (1 - b2**t)
        if rho < 5:
            return x - learning_rate * m
        r = np.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
        return x - learning_rate * r * m / (np.sqrt(v) + eps)

    return step


def adamax(learning_rate, b1, b2, eps):
    def step(x, memory, t):
        g = gradient(x)
        memory["m"] = b1 * memory.get("m", 0) + (1 - b1) * g
        memory["u"] = np.maximum(b2 * memory.get("u", 0), np.abs(g) + eps)
        return x - learning_rate / (1 - b1**t) * memory["m"] / memory["u"]

    return step


def adabelief(learning_rate, b1, b2, eps):
    def step(x, memory, t):
        g = gradient(x)
        memory["m"] = b1 * memory.get("m", 0) + (1 - b1) * g
        memory["s"] = b2 * memory.get("s", 0) + (1 - b2) * (g - memory["m"]) ** 2 + eps
        return x - learning_rate * memory["m"] / (1 - b1**t) / (np.sqrt(memory["s"] / (1 - b2**t)) + eps)

    return step


def yogi(learning_rate, b1, b2, eps):
    def step(x, memory, t):
        g, m, v = gradient(x), memory.get("m", 1e-6), memory.get("v", 1e-6)
        m = b1 * m + (1 - b1) * g
        v = v - (1 - b2) * np.sign(v - g**2) * g**2
        memory.update(m=m, v=v)
        return x - learning_rate * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps)

    return step


def lion(learning_rate, b1, b2, weight_decay):
    def step(x, memory, t):
        g, m = gradient(x), memory.get("m", 0)
        memory["m"] = b2 * m + (1 - b2) * g
        return x - learning_rate * (np.sign(b1 * m + (1 - b1) * g) + weight_decay * x)

    return step


def schedule_free(learning_rate, b1):
    def step(x, memory, t):
        z = memory.get("z", START)
        z = z - learning_rate * gradient((1 - b1) * z + b1 * x)
        memory["z"] = z
        return (1 - 1 / t) * x + z / t

    return step


def sam(learning_rate, radius):
    def step(x, memory, t):
        g = gradient(x)
        return x - learning_rate * gradient(x + radius * g / np.linalg.norm(g))

    return step


def polyak_step(learning_rate, f_min):
    def step(x, memory, t):
        g = gradient(x)
        return x - min(max(value(x) - f_min, 0) / (g @ g), learning_rate) * g

    return step


def backtracking(learning_rate, shrink, decrease):
    def step(x, memory, t):
        g = gradient(x)
        rate = min(2 * memory.get("rate", 1.0), learning_rate)
        while value(x - rate * g) > value(x) - decrease * rate * g @ g:
            rate *= shrink
        memory["rate"] = rate
        return x - rate * g

    return step


def newton(learning_rate):
    def step(x, memory, t):
        return x - learning_rate * np.linalg.solve(hessian(x), gradient(x))

    return step


def saddle_free_newton(learning_rate, damping):
    def step(x, memory, t):
        eigenvalues, vectors = np.linalg.eigh(hessian(x))
        return x - learning_rate * vectors @ (vectors.T @ gradient(x) / (np.abs(eigenvalues) + damping))

    return step


def coordinate_probing(learning_rate, spacing):
    def step(x, memory, t):
        sides = spacing * np.eye(2)
        return x - learning_rate * np.array([value(x + side) - value(x - side) for side in sides]) / (2 * spacing)

    return step


CASES = [
    (gradient_descent, {"learning_rate": 0.11}),
    (momentum, {"learning_rate": 0.05, "momentum": 0.8}),
    (nesterov, {"learning_rate": 0.05, "momentum": 0.8}),
    (sign_descent, {"learning_rate": 0.07}),
    (rprop, {"learning_rate": 0.1, "growth": 1.3, "shrink": 0.4}),
    (adagrad, {"learning_rate": 0.3, "initial": 0.2}),
    (adadelta, {"learning_rate": 2.0, "decay": 0.85, "eps": 1e-4}),
    (rmsprop, {"learning_rate": 0.05, "decay": 0.8, "eps": 1e-4}),
    (adam, {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-6}),
    (amsgrad, {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-6}),
    (nadam, {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-6}),
    (radam, {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-6}),
    (adamax, {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-6}),
    (adabelief, {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-10}),
    (yogi, {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-3}),
    (lion, {"learning_rate": 0.03, "b1": 0.8, "b2": 0.95, "weight_decay": 0.1}),
    (schedule_free, {"learning_rate": 0.2, "b1": 0.8}),
    (sam, {"learning_rate": 0.1, "radius": 0.2}),
    (polyak_step, {"learning_rate": 0.3, "f_min": -0.5}),
    (backtracking, {"learning_rate": 3.0, "shrink": 0.6, "decrease": 0.3}),
    (newton, {"learning_rate": 0.7}),
    (saddle_free_newton, {"learning_rate": 0.7, "damping": 0.1}),
    (coordinate_probing, {"learning_rate": 0.1, "spacing": 0.1}),
]


@pytest.mark.parametrize("oracle, knobs", CASES, ids=[oracle.__name__ for oracle, _ in CASES])
def test_its_path_is_that_of_the_paper(oracle, knobs):
    x, memory, expected = START, {}, [START]
    step = oracle(**knobs)
    for t in range(1, STEPS + 1):
        x = step(x, memory, t)
        expected.append(x)
    path = descend(loss, OPTIMIZERS[oracle.__name__](**knobs), START, STEPS)
    np.testing.assert_allclose(path.positions, expected, rtol=1e-8, atol=1e-10)


def test_adamw_is_adam_with_a_pull_beside_it():
    knobs = {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-6, "weight_decay": 0.2}
    x, memory, step = START, {}, adam(**knobs)
    for t in range(1, STEPS + 1):
        x = step(x, memory, t)
    np.testing.assert_allclose(descend(loss, OPTIMIZERS["adamw"](**knobs), START, STEPS).positions[-1], x, rtol=1e-8)


def test_lbfgs_finds_the_minimum_in_a_few_steps():
    path = descend(loss, OPTIMIZERS["lbfgs"](), START, steps=15)
    np.testing.assert_allclose(gradient(path.positions[-1]), 0, atol=1e-7)
    assert (np.diff(path.losses) <= 1e-12).all()
