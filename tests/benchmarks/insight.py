"""What explains a path: basins of attraction, against NumPy over all starts at once; fair comparisons; averages over noise."""

import time
from collections.abc import Callable, Iterator

import jax
import numpy as np

from landscapes import LANDSCAPES
from optimizers import OPTIMIZERS, Adam, basins, compare, noisy, sweep
from tests.benchmarks.report import Row

TIMES, STEPS, RESOLUTION = 7, 300, 256
EIGHT = ("gradient_descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "lion", "schedule_free")
B1, B2, EPS = np.float32(0.9), np.float32(0.999), np.float32(1e-8)


def measure() -> Iterator[Row]:
    himmelblau = LANDSCAPES["himmelblau"]
    rates = np.linspace(0.1, 0.3, TIMES)
    jax.clear_caches()
    cold = _seconds(lambda: basins(himmelblau, Adam(0.05), STEPS, RESOLUTION))
    ours = [_seconds(lambda rate=rate: basins(himmelblau, Adam(rate), STEPS, RESOLUTION)) for rate in rates]
    theirs = [_seconds(lambda rate=rate: numpy_adam(himmelblau.window, np.float32(rate))) for rate in rates]
    rival = (("NumPy, float32", 1000 * float(np.median(theirs))),)
    yield Row.of("Basins, 256 x 256 starts, Adam, 300 steps, float64, warm", "ms", [1000 * each for each in ours], limit=150, rivals=rival)
    yield Row("The same, cold", "ms", 1000 * cold, 1, limit=600)
    coarse = [_seconds(lambda rate=rate: basins(himmelblau, Adam(rate), STEPS, 64)) for rate in (0.05, *rates)][1:]
    yield Row.of("Basins, 64 x 64 starts, as while a rail is dragged", "ms", [1000 * each for each in coarse], limit=100)
    yield from _comparison(himmelblau)


def _comparison(landscape) -> Iterator[Row]:
    jax.clear_caches()
    rivals = {key: OPTIMIZERS[key]() for key in EIGHT}
    cold = _seconds(lambda: compare(landscape, rivals, 3 * STEPS))
    warm = [_seconds(lambda seed=seed: compare(landscape, rivals, 3 * STEPS, seed=seed)) for seed in range(TIMES)]
    what = "Fair comparison, 8 optimizers x 25 rates x 64 starts x 300 steps, tuned and tested, warm"
    yield Row.of(what, "ms", [1000 * each for each in warm], limit=300)
    yield Row("The same, cold", "ms", 1000 * cold, 1, limit=4000)
    drawn = lambda size: sweep(landscape.loss, noisy(Adam(0.05), size), landscape.start, over="noise_seed", values=np.arange(32), steps=STEPS)
    runs = [_seconds(lambda size=size: drawn(size)) for size in np.linspace(1, 2, TIMES + 1)][1:]
    yield Row.of("Noise, 32 draws x 300 steps, Adam, warm", "ms", [1000 * each for each in runs], limit=50)


def numpy_adam(window, rate: np.float32) -> np.ndarray:
    """The same descents as one would write them by hand: every array updated in place, no minimum looked for."""
    x, y = np.meshgrid(*(np.linspace(low, high, RESOLUTION, dtype=np.float32) for low, high in window))
    points, mean, square = np.stack([x, y]), *np.zeros((2, 2, *x.shape), np.float32)
    for step in range(1, STEPS + 1):
        slope = _gradient(points)
        mean *= B1
        mean += (1 - B1) * slope
        square *= B2
        slope *= slope
        slope *= 1 - B2
        square += slope
        np.divide(square, 1 - B2**step, out=slope)
        np.sqrt(slope, out=slope)
        slope += EPS
        np.divide(mean, slope, out=slope)
        slope *= rate / (1 - B1**step)
        points -= slope
    return points


def _gradient(points: np.ndarray) -> np.ndarray:
    """Of Himmelblau's function, at `(2, ny, nx)`."""
    x, y = points
    first, second = x * x + y - 11, x + y * y - 7
    return np.stack([4 * x * first + 2 * second, 2 * first + 4 * y * second])


def _seconds(act: Callable) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
