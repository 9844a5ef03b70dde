"""Pictures to take away: their size, their captions, and a GIF whose frames are the contour's."""

import io

import numpy as np
import pytest
from PIL import Image, ImageColor

from optimizers import OPTIMIZERS
from tests.browser.stage import Stage
from views.provenance import versions

pytestmark = pytest.mark.browser
QUERY = "?landscape=booth&optimizer=adam~b1~0.8&optimizer=gradient_descent&view=contour&steps=20&seed=3"


def taken(shown, kind: str) -> bytes:
    with shown.page.expect_download() as download:
        shown.page.get_by_label("Download picture").select_option(kind)
    return download.value.path().read_bytes()


def near(frame: np.ndarray, colour: str) -> np.ndarray:
    return np.abs(frame.astype(int) - ImageColor.getrgb(colour)).max(axis=2) <= 8


def test_pictures_say_how_they_were_made_and_a_film_shows_the_paths_grow(browser_without_gpu, open_page, server):
    # A phone's picture is as large as a desk's.
    page = open_page(browser_without_gpu, reduced_motion="reduce", viewport={"width": 400, "height": 800})
    shown = Stage(page, server, QUERY)
    assert Image.open(io.BytesIO(taken(shown, "png"))).width == 2160
    drawing = taken(shown, "svg").decode()
    for part in ("Booth: 20 steps from", "step 20 marked", "colour:", "learning rate: Adam ", "(b1 0.8)", "seed 3", versions()):
        assert part in " ".join(drawing.replace("</tspan>", " ").split()), part
    assert "<path" in drawing and "<image" not in drawing, "a contour is lines, not pixels"

    film = Image.open(io.BytesIO(taken(shown, "gif")))
    assert film.size[0] == 720 and film.n_frames == 21 and film.info["loop"] == 0
    colour, counts, bars = OPTIMIZERS["adam"].colour, [], []
    for k in (0, 5, 10, 20):
        film.seek(k)
        frame = np.asarray(film.convert("RGB"))
        counts.append(int(near(frame[80:-120], colour).sum()))
        row = frame[-15, 12:600].astype(int)
        bars.append(int((np.abs(row - row[0]).max(axis=1) < 8).sum()) if k else 0)
    assert film.info["duration"] == 2000, "the end stays to be seen"
    assert counts[0] < counts[1] < counts[-1]
    assert abs(bars[2] - 294) < 12 and bars[3] == 588, "the bar is half full at half"

    # One that is not wanted after all is given up.
    page.evaluate("document.addEventListener('click', (event) => event.target.download && document.body.setAttribute('data-came', ''), true)")
    page.get_by_label("Download picture").select_option("gif")
    page.get_by_role("button", name="Cancel the GIF").click()
    shown.wait("document.querySelector('.stage .film').hidden")
    page.wait_for_timeout(300)
    assert page.locator("body[data-came]").count() == 0
