"""Programs with batched linear algebra end, however many threads ask for them and on any number of cores."""

import os
import subprocess
import sys

import pytest

from tests.batched_linear_algebra import ELSEWHERE, PARTS

LIMIT = 300  # seconds, of which a quiet machine needs 15; what hangs is noticed sooner, by itself
ON_ONE_CORE = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])"


def check(home, parts, before="") -> None:
    program = f"{before}\nfrom tests.batched_linear_algebra import run\nrun({list(parts)!r})"
    try:
        done = subprocess.run([sys.executable, "-c", program], cwd=home, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired as error:
        pytest.fail(f"no end after {LIMIT} s of {(error.stdout or b'').decode().splitlines()}")
    assert done.stdout.splitlines() == [*parts, "done"], done.stdout + done.stderr[-5000:]


def test_maps_sweeps_and_surfaces_end_on_all_cores(home):
    check(home, PARTS)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux lets a process choose its cores")
def test_maps_sweeps_and_surfaces_end_on_one_core(home):
    check(home, PARTS, ON_ONE_CORE)


def test_a_surface_from_workers_ends(home):
    pytest.importorskip("distributed", reason="dask is not installed: pip install 'thalweg[cluster]'")
    check(home, ELSEWHERE)
