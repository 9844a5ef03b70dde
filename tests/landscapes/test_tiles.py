"""Surfaces in tiles: the same bits as plain ones, kept as they finish, taken up after any death."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import pytest

from landscapes import LANDSCAPES, NumpyLoss, Plane, evaluate
from landscapes.tiles import TILES_A_WORKER, _tile
from tests.landscapes.perceptron import Sharing, data, parameters

HIMMELBLAU = LANDSCAPES["himmelblau"]
PLANE = Plane.random(parameters(), 0, window=((-1.0, 1.0), (-0.5, 1.0)))
SHARING = Sharing(*map(jax.numpy.asarray, data()))  # two points at a time
FLAT = Plane.random(np.arange(1.0, 6.0), 0, normalize="none")


def slow(vector):
    """One millisecond a point."""
    time.sleep(1e-3)
    return np.sin(vector).sum()


def stuck(vector, calls=[]):
    """The same, 700 times; then it waits to be killed."""
    calls.append(1)
    if len(calls) > 700:
        time.sleep(600)
    return slow(vector)


def log(vector):
    """Who calls is written down, a line a point."""
    with open(os.environ["CALLS"], "a") as file:
        print(os.getpid(), file=file)
    return slow(vector)


def tiles_of(folder: Path) -> list[Path]:
    chunks = folder / "values" / "c"
    return [file for file in chunks.iterdir() if not file.name.startswith(".")] if chunks.exists() else []


@pytest.mark.parametrize(
    "loss, plane, resolution",
    [(HIMMELBLAU.loss, Plane.axes(HIMMELBLAU.window), (200, 130)), (SHARING.loss, PLANE, (23, 19)), (NumpyLoss(np.sum), FLAT, (30, 9))],
)
def test_a_surface_in_a_store_has_the_bits_of_a_plain_one(loss, plane, resolution, tmp_path):
    plain = evaluate(loss, plane, resolution)
    stored = evaluate(loss, plane, resolution, store=tmp_path / "s.zarr")
    again = evaluate(loss, plane, resolution, store=tmp_path / "s.zarr")
    for other in (stored, again):
        np.testing.assert_array_equal(other.loss, plain.loss, strict=True)


def test_only_what_is_missing_is_computed_again(tmp_path):
    calls = []
    loss = NumpyLoss(lambda vector: calls.append(1) or np.sin(vector).sum())
    whole = evaluate(loss, FLAT, (40, 32), store=tmp_path)
    assert len(calls) == 1280
    tiles = sorted(tiles_of(tmp_path), key=lambda file: int(file.name))
    for number in (3, 4, 40):
        tiles[number].unlink()
    tiles[50].write_bytes(tiles[50].read_bytes()[:-1])  # cut off
    calls.clear()
    np.testing.assert_array_equal(evaluate(loss, FLAT, (40, 32), store=tmp_path).loss, whole.loss)
    assert len(calls) == 4 * 20 + 1, "four tiles, and a point that tells whether the loss is the same"


@pytest.mark.filterwarnings("ignore")
def test_zarr_itself_reads_the_store(tmp_path):
    zarr = pytest.importorskip("zarr", reason="zarr, the reference, is not installed")
    surface = evaluate(NumpyLoss(np.sum), FLAT, (30, 9), store=tmp_path)
    group = zarr.open_group(tmp_path, mode="r", zarr_format=3)
    loss = np.empty(270)
    loss[group["points"][:]] = group["values"][:]
    np.testing.assert_array_equal(loss.reshape(9, 30), surface.loss)


def test_stopping_keeps_what_is_finished_and_counts_on(tmp_path):
    told = []

    def report(done, tiles):
        told.append((done, tiles))
        return done < 10

    with pytest.raises(InterruptedError, match="10 of 64"):
        evaluate(NumpyLoss(np.sum), FLAT, 32, store=tmp_path, report=report)
    assert len(tiles_of(tmp_path)) == 10
    told.clear()
    with pytest.raises(InterruptedError):
        evaluate(NumpyLoss(np.sum), FLAT, 32, store=tmp_path, report=lambda done, tiles: told.append((done, tiles)) or False)
    assert told == [(11, 64)]


def test_a_store_of_something_else_is_refused(tmp_path):
    evaluate(NumpyLoss(np.sum), FLAT, 9, store=tmp_path / "s")
    with pytest.raises(ValueError, match="another surface"):
        evaluate(NumpyLoss(np.sum), FLAT, 10, store=tmp_path / "s")
    with pytest.raises(ValueError, match="another surface"):
        evaluate(NumpyLoss(np.sum), Plane.random(np.arange(1.0, 6.0), 1, normalize="none"), 9, store=tmp_path / "s")
    with pytest.raises(ValueError, match="another loss"):
        evaluate(NumpyLoss(lambda vector: vector.sum() + 1), FLAT, 9, store=tmp_path / "s")
    (tmp_path / "s" / "zarr.json").write_text(json.dumps([1]))
    with pytest.raises(ValueError, match="another surface"):
        evaluate(NumpyLoss(np.sum), FLAT, 9, store=tmp_path / "s")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="no tiles"):
        evaluate(NumpyLoss(np.sum), FLAT, 9, store=tmp_path / "own")


def test_tiles_are_whole_groups_whatever_their_number():
    for points, group, tiles in ((4, 1, 64), (10201, 7, 64), (10201, 1, 16), (2**20, 16384, 800)):
        size = _tile(points, group, tiles)
        assert size % group == 0 and size > 0
        assert -(-points // size) >= tiles or size == group


def test_a_process_killed_half_way_is_taken_up_to_the_same_bits(tmp_path, home):
    program = (
        "from tests.landscapes.test_tiles import *\n"
        f"evaluate(NumpyLoss(stuck), FLAT, (40, 32), store={str(tmp_path / 's')!r})\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=home)
    try:
        deadline = time.monotonic() + 60
        while len(tiles_of(tmp_path / "s")) < 20:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    finished = len(tiles_of(tmp_path / "s"))
    assert 20 <= finished <= 35
    calls = []
    resumed = evaluate(NumpyLoss(lambda vector: calls.append(1) or np.sin(vector).sum()), FLAT, (40, 32), store=tmp_path / "s")
    assert len(calls) == 20 * (64 - finished) + 1
    np.testing.assert_array_equal(resumed.loss, evaluate(NumpyLoss(lambda vector: np.sin(vector).sum()), FLAT, (40, 32)).loss)


@pytest.mark.filterwarnings("ignore")  # of sockets and loops of processes that are killed
def test_any_number_of_workers_gives_the_same_bits_and_one_that_is_killed_loses_nothing(tmp_path, monkeypatch, home):
    distributed = pytest.importorskip("distributed", reason="dask is not installed: pip install 'thalweg[cluster]'")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("PYTHONPATH", str(home))
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, distributed.Client(cluster) as client:
        plain = evaluate(SHARING.loss, PLANE, (23, 19))
        np.testing.assert_array_equal(evaluate(SHARING.loss, PLANE, (23, 19), client=client).loss, plain.loss, strict=True)

        def report(done, tiles):
            if done == 2:
                os.kill(int((tmp_path / "calls").read_text().split()[-1]), signal.SIGKILL)

        from tests.landscapes import test_tiles as by_name  # so that workers import it, and need no copy

        killed = evaluate(NumpyLoss(by_name.log), FLAT, (32, 20), client=client, store=tmp_path / "s", report=report)
        workers = set((tmp_path / "calls").read_text().split())
        assert len(workers) >= 2
        np.testing.assert_array_equal(killed.loss, evaluate(NumpyLoss(lambda vector: np.sin(vector).sum()), FLAT, (32, 20)).loss)
        assert len(tiles_of(tmp_path / "s")) >= 2 * TILES_A_WORKER

        with pytest.raises(ZeroDivisionError):
            evaluate(NumpyLoss(by_name.fails), FLAT, 8, client=client)


def fails(vector):
    return 1 / 0
