"""The page of a visitor's own file: what is shown of it, and what is refused."""

import gc
import io

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from landscapes import Honesty, Plane, Surface, save_scene
from tests.views.reader import unpack
from views import downloads, events, runs, yours
from views.budget import Budget, Full
from views.settings import Card, Settings
from views.store import STORE

PLANE = Plane(np.zeros(3), (np.eye(3)[0], np.eye(3)[1]), ((0.0, 3.0), (0.0, 2.0)))
SURFACE = Surface(np.arange(4.0), np.arange(3.0), np.arange(12.0).reshape(3, 4), PLANE)


def path() -> Honesty:
    numbers = np.array([2.0, 1.0])
    return Honesty(np.array([[0.0, 0.0], [1.0, 2.0]]), numbers, numbers, numbers / 4)


def file(surface=SURFACE, paths={}) -> io.BytesIO:
    content = io.BytesIO()
    save_scene(content, surface, paths, plane=PLANE)
    return content


def test_the_stage_gets_the_numbers_of_the_file():
    scene, address = yours.opened(file(paths={"A": path()}), "mine.zarr.zip")
    assert list(scene.paths) == ["A"]
    tensors, metadata = unpack(STORE.get(address).raw)
    np.testing.assert_array_equal(tensors["path.0"], [[0, 0], [1, 2]])
    grid, _ = unpack(STORE.get(metadata["state"]["landscape"]["surface"]).raw)
    np.testing.assert_array_equal(grid["loss"], SURFACE.loss)


def test_a_plain_grid_is_a_landscape_in_x_and_y():
    _, address = yours.opened(io.BytesIO(b"x,y,loss\n0,0,1\n1,0,2\n0,5,3\n1,5,4\n"))
    _, metadata = unpack(STORE.get(address).raw)
    assert metadata["state"]["landscape"]["axes"] == ["x", "y"]


def test_what_explore_saves_opens_with_titles_and_says_how_it_was_made():
    settings = Settings(landscape="booth", optimizers=(Card("adam"), Card("sam")), steps=10)
    settings = settings.with_kept(events.kept(settings, Card("momentum"), 0.1))
    scene, address = yours.opened(io.BytesIO(downloads.npz(settings)), "thalweg-booth.npz")
    assert list(scene.paths) == ["Adam", "Kept run 1", "SAM"]
    assert scene.made["query"]["landscape"] == ["booth"] and scene.made["settings"]["steps"] == 10
    tensors, metadata = unpack(STORE.get(address).raw)
    assert [card["title"] for card in metadata["state"]["optimizers"]] == list(scene.paths)
    np.testing.assert_array_equal(tensors["path.0"], runs.scene(settings).runs[0].record.positions.astype(np.float32))


def test_the_paths_of_a_network_keep_what_their_slice_hides():
    x, losses = np.arange(3.0), np.array([3.0, 2.0, 1.0])
    arrays = {"surface_x": x, "surface_y": x, "surface_loss": np.ones((3, 3)), "caption": np.array("[" * 5000)}
    arrays |= {"adam_path": np.zeros((3, 2)), "adam_losses": losses, "adam_slice_losses": losses + 1, "adam_off_plane": losses / 4}
    np.savez(file := io.BytesIO(), **arrays)
    scene, address = yours.opened(file)
    assert scene.made["caption"].startswith("[[")
    tensors, _ = unpack(STORE.get(address).raw)
    np.testing.assert_array_equal(tensors["slice.0"], losses + 1)
    np.testing.assert_array_equal(tensors["off.0"], losses / 4)


def test_paths_without_a_surface_need_no_stage():
    scene, address = yours.opened(file(None, {"A": path()}))
    assert address is None and scene.surface is None


def test_what_a_browser_would_not_bear_is_a_sentence():
    with pytest.raises(ValueError, match="9 paths"):
        yours.opened(file(paths={str(number): path() for number in range(9)}))
    x = np.arange(2000.0)
    with pytest.raises(ValueError, match="4,000,000 points"):
        yours.opened(file(Surface(x, x, np.zeros((2000, 2000)), PLANE)))


def test_a_strangers_words_stay_words():
    assert yours._plain("[a](b) <b> :red[x] $1$ `c`") == "\\[a\\]\\(b\\) \\<b\\> \\:red\\[x\\] \\$1\\$ \\`c\\`"


def test_the_page_shows_a_file_refuses_a_bad_one_and_goes_on():
    page = AppTest.from_string("from views import yours\nyours.page()", default_timeout=60).run()
    assert "save_scene" in page.markdown[0].value and not page.exception
    page.file_uploader[0].upload("bad.npz", b"PK not really", "application/zip").run()
    assert "bad.npz cannot be shown" in page.error[0].value.replace("\\", "") and not page.exception
    page.file_uploader[0].upload("good.zarr.zip", file().getvalue(), "application/zip").run()
    assert not page.error and not page.exception
    assert len(page.get("bidi_component")) == 1 and len(page.get("download_button")) == 5


class Upload(io.BytesIO):
    """A file as Streamlit hands it over."""

    name = "mine.zarr.zip"

    def __init__(self, content: bytes, number: int):
        super().__init__(content)
        self.file_id, self.size = f"file {number}", len(content)


class Session(dict):
    """What Streamlit keeps for an open page."""

    __setattr__ = dict.__setitem__
    __getattr__ = dict.__getitem__


def test_a_file_takes_memory_for_as_long_as_it_is_open_and_is_refused_where_there_is_none(monkeypatch):
    content = file(paths={"A": path()}).getvalue()
    open_page = lambda: monkeypatch.setattr(yours.st, "session_state", session := Session()) or session
    least = len(content) + SURFACE.loss.nbytes
    monkeypatch.setattr(yours, "BUDGET", held := Budget(4 * least))  # of which three quarters may be reserved
    held.put("page", 1, "on screen", 0)
    first = open_page()
    yours._opened(Upload(content, 0))
    one = held.reserved
    assert least < one < 1.5 * least
    assert yours._opened(Upload(content, 0)) == first["own_scene"][1:] and held.reserved == one  # a rerun takes nothing more
    yours._opened(Upload(content, 1))
    gc.collect()
    assert held.reserved == one  # in the place of the one before
    second = open_page()
    yours._opened(Upload(content, 2))
    open_page()
    with pytest.raises(Full, match="close other tabs"):
        yours._opened(Upload(content, 3))
    assert "own_scene" in first and "own_scene" in second and held.has("page", 1)  # who has one open keeps it
    assert "own_scene" not in yours.st.session_state and held.reserved == 2 * one
    del second["own_scene"]  # the page is closed
    gc.collect()
    yours._opened(Upload(content, 3))
    assert held.reserved == 2 * one


def test_a_full_memory_is_a_sentence_on_the_page(monkeypatch):
    monkeypatch.setattr(yours, "BUDGET", Budget(1000))
    page = AppTest.from_string("from views import yours\nyours.page()", default_timeout=60).run()
    page.file_uploader[0].upload("good.zarr.zip", file().getvalue(), "application/zip").run()
    (error,) = page.error
    assert error.value.replace("\\", "") == f"good.zarr.zip cannot be shown. {yours.FULL}" and not page.exception
