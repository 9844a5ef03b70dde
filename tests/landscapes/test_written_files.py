"""Files that cannot be written: one sentence with the path and what is left, and never a half under the final name."""

import contextlib
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from landscapes import NumpyLoss, Plane, Surface, evaluate, save_scene
from landscapes.files import NotWritten, save_npz
from landscapes.files.scene import Scene
from landscapes.files.target import written
from views.cli import main
from views.standalone import save_html
from views.taken_home import write

SURFACE = Surface(np.arange(40.0), np.arange(40.0), np.random.default_rng(0).random((40, 40)), Plane.axes(((0, 39), (0, 39))))
SCENE = Scene(SURFACE.plane, SURFACE)
WRITERS = {
    "a.zarr.zip": lambda file: save_scene(file, SURFACE),
    "a.npz": lambda file: save_npz(file, SCENE),
    "a.html": lambda file: save_html(file, SURFACE),
    "a.vtk": lambda file: write(SCENE, file, "vtk"),
}


@contextlib.contextmanager
def full_disk(room: int = 2000):
    """No file grows beyond so many bytes: the system refuses the rest of it, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_a_sentence_and_leaves_what_was_there(name, tmp_path):
    file = tmp_path / name
    with full_disk(), pytest.raises(NotWritten) as refused:
        WRITERS[name](file)
    assert str(refused.value).startswith(f"{file} cannot be written: ") and str(refused.value).endswith("nothing is left there.")
    assert "Errno" not in str(refused.value) and not list(tmp_path.iterdir())
    WRITERS[name](file)
    whole = file.read_bytes()
    with full_disk(), pytest.raises(NotWritten, match="the older file there is unchanged"):
        WRITERS[name](file)
    assert file.read_bytes() == whole and list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_that_is_not_there_or_is_a_file_is_a_sentence(name, tmp_path):
    (tmp_path / "file").write_text("mine")
    for folder, why in (("nothing", "its folder is not there"), ("file", "not a directory")):
        with pytest.raises(NotWritten, match=f"cannot be written: {why}; nothing is left there"):
            WRITERS[name](tmp_path / folder / name)


def test_an_interrupted_write_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), written(tmp_path / "a") as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_a_killed_writer_leaves_the_older_file(tmp_path, home):
    (tmp_path / "a").write_text("whole")
    program = f"import time\nfrom landscapes.files.target import written\nwith written({str(tmp_path / 'a')!r}) as file:\n file.write(b'half' * 9999)\n time.sleep(600)"
    writer = subprocess.Popen([sys.executable, "-c", program], cwd=home)
    try:
        while not (part := tmp_path / "a.part").exists() or not part.stat().st_size:
            assert writer.poll() is None
            time.sleep(0.02)
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert (tmp_path / "a").read_text() == "whole"
    with written(tmp_path / "a") as file:
        file.write(b"new")
    assert (tmp_path / "a").read_text() == "new" and len(list(tmp_path.iterdir())) == 1


def test_tiles_on_a_full_disk_are_kept_and_taken_up(tmp_path):
    flat, store = Plane.random(np.arange(1.0, 6.0), 0, normalize="none"), tmp_path / "s"
    evaluate(NumpyLoss(np.sum), flat, (40, 32), store=store)
    (store / "values" / "c" / "7").unlink()
    with full_disk(10), pytest.raises(NotWritten, match=r"s cannot be written: .*; 63 finished tiles are kept there\."):
        evaluate(NumpyLoss(np.sum), flat, (40, 32), store=store)
    assert not list((store / "values" / "c").glob(".*"))
    # Killed while it began: what is left is begun anew.
    (store / "zarr.json").unlink()
    evaluate(NumpyLoss(np.sum), flat, (40, 32), store=store)


def test_the_command_line_says_what_is_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    # Room for tiles, and not for the page that is made of them.
    with full_disk(200_000), pytest.raises(SystemExit) as ended:
        main(["surface", "booth", "--resolution", "26", "--out", "b.html"])
    said = capsys.readouterr().err.splitlines()[-1]
    assert ended.value.code == 1 and "Errno" not in said
    assert said.startswith("thalweg: b.html cannot be written: ") and said.endswith("nothing is left there. --resume takes up what is finished.")
    main(["surface", "booth", "--resolution", "26", "--out", "b.html", "--resume"])
    assert [each.name for each in tmp_path.iterdir()] == ["b.html"]


def test_a_site_on_a_full_disk_says_how_much_is_there(tmp_path):
    with full_disk(4000), pytest.raises(SystemExit, match=r"plotly\.js cannot be written: .*; nothing is left there; 0 files"):
        main(["site", str(tmp_path / "site"), "?landscape=booth"])
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match="file is a file"):
        main(["site", str(tmp_path / "file"), "?landscape=booth"])
