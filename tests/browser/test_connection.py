"""A server that is stopped, cut off, slow or silent, and what its open pages make of it."""

import re

import pytest

from landscapes import LANDSCAPES
from tests.browser.stage import CALM, GRAPH, Stage

pytestmark = pytest.mark.browser

LOST = "The server does not answer."
REPORTED = ("Failed to load resource: net::ERR_", "WebSocket connection to")  # what a console says of a lost server


@pytest.fixture(scope="module")
def own_server(start_server):
    """A server that these tests stop and start."""
    return start_server()


@pytest.fixture
def forgive(problems):
    yield
    problems[:] = [problem for problem in problems if not any(words in problem for words in REPORTED)]


def bar(page):
    return page.get_by_role("status").filter(has_text=LOST)


def start_of(shown) -> tuple[float, float]:
    x, y = shown.path("Adam")
    return x[0], y[0]


@pytest.fixture
def own_page(own_server, browser_without_gpu, open_page, forgive):
    return open_page(browser_without_gpu, **CALM)


def test_a_page_outlives_its_server_and_catches_up_with_the_next_one(own_server, own_page):
    shown = Stage(own_page, own_server, "?view=contour&landscape=booth&optimizer=adam")
    page = shown.page
    shown.click_contour(0.6, 0.6)
    shown.settled()
    box = shown.grab("Adam")
    shown.drag(box, (0.55, 0.5))
    page.mouse.up()
    shown.settled()
    first, address = start_of(shown), page.url

    own_server.stop()
    bar(page).wait_for()
    page.get_by_role("button", name="Step back", exact=True).click()
    before = len(shown.paints())
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    page.mouse.down()
    shown.drag(box, (0.45, 0.4))
    assert len(shown.paints()) > before, "a rail that was used works without a server"
    page.mouse.up()
    for share in (0.2, 0.8):
        shown.click_contour(share, 0.3)
    page.wait_for_timeout(4500)  # Streamlit's own dialog would be there by now, and cover the page
    assert page.get_by_role("dialog").count() == 0
    assert (page.url, start_of(shown)) == (address, first)

    own_server.start()
    bar(page).wait_for(state="hidden")
    shown.wait(f"Math.abs({GRAPH}.data.find(({{ name }}) => name === 'Adam').x[0] - 6) < 0.2")
    page.wait_for_url(re.compile("start=6"))
    shown.settled()
    assert start_of(shown) == pytest.approx((6, -4), abs=0.2), "the newest of the clicks"
    undo = page.get_by_role("button", name="Undo")
    for _ in range(2):  # the click and the drag without a server
        undo.click()
    page.wait_for_url(lambda url: re.sub(r"&step=\d+", "", url) == address)
    for _ in range(2):  # those before it was stopped
        undo.click()
    page.wait_for_url(lambda url: "start=" not in url)
    shown.settled()
    assert start_of(shown) == LANDSCAPES["booth"].start and undo.get_attribute("aria-disabled") == "true"


def test_a_file_that_the_server_has_lost_is_asked_for_again(own_server, own_page, tmp_path):
    page = own_page
    (tmp_path / "bowl.csv").write_text("x,y,loss\n0,0,1\n1,0,2\n2,0,3\n0,1,2\n1,1,3\n2,1,4\n")
    page.goto(f"{own_server.url}/yours")
    page.locator("input[type=file]").set_input_files(tmp_path / "bowl.csv", timeout=60_000)
    page.get_by_test_id("stage").wait_for()
    page.get_by_text("Height and colour: loss.").wait_for()
    own_server.stop()
    bar(page).wait_for()
    own_server.start()
    page.get_by_text("choose it again").wait_for(timeout=60_000)
    assert page.get_by_text("bowl.csv").count() == 0
    page.locator("input[type=file]").set_input_files(tmp_path / "bowl.csv")
    page.get_by_text("Height and colour: loss.").wait_for()
    assert page.get_by_text("choose it again").count() == 0


def test_without_a_network_the_page_says_so_and_asks_when_it_is_there_again(stage, forgive):
    shown = stage("?view=contour&landscape=booth&optimizer=adam")
    page = shown.page
    try:
        page.context.set_offline(True)
        bar(page).wait_for()
        shown.click_contour(0.8, 0.3)
        page.wait_for_timeout(500)
    finally:
        page.context.set_offline(False)
    bar(page).wait_for(state="hidden")
    page.wait_for_url(re.compile("start="))
    shown.settled()
    assert start_of(shown) == pytest.approx((6, -4), abs=0.2)


# A server that answers late, as the page's own clock has it; a busy machine delays both alike.
LATE = """() => {
  const ask = window.fetch;
  window.fetch = (where, options) => new Promise((resolve, reject) => {
    options?.signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    const wait = /\\/(alive|scene)$/.test(where) ? window.late : 0;
    if (wait < Infinity) setTimeout(() => ask(where, options).then(resolve, reject), wait);
  });
  new MutationObserver(() => { window.calledLost = true; }).observe(document.querySelector(".thalweg-outage"), { childList: true });
}"""


def test_a_slow_server_is_not_called_lost_and_a_silent_one_is(stage):
    shown = stage("?view=contour&landscape=booth&optimizer=adam")
    page = shown.page
    page.evaluate(LATE)
    page.evaluate("window.late = 5000")
    shown.click_contour(0.8, 0.3)
    shown.wait(f"Math.abs({GRAPH}.data.find(({{ name }}) => name === 'Adam').x[0] - 6) < 0.2")
    assert not page.evaluate("window.calledLost")
    page.evaluate("window.late = Infinity")
    bar(page).wait_for()
    page.evaluate("window.late = 0")
    bar(page).wait_for(state="hidden")
