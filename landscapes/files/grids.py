"""Grids of losses in the formats that other tools read and write: NumPy's .npz, CSV, HDF5 and VTK."""

import csv
import io
import json
import os
import re
import warnings
from collections.abc import Iterable
from typing import BinaryIO

import numpy as np

from landscapes.files.archive import DESCRIPTION
from landscapes.files.hdf5 import as_npz
from landscapes.files.npy import MAGIC, read_array
from landscapes.files.pytrees import is_plain
from landscapes.files.scene import Scene, checked_surface, read_scene
from landscapes.files.source import LIMIT, Bounds, Members, Source, opened, quoted
from landscapes.files.target import written
from landscapes.honesty import Honesty
from landscapes.surface import Surface

COLUMNS = ("x", "y", "loss")
PATH_COLUMNS = ("path", "step", "x", "y", "loss", "slice_loss", "off_plane")
PLACES = ("positions", "path")  # what an .npz of Explore and one of Networks call the coordinates of a run
TEXTS = ("query", "settings", "caption")  # how one of ours was made
LONGEST_TEXT = 2**15  # letters
MOST_ROWS = 2**21  # of a CSV: a second's reading
LONGEST_ROW = 1000  # letters
HDF5 = b"\x89HDF\r\n\x1a\n"


def load(source: Source, *, limit: int | Bounds = LIMIT) -> Scene:
    """A scene or a grid, told by its content: `.zarr.zip`, `.npz`, `.csv`, and HDF5 of tomgoldstein/loss-landscape.

    Safe for a stranger's file of at most `limit` bytes, or within the `Bounds`; HDF5 is read in a process of its own,
    with h5py. Raises ValueError, in one sentence, for anything else.
    """
    bounds = Bounds.of(limit)
    with opened(source, bounds) as file:
        head = file.read(len(HDF5))
        file.seek(0)
        if head == HDF5:
            npz = as_npz(file.read(), bounds.points, bounds.seconds, bounds.memory)
            return _read_npz(Members(io.BytesIO(npz), bounds), bounds)
        if not head.startswith(b"PK"):
            return Scene((surface := _read_csv(file.read(), bounds)).plane, surface)
        members = Members(file, bounds)
        return read_scene(members, limit=bounds) if DESCRIPTION in members else _read_npz(members, bounds)


def save_npz(file: str | os.PathLike | BinaryIO, scene: Scene) -> None:
    """Arrays `surface_x`, `surface_y`, `surface_loss`, and `<name>_positions` (k, 2) and `<name>_losses` of each path."""
    arrays = {}
    if scene.surface is not None:
        arrays |= {f"surface_{name}": getattr(scene.surface, name) for name in COLUMNS}
    for name, path in scene.paths.items():
        # A name is a file inside the archive.
        name = name.replace("/", " ").replace("\\", " ")
        arrays |= {f"{name}_positions": path.coordinates, f"{name}_losses": path.losses}
    if not hasattr(file, "write"):
        file = f"{os.fspath(file).removesuffix('.npz')}.npz"  # as NumPy names it
    with written(file) as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


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


def _read_csv(content: bytes, bounds: Bounds) -> Surface:
    if content.startswith(MAGIC):
        raise ValueError("An .npy file holds one array; save x, y and loss together, with np.savez.")
    if b"\0" in content[:4096]:
        raise ValueError("This file is none of .zarr.zip, .npz, .csv and .h5.")
    if (rows := content.count(b"\n")) > MOST_ROWS:
        raise ValueError(f"This table has more than {MOST_ROWS:,} rows; save so many as .npz.")
    bounds.check_points(rows - 1)
    end = content.find(b"\n") % (len(content) + 1)
    names = _columns(content[:end])
    rest = io.BytesIO(content)
    rest.seek(end + 1)
    table = _read_rows(content, rest, rows)
    return _gridded(*(table[:, names.index(name)] for name in COLUMNS), bounds)


def _columns(head: bytes) -> list[str]:
    """The names in the first line."""
    names = [name.strip().strip('"').lower() for name in head[:1000].decode("utf-8-sig", errors="replace").split(",")]
    if sorted(names) == sorted(COLUMNS):
        return names
    begins = quoted(head[:240].decode("utf-8-sig", errors="replace").strip())
    if begins.lower().startswith(("<!doctype html", "<html")):
        raise ValueError("This is a web page, which a browser opens by itself; the scene in it is saved as .zarr.zip too.")
    hint = " Part the columns with commas." if sorted(re.split(r"\W+", begins)) == sorted(COLUMNS) else ""
    raise ValueError(f"A table of losses begins with the line {','.join(COLUMNS)}; this one with {begins!r}.{hint}")


def _read_rows(content: bytes, rest: io.BytesIO, rows: int) -> np.ndarray:
    """Three numbers a row. NumPy reads them; what it stumbles over is looked for here, and named in our words."""
    ends = np.flatnonzero(np.frombuffer(content, np.uint8) == ord("\n"))
    longest = int(np.diff(ends, prepend=-1, append=len(content)).max())
    if longest > LONGEST_ROW or content.count(b",") > len(COLUMNS) * (rows + 1):
        raise ValueError(f"Each row of a table of losses has {len(COLUMNS)} numbers and at most {LONGEST_ROW} letters; this one has longer ones.")
    begin = rest.tell()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a table without rows
            table = np.loadtxt(rest, delimiter=",", ndmin=2, comments=None)
    except ValueError:
        table = None
    if table is None or table.shape[1] != len(COLUMNS):
        rest.seek(begin)
        raise ValueError(_fault(rest))
    return table


def _fault(rows: Iterable[bytes]) -> str:
    """What is wrong with the first row that is no three numbers."""
    for number, row in enumerate(rows, 2):
        numbers = row.decode("latin1").strip().split(",")
        if not all(map(_is_number, numbers)) or len(numbers) != len(COLUMNS):
            if numbers != [""]:
                return f"Line {number} of this table is {quoted(','.join(numbers))!r}; {len(COLUMNS)} numbers are expected."
    return "This table of losses has no rows below its first line, or its lines end in another way than by a line feed."


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # which Python reads and tables do not have


def _gridded(x: np.ndarray, y: np.ndarray, loss: np.ndarray, bounds: Bounds) -> Surface:
    columns, rows = np.unique(x), np.unique(y)
    if len(columns) * len(rows) != len(loss):
        raise ValueError(f"{len(columns):,} values of x and {len(rows):,} of y need a row for each pair of them; there are {len(loss):,}.")
    values, filled = np.empty((len(rows), len(columns))), np.zeros((len(rows), len(columns)), bool)
    at = np.searchsorted(rows, y), np.searchsorted(columns, x)
    values[at], filled[at] = loss, True
    if not filled.all():
        raise ValueError("This table of losses names a point twice and another one not at all.")
    return checked_surface(columns, rows, values, None, bounds)


def _read_npz(members: Members, bounds: Bounds) -> Scene:
    named = {name.removesuffix(".npy"): name for name in members.names() if name.endswith(".npy")}
    prefix = "surface_" if "surface_loss" in named else ""
    read = lambda name: read_array(members.read(named[name], bounds.size), named[name])
    if missing := [prefix + name for name in COLUMNS if prefix + name not in named]:
        if prefix + "loss" in named:
            read(prefix + "loss")  # says what is worse
        raise ValueError(f"A grid needs arrays x (nx,), y (ny,) and loss (ny, nx); this file has no {' and no '.join(missing)}.")
    surface = checked_surface(*(read(prefix + name) for name in COLUMNS), None, bounds)
    runs = {name: run for name in sorted(named) if (run := _run(name)) and f"{run}_losses" in named}
    bounds.check_paths(len(set(runs.values())))
    paths, steps = {}, 0
    for name, run in runs.items():
        losses = read(f"{run}_losses")
        bounds.check_steps(steps := steps + losses.size)
        beside = (read(each) if each in named else None for each in (f"{run}_slice_losses", f"{run}_off_plane"))
        paths[run] = _path(quoted(run), read(name), losses, *beside)
    made = {name: _parsed(read(name)) for name in TEXTS if name in named}
    return Scene(surface.plane, surface, paths, made)


def _run(name: str) -> str:
    """The run whose coordinates an array has by its name, "" where it has none."""
    run, _, part = name.rpartition("_")
    return run if part in PLACES else ""


def _path(
    name: str, positions: np.ndarray, losses: np.ndarray, slice_losses: np.ndarray | None, off_plane: np.ndarray | None
) -> Honesty:
    count = losses.shape[:1]
    slice_losses = np.full(count, np.nan) if slice_losses is None else slice_losses
    off_plane = np.zeros(count) if off_plane is None else off_plane
    columns = losses, slice_losses, off_plane
    shapes = [positions.shape != (*count, 2), *(each.shape != count for each in columns)]
    if any(shapes) or not losses.size or {each.dtype.kind for each in (positions, *columns)} - set("fiu"):
        got = f"got {positions.shape} and {losses.shape}"
        raise ValueError(f"The path {name} needs positions (k, 2) and losses (k,), in numbers; {got}.")
    return Honesty(*(each.astype(float) for each in (positions, *columns)))


def _parsed(array: np.ndarray):
    """What JSON says in an array that is one text, or the text itself."""
    if array.size != 1 or array.dtype.itemsize > 4 * LONGEST_TEXT:
        return quoted(f"an array of shape {array.shape}")
    try:
        text = str(array.reshape(())[()])
        said = json.loads(text)
        return said if is_plain(said) else text
    except (RecursionError, json.JSONDecodeError):
        return text
    except ValueError:  # letters that are none, or whole numbers of more digits than Python reads
        raise ValueError("What this file says of how it was made is no text that can be shown.") from None
