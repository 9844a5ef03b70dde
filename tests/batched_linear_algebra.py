"""Work that batched linear algebra once stopped for ever, for a process of its own. Prints each part before it begins."""

import faulthandler
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np

from landscapes import LANDSCAPES, Plane, evaluate
from optimizers import OPTIMIZERS, basins, descend, sweep

STILL = 30  # seconds without any work after which a process hangs: on a busy machine it only seldom works
X = np.linspace(0, 5, 12)
Y = np.sin(X)


class Likelihood:
    """The negative log marginal likelihood of a Gaussian process: triangular solutions of a Cholesky factor."""

    window, minima, start = ((-2.0, 2.0), (-3.0, 1.0)), (), (0.5, -1.0)

    @staticmethod
    def loss(point):
        length, noise = jnp.exp(point[0]), jnp.exp(point[1])
        kernel = jnp.exp(-0.5 * ((X[:, None] - X) / length) ** 2) + (noise**2 + 1e-3) * jnp.eye(len(X))
        factor = jnp.linalg.cholesky(kernel)
        weights = jax.scipy.linalg.solve_triangular(factor, Y, lower=True)
        return 0.5 * weights @ weights + jnp.log(jnp.diag(factor)).sum()


class Spectra:
    """Singular values, a determinant and a Fourier transform, none of which needs another: they may run side by side."""

    window, minima, start = ((-1.0, 1.0), (-1.0, 1.0)), (), (0.5, -0.5)

    @staticmethod
    def loss(point):
        x, y = point
        matrix = jnp.diag(jnp.arange(2.0, 7.0)) + 0.3 * jnp.sin(x * X[:5, None] + y * X[:5])
        wave = jnp.fft.rfft(jnp.cos(x * X) + jnp.sin(y * X))
        return jnp.linalg.svd(matrix, compute_uv=False).sum() + jnp.linalg.slogdet(matrix)[1] ** 2 / 9 + (jnp.abs(wave) ** 2).sum() / 99


def check_map(landscape, optimizer, steps: int, resolution: int) -> None:
    """Each end of a map is that of `descend` from its start."""
    atlas = basins(landscape, optimizer, steps, resolution)
    for j, i in ((0, 0), (resolution // 2, 1), (resolution - 1, resolution - 1)):
        run = descend(landscape.loss, optimizer, (atlas.x[i], atlas.y[j]), steps)
        np.testing.assert_allclose(atlas.reached.final[j, i], run.positions[-1], rtol=1e-6, atol=1e-9)


def check_sweeps(landscape) -> None:
    """Two sweeps at once are the sweep alone."""
    rates = np.geomspace(1e-3, 1e-1, 16)
    one = lambda _: sweep(landscape.loss, OPTIMIZERS["adam"](), landscape.start, over="learning_rate", values=rates, steps=60).losses
    _check_side_by_side(one)


def check_surfaces(landscape) -> None:
    """Two surfaces at once are the surface alone, and what the loss is at a point."""
    plane = Plane.axes(landscape.window)
    surface = _check_side_by_side(lambda _: evaluate(landscape.loss, plane, 40).loss)
    with jax.enable_x64(True):
        np.testing.assert_allclose(surface[0, 0], landscape.loss(np.array(landscape.window)[:, 0]), rtol=1e-6)


def check_dask() -> None:
    """A surface from two threads of one worker is the surface."""
    from distributed import Client, LocalCluster

    plane = Plane.axes(Likelihood.window)
    alone = evaluate(Likelihood.loss, plane, 40).loss
    with LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster, Client(cluster) as client:
        np.testing.assert_array_equal(evaluate(Likelihood.loss, plane, 40, client=client).loss, alone)


def _check_side_by_side(work):
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(work, range(2))
    alone = work(0)
    np.testing.assert_array_equal(first, alone)
    np.testing.assert_array_equal(second, alone)
    return alone


PARTS = {
    "the map of a likelihood": lambda: check_map(Likelihood, OPTIMIZERS["adam"](learning_rate=0.05), 40, 32),
    "the map of spectra": lambda: check_map(Spectra, OPTIMIZERS["adam"](learning_rate=0.02), 30, 20),
    "the map of Newton's method": lambda: check_map(LANDSCAPES["himmelblau"], OPTIMIZERS["newton"](), 30, 64),
    "two sweeps": lambda: check_sweeps(Likelihood),
    "two surfaces": lambda: check_surfaces(Likelihood),
}
ELSEWHERE = {"Dask's workers": check_dask}


def run(names) -> None:
    threading.Thread(target=_watch, daemon=True).start()
    for name in names:
        print(name, flush=True)
        (PARTS | ELSEWHERE)[name]()
    print("done", flush=True)


def _watch() -> None:
    """End a process that does nothing, with where its threads stand."""
    worked, since = time.process_time(), time.monotonic()
    while True:
        time.sleep(1)
        if time.process_time() - worked > 0.1:
            worked, since = time.process_time(), time.monotonic()
        elif time.monotonic() - since > STILL:
            print("hangs", flush=True)
            faulthandler.dump_traceback(sys.stderr)
            os._exit(1)
