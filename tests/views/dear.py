"""Small files that are dear to read: `python -m tests.views.dear FOLDER` opens each as the page does, and prints what it took."""

import io
import json
import os
import resource
import struct
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from landscapes import Honesty, Plane, Surface, save_scene
from landscapes.files.archive import Group, write_archive

SIDE, STEPS = 1024, 2**14  # the page's bounds, 2**20 points and 2**17 steps in 8 paths
GRID = {"surface_x": np.arange(5.0), "surface_y": np.arange(5.0), "surface_loss": np.ones((5, 5))}
GROUP = {"zarr_format": 3, "node_type": "group", "attributes": {"thalweg_scene": 1}}


def zipped(members: dict[str, bytes | str]) -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    np.savez(file := io.BytesIO(), **arrays)
    with zipfile.ZipFile(file) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist()})


def header(text: str) -> bytes:
    """An .npz whose `loss` has this text as its header."""
    content = b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text.encode() + bytes(200)
    with zipfile.ZipFile(io.BytesIO(npz(x=np.arange(5.0), y=np.arange(5.0)))) as archive:
        return zipped({**{name: archive.read(name) for name in archive.namelist()}, "loss.npy": content})


def paths(count: int, dtype=float) -> dict[str, np.ndarray]:
    zeros = np.zeros((count, 2), dtype)
    return {key: array for number in range(8) for key, array in ((f"p{number}_positions", zeros), (f"p{number}_losses", zeros[:, 0]))}


def largest_scene(surface: bool = True) -> bytes:
    """As much as the page takes, each path at steps of its own."""
    random, axis = np.random.default_rng(0), np.arange(float(SIDE))
    plane = Plane.axes(((0, SIDE - 1), (0, SIDE - 1)))
    numbers = np.tile(random.random((8, STEPS // 64, 5)) * SIDE, (1, 64, 1))
    runs = {str(k): Honesty(each[:, :2], *each.T[2:], np.arange(STEPS) * (k + 1) + k) for k, each in enumerate(numbers)}
    save_scene(file := io.BytesIO(), Surface(axis, axis, np.tile(random.random((SIDE, 8)), SIDE // 8), plane) if surface else None, runs, plane=plane)
    return file.getvalue()


def large_plane(dtype: str, count: int) -> bytes:
    vectors = {"origin": np.ones(count, dtype), "direction_1": np.ones(count, dtype), "direction_2": np.tile(np.arange(2).astype(dtype), count // 2)}
    about = {"structure": {"leaf": 0}, "window": [[0, 1], [0, 1]]}
    surface = Group({}, {name: GRID[f"surface_{name}"] for name in ("x", "y", "loss")})
    plane = Group(about, {name: Group({}, {"0": vector}) for name, vector in vectors.items()})
    write_archive(file := io.BytesIO(), Group({"thalweg_scene": 1}, {"plane": plane, "surface": surface, "paths": Group({"names": []})}))
    return file.getvalue()


def descriptions(piece: str, count: int) -> bytes:
    """JSON that becomes far larger in memory."""
    much = f"[{','.join([piece] * (2**20 // (len(piece) + 1) - 100))}]"
    about = json.dumps(GROUP)[:-2] + f', "a": {much}}}}}'
    return zipped({f"{'g/' * number}zarr.json": about for number in range(count)})


def table(row: str) -> bytes:
    return b"x,y,loss\n" + "".join(f"{i},{j},{row}\n" for j in range(SIDE) for i in range(SIDE)).encode()


def empty_blocks() -> bytes:
    """A zip file whose first member unpacks 48 MiB to nothing."""
    nothing = b"\0\0\0\xff\xff" * (48 * 2**20 // 5) + b"\1\0\0\xff\xff"
    about = struct.pack("<5H3L2H", 20, 0, 8, 0, 0, 0, len(nothing), 0, 5, 0)
    listed = b"PK\1\2" + struct.pack("<H", 20) + about + struct.pack("<3H2L", 0, 0, 0, 0, 0) + b"x.npy"
    whole = b"PK\3\4" + about + b"x.npy" + nothing
    return whole + listed + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(listed), len(whole), 0)


def hdf5(**options) -> bytes:
    import h5py

    with h5py.File(file := io.BytesIO(), "w") as group:
        group["xcoordinates"] = group["ycoordinates"] = np.arange(float(SIDE))
        group.create_dataset("train_loss", **options)
    return file.getvalue()


# What each ends in: "" is a shown scene, else a part of the sentence.
FILES = {
    "unfinished.npz": (lambda: header("{'descr': ("), "no header of a NumPy array"),
    "unfinished text.npz": (lambda: header("{'descr': '<f8', 'fortran_order': False, 'shape': (5, 5)} '''"), ""),
    "negative shape.npz": (lambda: header("{'descr': '<f8', 'fortran_order': False, 'shape': (-5, -5), }"), "no header of a NumPy array"),
    "endless number.npz": (lambda: header("{'descr': '<f8', 'fortran_order': False, 'shape': (" + "9" * 4000 + ",), }"), "more numbers than fit"),
    "eight long paths.npz": (lambda: npz(**GRID, **paths(500_000)), "would unpack to 92 MiB; 64 MiB are allowed"),
    "paths of bytes.npz": (lambda: npz(**GRID, **paths(2_500_000, np.int8)), "steps together; at most 131,072 are shown"),
    "nine paths.npz": (lambda: npz(**GRID, **{f"{k}_{part}": GRID["surface_loss"][:, : 3 - n].squeeze()[:, :2] if n else np.ones(5)
                                              for k in range(9) for n, part in enumerate(("losses", "path"))}), "9 paths; at most 8"),
    "large surface.npz": (lambda: npz(x=np.arange(2000.0), y=np.arange(2000.0), loss=np.zeros((2000, 2000))), "4,000,000 points"),
    "long text.npz": (lambda: npz(**GRID, caption=np.array("x" * 8_000_000)), ""),
    "empty blocks.npz": (empty_blocks, "no y"),
    "largest.zarr.zip": (largest_scene, ""),
    "no surface.zarr.zip": (lambda: largest_scene(False), ""),
    "large plane.zarr.zip": (lambda: large_plane("f2", 8_000_000), ""),
    "plane of bytes.zarr.zip": (lambda: large_plane("i1", 8_000_000), "for all numbers together"),
    "many groups.zarr.zip": (lambda: zipped({f"{name}zarr.json": json.dumps(GROUP) for name in ("", *(f"g{i}/" for i in range(9000)))}), "lacks a part"),
    "long number.zarr.zip": (lambda: zipped({"zarr.json": f'{{"zarr_format": 3, "a": {"9" * 100_000}}}'}), "no JSON that can be read"),
    "empty lists.zarr.zip": (lambda: descriptions("[]", 2), "lacks a part"),
    "small dicts.zarr.zip": (lambda: descriptions('{"":[]}', 2), "lacks a part"),
    "more dicts.zarr.zip": (lambda: descriptions('{"":[]}', 5), "The descriptions in this file"),
    "largest.csv": (lambda: table(f"0.{'1' * 38}"), ""),
    "one line.csv": (lambda: b"x,y,loss\n" + b"1," * (24 * 2**20), "longer ones"),
    "one number.csv": (lambda: b"x,y,loss\n" + b"1" * (49 * 2**20), "longer ones"),
    "wrong at its end.csv": (lambda: b"x,y,loss\n" + b"1,2,3\n" * (2**20 - 9) + b"1,2,x\n", "Line 1048569 of this table is '1,2,x'"),
    "damaged.h5": (lambda: b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 20, "damaged or cut off"),
    "chunked.h5": (lambda: hdf5(data=np.ones((SIDE, SIDE)), chunks=(32, 32), compression="gzip"), ""),
    "large chunk.h5": (lambda: hdf5(data=np.ones((SIDE, SIDE)), maxshape=(None, None), chunks=(2**12, 2**12), compression=1), ""),
    "vast.h5": (lambda: hdf5(shape=(2**30, 2**10), chunks=(1024, 1024), dtype="f8"), "at most 1,048,576 are read"),
}  # fmt: skip


def write(folder: Path) -> None:
    for name, (make, _) in FILES.items():
        (folder / name).write_bytes(make())


def outcomes(folder: Path) -> Iterator[dict]:
    """For each file what is said of it, seconds of processor time and MiB of memory, in a process of its own."""
    from views.yours import opened

    opened(io.BytesIO(npz(**GRID)), "first")  # imports, which are no matter of a file
    for name in FILES:
        receiving, sending = os.pipe()
        if (child := os.fork()) == 0:
            try:
                os.write(sending, json.dumps(_outcome(opened, folder / name)).encode())
            finally:
                os._exit(0)
        os.close(sending)
        with os.fdopen(receiving) as stream:
            yield {"name": name, **json.loads(stream.read() or "{}")}
        os.waitpid(child, 0)


def _outcome(opened, file: Path) -> dict:
    content = io.BytesIO(file.read_bytes())
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        opened(content, file.name)
        said = ""
    except Exception as error:
        said = f"{type(error).__name__}: {str(error)[:200]}"
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.process_time() - began + children.ru_utime + children.ru_stime
    return {"said": said, "seconds": seconds, "mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024}


if __name__ == "__main__":
    for each in outcomes(Path(sys.argv[1])):
        print(json.dumps(each), flush=True)
