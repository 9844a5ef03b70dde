"""The library alone: sweeps and surfaces of Rosenbrock against what one would write by hand, and imports."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import jax
import numpy as np

from landscapes import LANDSCAPES, Plane, evaluate
from optimizers import OPTIMIZERS, sweep
from tests.benchmarks import rivals
from tests.benchmarks.app import HOME
from tests.benchmarks.report import Row
from tests.benchmarks.timing import milliseconds, warm

STEPS, FEW = 300, 5
ROSENBROCK = LANDSCAPES["rosenbrock"]
IMPORTS = ("landscapes", "optimizers", "app", "views.main")


def measure() -> Iterator[Row]:
    for key in rivals.RULES:
        yield from _sweep(key)
    for resolution in (128, 512):
        yield from _surface(resolution)
    for module in IMPORTS:
        yield Row.of(f"import {module}, new process", "ms", milliseconds(partial(_import, module), FEW))


def _sweep(key: str) -> Iterator[Row]:
    kind = OPTIMIZERS[key]
    rates = kind.knobs()[kind.rail].stops
    ours = partial(sweep, ROSENBROCK.loss, kind(), ROSENBROCK.start, over=kind.rail, values=rates, steps=STEPS)
    numpy = partial(rivals.numpy_sweep, key, rates, ROSENBROCK.start, STEPS)
    steps = rivals.jitted_steps(key, rates, ROSENBROCK.start, STEPS)
    _assert_same(ours(), numpy()[0], np.stack(steps(), axis=1))
    name = f"Sweep of {kind.title}, {len(rates)} rates x {STEPS} steps"
    against = Row.of("", "ms", warm(numpy, FEW)).median
    taken = warm(ours)
    yield Row.of(f"{name}, warm", "ms", taken, rival=("NumPy loop over steps", against))
    yield Row.of(f"{name}, warm", "ms", taken, rival=("loop of jitted steps", Row.of("", "ms", warm(steps, FEW)).median))
    cold = milliseconds(ours, FEW, before=jax.clear_caches)
    yield Row.of(f"{name}, compiled first", "ms", cold, rival=("NumPy loop over steps", against))


def _assert_same(fan, *others: np.ndarray) -> None:
    """The rivals do the same work: while a run is finite and rounding has not grown, the same positions."""
    calm = fan.diverged_at < 0
    for other in others:
        np.testing.assert_allclose(other[calm, :20], fan.positions[calm, :20], rtol=1e-6, atol=1e-6)


def _surface(resolution: int) -> Iterator[Row]:
    ours = partial(evaluate, ROSENBROCK.loss, Plane.axes(ROSENBROCK.window), resolution)
    numpy = partial(rivals.numpy_surface, ROSENBROCK.window, resolution)
    np.testing.assert_allclose(ours().loss, numpy(), rtol=1e-9)
    rival = ("NumPy formula", Row.of("", "ms", warm(numpy)).median)
    name = f"Surface, {resolution} x {resolution}"
    yield Row.of(f"{name}, warm", "ms", warm(ours), rival=rival)
    yield Row.of(f"{name}, compiled first", "ms", milliseconds(ours, FEW, before=jax.clear_caches), rival=rival)


def _import(module: str) -> None:
    subprocess.run([sys.executable, "-c", f"import {module}"], cwd=HOME, check=True, capture_output=True)
