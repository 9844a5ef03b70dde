"""A folder of safetensors checkpoints as runs, and as a scene: the joint plane of all, and the paths on it."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ml_dtypes
import numpy as np
import safetensors
from jaxtyping import Float, Int

from landscapes.compiling import jit
from landscapes.files.scene import Scene, placed
from landscapes.files.source import LIMIT, Source, opened, quoted
from landscapes.files.target import reason
from landscapes.honesty import honest
from landscapes.numpy_loss import NumpyLoss
from landscapes.plane import Plane
from landscapes.principal import MOST
from landscapes.surface import evaluate

SUFFIX = ".safetensors"
KINDS = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16}
BUFFERS = ("running_mean", "running_var")  # of BatchNorm: statistics, no parameters, though they stand beside them
MEMORY = 2**31  # bytes for the parameters of all checkpoints together


@dataclass(frozen=True)
class Checkpoints:
    """One run: `positions` by name of the tensor, stacked along a leading axis, of the steps `kept`, and their `losses`.

    A loss that is not known is NaN. `left_out` counts the checkpoints that memory had no room for.
    """

    positions: dict[str, Float[np.ndarray, "k ..."]]
    kept: Int[np.ndarray, "k"]
    losses: Float[np.ndarray, "k"]
    left_out: int = 0


def read_checkpoints(
    folder: Path | str, losses: Source | None = None, *, skip: Sequence[str] = BUFFERS, memory: int = MEMORY
) -> dict[str, Checkpoints]:
    """The runs in a folder: its own `.safetensors` files are one run, those of each folder in it another.

    They are ordered by the last number in their names, which is their step; without one by name, from 0. `losses` is a CSV
    with the columns `step` and `loss`, and `run` where there are several. Tensors of whole numbers and those whose names
    end with one of `skip` are no parameters. Where all together need more than `memory` bytes they are thinned evenly.
    Raises ValueError, in one sentence, for a folder without checkpoints and for ones that do not fit each other.
    """
    files = _runs(Path(folder))
    known = read_losses(losses) if losses is not None else {}
    first = read_checkpoint(next(iter(files.values()))[0][1], skip)
    each = sum(array.nbytes for array in first.values())
    most = min(MOST, memory // max(1, each)) // len(files)
    if most < 2:
        raise ValueError(f"Two checkpoints of {each / 2**20:,.0f} MiB a run do not fit into {memory / 2**20:,.0f} MiB.")
    runs = {name: _run(name, some, most, known, skip) for name, some in files.items()}
    if known and all(np.isnan(run.losses).all() for run in runs.values()):
        raise ValueError(f"The losses name none of these runs and steps; the runs are {', '.join(runs)}.")
    return runs


def scene_of(
    runs: Mapping[str, Checkpoints],
    loss: Callable | None = None,
    *,
    resolution: int | tuple[int, int] = 51,
    made: Mapping = {},
    surface_of: Callable = evaluate,
) -> Scene:
    """The plane of the principal axes of all runs together, the paths on it, and with a `loss` the surface below.

    `loss` takes a dict of tensors by name: for JAX, or as a `NumpyLoss`. Losses that are not known are then computed.
    `surface_of` is called as `evaluate` is. Raises ValueError where no plane can be laid through the runs.
    """
    plane = Plane.pca(runs)
    if loss is None:
        return Scene(plane, None, {name: placed(plane, run) for name, run in runs.items()}, made)
    paths = {}
    for name, run in runs.items():
        paths[name] = honest(loss, plane, run.positions, _completed(loss, run), run.kept)
    return Scene(plane, surface_of(loss, plane, resolution), paths, made)


def read_losses(source: Source) -> dict[tuple[str, int], float]:
    """The losses of a CSV by run ("" where it names none) and step."""
    with opened(source, LIMIT // 16) as file:
        text = file.read().decode("utf-8-sig", errors="replace")
    names = {name.strip() for name in text[:1000].partition("\n")[0].split(",")}
    if not {"step", "loss"} <= names:
        raise ValueError(f"A table of losses has columns step and loss (and run); this one has {quoted(', '.join(sorted(names)))!r}.")
    rows = csv.DictReader(io.StringIO(text))
    try:
        return {(row.get("run") or "", int(row["step"])): float(row["loss"]) for row in rows}
    except (TypeError, ValueError, KeyError, csv.Error):
        raise ValueError(f"Line {rows.line_num} of the losses needs a whole number as step and a number as loss.") from None


def _runs(folder: Path) -> dict[str, list[tuple[int, Path]]]:
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder; give the folder that holds the checkpoints.")
    try:
        folders = [folder, *sorted(each for each in folder.iterdir() if each.is_dir())]
    except OSError as error:
        raise ValueError(f"{folder} cannot be read: {reason(error)}.") from None
    runs = {each.resolve().name: _ordered(sorted(each.glob(f"*{SUFFIX}"))) for each in folders}
    runs = {name: files for name, files in runs.items() if files}
    if not runs:
        raise ValueError(f"There is no {SUFFIX} file in {folder}, nor in a folder in it.")
    return runs


def _ordered(files: list[Path]) -> list[tuple[int, Path]]:
    numbers = [re.findall(r"\d+", file.stem) for file in files]
    steps = [int(found[-1][:18]) for found in numbers if found]
    if len(set(steps)) < len(files):
        natural = lambda file: [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", file.stem)]
        return list(enumerate(sorted(files, key=natural)))
    return sorted(zip(steps, files))


def _run(name: str, files: list[tuple[int, Path]], most: int, losses: Mapping, skip: Sequence[str]) -> Checkpoints:
    chosen = files
    if len(files) > most:
        chosen = [files[index] for index in np.linspace(0, len(files) - 1, most).round().astype(int)]
    stacked, steps, count = {}, [], 0
    for step, file in chosen:
        tensors = read_checkpoint(file, skip)
        if not all(np.isfinite(array).all() for array in tensors.values()):
            break  # it diverged: what follows has no place on a plane
        shapes = {key: array.shape for key, array in tensors.items()}
        stacked = stacked or {key: np.empty((len(chosen), *array.shape), array.dtype) for key, array in tensors.items()}
        if shapes != {key: rows.shape[1:] for key, rows in stacked.items()}:
            raise ValueError(f"{file.name} holds other tensors than the checkpoints before it in {name}.")
        for key, array in tensors.items():
            stacked[key][count] = array
        steps.append(step)
        count += 1
    if not steps:
        raise ValueError(f"The first checkpoint of {name} is not finite.")
    known = [losses.get((name, step), losses.get(("", step), np.nan)) for step in steps]
    positions = {key: rows[:count] for key, rows in stacked.items()}
    return Checkpoints(positions, np.array(steps, np.int64), np.array(known), len(files) - len(chosen))


def read_checkpoint(file: Path, skip: Sequence[str] = BUFFERS) -> dict[str, np.ndarray]:
    """The parameters in one safetensors file, by name. Raises ValueError, in one sentence, for anything else."""
    with opened(file) as stream:
        content = stream.read()
    try:
        tensors = safetensors.deserialize(content)
    except safetensors.SafetensorError:
        raise ValueError(f"{quoted(file.name)} is no safetensors file, or it is damaged or cut off.") from None
    arrays = {}
    for name, tensor in sorted(tensors):
        if tensor["dtype"] in KINDS and not name.endswith(tuple(skip)):
            array = np.frombuffer(tensor["data"], KINDS[tensor["dtype"]]).reshape(tensor["shape"])
            arrays[name] = array.astype(np.float32) if array.dtype.kind == "V" else array
    if not arrays:
        raise ValueError(f"{file.name} holds no parameters: no tensor of floating-point numbers.")
    return arrays


def _completed(loss: Callable, run: Checkpoints) -> Float[np.ndarray, "k"]:
    if np.isfinite(run.losses).all():
        return run.losses
    one = loss if isinstance(loss, NumpyLoss) else jit(loss)
    computed = np.array([float(one(point)) for point in _points(run)])
    return np.where(np.isfinite(run.losses), run.losses, computed)


def _points(run: Checkpoints) -> Iterator[dict[str, np.ndarray]]:
    for index in range(len(run.kept)):
        yield {name: rows[index] for name, rows in run.positions.items()}
