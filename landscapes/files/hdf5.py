"""HDF5 surfaces of tomgoldstein/loss-landscape. The library of that format trusts its files, so a process of its own reads them."""

import io
import os
import subprocess
import sys

import numpy as np

UNFINISHED = -1  # what tomgoldstein/loss-landscape writes where it has not yet computed
PATIENCE = 20  # seconds; processor time is limited to them as well
MEMORY = 2**32  # bytes of addresses for the reader
NAMES = ("xcoordinates", "ycoordinates", "train_loss")


def as_npz(content: bytes, limit: int) -> bytes:
    """An .npz with `x`, `y` and `loss` of such a file. Raises ValueError, in one sentence, for any other."""
    command = [sys.executable, "-P", __file__, str(limit)]  # -P: the names of this folder's files are not importable there
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    try:
        reader = subprocess.run(command, input=content, capture_output=True, timeout=PATIENCE, env=environment)
    except subprocess.TimeoutExpired:
        raise ValueError(f"This HDF5 file cannot be read in {PATIENCE} seconds.") from None
    if reader.returncode:
        said = reader.stderr.decode(errors="replace").strip().splitlines() if reader.returncode == 1 else []
        raise ValueError(f"This HDF5 file cannot be read: {said[-1][:150] if said else 'its reader broke off.'}")
    return reader.stdout


def _read(file: io.BytesIO, limit: int) -> dict[str, np.ndarray]:
    """`train_loss` over `xcoordinates` and `ycoordinates`.

    Its flat index runs over np.meshgrid(x, y), whatever shape it stores: x runs fastest (plot_surface.py, scheduler.py).
    """
    try:
        import h5py
    except ImportError:
        sys.exit("h5py is not installed here; pip install 'thalweg[files]' brings it.")
    try:
        with h5py.File(file, "r") as group:
            x, y, loss = (_dataset(h5py, group, name, limit) for name in NAMES)
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        sys.exit(" ".join(str(error).split()))
    if loss.size != x.size * y.size:
        sys.exit(f"train_loss has {loss.size} numbers for {x.size} x {y.size} coordinates.")
    loss = loss.astype(np.float64).reshape(y.size, x.size)
    return {"x": x, "y": y, "loss": np.where(loss == UNFINISHED, np.nan, loss)}


def _dataset(h5py, group, name: str, limit: int) -> np.ndarray:
    if not isinstance(group.get(name, getlink=True), h5py.HardLink) or not isinstance(group.get(name), h5py.Dataset):
        sys.exit(f"a surface of tomgoldstein/loss-landscape has {name}; this file has not.")
    dataset = group[name]
    if dataset.external or dataset.is_virtual or dataset.dtype.kind not in "fiu" or dataset.nbytes > limit:
        sys.exit(f"{name} is larger than allowed, lies in another file, or holds no numbers.")
    return dataset[()]


def _main() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))
    except (ImportError, ValueError, OSError):  # Windows, or stricter limits than these
        pass
    arrays = _read(io.BytesIO(sys.stdin.buffer.read()), int(sys.argv[1]))
    written = io.BytesIO()
    np.savez(written, **arrays)
    sys.stdout.buffer.write(written.getvalue())


if __name__ == "__main__":
    _main()
