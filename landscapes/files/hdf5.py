"""HDF5 surfaces of tomgoldstein/loss-landscape. The library of that format trusts its files, so a process of its own reads them."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

UNFINISHED = -1  # what tomgoldstein/loss-landscape writes where it has not yet computed
PATIENCE = 20  # seconds on the clock
STARTING = 1  # second of processor time for Python, NumPy and h5py to start in
NAMES = ("xcoordinates", "ycoordinates", "train_loss")
REFUSED = 3  # the exit code with a sentence of ours
UNREADABLE = "This HDF5 file is damaged or cut off, or it takes too much time or memory to read here."


def as_npz(content: bytes, points: int, seconds: int = PATIENCE, memory: int = 2**32) -> bytes:
    """An .npz with `x`, `y` and `loss` of such a file, read in `seconds` of processor time and `memory` bytes.

    Raises ValueError, in one sentence, for any other file and for a surface of more than so many `points`.
    """
    command = [sys.executable, "-P", __file__, str(points), str(seconds), str(memory)]
    # -P: the names of this folder's files are not importable there.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    try:
        reader = subprocess.run(command, input=content, capture_output=True, timeout=PATIENCE, env=environment)
    except subprocess.TimeoutExpired:
        raise ValueError(f"This HDF5 file cannot be read in {PATIENCE} seconds.") from None
    except OSError:
        raise ValueError("HDF5 files cannot be read here at the moment: no process could be started.") from None
    if reader.returncode == REFUSED:
        raise ValueError(reader.stderr.decode(errors="replace").strip().splitlines()[-1])
    if reader.returncode:
        raise ValueError(UNREADABLE)
    return reader.stdout


def refused(sentence: str):
    """End with a sentence of ours."""
    print(sentence, file=sys.stderr)
    sys.exit(REFUSED)


def surface(file: io.BytesIO, points: int) -> dict[str, np.ndarray]:
    """`train_loss` over `xcoordinates` and `ycoordinates`.

    Its flat index runs over np.meshgrid(x, y), whatever shape it stores: x runs fastest (plot_surface.py, scheduler.py).
    """
    try:
        import h5py
    except ImportError:
        refused("This is an HDF5 file, and h5py, which reads those, is not installed here: pip install 'thalweg[files]' brings it.")
    try:
        with h5py.File(file, "r") as group:
            x, y, loss = (_dataset(h5py, group, name, points) for name in NAMES)
    except Exception:  # h5py has many names for what HDF5 stumbles over
        refused(UNREADABLE)
    if loss.size != x.size * y.size:
        refused(f"train_loss of this HDF5 file has {loss.size:,} numbers for {x.size:,} x {y.size:,} coordinates.")
    loss = loss.astype(np.float64).reshape(y.size, x.size)
    return {"x": x, "y": y, "loss": np.where(loss == UNFINISHED, np.nan, loss)}


def _dataset(h5py, group, name: str, points: int) -> np.ndarray:
    if not isinstance(group.get(name, getlink=True), h5py.HardLink) or not isinstance(group.get(name), h5py.Dataset):
        refused(f"An HDF5 surface of tomgoldstein/loss-landscape has {name}; this file has not.")
    dataset = group[name]
    if dataset.external or dataset.is_virtual or dataset.dtype.kind not in "fiu":
        refused(f"{name} of this HDF5 file lies in another file or holds no numbers.")
    if dataset.size > points:
        refused(f"{name} of this HDF5 file has {dataset.size:,} numbers; at most {points:,} are read.")
    return dataset[()]


def _limit(seconds: int, memory: int) -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (seconds + STARTING, seconds + STARTING))
        started = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (started + memory, started + memory))
    except (ImportError, ValueError, OSError):  # Windows or macOS, or stricter limits than these
        pass


def _main() -> None:
    points, seconds, memory = map(int, sys.argv[1:])
    _limit(seconds, memory)
    arrays = surface(io.BytesIO(sys.stdin.buffer.read()), points)
    np.savez(sys.stdout.buffer, **arrays)


if __name__ == "__main__":
    _main()
