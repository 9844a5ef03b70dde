"""The command line: files out of models, figures out of files, and one sentence for what goes wrong."""

import io
import json
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from landscapes import LANDSCAPES, Plane, Scene, evaluate, honest, load_scene
from views import pictures
from views.cli import main
from views.commands import EXAMPLES, Progress, duration
from views.taken_home import write

MODEL = """
import os
import numpy as np
parameters = {"w": np.arange(1.0, 7.0).reshape(2, 3), "b": np.ones(2)}
calls = 0

def loss(parameters):
    return (parameters["w"] ** 2).sum() + parameters["b"].sum()

def interrupted(parameters):
    global calls
    calls += 1
    if calls == 30 and "GO_ON" not in os.environ:
        raise KeyboardInterrupt
    return float(loss(parameters))

def untraceable(parameters):
    return float(np.asarray(parameters["w"]).sum())

def fails(parameters):
    return 1 / 0

def misnamed(parameters):
    return parameters["weight"].sum()

vector = np.ones(5)

def squares(vector):
    return (vector**2).sum()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "model", raising=False)
    (tmp_path / "model.py").write_text(MODEL)
    return tmp_path


@pytest.fixture
def checkpoints(folder):
    for run, speed in (("slow", 1), ("fast", 3)):
        (folder / "runs" / run).mkdir(parents=True)
        for step in range(4):
            tensors = {"w": np.full((2, 3), speed * step / 4) ** 2, "b": np.full(2, 1.0 - speed * step)}
            save_file(tensors, folder / "runs" / run / f"step_{10 * step}.safetensors")
    return folder / "runs"


def fails(*arguments) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return ended.value.code


@pytest.mark.parametrize("command", EXAMPLES)
def test_help_has_examples(command, capsys):
    assert fails(command, "--help") == 0
    assert f"thalweg {command} " in capsys.readouterr().out.split("examples:")[1]


def test_a_landscape_and_a_model_of_ones_own_become_files(folder, capsys):
    main(["surface", "himmelblau", "--resolution", "20x10"])
    himmelblau = LANDSCAPES["himmelblau"]
    expected = evaluate(himmelblau.loss, Plane.axes(himmelblau.window), (20, 10))
    np.testing.assert_array_equal(load_scene("himmelblau.zarr.zip").surface.loss, expected.loss)
    main(["surface", "model.py:loss", "--at", "model:parameters", "--seed", "3", "--resolution", "5", "--out", "own.zarr.zip", "--json"])
    told = capsys.readouterr().out.splitlines()
    assert "20 x 10 points" in told[0] and json.loads(told[1])["files"] == ["own.zarr.zip"]
    scene = load_scene("own.zarr.zip")
    assert scene.made["seed"] == 3 and sorted(scene.plane.origin) == ["b", "w"]
    import model

    same = evaluate(model.loss, Plane.random(model.parameters, 3), 5)
    np.testing.assert_array_equal(scene.surface.loss, same.loss)
    save_file(model.parameters, "at.safetensors")
    main(["surface", "model:loss", "--numpy", "--at", "at.safetensors", "--seed", "3", "--resolution", "5", "--out", "numpy.zarr.zip"])
    np.testing.assert_allclose(load_scene("numpy.zarr.zip").surface.loss, same.loss)
    main(["surface", "model:squares", "--at", "model:vector", "--resolution", "3", "--out", "flat.zarr.zip"])
    assert np.ptp(load_scene("flat.zarr.zip").surface.loss) > 0
    assert not list(folder.glob("*.tiles"))


def test_an_interrupted_surface_is_taken_up_only_when_asked_to(folder, monkeypatch, capsys):
    call = ["surface", "model:interrupted", "--numpy", "--at", "model:parameters", "--resolution", "16", "--out", "s.npz"]
    assert fails(*call) == 130
    assert "--resume" in capsys.readouterr().err
    monkeypatch.setenv("GO_ON", "1")
    assert fails(*call) == 1
    assert "s.npz.tiles is left" in capsys.readouterr().err
    import model

    model.calls = 0
    main([*call, "--resume"])
    assert 256 - 30 < model.calls <= 256 - 16, "finished tiles are not computed again"
    assert not (folder / "s.npz.tiles").exists() and (folder / "s.npz").exists()
    assert fails(*call, "--resume") == 1, "what is whole has nothing to take up, and is not written over"
    assert "s.npz is there already" in capsys.readouterr().err


def test_what_failed_before_its_first_tile_leaves_nothing_in_the_way(folder, capsys):
    call = ["surface", "model:untraceable", "--at", "model:parameters", "--resolution", "5", "--out", "s.npz"]
    assert fails(*call) == 1
    assert "add --numpy" in capsys.readouterr().err and not (folder / "s.npz.tiles").exists()
    main([*call, "--numpy"])
    assert (folder / "s.npz").exists()


def test_what_was_interrupted_is_begun_anew_with_force(folder, monkeypatch):
    call = ["surface", "model:interrupted", "--numpy", "--at", "model:parameters", "--resolution", "16", "--out", "s.npz"]
    assert fails(*call) == 130 and (folder / "s.npz.tiles").exists()
    monkeypatch.setenv("GO_ON", "1")
    import model

    model.calls = 0
    main([*call, "--force"])
    assert model.calls >= 256 and not (folder / "s.npz.tiles").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["himmelblau", "--at", "nosuch.py:x"], "--at is for a function of yours"),
        (["model:misnamed", "--numpy", "--at", "model:parameters"], "asks for 'weight'; the parameters of model:parameters are b, w."),
    ],
)
def test_what_does_not_fit_together_is_said(arguments, says, capsys):
    assert fails("surface", *arguments, "--resolution", "5") == 1
    assert says in capsys.readouterr().err


def test_an_error_of_usage_is_json_too(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["thalweg", "surface", "himmelblau", "--json", "--out", "x.pdf"])
    assert fails("surface", "himmelblau", "--json", "--out", "x.pdf") == 2
    assert "x.pdf" in json.loads(capsys.readouterr().out)["error"]


def test_a_folder_of_checkpoints_becomes_a_figure(checkpoints, folder, capsys):
    (folder / "losses.csv").write_text("run,step,loss\nslow,0,5\nslow,10,4\n")
    main(["paths", str(checkpoints), "--losses", "losses.csv", "--out", "bare.html"])
    told = capsys.readouterr().out
    assert "2 paths" in told and "plotly" in (folder / "bare.html").read_text()
    assert "Losses are known of 0 of the 4 checkpoints of fast. Losses are known of 2 of the 4 checkpoints of slow." in told
    main(["paths", str(checkpoints), "--loss", "model:loss", "--resolution", "7"])
    scene = load_scene("runs.zarr.zip")
    assert list(scene.paths) == ["fast", "slow"] and scene.paths["fast"].steps.tolist() == [0, 10, 20, 30]
    assert scene.surface.loss.shape == (7, 7) and scene.paths["slow"].losses[0] == 2
    for kind in ("html", "png", "svg", "csv", "npz", "vtk"):
        main(["export", "runs.zarr.zip", "--to", kind])
        assert (folder / f"runs.{kind}").stat().st_size > 500
    (folder / "runs.csv").unlink()
    for kind, there in (("png", "runs.png"), ("csv", "runs.paths.csv")):
        assert fails("export", "runs.zarr.zip", "--to", kind) == 1
        assert f"{there} is there already; add --force" in capsys.readouterr().err
    assert fails("paths", str(checkpoints), "--out", "runs.svg") == 1 and fails("surface", "booth", "--out", "runs.svg") == 1
    main(["export", "runs.zarr.zip", "--to", "csv", "--force"])
    main(["export", "runs.npz", "--to", "zarr.zip", "--out", "back.zarr.zip"])
    np.testing.assert_array_equal(load_scene("back.zarr.zip").surface.loss, scene.surface.loss)
    capsys.readouterr()
    main(["show", "runs.csv", "--no-browser", "--json"])
    (page,) = json.loads(capsys.readouterr().out)["files"]
    assert "Content-Security-Policy" in Path(page).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("surface", "model:fails", "--at", "model:parameters"), "ZeroDivisionError: division by zero"),
        (("surface", "model:untraceable", "--at", "model:parameters"), "add --numpy"),
        (("surface", "model:nothing", "--at", "model:parameters"), "has no nothing"),
        (("surface", "nothing:loss", "--at", "model:parameters"), "no module nothing"),
        (("surface", "nothing.py:loss", "--at", "model:parameters"), "no file nothing.py"),
        (("surface", "Himelblau"), "did you mean himmelblau?"),
        (("surface", "loss", "--at", "model:parameters"), "there are quadratic_bowl, "),
        (("surface", "model:parameters", "--at", "model:parameters"), "not a function"),
        (("surface", "model:loss"), "--at"),
        (("paths", "nothing"), "is no folder"),
        (("show", "model.py", "--no-browser"), "table of losses"),
        (("export", "nothing.npz", "--to", "png"), "cannot be read"),
    ],
)
def test_what_goes_wrong_is_one_sentence(arguments, words, capsys):
    assert fails(*arguments, "--json") == 1
    said = capsys.readouterr()
    (line,) = [line for line in said.err.splitlines() if line.startswith("thalweg")]
    assert words in line and "Traceback" not in said.err
    assert words in json.loads(said.out)["error"]


@pytest.mark.parametrize("arguments", [("surface",), ("surface", "x:y", "--resolution", "many"), ("surface", "x:y", "--out", "a.doc"), ("export", "f", "--to", "gif")])
def test_what_is_not_understood_ends_with_two(arguments):
    assert fails(*arguments) == 2


def test_the_bar_tells_the_time_left():
    class Screen(io.StringIO):
        isatty = lambda self: True

    times = iter(range(0, 1000, 10))
    screen, bar = Screen(), None
    bar = Progress(screen, lambda: float(next(times)))
    for done in (1, 2, 3, 4):
        bar(done, 4)
    last = screen.getvalue().split("\r")
    assert " 50%  10 s left" in last[2] and last[-1].startswith("[####") and last[-1].endswith("\n")
    plain, times = io.StringIO(), iter(range(1000))
    bar = Progress(plain, lambda: float(next(times)))
    for done in range(1, 101):
        bar(done, 100)
    assert len(plain.getvalue().splitlines()) == 10
    assert duration(3725) == "1 h 2 min" and duration(125) == "2 min 5 s"


def scene_of(loss, names=("A",)) -> Scene:
    plane = Plane(np.zeros(3), (np.eye(3)[0], np.eye(3)[1]), ((-1.0, 1.0), (-1.0, 1.0)))
    positions = np.array([[-3.0, -0.5, 0], [0.5, 0.5, 1], [np.nan, 0, 0]])
    path = honest(loss, plane, positions, np.zeros(3))
    return Scene(plane, evaluate(loss, plane, 9), {name: path for name in names}, {"seed": 1, "folder": "of runs " * 30})


def test_a_picture_shades_low_light_and_high_dark_and_draws_the_path_inside_its_frame():
    image = np.asarray(Image.open(io.BytesIO(pictures.png(scene_of(lambda point: point[0] + 2.0)))))
    left, right = (image[pictures.BOTTOM - 20, x].astype(int).sum() for x in (pictures.LEFT + 20, pictures.RIGHT - 20))
    assert image.shape == (pictures.HEIGHT, pictures.WIDTH, 3) and left > right + 100
    colour = [int(pictures.COLOURS[0][at : at + 2], 16) for at in (1, 3, 5)]
    drawn = np.abs(image.astype(int) - colour).sum(axis=2) < 30
    assert drawn[:, pictures.LEFT : pictures.RIGHT].any()
    assert not drawn[pictures.TOP : pictures.BOTTOM, : pictures.LEFT - 5].any(), "what lies outside is cut at the frame"


def test_an_svg_is_whole_whatever_a_path_is_called():
    names = ("<script>alert(1)</script>", "& ]]> \" '")
    drawn = ElementTree.fromstring(pictures.svg(scene_of(lambda point: point[0] ** 2, names)))
    kinds = {element.tag.rpartition("}")[2] for element in drawn.iter()}
    assert kinds == {"svg", "image", "polyline", "circle", "text"}
    texts = [element.text for element in drawn.iter() if element.tag.endswith("text")]
    assert any("projected" in text for text in texts) and any("seed: 1" in text and text.endswith("runs …") for text in texts)


def test_holes_and_a_flat_surface_are_drawn(tmp_path):
    import jax.numpy as jnp

    for number, loss in enumerate((lambda point: jnp.where(point[0] > 0, jnp.nan, 1.0), lambda point: 0 * point[0])):
        (file,) = write(scene_of(loss), tmp_path / f"{number}.png", "png")
        with Image.open(file) as image:
            assert image.size == (pictures.WIDTH, pictures.HEIGHT)
