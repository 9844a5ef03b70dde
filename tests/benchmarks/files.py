"""Files and many processes: what a store, tiles and a cluster cost beside a plain surface; how soon a file is open."""

import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np

from landscapes import Plane, evaluate, save_scene
from landscapes.files import load
from landscapes.networks import Architecture, make_network
from tests.benchmarks.app import running
from tests.benchmarks.browser import chromium, executable, visit
from tests.benchmarks.report import Row
from tests.views import dear

RESOLUTION, TIMES, LARGE = 101, 7, 401


def measure() -> Iterator[Row]:
    _, network = make_network(Architecture(widths=(64, 64)), data="digits")
    plane = Plane.random(network.start, 0)
    with tempfile.TemporaryDirectory() as folder:
        number = count()
        kept = lambda: evaluate(network.loss, plane, RESOLUTION, store=Path(folder) / str(next(number)))
        plain = lambda: evaluate(network.loss, plane, RESOLUTION)
        # In the processor's time: what else runs on the machine is no matter of the store.
        yield _overhead("A surface in a store, processor time", plain, kept, 10, time.process_time)
    yield from _cluster(network, plane)
    yield from _opening()
    yield from _dear()


def _dear() -> Iterator[Row]:
    """What a visitor can make the server spend on one upload."""
    with tempfile.TemporaryDirectory() as folder:
        dear.write(Path(folder))
        command = [sys.executable, "-W", "ignore", "-m", "tests.views.dear", folder]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    outcomes = [json.loads(line) for line in told.splitlines()]
    worst = max(outcomes, key=lambda each: each["seconds"])
    what = f"dear files: worst processor time of a refused or shown file ({worst['name']})"
    yield Row(what, "s", worst["seconds"], len(outcomes), limit=2)
    memory = max(outcomes, key=lambda each: each["mib"])
    yield Row(f"dear files: most memory for one ({memory['name']})", "MiB", memory["mib"], len(outcomes), limit=300)


def _cluster(network, plane: Plane) -> Iterator[Row]:
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        return
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        plain = lambda: evaluate(network.loss, plane, RESOLUTION)
        yield _overhead("A surface by two Dask workers", plain, lambda: evaluate(network.loss, plane, RESOLUTION, client=client), 15)


def _overhead(what: str, plain: Callable, other: Callable, limit: float, clock: Callable[[], float] = time.perf_counter) -> Row:
    """In per cent of the plain call; the two take turns, so that both meet the same machine."""
    np.testing.assert_array_equal(other().loss, plain().loss)
    pairs = [(_seconds(plain, clock), _seconds(other, clock)) for _ in range(TIMES)]
    more = [100 * (other / plain - 1) for plain, other in pairs]
    name = f"{what}, digits perceptron {RESOLUTION} x {RESOLUTION}: longer than plain ({1000 * np.median(pairs, axis=0)[0]:.0f} ms)"
    return Row.of(name, "%", more, limit=limit)


def _opening() -> Iterator[Row]:
    axis = np.linspace(-3, 3, LARGE)
    bowls = [np.sin(number + axis)[None] + axis[:, None] ** 2 for number in range(TIMES + 1)]
    files = [io.BytesIO() for _ in bowls]
    for file, bowl in zip(files, bowls):
        np.savez(file, x=axis, y=axis, loss=bowl)
    yield Row.of(f"A surface file of {LARGE} x {LARGE} read", "ms", [1000 * _seconds(lambda file=file: load(file)) for file in files])
    scene = io.BytesIO()
    save_scene(scene, load(files[0]).surface)
    yield Row.of("The same as a scene, .zarr.zip", "ms", [1000 * _seconds(lambda: load(scene)) for _ in range(TIMES)])
    if executable() is None:
        return
    with running() as app, chromium("--disable-gpu") as (browser, _), visit(browser) as page:
        page.goto(f"{app.url}/yours")
        chooser = page.locator("input[type=file]").first
        chooser.wait_for(state="attached")
        opened = []
        for number, file in enumerate(files):
            before = page.evaluate("performance.getEntriesByName('stage:paint').length")
            begun = time.perf_counter()
            chooser.set_input_files({"name": f"{number}.npz", "mimeType": "application/zip", "buffer": file.getvalue()})
            while page.evaluate("performance.getEntriesByName('stage:paint').length") == before:
                time.sleep(0.01)
            opened.append(1000 * (time.perf_counter() - begun))
            page.wait_for_timeout(1500)
        yield Row(f"A surface file of {LARGE} x {LARGE} opened in the app, the first", "ms", opened[0], 1)
        yield Row.of("The same, the next ones", "ms", opened[1:], limit=1000)


def _seconds(call: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    begun = clock()
    call()
    return clock() - begun
