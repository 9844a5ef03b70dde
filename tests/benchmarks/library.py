"""The library alone: sweeps and surfaces of Rosenbrock against what one would write by hand, and imports."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from statistics import median

import jax
import numpy as np

from landscapes import LANDSCAPES, Plane, evaluate
from optimizers import OPTIMIZERS, sweep
from tests.benchmarks.app import HOME
from tests.benchmarks.report import Row
from tests.benchmarks.rivals import RULES, jitted_steps, numpy_surface, numpy_sweep
from tests.benchmarks.timing import milliseconds, warm

STEPS, FEW = 300, 5
ROSENBROCK = LANDSCAPES["rosenbrock"]
IMPORTS = ("landscapes", "optimizers", "app", "views.explore")


def measure() -> Iterator[Row]:
    for key in RULES:
        yield from _sweep(key)
    for resolution in (128, 512):
        yield from _surface(resolution)
    for module in IMPORTS:
        yield Row.of(f"import {module}, new process", "ms", milliseconds(partial(_import, module), FEW))


def _sweep(key: str) -> Iterator[Row]:
    kind = OPTIMIZERS[key]
    rates = kind.knobs()[kind.rail].stops
    ours = partial(sweep, ROSENBROCK.loss, kind(), ROSENBROCK.start, over=kind.rail, values=rates, steps=STEPS)
    numpy = partial(numpy_sweep, key, rates, ROSENBROCK.start, STEPS)
    steps = jitted_steps(key, rates, ROSENBROCK.start, STEPS)
    _assert_same(ours(), numpy()[0], np.stack(steps(), axis=1))
    name = f"Sweep of {kind.title}, {len(rates)} rates x {STEPS} steps"
    loops = (("NumPy loop over steps", median(warm(numpy, FEW))), ("loop of jitted steps", median(warm(steps, FEW))))
    yield Row.of(f"{name}, warm", "ms", warm(ours), rivals=loops)
    cold = milliseconds(ours, FEW, before=jax.clear_caches)
    yield Row.of(f"{name}, compiled first", "ms", cold, rivals=loops[:1])


def _assert_same(fan, *others: np.ndarray) -> None:
    """The rivals do the same work: while a run is finite and rounding has not grown, the same positions."""
    calm = fan.diverged_at < 0
    for other in others:
        np.testing.assert_allclose(other[calm, :20], fan.positions[calm, :20], rtol=1e-6, atol=1e-6)


def _surface(resolution: int) -> Iterator[Row]:
    ours = partial(evaluate, ROSENBROCK.loss, Plane.axes(ROSENBROCK.window), resolution)
    numpy = partial(numpy_surface, ROSENBROCK.window, resolution)
    np.testing.assert_allclose(ours().loss, numpy(), rtol=1e-9)
    rivals = (("NumPy formula", median(warm(numpy))),)
    name = f"Surface, {resolution} x {resolution}"
    yield Row.of(f"{name}, warm", "ms", warm(ours), rivals=rivals)
    yield Row.of(f"{name}, compiled first", "ms", milliseconds(ours, FEW, before=jax.clear_caches), rivals=rivals)


def _import(module: str) -> None:
    subprocess.run([sys.executable, "-c", f"import {module}"], cwd=HOME, check=True, capture_output=True)
