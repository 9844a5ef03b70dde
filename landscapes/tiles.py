"""Surfaces in tiles: kept in a store as they finish, and computed by any number of processes, always to the same bits."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import jax
import numpy as np
from jaxtyping import Float

from landscapes.files.archive import DESCRIPTION, described, little
from landscapes.files.target import NotWritten, reason
from landscapes.grid import Grid
from landscapes.plane import Plane
from landscapes.slices import blocks, group_of, in_one_go
from landscapes.surface import Surface

FORMAT = 1
TILES_IN = Path("values", "c")  # as Zarr has it
PARTS = ("x", "y", "points", "values")
TILES, MOST_POINTS = 64, 2048  # of a surface at least, and of a tile at most; a group that belongs together stays so
TILES_A_WORKER = 3  # each costs Dask some milliseconds
WAIT = 60  # seconds for a first worker

Report = Callable[[int, int], Any]


def evaluate_in_tiles(
    loss: Callable,
    plane: Plane,
    resolution: int | tuple[int, int],
    *,
    store: str | os.PathLike | None = None,
    client: Any = None,
    report: Report | None = None,
) -> Surface:
    """`evaluate`, tile by tile: see there. A tile is a run of points in the order in which a grid is filled.

    Points that are evaluated together are never parted, so each tile has the bits of the whole, wherever it was computed.
    """
    grid, group = Grid.over(plane.window, resolution), group_of(loss, plane)
    tile = _tile(grid.size, group, TILES if client is None else TILES_A_WORKER * _threads(client))
    kept = Store(Path(store), grid, plane, tile) if store is not None else None
    tile = tile if kept is None else kept.tile
    tiles = [(first, min(first + tile, grid.size)) for first in range(0, grid.size, tile)]
    values, missing = np.empty(grid.size, plane.dtype), list(range(len(tiles)))
    if kept is not None:
        missing = kept.take(values, tiles)
        if there := sorted(set(range(len(tiles))) - set(missing)):
            _check_same_loss(loss, plane, grid, values, tiles[there[0]][0], group, kept.folder)
    done = len(tiles) - len(missing)
    results = _here(loss, plane, grid, tiles, missing) if client is None else _there(client, loss, plane, grid, tiles, missing)
    for number, losses in results:
        first, last = tiles[number]
        values[first:last] = losses
        if kept is not None:
            kept.write(number, losses)
        done += 1
        if report is not None and report(done, len(tiles)) is False:
            results.close()
            raise InterruptedError(f"Stopped after {done} of {len(tiles)} tiles.")
    surface = np.empty_like(values)
    surface[grid.order] = values
    return Surface(grid.x, grid.y, surface.reshape(grid.shape), plane)


def _tile(points: int, group: int, tiles: int) -> int:
    """Points of a tile: whole groups, so that a surface has at least so many."""
    return max(1, min(MOST_POINTS // group, -(-points // (tiles * group)))) * group


def finished(folder: Path) -> int:
    """How many tiles a store holds."""
    return sum(1 for _ in (folder / TILES_IN).glob("[0-9]*"))


class Store:
    """A folder with the tiles of one surface, one file each, in Zarr version 3: `values` in the order of `points`.

    `tile` is the number of points of a tile, that of the folder where it was begun before. `points[k]` is the number j * nx + i of the grid point (x[i], y[j]) whose loss is `values[k]`; what is not yet there is
    NaN. A file is written beside its place and moved there whole, so a process that is killed leaves none cut off.
    Raises ValueError for a folder that holds something else, NotWritten where the disk refuses.
    """

    def __init__(self, folder: Path, grid: Grid, plane: Plane, tile: int):
        self.folder, self.grid, self.plane, self.tile = folder, grid, plane, tile
        described_as = {"thalweg_tiles": FORMAT, "surface": self._fingerprint}
        if (folder / DESCRIPTION).is_file():
            if self._told("attributes") != described_as:
                raise ValueError(f"{folder.name} holds tiles of another surface; name another folder, or delete it.")
            (self.tile,) = self._told("chunk_grid", "values")["configuration"]["chunk_shape"]
        elif folder.exists() and not _is_unbegun(folder):
            raise ValueError(f"{folder.name} is not empty and holds no tiles; name another folder.")
        else:
            self._begin(described_as)

    def take(self, values: Float[np.ndarray, "points"], tiles: list[tuple[int, int]]) -> list[int]:
        """Fill in the tiles that are there; the numbers of those that are not."""
        missing = []
        for number, (first, last) in enumerate(tiles):
            file = self._file(number)
            content = file.read_bytes() if file.is_file() else b""
            if len(content) != self.tile * values.itemsize:
                missing.append(number)
                continue
            values[first:last] = np.frombuffer(content, values.dtype.newbyteorder("<"))[: last - first]
        return missing

    def write(self, number: int, losses: Float[np.ndarray, "tile"]) -> None:
        whole = np.full(self.tile, np.nan, self.plane.dtype)
        whole[: len(losses)] = losses
        self._put(self._file(number), little(whole))

    def _begin(self, about: dict) -> None:
        points = {"x": self.grid.x, "y": self.grid.y, "points": self.grid.order}
        for name, array in points.items():
            self._put(self.folder / name / DESCRIPTION, json.dumps(described(array.shape, array.dtype)).encode())
            self._put(self.folder / name / "c" / "0", little(array))
        values = described((self.grid.size,), self.plane.dtype, (self.tile,))
        self._put(self.folder / "values" / DESCRIPTION, json.dumps(values).encode())
        # Last: a folder without it was not begun.
        group = {"zarr_format": 3, "node_type": "group", "attributes": about}
        self._put(self.folder / DESCRIPTION, json.dumps(group).encode())

    def _told(self, what: str, name: str = "") -> dict:
        try:
            return json.loads((self.folder / name / DESCRIPTION).read_bytes())[what]
        except (OSError, ValueError, TypeError, KeyError):
            return {}

    def _file(self, number: int) -> Path:
        return self.folder / TILES_IN / str(number)

    def _put(self, file: Path, content: bytes) -> None:
        part = file.with_name(f".{file.name}.{uuid4().hex}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.replace(file)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            left = f"{count} finished tiles are kept there" if (count := finished(self.folder)) else "nothing is left there"
            raise NotWritten(f"{self.folder} cannot be written: {reason(error)}; {left}.") from None

    @cached_property
    def _fingerprint(self) -> str:
        """Of everything but the loss."""
        digest = hashlib.sha256(self.plane.dtype.name.encode())
        for array in (self.grid.x, self.grid.y, *jax.tree.leaves((self.plane.origin, self.plane.directions))):
            array = np.asarray(array)
            digest.update(repr((array.shape, array.dtype.name)).encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def _is_unbegun(folder: Path) -> bool:
    """Whether a folder is empty, or holds only what a process left that was killed while it began."""
    return folder.is_dir() and all(each.name in PARTS or each.name.startswith(f".{DESCRIPTION}.") for each in folder.iterdir())


def _check_same_loss(loss: Callable, plane: Plane, grid: Grid, values: np.ndarray, first: int, group: int, folder: Path) -> None:
    """Raises ValueError where points that are kept have another loss than this one gives: it costs one group of points."""
    last = min(first + group, grid.size)
    again = in_one_go(loss, plane)(grid.coordinates(first, last))
    if not np.array_equal(again, values[first:last], equal_nan=True):
        raise ValueError(f"The tiles in {folder} were computed with another loss, or on a machine that rounds otherwise; delete them to begin anew.")


def _here(loss: Callable, plane: Plane, grid: Grid, tiles: list, missing: list[int]) -> Iterator[tuple[int, np.ndarray]]:
    for run in _runs(missing):
        begin, end = tiles[run[0]][0], tiles[run[-1]][1]
        computed, waiting = np.empty(end - begin, plane.dtype), iter(run)
        number = next(waiting)
        for block in blocks(loss, plane, end, grid.coordinates, first=begin):
            computed[block.first - begin : block.last - begin] = block.losses
            while number is not None and tiles[number][1] <= block.last:
                first, last = tiles[number]
                yield number, computed[first - begin : last - begin]
                number = next(waiting, None)


def _runs(numbers: Iterable[int]) -> list[list[int]]:
    """Numbers that follow each other, together."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] + 1 == number:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _threads(client) -> int:
    """Of all workers, once there is one."""
    client.wait_for_workers(1, timeout=WAIT)
    return sum(client.nthreads().values())


def _there(client, loss: Callable, plane: Plane, grid: Grid, tiles: list, missing: list[int]) -> Iterator[tuple[int, np.ndarray]]:
    """On the workers of a Dask cluster, in the order in which they finish; a lost worker's tiles run again elsewhere."""
    from distributed import KilledWorker, as_completed

    from landscapes.workers import Problem, tile

    name = f"thalweg-{uuid4().hex}"
    client.register_plugin(Problem(name, loss, plane, grid))  # whoever joins later gets it as well
    futures = {}
    try:
        for number in missing:
            futures[client.submit(tile, name, *tiles[number], key=f"{name}-{number}", pure=False)] = number
        for future, losses in as_completed(list(futures), with_results=True):
            yield futures[future], losses
            future.release()
    except KilledWorker as error:
        raise RuntimeError(f"Several workers were lost with the same tile: {error}") from None
    finally:
        client.cancel(list(futures))
        client.unregister_worker_plugin(name)
