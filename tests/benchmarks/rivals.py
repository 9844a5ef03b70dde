"""Rivals written by hand, as one would without this library: NumPy over all lanes at once, and a loop of jitted steps."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax

from optimizers import OPTIMIZERS

State = dict[str, np.ndarray]
B1, B2, DECAY, FRICTION, EPS = 0.9, 0.999, 0.9, 0.9, 1e-8


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def gradient(points: np.ndarray) -> np.ndarray:
    """Of `rosenbrock`, at `(lanes, 2)`."""
    x, y = points.T
    return np.stack([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)], axis=1)


def gradient_descent(rate, slope, _state: State, _step: int) -> np.ndarray:
    return -rate * slope


def momentum(rate, slope, state: State, _step: int) -> np.ndarray:
    state["velocity"] = FRICTION * state.get("velocity", 0) + slope
    return -rate * state["velocity"]


def rmsprop(rate, slope, state: State, _step: int) -> np.ndarray:
    state["square"] = DECAY * state.get("square", 0) + (1 - DECAY) * slope**2
    return -rate * slope / np.sqrt(state["square"] + EPS)


def adam(rate, slope, state: State, step: int) -> np.ndarray:
    state["mean"] = B1 * state.get("mean", 0) + (1 - B1) * slope
    state["square"] = B2 * state.get("square", 0) + (1 - B2) * slope**2
    return -rate * (state["mean"] / (1 - B1**step)) / (np.sqrt(state["square"] / (1 - B2**step)) + EPS)


RULES = {"gradient_descent": gradient_descent, "momentum": momentum, "rmsprop": rmsprop, "adam": adam}


def numpy_sweep(key: str, rates: np.ndarray, start, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions `(lanes, steps+1, 2)` and losses `(lanes, steps+1)` of one run for every rate."""
    rule, state, column = RULES[key], {}, rates[:, None]
    positions = np.empty((steps + 1, len(rates), 2))
    positions[0] = start
    with np.errstate(all="ignore"):
        for step in range(1, steps + 1):
            slope = gradient(positions[step - 1])
            positions[step] = positions[step - 1] + rule(column, slope, state, step)
        losses = rosenbrock(positions[..., 0], positions[..., 1])
    return positions.swapaxes(0, 1), losses.T


def jitted_steps(key: str, rates: np.ndarray, start, steps: int) -> Callable[[], list]:
    """The same with one compiled step for all lanes, called from a Python loop that keeps every position."""

    def step(rate, point, state):
        optimizer = OPTIMIZERS[key](learning_rate=rate)
        slope = jax.grad(lambda at: rosenbrock(*at))(point)
        updates, state = optimizer.transform().update(slope, state, point, value=0.0, grad=slope, value_fn=None)
        return optax.apply_updates(point, updates), state

    def begin(rate):
        return OPTIMIZERS[key](learning_rate=rate).transform().init(jnp.asarray(start))

    with jax.enable_x64(True):
        together, state = jax.jit(jax.vmap(step)), jax.jit(jax.vmap(begin))(rates)

    return partial(_run, together, rates, np.tile(np.asarray(start, float), (len(rates), 1)), state, steps)


def _run(together, rates, point, state, steps: int) -> list:
    positions = [point]
    with jax.enable_x64(True):
        for _ in range(steps):
            point, state = together(rates, point, state)
            positions.append(point)
        return [np.asarray(each) for each in positions]


def numpy_surface(window, resolution: int) -> np.ndarray:
    x, y = (np.linspace(*limits, resolution) for limits in window)
    return rosenbrock(*np.meshgrid(x, y))
