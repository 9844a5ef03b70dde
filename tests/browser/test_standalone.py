"""Saved scenes, in one file and in a folder: a real Chromium opens them without our server, with the network off, and they are live."""

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from landscapes import LANDSCAPES, Plane, evaluate, honest
from optimizers import OPTIMIZERS, descend
from tests.browser.stage import Stage
from views.site import write_site
from views.standalone import save_html

pytestmark = pytest.mark.browser
LINK = "?landscape=himmelblau&optimizer=adam&optimizer=momentum&view=contour&steps=120"


def adam(rate: float):
    landscape = LANDSCAPES["himmelblau"]
    return descend(landscape.loss, OPTIMIZERS["adam"](learning_rate=rate), landscape.start, steps=120)


class File(Stage):
    """The stage of a file: no server is behind it."""

    def __init__(self, page, file):
        self.page, self.frames, self.requests = page, [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.set_default_timeout(60_000)
        if file:
            page.goto(file.as_uri())
        self.settled()

    def drawn(self, title: str):
        return np.transpose(self.path(title))


def test_a_page_from_disk_lives_without_a_network(browser_without_gpu, open_page, tmp_path):
    file = save_html(tmp_path / "page.html", LINK)
    page = open_page(browser_without_gpu, reduced_motion="reduce", offline=True)
    shown = File(page, file)
    np.testing.assert_allclose(shown.drawn("Adam"), adam(shown.value("Adam")).positions, rtol=1e-4, atol=1e-4)

    # The rail follows the thumb, stays where it is let go, and so do the numbers.
    rail = shown.rail("Adam")
    rail.focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    shown.settled()
    value = shown.value("Adam")
    run = adam(value)
    np.testing.assert_allclose(shown.drawn("Adam"), run.positions, rtol=1e-4, atol=1e-4)
    row = page.get_by_role("row", name="Adam")
    assert f"learning rate {value:g}" in row.inner_text()
    assert f"{run.losses[-1]:.4g}"[:5] in row.inner_text() or run.losses[-1] < 1e-4
    card = page.get_by_role("listitem", name="Adam", exact=True)
    assert card.locator(".origin").inner_text() == "yours"

    # Between two stops nothing is saved: the nearest is drawn, and said.
    box = page.get_by_label("Adam learning rate, exact value")
    box.fill("0.0123")
    box.press("Enter")
    shown.settled()
    assert shown.value("Adam") == 0.012
    assert "0.012 is the nearest to 0.0123" in card.get_by_role("alert").inner_text()
    np.testing.assert_allclose(shown.drawn("Adam"), adam(0.012).positions, rtol=1e-4, atol=1e-4)
    card.get_by_role("button", name="Textbook values for Adam").or_(card.get_by_role("button", name="Tune Adam here")).click()
    shown.wait("document.querySelector('.card .origin').textContent === 'tuned here'")

    # Timeline and views.
    page.get_by_role("button", name="Restart").click()
    page.get_by_role("button", name="Step forward").click()
    assert page.get_by_label("Step", exact=True).get_attribute("aria-valuetext") == "step 1 of 120"
    page.get_by_role("radio", name="Side by side").check(force=True)
    shown.wait("document.querySelectorAll('.stage .flat .subplot').length === 2 || document.querySelectorAll('.flat .contourlayer').length >= 2")

    # What would need a server is not offered.
    for name in ("Copy link", "Remove Adam", "Adam: formula and source", "Train again", "Cancel the training"):
        assert not page.get_by_role("button", name=name).is_visible()
    assert not page.get_by_label("Add an optimizer").is_visible()
    assert not page.locator(".handle").is_visible()
    assert [url for url in shown.requests if not url.startswith(("file:", "blob:", "data:"))] == []


def test_steps_that_were_kept_keep_their_numbers(browser_without_gpu, open_page, tmp_path):
    loss = lambda point: (point**2).sum()
    plane = Plane(np.zeros(3), (np.eye(3)[0], np.eye(3)[1]), ((-1.0, 3.0), (-1.0, 3.0)))
    way = lambda count: np.linspace([2.0, 2.0, 1.0], [0.0, 0.0, 0.5], count)
    kept = {"Each tenth": np.arange(0, 51, 10), "Each twentieth": np.array([0, 20, 40])}
    paths = {name: honest(loss, plane, way(len(steps)), np.linspace(9, 1, len(steps)), steps) for name, steps in kept.items()}
    page = open_page(browser_without_gpu, reduced_motion="reduce", offline=True)
    shown = File(page, save_html(tmp_path / "kept.html", evaluate(loss, plane, 21), paths, view="contour"))
    step = page.get_by_label("Step", exact=True)
    assert step.get_attribute("aria-valuetext") == "step 50 of 50"
    page.get_by_text("Of the steps from 0 to 50, 6 of Each tenth, 3 of Each twentieth were kept").wait_for()
    assert "After each one's last step" in page.get_by_role("region", name="Results").inner_text()
    step.focus()
    step.press("ArrowLeft")
    step.press("ArrowLeft")
    shown.settled()
    assert step.get_attribute("aria-valuetext") == "step 30 of 50"
    says = lambda name: page.get_by_role("listitem", name=name, exact=True).get_by_text(re.compile("true loss .* · slice"))
    says("Each tenth").filter(has_text="Step 30").wait_for()
    says("Each twentieth").filter(has_text="Step 20").wait_for()  # where it was kept last
    chart = "[...document.querySelectorAll('.chart')].find((each) => each.innerText.startsWith('Loss at')).querySelector('.frame').data"
    shown.wait(f"{chart}?.length === 2")
    assert page.evaluate(f"{chart}.map(({{ x }}) => x)") == [steps.tolist() for steps in kept.values()]


class _Host(SimpleHTTPRequestHandler):
    """A plain host of files, which says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture
def host(tmp_path):
    """The address at which `tmp_path` is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Host, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def test_a_site_lives_on_any_host_and_on_a_disk(browser_without_gpu, open_page, host, tmp_path):
    index = write_site(tmp_path / "course", [LINK])
    for address in (f"{host}/course/index.html", index.as_uri()):
        page = open_page(browser_without_gpu, reduced_motion="reduce")
        page.goto(address)
        page.get_by_role("link", name="Himmelblau").click()
        shown = File(page, None)
        asked = len(shown.requests)
        rail = shown.rail("Adam")
        rail.focus()
        page.keyboard.press("ArrowLeft")
        shown.settled()
        assert len(shown.requests) == asked + 1, "a fan comes when its rail is reached for"
        np.testing.assert_allclose(shown.drawn("Adam"), adam(shown.value("Adam")).positions, rtol=1e-4, atol=1e-4)
