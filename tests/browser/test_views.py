"""The stage's views in a real Chromium: the camera is kept, panels are linked, and each screen has its picture."""

import math
import re

import pytest

from tests.browser.stage import FOUR, Stage

pytestmark = pytest.mark.browser


def test_a_laptop_shows_picture_timeline_and_four_rails_without_scrolling_in_both_themes(stage):
    shown = stage(viewport={"width": 1366, "height": 768}, color_scheme="light")
    for title in FOUR:
        box = shown.rail(title).bounding_box()
        assert box["y"] + box["height"] <= 768
    play = shown.page.get_by_role("button", name="Play").bounding_box()
    assert play["y"] + play["height"] <= 768
    ink = "document.querySelector('[data-testid=stage] .js-plotly-plot').layout.font.color"
    light = shown.page.evaluate(ink)
    shown.page.emulate_media(color_scheme="dark")
    shown.wait(f"{ink} !== {light!r}")


def test_camera_canvas_and_surface_survive_twenty_changes(solid_stage):
    shown = solid_stage()
    page = shown.page
    page.evaluate("Plotly.relayout(document.querySelector('.space'), {'scene.camera.eye': {x: 0.9, y: -1.7, z: 0.8}})")
    shown.settled()
    page.evaluate("window.kept = document.querySelector('.space canvas')")
    camera, traces = shown.camera(), shown.names()
    surfaces = len([url for url in shown.requests if "/data/" in url])
    for change in range(20):
        shown.rail("Momentum").press("ArrowRight" if change % 2 else "ArrowLeft")
    shown.settled()
    assert shown.camera()["eye"] == pytest.approx(camera["eye"])
    assert page.evaluate("window.kept === document.querySelector('.space canvas')")
    assert shown.names() == traces
    fans = len([url for url in shown.requests if "/data/" in url]) - surfaces
    assert fans <= 1, "only the fan of the rail that has the focus is fetched"
    rate = page.get_by_role("textbox", name="Gradient descent learning rate")
    rate.fill("0.2")
    rate.press("Enter")
    page.get_by_text("diverged at step").first.wait_for()
    shown.settled()
    scale = page.evaluate("document.querySelector('.space')._fullLayout.scene._scene.dataScale")
    assert min(scale) > 1e-9, "WebGL scales all by the farthest point: beyond 1e38 the surface would fall apart"
    turn_the_camera(shown)


def test_a_surface_with_holes_says_so_and_has_no_level_lines(solid_stage, server):
    shown = solid_stage("?view=3d&formula=log(x)+%2B+x^2+%2B+y^2&window=-1~2~-1~1&start=1.5~0.5&optimizer=adam&steps=20")
    levels = "document.querySelector('.space').data.find(({ type }) => type === 'surface').contours.z.show"
    assert shown.page.evaluate(levels) is False, "they would run out of the scene"
    shown.page.get_by_text("Where the surface has holes the loss is no finite number.").wait_for()
    assert Stage(shown.page, server, "?view=3d&optimizer=adam&steps=20").page.evaluate(levels) is True


def turn_the_camera(shown) -> None:
    """It is no click, and enters the link."""
    box = shown.page.locator(".space").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    before = shown.camera()
    shown.page.mouse.move(*middle)
    shown.page.mouse.down()
    shown.page.mouse.move(middle[0] + 80, middle[1] + 20, steps=6)
    shown.page.mouse.up()
    shown.page.wait_for_url(re.compile("camera="))
    assert "start=" not in shown.page.url
    assert shown.camera()["eye"] != pytest.approx(before["eye"])
    for _ in range(8):
        shown.page.mouse.wheel(0, 800)
    for _ in range(50):
        eye, centre = (list(shown.camera()[part].values()) for part in ("eye", "center"))
        if 4 < math.dist(eye, centre) < 6.1:
            return
        shown.page.wait_for_timeout(100)
    raise AssertionError(f"the wheel has brought the eye to {eye}")


def test_side_by_side_gives_each_optimizer_a_panel_and_links_their_zoom(stage):
    shown = stage("?view=side")
    assert [name for name in shown.names() if name in FOUR] == FOUR
    shown.page.get_by_role("button", name="Zoom in").click()
    shown.settled()
    ranges = dict(map(tuple, ((key, tuple(limits)) for key, limits in shown.ranges())))
    assert len({limits for key, limits in ranges.items() if key.startswith("x")}) == 1
    assert ranges["xaxis"] != (-2, 2)


@pytest.mark.full
def test_side_by_side_in_3d_links_the_cameras(solid_stage):
    shown = solid_stage("?view=side&optimizer=gradient_descent&optimizer=adam")
    shown.page.get_by_label("3D panels (up to four)").check()
    shown.page.wait_for_url(re.compile("view=side3d"))
    shown.settled()
    box = shown.page.locator(".space").bounding_box()
    at = (box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    shown.page.mouse.move(*at)
    shown.page.mouse.down()
    shown.page.mouse.move(at[0] + 60, at[1] + 10, steps=5)
    shown.page.mouse.up()
    shown.page.wait_for_url(re.compile("camera="))
    eyes = "['scene', 'scene2'].map(id => document.querySelector('.space')._fullLayout[id]._scene.getCamera().eye)"

    for _ in range(20):  # Plotly lets the turned one glide a little on, and then the other follows
        turned, other = shown.page.evaluate(eyes)
        if turned == pytest.approx(other, abs=0.01):
            break
        shown.page.wait_for_timeout(100)
    assert turned == pytest.approx(other, abs=0.01)


def test_scrubbing_moves_the_marked_step_and_nothing_else_and_play_runs_to_the_end(stage):
    shown = stage()
    step = shown.page.get_by_role("slider", name="Step", exact=True)
    step.focus()
    step.press("Home")
    shown.settled()
    assert step.get_attribute("aria-valuetext") == "step 0 of 300"
    shown.page.get_by_role("button", name="Step forward").click()
    shown.settled()
    assert step.get_attribute("aria-valuetext") == "step 1 of 300"
    assert len(shown.path("Adam")[0]) == 301
    assert "step=1" in shown.page.url
    shown.page.get_by_label("Speed").select_option("4")
    shown.page.get_by_role("button", name="Restart").click()
    assert shown.page.get_by_role("slider", name="Step", exact=True).input_value() == "0"
    shown.page.get_by_role("button", name="Play").click()
    shown.page.get_by_role("button", name="Pause").click()
    at = int(shown.page.get_by_role("slider", name="Step", exact=True).input_value())
    assert 0 <= at < 300
    shown.page.get_by_role("button", name="Play").click()
    shown.wait("document.querySelector('[aria-label=Step]').value === '300'")


def test_a_narrow_screen_needs_no_sideways_scrolling(stage):
    shown = stage(viewport={"width": 390, "height": 840})
    overflow = shown.page.evaluate(
        "(() => { const main = document.querySelector('[data-testid=stMain]'); return main.scrollWidth - main.clientWidth })()"
    )
    assert overflow <= 1
    assert shown.rail("Adam").is_visible()


def test_without_webgl_the_contour_is_shown_with_a_word_about_it(page_without_webgl, server):
    shown = Stage(page_without_webgl, server, "?view=3d")
    assert shown.page.locator(".flat").count() == 1
    assert "WebGL" in shown.page.locator("[data-testid=stage] .note").text_content()


@pytest.mark.full
def test_a_lost_webgl_context_falls_back_to_the_contour_and_recovers(solid_stage):
    shown = solid_stage()
    shown.page.evaluate(
        "document.querySelector('.space')._fullLayout.scene._scene.glplot.gl.getExtension('WEBGL_lose_context').loseContext()"
    )
    shown.page.wait_for_selector(".flat .main-svg")
    shown.page.wait_for_timeout(1500)
    shown.page.get_by_role("radio", name="3D").check(force=True)
    shown.page.wait_for_selector(".space .main-svg")
    shown.settled()
    assert shown.camera() is not None


@pytest.mark.full
def test_a_diverging_rate_is_named_and_the_axes_stay(stage):
    shown = stage("?view=contour&optimizer=gradient_descent~learning_rate~0.1")
    assert re.search(r"diverged at step \d+", shown.page.locator(".card .sentence").first.text_content())
    assert len(shown.path("Gradient descent")[0]) < 301
    assert all(math.isfinite(number) for axis in shown.path("Gradient descent") for number in axis)
    assert dict(map(tuple, shown.ranges()))["xaxis"] == [-2, 2]
