"""Files: what was saved comes back, other tools read it, and what a stranger sends is refused in a sentence."""

import io
import json
import os
import pickle
import struct
import tracemalloc
import zipfile

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import Plane, Surface, evaluate, honest
from landscapes.files import Scene, load, load_scene, paths_csv, save_npz, save_scene, surface_csv, surface_vtk
from landscapes.files.grids import MOST_ROWS

WINDOW = ((-1.0, 2.0), (-3.0, 1.0))


def bowl(point):
    return point["a"][0] ** 2 + 3 * (point["b"][0] - point["a"][1]) ** 2 + point["b"][1]


@pytest.fixture
def scene() -> Scene:
    one, other = np.arange(2.0), np.array([1.0, -1.0])
    plane = Plane({"b": other, "a": one}, ({"b": one, "a": other}, {"b": one, "a": one}), WINDOW, (0.5, 0.25), ("lost",))
    surface = evaluate(bowl, plane, (7, 5))
    positions = {"a": np.linspace(0, 1, 6).reshape(3, 2), "b": np.linspace(2, 1, 6).reshape(3, 2)}
    path = honest(bowl, plane, positions, np.array([3.0, np.nan, np.inf]))
    return Scene(plane, surface, {"Adam / <b>x</b>": path}, {"seed": 7})


@pytest.fixture
def saved(scene, tmp_path):
    save_scene(tmp_path / "scene.zarr.zip", scene.surface, scene.paths, made=scene.made)
    return tmp_path / "scene.zarr.zip"


def test_a_scene_comes_back_to_the_bit(scene, saved):
    back = load(saved)
    assert eqx.tree_equal(back.plane, scene.plane)
    for name in ("x", "y", "loss"):
        np.testing.assert_array_equal(getattr(back.surface, name), getattr(scene.surface, name), strict=True)
    (name,), path = back.paths, back.paths["Adam / <b>x</b>"]
    assert name == "Adam / <b>x</b>"
    for part in ("coordinates", "losses", "slice_losses", "off_plane"):
        np.testing.assert_array_equal(getattr(path, part), getattr(scene.paths[name], part))
    assert back.made["seed"] == 7 and back.made["jax"] == jax.__version__


def test_the_same_scene_makes_the_same_file(scene, saved, tmp_path):
    save_scene(tmp_path / "again.zarr.zip", scene.surface, scene.paths, made=scene.made)
    assert (tmp_path / "again.zarr.zip").read_bytes() == saved.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.zarr.zip", "scene.zarr.zip"]


@pytest.mark.filterwarnings("ignore")
def test_zarr_itself_reads_the_file(scene, saved):
    zarr = pytest.importorskip("zarr", reason="zarr, the reference, is not installed")
    with zarr.storage.ZipStore(saved, mode="r") as store:
        group = zarr.open_group(store, mode="r", zarr_format=3)
        np.testing.assert_array_equal(group["surface/loss"][:], scene.surface.loss)
        np.testing.assert_array_equal(group["plane/origin/0"][:], scene.plane.origin["a"])
        assert group.attrs["made"]["seed"] == 7


class Network(eqx.Module):
    weights: np.ndarray
    layers: tuple


def test_parameters_of_a_class_come_back_as_fields_or_in_their_own_structure(tmp_path):
    network = Network(np.arange(6.0).reshape(2, 3), ({"bias": np.ones(2)}, None))
    along = jax.tree.map(np.ones_like, network)
    save_scene(tmp_path / "plane.zarr.zip", plane=Plane(network, (network, along), WINDOW))
    fields = load_scene(tmp_path / "plane.zarr.zip").plane.origin
    np.testing.assert_array_equal(fields["weights"], network.weights)
    np.testing.assert_array_equal(fields["layers"][0]["bias"], network.layers[0]["bias"])
    same = load_scene(tmp_path / "plane.zarr.zip", like=network).plane
    assert eqx.tree_equal(same.directions[0], network)
    with pytest.raises(ValueError, match="shapes"):
        load_scene(tmp_path / "plane.zarr.zip", like={"a": np.zeros(3)})


@pytest.mark.parametrize("dtype", [np.float16, np.float32, jnp.bfloat16])
def test_every_kind_of_number_comes_back_exactly(tmp_path, dtype):
    plane = Plane(np.array([0.1, 3, 7], dtype), tuple(np.eye(3, dtype=dtype)[:2]), WINDOW)
    save_scene(tmp_path / "plane.zarr.zip", plane=plane)
    back = load_scene(tmp_path / "plane.zarr.zip").plane.origin
    np.testing.assert_array_equal(back.astype(float), np.asarray(plane.origin).astype(float))


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
def test_a_grid_comes_back_to_the_bit(scene, tmp_path, suffix):
    file = tmp_path / f"grid{suffix}"
    save_npz(file, scene) if suffix == ".npz" else file.write_text(surface_csv(scene.surface))
    back = load(file)
    for name in ("x", "y", "loss"):
        np.testing.assert_array_equal(getattr(back.surface, name), getattr(scene.surface, name))
    assert back.plane.window == WINDOW
    assert len(back.paths) == (suffix == ".npz")


def test_numpy_reads_the_npz_and_a_table_of_paths_has_a_row_a_step(scene, tmp_path):
    save_npz(tmp_path / "grid.npz", scene)
    with np.load(tmp_path / "grid.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["surface_loss"], scene.surface.loss)
    rows = paths_csv(scene.paths).splitlines()
    assert rows[0].startswith("path,step,x,y,loss") and len(rows) == 4
    assert rows[3].split(",")[:2] == ["Adam / <b>x</b>", "2"] and ",inf," in rows[3]


def test_vtk_lists_the_points_with_x_fastest():
    surface = Surface(np.array([0.0, 1, 2]), np.array([0.0, 1]), np.array([[0.0, 1, 2], [3, np.nan, 5]]), Plane.axes(WINDOW))
    lines = surface_vtk(surface).splitlines()
    assert "DIMENSIONS 3 2 1" in lines and "POINT_DATA 6" in lines
    assert lines[-2:] == ["0.0 1.0 2.0", "3.0 nan 5.0"]


def test_surfaces_of_another_tool_are_read_as_it_drew_them(tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    x, y = np.linspace(-1, 1, 5), np.linspace(0, 3, 4)
    with h5py.File(tmp_path / "surface.h5", "w") as file:
        # As its plot_surface.py and scheduler.py do: shape (nx, ny), filled by the flat index of np.meshgrid(x, y).
        losses, (columns, rows) = -np.ones((5, 4)), np.meshgrid(x, y)
        losses.ravel()[:19] = (5 + columns + 10 * rows).ravel()[:19]
        file["xcoordinates"], file["ycoordinates"], file["train_loss"] = x, y, losses
    surface = load(tmp_path / "surface.h5").surface
    assert surface.loss[2, 1] == 5 + x[1] + 10 * y[2]
    assert np.isnan(surface.loss[-1, -1]) and np.isfinite(surface.loss).sum() == 19


def test_hdf5_from_strangers_is_read_elsewhere_and_refused_in_a_sentence(tmp_path, monkeypatch):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    with h5py.File(tmp_path / "outside.h5", "w") as file:
        file["xcoordinates"] = h5py.ExternalLink("/etc/hostname", "x")
    with h5py.File(tmp_path / "vast.h5", "w") as file:
        file["xcoordinates"] = file["ycoordinates"] = np.arange(3.0)
        file.create_dataset("train_loss", (2**30, 2**10), dtype="f8", chunks=(1024, 1024))
    whole = (tmp_path / "vast.h5").read_bytes()
    (tmp_path / "cut.h5").write_bytes(whole[:600])
    for name, words in {"outside": "has xcoordinates", "vast": "1,099,511,627,776 numbers", "cut": "damaged or cut off"}.items():
        with pytest.raises(ValueError, match=words) as refused:
            load(tmp_path / f"{name}.h5", limit=2**26)
        assert "\n" not in str(refused.value)
    monkeypatch.setattr("landscapes.files.hdf5.PATIENCE", 0)
    with pytest.raises(ValueError, match="in 0 seconds"):
        load(tmp_path / "vast.h5")


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def npy(array, **changes) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {**np.lib.format.header_data_from_array_1_0(array), **changes})
    return file.getvalue() + array.tobytes()


def grid(**changes: bytes) -> bytes:
    arrays = {"x.npy": npy(np.arange(3.0)), "y.npy": npy(np.arange(2.0)), "loss.npy": npy(np.zeros((2, 3)))}
    return zipped(**{**arrays, **{f"{name}.npy": content for name, content in changes.items()}})


def liar(content: bytes) -> bytes:
    """A zip whose directory says that its members unpack to one byte."""
    at = content.index(b"PK\1\2")
    return content[: at + 24] + struct.pack("<L", 1) + content[at + 28 :]


def crowd() -> bytes:
    return zipped(**{f"{number:060}": b"" for number in range(12_000)})


def array(**changes) -> bytes:
    from landscapes.files.archive import described

    return json.dumps({**described((2,), np.dtype(float)), **changes}).encode()


GROUP = b'{"zarr_format": 3, "node_type": "group", "attributes": {"thalweg_scene": 1}}'
HOSTILE = {
    "empty": b"",
    "binary": os.urandom(4096),
    "HDF5 in its first bytes only": b"\x89HDF\r\n\x1a\n" + os.urandom(4096),
    "text": b"hello\nthere\n",
    "a pickle": pickle.dumps({"x": 1}),
    "a zip bomb": grid(loss=bytes(3 * 2**27)),
    "a zip bomb that lies": liar(zipped(**{"zarr.json": bytes(2**26)})),
    "a zip cut off": grid()[:-30],
    "a zip damaged inside": grid().replace(grid()[60:70], bytes(10)),
    "a crowd of members": crowd(),
    "a header that claims terabytes": grid(loss=npy(np.zeros(1), shape=(2**20, 2**20))),
    "a header that claims a negative length": grid(loss=npy(np.zeros(1), shape=(-1,))),
    "pickled objects": grid(loss=npy(np.zeros(6), descr="|O")),
    "texts": grid(loss=npy(np.full((2, 3), "a"))),
    "complex numbers": grid(loss=npy(np.zeros((2, 3), complex))),
    "another shape": grid(loss=npy(np.zeros((3, 2)))),
    "nothing finite": grid(loss=npy(np.full((2, 3), np.nan))),
    "coordinates that fall": grid(x=npy(-np.arange(3.0))),
    "no loss": zipped(**{"x.npy": npy(np.arange(3.0))}),
    "a header of brackets": grid(loss=b"\x93NUMPY\1\0\xff\xff" + b"(" * 65535),
    "a group that is no scene": zipped(**{"zarr.json": b'{"zarr_format": 3}'}),
    "JSON of brackets": zipped(**{"zarr.json": b"[" * 10**5}),
    "a list for a group": zipped(**{"zarr.json": b"[3]"}),
    "a scene without its parts": zipped(**{"zarr.json": GROUP}),
    "an array that claims terabytes": zipped(**{"zarr.json": GROUP, "x/zarr.json": array(shape=[2**60])}),
    "an array of objects": zipped(**{"zarr.json": GROUP, "x/zarr.json": array(data_type="object")}),
    "an array in another packing": zipped(**{"zarr.json": GROUP, "x/zarr.json": array(codecs=[{"name": "zstd"}])}),
    "an array without numbers": zipped(**{"zarr.json": GROUP, "x/zarr.json": array()}),
    "an array too deep": zipped(**{"a/" * n + "zarr.json": GROUP for n in range(12)}),
    "a table of one column": b"x\n1\n",
    "a table with words": b"x,y,loss\n1,2,three\n",
    "a table without rows": b"x,y,loss\n",
    "a table with a hole": b"x,y,loss\n0,0,1\n0,1,1\n1,0,1\n",
    "a table that names a point twice": b"x,y,loss\n0,0,1\n0,1,1\n1,0,1\n1,0,1\n",
    "a table without end": b"x,y,loss\n" + b"\n" * (MOST_ROWS + 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_strangers_file_is_refused_in_a_sentence_and_little_memory(name):
    content = io.BytesIO(HOSTILE[name])
    tracemalloc.start()
    try:
        with pytest.raises(ValueError) as refused:
            load(content, limit=64 * 2**20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 10 < len(str(refused.value)) < 300 and "\n" not in str(refused.value)
    assert peak < 16 * 2**20


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (npy(np.zeros(4)), r"save x, y and loss together, with np\.savez"),
        (b"x;y;loss\n0;0;1\n", "Part the columns with commas"),
        (HOSTILE["no loss"], "this file has no y and no loss"),
        (b"\0\1", r"\.csv and \.h5"),
    ],
)
def test_a_file_that_was_nearly_right_is_told_what_to_do(content, hint):
    with pytest.raises(ValueError, match=hint):
        load(io.BytesIO(content))


def test_folders_links_pipes_and_what_is_not_there_are_refused(saved, tmp_path):
    (tmp_path / "link").symlink_to(saved)
    os.mkfifo(tmp_path / "pipe")
    for name in (".", "link", "pipe", "nothing", "no\0name"):
        with pytest.raises(ValueError, match="link|folder|cannot be read|null"):
            load(tmp_path / name)
    with pytest.raises(ValueError, match="MiB are allowed"):
        load(saved, limit=1000)


def test_no_change_or_loss_of_a_part_brings_anything_but_a_sentence(saved):
    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    refused = 0
    for name in members:
        for change in (b"{}", b"null", GROUP, b'{"zarr_format": 3, "attributes": {"names": [1]}}', b"", None):
            changed = {**members, name: change}
            try:
                load(io.BytesIO(zipped(**{name: content for name, content in changed.items() if content is not None})))
            except ValueError as error:
                assert "\n" not in str(error)
                refused += 1
    assert refused > 5 * len(members)


def test_no_change_of_any_bytes_brings_anything_but_a_sentence(scene, saved, tmp_path):
    random = np.random.default_rng(0)
    save_npz(tmp_path / "grid.npz", scene)
    contents = (saved.read_bytes(), (tmp_path / "grid.npz").read_bytes(), surface_csv(scene.surface).encode())
    refused = 0
    for number in range(600):
        content = bytearray(contents[number % 3])
        for at in random.integers(len(content), size=random.integers(1, 6)):
            content[at] = random.integers(256)
        try:
            load(io.BytesIO(bytes(content)), limit=2**24)
        except ValueError as error:
            assert "\n" not in str(error)
            refused += 1
    assert refused > 100
