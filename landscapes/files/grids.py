"""Grids of losses in the formats that other tools read and write: NumPy's .npz, CSV, HDF5 and VTK."""

import csv
import io
import json
import math
import os
import re
import warnings
from typing import BinaryIO

import numpy as np

from landscapes.files.hdf5 import as_npz
from landscapes.files.scene import Scene, checked_surface, read_scene
from landscapes.files.archive import DESCRIPTION
from landscapes.files.source import LIMIT, Members, Source, opened
from landscapes.honesty import Honesty
from landscapes.surface import Surface

COLUMNS = ("x", "y", "loss")
PATH_COLUMNS = ("path", "step", "x", "y", "loss", "slice_loss", "off_plane")
PLACES = ("positions", "path")  # what an .npz of Explore and one of Networks call the coordinates of a run
TEXTS = ("query", "settings", "caption")  # how one of ours was made
LONGEST_TEXT = 2**15
MOST_ROWS = 2**21  # of a CSV: a second's reading
HDF5 = b"\x89HDF\r\n\x1a\n"


def load(source: Source, *, limit: int = LIMIT) -> Scene:
    """A scene or a grid, told by its content: `.zarr.zip`, `.npz`, `.csv`, and HDF5 of tomgoldstein/loss-landscape.

    Safe for a stranger's file of at most `limit` bytes; HDF5 is read in a process of its own, with h5py.
    Raises ValueError, in one sentence, for anything else.
    """
    with opened(source, limit) as file:
        head = file.read(len(HDF5))
        file.seek(0)
        if head == HDF5:
            return _read_npz(Members(io.BytesIO(as_npz(file.read(limit), limit)), limit), limit)
        if not head.startswith(b"PK"):
            return Scene((surface := _read_csv(file.read(limit))).plane, surface)
        members = Members(file, limit)
        return read_scene(members, limit=limit) if DESCRIPTION in members else _read_npz(members, limit)


def save_npz(file: str | os.PathLike | BinaryIO, scene: Scene) -> None:
    """Arrays `surface_x`, `surface_y`, `surface_loss`, and `<name>_positions` (k, 2) and `<name>_losses` of each path."""
    arrays = {}
    if scene.surface is not None:
        arrays |= {f"surface_{name}": getattr(scene.surface, name) for name in COLUMNS}
    for name, path in scene.paths.items():
        # A name is a file inside the archive.
        name = name.replace("/", " ").replace("\\", " ")
        arrays |= {f"{name}_positions": path.coordinates, f"{name}_losses": path.losses}
    np.savez_compressed(file, allow_pickle=False, **arrays)


def surface_csv(surface: Surface) -> str:
    """A row `x,y,loss` for each point, row by row; numbers at full precision."""
    points = ((x, y, loss) for y, row in zip(surface.y, surface.loss) for x, loss in zip(surface.x, row))
    return _table(COLUMNS, (map(_text, point) for point in points))


def paths_csv(paths: dict[str, Honesty]) -> str:
    """A row for each path and step, in plane coordinates; numbers at full precision, `nan` where nothing is known."""
    rows = []
    for name, path in paths.items():
        columns = (*path.coordinates.T, path.losses, path.slice_losses, path.off_plane)
        steps = range(len(path.losses)) if path.steps is None else path.steps.tolist()
        rows += [(name, str(step), *map(_text, numbers)) for step, *numbers in zip(steps, *columns)]
    return _table(PATH_COLUMNS, rows)


def surface_vtk(surface: Surface) -> str:
    """The surface for ParaView: a rectilinear grid in VTK's legacy text format. Source: VTK file formats, 4.2."""
    nx, ny = len(surface.x), len(surface.y)
    axes = (("X", surface.x), ("Y", surface.y), ("Z", np.zeros(1)))
    lines = ["# vtk DataFile Version 3.0", "a slice of a loss", "ASCII", "DATASET RECTILINEAR_GRID", f"DIMENSIONS {nx} {ny} 1"]
    for name, axis in axes:
        lines += [f"{name}_COORDINATES {len(axis)} double", " ".join(map(_text, axis))]
    lines += [f"POINT_DATA {nx * ny}", "SCALARS loss double 1", "LOOKUP_TABLE default"]
    return "\n".join([*lines, *(" ".join(map(_text, row)) for row in surface.loss)]) + "\n"


def _text(number) -> str:
    return repr(float(number))


def _table(columns, rows) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return file.getvalue()


def _read_csv(content: bytes) -> Surface:
    if content.startswith(b"\x93NUMPY"):
        raise ValueError("An .npy file holds one array; save x, y and loss together, with np.savez.")
    if b"\0" in content[:4096]:
        raise ValueError("This file is none of .zarr.zip, .npz, .csv and .h5.")
    if content.count(b"\n") > MOST_ROWS:
        raise ValueError(f"This table has more than {MOST_ROWS:,} rows; save so many as .npz.")
    head, _, rest = content.partition(b"\n")
    names = [name.strip().strip('"').lower() for name in head[:1000].decode("utf-8-sig", errors="replace").split(",")]
    if sorted(names) != sorted(COLUMNS):
        found = head[:60].decode("utf-8-sig", errors="replace").strip()
        if found.lower().startswith(("<!doctype html", "<html")):
            raise ValueError("This is a web page, which a browser opens by itself; the scene in it is saved as .zarr.zip too.")
        hint = " Part the columns with commas." if sorted(re.split(r"\W+", found)) == sorted(COLUMNS) else ""
        raise ValueError(f"A table of losses begins with the line {','.join(COLUMNS)}; this one with {found!r}.{hint}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a table without rows
            table = np.loadtxt(io.BytesIO(rest), delimiter=",", ndmin=2, comments=None)
    except (ValueError, UnicodeError) as error:
        raise ValueError(f"This table of losses cannot be read: {str(error)[:120].rstrip('.')}.") from None
    if table.shape[1] != len(names):
        raise ValueError("This table of losses has no rows below its first line.")
    x, y, loss = (table[:, names.index(name)] for name in COLUMNS)
    return _gridded(x, y, loss)


def _gridded(x: np.ndarray, y: np.ndarray, loss: np.ndarray) -> Surface:
    columns, rows = np.unique(x), np.unique(y)
    if len(columns) * len(rows) != len(loss):
        raise ValueError(f"{len(columns)} values of x and {len(rows)} of y need a row for each pair of them; there are {len(loss)}.")
    values, filled = np.empty((len(rows), len(columns))), np.zeros((len(rows), len(columns)), bool)
    at = np.searchsorted(rows, y), np.searchsorted(columns, x)
    values[at], filled[at] = loss, True
    if not filled.all():
        raise ValueError("This table of losses names a point twice and another one not at all.")
    return checked_surface(columns, rows, values)


def _read_npz(members: Members, limit: int) -> Scene:
    named = {name.removesuffix(".npy"): name for name in members.names() if name.endswith(".npy")}
    prefix = "surface_" if "surface_loss" in named else ""
    if missing := [prefix + name for name in COLUMNS if prefix + name not in named]:
        if prefix + "loss" in named:
            _read_npy(members, named[prefix + "loss"], limit)  # says what is worse
        raise ValueError(f"A grid needs arrays x (nx,), y (ny,) and loss (ny, nx); this file has no {' and no '.join(missing)}.")
    read = lambda name: _read_npy(members, named[name], limit)
    surface = checked_surface(*(read(prefix + name) for name in COLUMNS))
    paths = {}
    for name in sorted(named):
        run, _, part = name.rpartition("_")
        if part in PLACES and f"{run}_losses" in named:
            beside = (read(each) if each in named else None for each in (f"{run}_slice_losses", f"{run}_off_plane"))
            paths[run] = _path(read(name), read(f"{run}_losses"), *beside)
    made = {name: _parsed(str(read(name))[:LONGEST_TEXT]) for name in TEXTS if name in named}
    return Scene(surface.plane, surface, paths, made)


def _path(positions: np.ndarray, losses: np.ndarray, slice_losses: np.ndarray | None, off_plane: np.ndarray | None) -> Honesty:
    count = losses.shape[:1]
    slice_losses = np.full(count, np.nan) if slice_losses is None else slice_losses
    off_plane = np.zeros(count) if off_plane is None else off_plane
    columns = losses, slice_losses, off_plane
    shapes = [positions.shape != (*count, 2), *(each.shape != count for each in columns)]
    if any(shapes) or {each.dtype.kind for each in (positions, *columns)} - set("fiu"):
        raise ValueError(f"A path needs positions (k, 2) and losses (k,), in numbers; got {positions.shape} and {losses.shape}.")
    return Honesty(*(each.astype(float) for each in (positions, *columns)))


def _parsed(text: str):
    """What JSON says, or the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _read_npy(members: Members, name: str, limit: int) -> np.ndarray:
    """An array whose header claims just the bytes that are there, and numbers only."""
    content = io.BytesIO(members.read(name, limit))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            version = np.lib.format.read_magic(content)
            header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, fortran, dtype = header(content)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError, EOFError):
        raise ValueError(f"{name} has no header of a NumPy array.") from None
    if dtype.hasobject or dtype.kind not in "fiubU":
        raise ValueError(f"{name} holds {'pickled objects' if dtype.hasobject else dtype.name}, not numbers.")
    claimed = math.prod(map(int, shape)) * dtype.itemsize
    rest = content.getbuffer()[content.tell() :]
    if claimed != len(rest):
        raise ValueError(f"{name} claims {claimed:,} bytes of numbers and has {len(rest):,}.")
    return np.frombuffer(rest, dtype).reshape(shape, order="F" if fortran else "C")
