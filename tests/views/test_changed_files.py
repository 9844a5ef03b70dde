"""Valid files of every format, changed: each ends in a shown scene or in a sentence of ours."""

import io
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from landscapes import Honesty, Plane, Surface, save_scene
from landscapes.files import save_npz, surface_csv
from landscapes.files.checkpoints import read_checkpoint, read_losses
from landscapes.files.scene import Scene
from tests.mutations import cut, flipped, mutations, with_field, with_member, with_number
from views import yours

HOME = Path(__file__).resolve().parents[2]
COUNTS = [200, pytest.param(2000, marks=pytest.mark.full)]
IN_A_ZIP = with_member, with_member, with_member, with_member, with_member, with_member, flipped, cut


def scene(hidden: bool) -> Scene:
    plane = Plane({"a": np.zeros(2), "b": [np.ones(3)]}, tuple({"a": np.eye(2)[k], "b": [np.ones(3) * k]} for k in (0, 1)), ((0.0, 3.0), (0.0, 2.0)), (0.5, 0.25))
    plane = plane if hidden else Plane.axes(((0.0, 3.0), (0.0, 2.0)))
    losses = np.array([3.0, 2.0, 1.0])
    path = Honesty(np.arange(6.0).reshape(3, 2) / 3, losses, losses + 1, losses / 4 * hidden, np.array([0, 5, 9]))
    return Scene(plane, Surface(np.arange(4.0), np.arange(3.0), np.arange(12.0).reshape(3, 4), plane), {"A": path, "B": path}, {"seed": 1, "at": [1, {"b": "c"}]})


def zarr_zip(hidden: bool = True) -> bytes:
    whole = scene(hidden)
    save_scene(file := io.BytesIO(), whole.surface, whole.paths, made=whole.made)
    return file.getvalue()


def npz() -> bytes:
    save_npz(file := io.BytesIO(), scene(False))
    file.seek(0)
    arrays = dict(np.load(file)) | {"caption": np.array("made"), "settings": np.array('{"steps": 3}'), "A_off_plane": np.ones(3)}
    np.savez(file := io.BytesIO(), **arrays)
    return file.getvalue()


def hdf5() -> bytes:
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    with h5py.File(file := io.BytesIO(), "w") as group:
        group["xcoordinates"], group["ycoordinates"] = np.arange(5.0), np.arange(4.0)
        group.create_dataset("train_loss", data=np.ones((5, 4)), chunks=(2, 2), compression="gzip")
    return file.getvalue()


def check_refusal(error: ValueError) -> None:
    """A `raise` in our own code, and one line that can be shown."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    assert Path(last.filename).is_relative_to(HOME) and last.line.startswith("raise"), f"{last}: {error}"
    assert 10 < len(str(error)) < 400 and str(error).isprintable() and str(error).endswith("."), ascii(str(error)[:500])


def refusals(contents, read) -> int:
    count = 0
    for content in contents:
        try:
            read(content)
        except ValueError as error:
            check_refusal(error)
            count += 1
    return count


def shown(content: bytes) -> None:
    """Opened as the page does, with all that it then says and offers."""
    there, _ = yours.opened(io.BytesIO(content), "mine")
    assert len(yours._recipe(there.made)) < 25_000
    assert yours._made(there, "zarr.zip")()


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("content", [zarr_zip, lambda: zarr_zip(False), npz], ids=["scene of a network", "scene", "npz"])
def test_a_changed_zip_is_shown_or_refused_in_a_sentence_of_ours(content, count):
    assert count // 4 < refusals(mutations(content(), count, *IN_A_ZIP), shown) < count


@pytest.mark.parametrize("count", COUNTS)
def test_a_changed_table_is_shown_or_refused_in_a_sentence_of_ours(count):
    table = surface_csv(scene(False).surface).encode()
    assert count // 4 < refusals(mutations(table, count, with_field, with_field, with_number, flipped, cut), shown) < count


@pytest.mark.parametrize("count", COUNTS)
def test_a_changed_checkpoint_is_read_or_refused_in_a_sentence_of_ours(count, tmp_path):
    def read(content: bytes) -> None:
        (tmp_path / "one.safetensors").write_bytes(content)
        read_checkpoint(tmp_path / "one.safetensors")

    whole = save({"w": np.ones((2, 3), np.float32), "b": np.ones(2)})
    assert count // 4 < refusals(mutations(whole, count, with_number, flipped, cut), read) < count


@pytest.mark.parametrize("count", COUNTS)
def test_a_changed_table_of_losses_is_read_or_refused_in_a_sentence_of_ours(count):
    table = b"run,step,loss\nslow,5,2.5\nslow,20,1.5\nfast,100,0.5\n"
    assert count // 4 < refusals(mutations(table, count, with_field, flipped, cut), lambda content: read_losses(io.BytesIO(content))) < count


READER = """
import io, sys
sys.path.insert(0, "landscapes/files")
import hdf5

for line in sys.stdin:
    try:
        hdf5.surface(io.BytesIO(bytes.fromhex(line)), 2**20)
        print(0, flush=True)
    except SystemExit as ended:
        print(ended.code, flush=True)
"""


@pytest.mark.parametrize("count", COUNTS)
def test_a_changed_hdf5_file_is_read_or_refused_in_a_sentence_of_ours(count):
    whole = hdf5()
    changed = list(mutations(whole, count, flipped, flipped, cut))
    assert refusals(changed[:8], shown) > 1
    # The same in one process, which starts once; it may end at a file as the page's reader may, which is then refused.
    codes = []
    while len(codes) < count:
        lines = "\n".join(each.hex() for each in changed[len(codes) :])
        reader = subprocess.run([sys.executable, "-c", READER], input=lines, capture_output=True, text=True, cwd=HOME, timeout=120)
        codes += [*map(int, reader.stdout.split()), *([-1] if reader.returncode else [])]
    assert set(codes) <= {-1, 0, 3} and codes.count(3) > count // 4 and codes.count(0)
    assert codes.count(-1) < count // 20
