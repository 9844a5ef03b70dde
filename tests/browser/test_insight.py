"""Anatomy, basins, stability and fair comparison on the page: by keyboard, following the timeline, the thumb and the pointer."""

import re

import pytest

from tests.browser.stage import GRAPH, Stage

pytestmark = pytest.mark.browser
QUERY = "?landscape=himmelblau&view=contour&steps=60&optimizer=gradient_descent~learning_rate~0.01&optimizer=adam~learning_rate~0.1"


@pytest.fixture
def shown(page_without_gpu, server):
    stage = Stage(page_without_gpu, server, QUERY)
    stage.page.get_by_test_id("stability").wait_for()
    return stage


def _open(stage: Stage, panel: str):
    """By keyboard alone."""
    found = stage.page.get_by_test_id(panel)
    found.locator("summary").focus()
    stage.page.keyboard.press("Enter")
    found.locator("tbody tr").first.wait_for()
    return found


def _choose(page, box: str, option: str) -> None:
    """A rerun that is still under way, or scrolling, would close the list again."""
    found = page.get_by_role("combobox", name=box)
    found.scroll_into_view_if_needed()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(600)
    found.click()
    page.get_by_role("option", name=option, exact=True).click()


def test_the_panels_follow_timeline_thumb_and_pointer_and_fit_a_phone(shown):
    page = shown.page
    stability, anatomy, basins = (_open(shown, panel) for panel in ("stability", "anatomy", "basins"))
    assert page.locator(".stage .tick:visible").count() == 2
    assert "is stable here" in stability.inner_text()
    assert stability.locator(".strip path").count() == 2
    unlimited = "detail: { adam: { knob: 'learning_rate', value: Infinity } }"
    page.evaluate(f"document.dispatchEvent(new CustomEvent('thalweg:limits', {{ {unlimited} }}))")
    assert "--at: 1" in page.locator(".stage .tick:visible").get_attribute("style")  # and not at the rail's lower end
    before, place = anatomy.locator("tbody").inner_text(), page.locator(".stage .tick").first.get_attribute("style")
    step = page.get_by_role("slider", name="Step", exact=True)
    step.focus()
    step.press("Home")
    shown.settled()
    assert "At step 0." in stability.inner_text() and "step 1: from" in anatomy.inner_text()
    assert anatomy.locator("tbody").inner_text() != before
    assert page.locator(".stage .tick").first.get_attribute("style") != place
    # Gradient descent's update is its gradient times minus the rate.
    number = lambda row, cell: float(anatomy.locator("tbody tr").nth(row).locator("td").nth(cell).inner_text())
    assert number(1, 1) == pytest.approx(-0.01 * number(0, 1), rel=1e-3)
    assert f"x: Δ = −0.01 × ({anatomy.locator('tbody tr').nth(0).locator('td').nth(1).inner_text()})".replace("-", "−") in anatomy.inner_text()
    assert anatomy.locator(".closeup canvas").is_visible()
    anatomy.get_by_role("slider", name="Step, beside these numbers").press("ArrowRight")
    anatomy.get_by_text("step 2: from").wait_for()
    assert step.input_value() == "1"
    anatomy.get_by_text("Adam", exact=True).click()
    anatomy.get_by_text("average of the gradients, fading").wait_for()

    basins.get_by_text("256 × 256").wait_for()
    table = basins.locator("tbody").inner_text()
    assert "%" in table
    box = shown.grab("Gradient descent")
    shown.drag(box, [0.6, 0.7, 0.95])
    basins.get_by_text("64 × 64").wait_for()
    page.mouse.up()
    shown.settled()
    basins.get_by_text("256 × 256").wait_for()
    assert basins.locator("tbody").inner_text() != table
    # Its own rail is the stage's: the map follows it, and the page does when it is let go.
    own = basins.get_by_role("slider", name="learning rate, beside the map")
    assert own.input_value() == shown.rail("Gradient descent").input_value()
    before = own.input_value()
    own.press("ArrowLeft")
    shown.settled()
    assert shown.rail("Gradient descent").input_value() == own.input_value() == str(int(before) - 1)
    canvas = basins.locator("canvas")
    canvas.scroll_into_view_if_needed()
    area = canvas.bounding_box()
    page.mouse.click(area["x"] + 0.25 * area["width"], area["y"] + 0.25 * area["height"])
    page.wait_for_url(re.compile(r"start=-2\.5\d*~2\.5\d*"))
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"start=-2\.1\d*~2\.5\d*"))

    _open(shown, "models")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    shown.wait("document.documentElement.scrollWidth <= innerWidth")


def test_runs_are_kept_changes_undone_and_models_drawn(shown):
    page = shown.page
    address = lambda text: page.wait_for_url(lambda url: text in url)
    page.get_by_role("button", name="Keep this run of Adam").click()
    address("kept=adam~60~")
    kept = shown.path("Adam, learning rate 0.1 (kept)")
    assert kept == shown.path("Adam")
    rail = shown.rail("Adam")
    rail.focus()
    rail.press("ArrowRight")
    address("adam~learning_rate~0.11")
    shown.settled()
    assert shown.path("Adam, learning rate 0.1 (kept)") == kept != shown.path("Adam")
    page.keyboard.press("Control+z")
    page.wait_for_url(lambda url: "0.11" not in url)
    shown.settled()
    assert shown.path("Adam") == kept
    page.keyboard.press("Control+Shift+Z")
    address("adam~learning_rate~0.11")
    page.get_by_role("button", name="Remove Adam, learning rate 0.1 (kept)").press("Enter")
    page.wait_for_url(lambda url: "kept" not in url)
    page.get_by_role("button", name="Undo", exact=True).click()
    address("kept=adam~60~")
    shown.settled()

    _choose(page, "Schedule of the rates", "Cosine")
    address("schedule=cosine")
    page.get_by_role("img", name="Schedule of the rates: Cosine").wait_for()
    shown.settled()
    assert shown.path("Adam, learning rate 0.1, constant (kept)") == kept  # by its name, and to the bit

    models = _open(shown, "models")
    at_end = models.inner_text()
    assert "Newton" in at_end and "1.2" in at_end
    models.get_by_role("slider", name="Radius of trust").press("Home")
    shown.wait("document.querySelector('[data-testid=models] .radius').textContent === '0.1'")
    models.get_by_text("A point of mine").click()
    models.get_by_label("Point of mine, first coordinate").fill("3")
    models.get_by_label("Point of mine, second coordinate").fill("2")
    models.get_by_text("At (3, 2): loss 0, slope 0").wait_for()

    page.locator("[data-test-script-state=notRunning]").wait_for()
    schedule = page.get_by_role("combobox", name="Schedule of the rates")
    schedule.press_sequentially("Const")
    schedule.press("Enter")
    page.wait_for_url(lambda url: "schedule" not in url)
    code = page.locator("details", has_text="Show me the code")
    code.locator("summary").press("Enter")
    code.get_by_text("SCHEDULES").first.wait_for()
    code.locator("summary").click()
    code.get_by_text("SCHEDULES").first.wait_for(state="hidden")

    page.get_by_role("button", name="The edge of stability").click()
    page.wait_for_url(re.compile(r"[?&]formula="))
    page.get_by_text("The valley narrows towards the star").wait_for()
    # The landscape comes first, its paths when they are compiled; then the mark on the rail, for Stability is open.
    shown.wait(f"{GRAPH}.data.some(trace => trace.name === 'Gradient descent' && Math.abs(trace.y[0] - 1.5) < 1e-6)")
    page.locator(".stage .tick:visible").wait_for()


def test_a_comparison_is_pressed_sorted_and_mapped_and_noise_is_seen(shown):
    page = shown.page
    comparison = page.get_by_test_id("comparison")
    for name, role in (("Fair comparison", "summary"), ("Compare", "button")):
        comparison.locator(role, has_text=name).first.focus()
        page.keyboard.press("Enter")
    comparison.get_by_text("Done: 2 compared.").wait_for()
    assert "of 64 starts" in comparison.locator(".verdict").inner_text()
    first = lambda: comparison.locator("tbody th").first.inner_text()
    head = comparison.get_by_role("button", name="Optimizer")
    head.click()
    assert first() == "Adam"
    page.keyboard.press("Enter")
    assert first() == "Gradient descent" and comparison.locator("[aria-sort=descending]").count() == 1
    comparison.get_by_label("Second knob").select_option("adam b1")
    comparison.get_by_role("img", name=re.compile("Adam: most successes")).wait_for()
    comparison.get_by_text("Textbook default").click()

    plateaus = page.get_by_test_id("plateaus")
    assert plateaus.count() == 0
    size = page.get_by_role("spinbutton", name="Gradient noise")
    size.fill("5")
    size.press("Enter")
    page.wait_for_url(re.compile(r"noise=5\.0"))
    plateaus.get_by_text("gradient noise of 5").wait_for()
    shown.settled()
    assert page.get_by_text("mean of 32 draws").count() == 1
    page.locator("[data-testid=stNumberInput]", has=size).get_by_test_id("stNumberInputStepUp").click()
    page.wait_for_url(lambda url: "noise=5.0" not in url)
    assert "settings have changed" in comparison.inner_text()
    page.set_viewport_size({"width": 390, "height": 844})
    shown.wait("[...document.querySelectorAll('.thalweg-comparison .wide, .thalweg-table')].every(box => box.scrollWidth <= box.clientWidth)")
