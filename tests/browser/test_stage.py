"""The stage in a real Chromium: it is painted, follows the thumb, keeps its camera and says what it shows."""

import math
import re

import numpy as np
import pytest

from landscapes import LANDSCAPES, parse_formula
from optimizers import OPTIMIZERS, descend
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser
FOUR = ["Gradient descent", "Momentum", "RMSProp", "Adam"]
CALM = {"reduced_motion": "reduce"}


@pytest.fixture
def stage(browser_without_gpu, open_page, server):
    return lambda query="?view=contour", **options: Stage(open_page(browser_without_gpu, **{**CALM, **options}), server, query)


@pytest.fixture
def solid_stage(browser, open_page, server):
    """A stage whose browser draws WebGL."""
    return lambda query="?view=3d", **options: Stage(open_page(browser, **{**CALM, **options}), server, query)


def rosenbrock(key: str, rate: float, start=None):
    landscape = LANDSCAPES["rosenbrock"]
    return descend(landscape.loss, OPTIMIZERS[key](learning_rate=rate), start or landscape.start, steps=300)


def assert_same_path(drawn, run):
    count = len(drawn[0])
    assert count == 301
    np.testing.assert_allclose(np.transpose(drawn), run.positions[:count], rtol=1e-4, atol=1e-4)


def test_first_visit_shows_four_paths_that_python_computes_alike(stage):
    shown = stage()
    assert [name for name in shown.names() if name in OPTIMIZERS_BY_TITLE] == FOUR
    for title in ("Gradient descent", "Momentum"):
        assert_same_path(shown.path(title), rosenbrock(OPTIMIZERS_BY_TITLE[title], shown.value(title)))


def test_a_drag_repaints_paths_without_asking_the_server(stage):
    shown = stage()
    box = shown.grab("Adam")
    before, sent, asked = len(shown.paints()), len(shown.frames), len(shown.requests)
    shown.drag(box, np.linspace(0.6, 0.3, 40))
    assert len(shown.paints()) - before >= 10
    assert (len(shown.frames), len(shown.requests)) == (sent, asked)
    lane_value = shown.value("Adam")
    shown.page.mouse.up()
    shown.settled()
    assert shown.value("Adam") == lane_value
    assert_same_path(shown.path("Adam"), rosenbrock("adam", lane_value))
    assert float(re.search(r"adam~learning_rate~([\d.e-]+)", shown.page.url)[1]) == lane_value


def test_a_typed_value_between_two_stops_is_drawn_exactly(stage):
    shown = stage()
    box = shown.page.get_by_label("Adam learning rate, exact value")
    box.fill("0.0123")
    box.press("Enter")
    shown.settled()
    assert_same_path(shown.path("Adam"), rosenbrock("adam", 0.0123))


def test_a_number_that_cannot_be_used_does_not_stay(stage):
    shown = stage()
    before, path = shown.value("Adam"), shown.path("Adam")
    box = shown.page.get_by_label("Adam learning rate, exact value")
    for text in ("-1", "abc", "1e999", ""):
        box.fill(text)
        box.press("Enter")
        assert float(box.input_value()) == before
        said = shown.page.locator(".card", has=box).get_by_role("alert").text_content()
        assert "a number from" in said and text in said
        assert shown.path("Adam") == path


def test_a_card_says_what_its_knobs_do_and_where_its_values_come_from(stage):
    shown = stage()
    card = shown.page.get_by_role("listitem", name="Adam", exact=True)
    assert card.locator(".origin").text_content() == "tuned here"
    assert card.get_by_role("button", name="tuned here").count() == 0, "a label is no button"
    card.get_by_role("button", name="More about Adam: knobs and what they do").click()
    shown.wait("document.querySelectorAll('.card.opened .rail').length > 1")
    assert "how much of the averaged gradient is kept each step" in card.inner_text()
    card.get_by_role("button", name="Textbook values for Adam").click()
    shown.wait("document.querySelector('.card.opened .origin').textContent === 'textbook'")
    card.get_by_role("button", name="Tune Adam here").click()
    shown.wait("document.querySelector('.card.opened .origin').textContent === 'tuned here'")


@pytest.mark.full
def test_a_ninth_optimizer_is_not_offered(stage):
    eight = list(OPTIMIZERS)[:8]
    shown = stage("?view=contour&" + "&".join(f"optimizer={key}" for key in eight))
    assert not shown.page.get_by_label("Add an optimizer").is_visible()
    assert "remove one first" in shown.page.locator(".adder").text_content()
    shown.page.get_by_role("button", name=f"Remove {OPTIMIZERS[eight[0]].title}", exact=True).click()
    shown.settled()
    assert shown.page.get_by_label("Add an optimizer").is_visible()


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


def test_while_one_path_is_dragged_the_others_stay_drawn(stage):
    shown = stage()
    box = shown.grab("Adam")
    shown.drag(box, np.linspace(0.6, 0.5, 8))
    shown.page.wait_for_timeout(100)
    inked = """[...document.querySelectorAll('.flat .overlay')].map((canvas) => !canvas.hidden &&
        canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0))"""
    assert shown.page.evaluate(inked) == [True, True]
    shown.page.mouse.up()
    shown.settled()
    assert shown.page.evaluate(inked) == [True, False]


def test_a_click_on_the_contour_moves_the_start_of_every_path(stage):
    shown = stage()
    shown.click_contour(0.7, 0.4)
    shown.settled()
    x, y = (shown.path(title)[axis][0] for axis in (0, 1) for title in ["Adam"])
    assert (x, y) == pytest.approx((-2 + 0.7 * 4, -1 + 0.4 * 4), abs=0.05)
    assert {tuple(axis[0] for axis in shown.path(title)) for title in FOUR} == {(x, y)}
    assert "start=" in shown.page.url
    pan(shown)
    assert (x, y) == tuple(axis[0] for axis in shown.path("Adam")) and "zoom=" in shown.page.url, "panning is no click"


def pan(shown) -> None:
    box = shown.page.locator(".flat .nsewdrag").first.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown.page.mouse.move(*middle)
    shown.page.mouse.down()
    shown.page.mouse.move(middle[0] + 60, middle[1] + 30, steps=8)
    shown.page.mouse.up()
    shown.settled()


def test_the_start_can_be_dragged_and_is_exact_on_release(stage):
    shown = stage()
    handle = shown.page.get_by_role("button", name=re.compile("^Start, x"))
    box = handle.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown.page.mouse.move(*middle)
    shown.page.mouse.down()
    shown.page.mouse.move(middle[0] + 90, middle[1] - 40, steps=20)
    shown.page.mouse.up()
    shown.settled()
    x, y = (axis[0] for axis in shown.path("Adam"))
    spoken = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", handle.get_attribute("aria-label"))]
    assert (x, y) == pytest.approx(spoken[:2], abs=1e-3)
    assert x > -1.1


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
    step = shown.page.get_by_role("slider", name="Step")
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
    assert shown.page.get_by_role("slider", name="Step").input_value() == "0"
    shown.page.get_by_role("button", name="Play").click()
    shown.page.get_by_role("button", name="Pause").click()
    at = int(shown.page.get_by_role("slider", name="Step").input_value())
    assert 0 <= at < 300
    shown.page.get_by_role("button", name="Play").click()
    shown.wait("document.querySelector('[aria-label=Step]').value === '300'")


def test_the_same_link_gives_the_same_picture_in_another_browser(stage, solid_stage):
    first = stage("?landscape=himmelblau&view=contour&optimizer=adam~learning_rate~0.3&optimizer=nesterov&start=-1~2&step=40")
    second = solid_stage(first.page.url.split("/")[-1])
    assert second.page.url == first.page.url
    for title in ("Adam", "Nesterov"):
        assert first.path(title) == second.path(title)
    assert first.ranges() == second.ranges()


@pytest.mark.full
def test_two_visitors_do_not_see_each_other(stage):
    one, other = stage(), stage()
    one.click_contour(0.3, 0.8)
    one.settled()
    other.rail("Adam").press("ArrowLeft")
    other.settled()
    assert "start=" not in other.page.url
    assert "learning_rate" not in one.page.url


def test_everything_can_be_reached_with_the_keyboard_alone(stage):
    shown = stage()
    reached = set()
    for _ in range(120):
        shown.page.keyboard.press("Tab")
        reached.add(
            shown.page.evaluate(
                "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent.trim().slice(0, 40)"
            )
        )
    for name in ("Adam learning rate", "Step", "Play", "Zoom in", "Add an optimizer", "Copy link", "Remove Adam"):
        assert name in reached, sorted(reached)
    assert any(name.startswith("Start, x") for name in reached)
    assert {"3D", "Contour", "Both", "Side by side"} & reached
    handle = shown.page.get_by_role("button", name=re.compile("^Start, x"))
    handle.focus()
    handle.press("ArrowRight")
    shown.settled()
    assert "start=" in shown.page.url


def test_a_formula_typed_is_drawn_and_its_names_are_sliders(stage):
    shown = stage("?view=contour&optimizer=adam~learning_rate~0.1&formula=x^2+%2B+q*(y-2)^2")
    text, box = "x^2 + p*(y-1)^2", shown.page.get_by_role("textbox", name="Your own formula")
    shown.page.evaluate("""() => {
      const views = document.querySelector(".views");
      new MutationObserver(() => { window.waited ||= views.dataset.waiting; }).observe(views, { attributes: true });
    }""")
    box.fill(text)
    # The server hears of it from the browser itself, before the page's session does.
    with shown.page.expect_request(lambda request: request.url.endswith("/scene") and "rewrite" in (request.post_data or "")):
        box.press("Enter")
    shown.wait("document.querySelector('[data-testid=stage] [aria-label=p]')")
    assert shown.page.evaluate("window.waited").startswith("Computing")
    shown.settled()
    assert shown.page.locator("[data-waiting]").count() == 0
    slider = shown.page.get_by_role("slider", name="p", exact=True)
    slider.press("End")
    shown.settled()
    formula = parse_formula(text, values={"p": 10.0})
    assert_same_path(shown.path("Adam"), descend(formula.loss, OPTIMIZERS["adam"](learning_rate=0.1), formula.start, steps=300))
    before = shown.names()
    box.fill("2x")
    box.press("Enter")
    shown.page.get_by_text("At character 2").wait_for()
    shown.settled()
    assert shown.names() == before and "shape=p%7E10.0" in shown.page.url.replace("~", "%7E")


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


def test_a_hostile_link_opens_the_page_and_says_what_it_ignored(stage):
    shown = stage("?landscape=nowhere&start=NaN~1e400&steps=many&optimizer=adam~learning_rate~words&view=contour")
    text = shown.page.locator("[data-testid=stMain]").text_content()
    assert "nowhere" in text and "steps" in text
    assert "Traceback" not in text


@pytest.mark.full
def test_a_link_of_a_megabyte_opens_and_says_that_it_was_cut(stage):
    shown = stage("?landscape=booth&view=contour&" + "&".join(["optimizer=adam"] * 10_000) + "&start=" + "9" * 10**6)
    text = shown.page.locator("[data-testid=stMain]").text_content()
    assert "too long" in text
    assert "landscape=booth" in shown.page.url and len(shown.page.url) < 1000


def test_the_prediction_game_hides_the_paths_and_answers_with_the_truth(stage):
    shown = stage()
    shown.page.get_by_role("button", name="Predict, then see").click()
    assert shown.page.locator(".stage.covered").count() == 1
    shown.click_contour(0.5, 0.5)
    answer = shown.page.locator(".game .question").text_content()
    x, y = (axis[-1] for axis in shown.path("Gradient descent"))
    away = float(re.search(r"your guess was ([\d.e-]+) away", answer)[1])
    assert away == pytest.approx(math.hypot(x, y - 1), abs=0.05)
    assert "start=" not in shown.page.url


def test_an_open_page_recovers_when_the_server_is_restarted(browser_without_gpu, open_page, start_server, problems):
    server = start_server()
    shown = Stage(open_page(browser_without_gpu, **CALM), server, "?view=contour&landscape=booth")
    connection = "document.querySelector('[data-testid=stApp]').dataset.testConnectionState"
    server.stop()
    shown.wait(f"{connection} !== 'CONNECTED'")
    server.start()
    shown.wait(f"{connection} === 'CONNECTED'")
    shown.rail("Adam").press("ArrowRight")
    shown.page.wait_for_url(re.compile("learning_rate"))
    shown.settled()
    assert len(shown.path("Adam")[0]) == 301
    problems.clear()  # the browser reports the refused connections of the pause


OPTIMIZERS_BY_TITLE = {kind.title: key for key, kind in OPTIMIZERS.items()}
