"""A folder of scenes: what is in it, what it refuses, and the small pictures of its index."""

import base64
import gzip
import io
import re
from hashlib import sha256

import numpy as np
import pytest
from PIL import Image

from landscapes import Plane, Surface
from optimizers import Trajectory
from tests.views.reader import unpack
from views import cli
from views.saved import saved, settings_of
from views.site import COURSE, write_site
from views.thumbnail import SIZE, png

XOR = "http://localhost:8501/networks?network=xor&samples=40&steps=6&resolution=25&optimizer=gradient_descent"
LINKS = ("?formula=x%5E2%2Ba*y%5E2&shape=a~2.5&optimizer=adam&steps=9", "?landscape=booth&optimizer=adam&steps=9", "?landscape=booth&steps=9&optimizer=momentum", XOR)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "new"
    return write_site(folder, LINKS, title="<i>Mine</i>").parent


def test_every_link_has_a_page_a_picture_and_all_its_data(site):
    index = (site / "index.html").read_text()
    pages = re.findall(r'href="(scenes/[^"]+)"', index)
    assert pages == ["scenes/formula.html", "scenes/booth.html", "scenes/booth-2.html", "scenes/xor.html"]
    assert "<i>" not in index and "&lt;i&gt;Mine" in index
    assert "f(x, y) = x^2+a*y^2</strong>" in index and "with a = 2.5." in index
    assert "<h1>f(x, y) = x^2+a*y^2" in (site / pages[0]).read_text()
    for page in pages:
        for address in re.findall(r'(?:href|src)="([^"]+)"', (site / page).read_text()):
            if address == "data:,":  # no icon is asked for
                continue
            assert not re.match("[a-z]+:|/", address), "relative: any folder of any host will do"
            assert (site / page).parent.joinpath(address).exists()
    for picture in re.findall(r'src="(pictures/[^"]+)"', index):
        assert Image.open(io.BytesIO((site / picture).read_bytes())).size == SIZE


def test_a_network_comes_with_paths_surface_honest_numbers_and_its_fan(site):
    packed = re.search('"([^"]+)"\\);', (site / "data" / "xor.js").read_text())[1]
    tensors, metadata = unpack(gzip.decompress(base64.b64decode(packed)))
    state, (card,) = metadata["state"], metadata["state"]["optimizers"]
    assert state["saved"] and not state["live"] and state["landscape"]["fixed"]
    assert tensors["path.0"].shape == (7, 2) and np.isfinite([tensors["slice.0"], tensors["off.0"]]).all()
    (rail,) = card["knobs"]
    fan = re.search('"([^"]+)"\\);', (site / "data" / f"{rail['fan']}.js").read_text())[1]
    lanes, _ = unpack(gzip.decompress(base64.b64decode(fan)))
    stop = rail["stops"].index(rail["value"])
    np.testing.assert_allclose(lanes["losses"][stop], tensors["loss.0"], rtol=1e-3)
    np.testing.assert_allclose(lanes["positions"][stop], tensors["path.0"], atol=1e-3)
    assert lanes["losses"].shape == (len(rail["stops"]), 7) == (*tensors["sweep.0"].shape, 7)


def test_the_same_links_write_the_same_files(site):
    before = {path: path.read_bytes() for path in site.rglob("*.js")}
    write_site(site, LINKS)
    assert {path: path.read_bytes() for path in site.rglob("*.js")} == before


def test_a_second_site_takes_away_what_only_the_first_had_written(site, tmp_path):
    """Runs after the others of this site: its second content is one scene."""
    outside = tmp_path / "outside.html"
    outside.write_text("not of the site")
    before = {path.stem for path in (site / "data").iterdir()}
    (site / "scenes" / "mine.html").write_text("added")
    (site / "scenes" / "formula.html").write_text("changed")
    with (site / "shared" / "written.txt").open("a") as listed:
        for name in (f"scenes/../../../{outside.relative_to(tmp_path.parent)}", str(outside)):
            listed.write(f"{sha256(outside.read_bytes()).hexdigest()}  {name}\n")
    write_site(site, LINKS[1:2])
    assert {path.name for path in (site / "scenes").iterdir()} == {"booth.html", "mine.html", "formula.html"}
    assert [path.name for path in (site / "pictures").iterdir()] == ["booth.png"]
    kept = {path.stem for path in (site / "data").iterdir()}
    assert "booth" in kept and kept < before and not kept & {"formula", "booth-2", "xor"} and len(kept) <= len(before) / 2
    assert outside.exists()


def test_the_course_is_made_of_links_that_can_be_used():
    assert len({settings_of(link) for link in COURSE}) == len(COURSE)


def test_what_cannot_be_done_is_one_sentence_and_writes_nothing(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    for arguments, says in ((["mine"], "something else"), (["mine/letter.txt"], "file"), (["new", "?landscape=nowhere"], "nowhere")):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SystemExit, match=f"thalweg site: .*{says}"):
            cli.main(["site", *arguments])
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["letter.txt", "mine"]


def test_small_pictures_stand_upright_and_show_holes_and_paths():
    """The loss rises with y and is unknown on the right; the path runs along the lower edge."""
    x, y = np.linspace(0, 1, 5), np.linspace(0, 1, 4)
    loss = np.tile(y[:, None], (1, 5))
    loss[:, 4] = np.nan
    path = Trajectory(np.array([[0.1, 0.1], [0.5, 0.1]]), np.array([1.0, 0.5]), np.zeros((2, 3), int))
    scene = saved(Surface(x, y, loss, Plane.axes(((0, 1), (0, 1)))), {"one": path})
    picture = np.asarray(Image.open(io.BytesIO(png(scene))).convert("RGB")).astype(int)
    height, width = picture.shape[:2]
    assert picture[5, width // 2].sum() < picture[height // 2, width // 2].sum() < picture[-5, width // 2].sum(), "low is light"
    np.testing.assert_allclose(picture[height // 2, -5], (232, 232, 232), atol=6)
    on, off = picture[int(0.9 * height), int(0.3 * width)], picture[int(0.1 * height), int(0.3 * width)]
    assert on.max() - on.min() > 100 > off.max() - off.min(), "the path's colour is strong"
