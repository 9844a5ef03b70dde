"""The stage in a real Chromium: it is painted, follows the thumb and says what it shows."""

import math
import re

import numpy as np
import pytest

from landscapes import LANDSCAPES, parse_formula
from optimizers import OPTIMIZERS, descend
from tests.browser.stage import FOUR

pytestmark = pytest.mark.browser
KEYS = {kind.title: key for key, kind in OPTIMIZERS.items()}


def rosenbrock(key: str, rate: float, start=None):
    landscape = LANDSCAPES["rosenbrock"]
    return descend(landscape.loss, OPTIMIZERS[key](learning_rate=rate), start or landscape.start, steps=300)


def assert_same_path(drawn, run):
    count = len(drawn[0])
    assert count == 301
    np.testing.assert_allclose(np.transpose(drawn), run.positions[:count], rtol=1e-4, atol=1e-4)


def test_first_visit_shows_four_paths_that_python_computes_alike(stage):
    shown = stage()
    assert [name for name in shown.names() if name in KEYS] == FOUR
    for title in ("Gradient descent", "Momentum"):
        assert_same_path(shown.path(title), rosenbrock(KEYS[title], shown.value(title)))


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
    with shown.page.expect_download() as taken:
        shown.page.get_by_label("Download picture").select_option("svg")
    assert "f(x, y) = x^2 + p*(y-1)^2, p 10: 300 steps" in taken.value.path().read_text(), "a picture says what it is of"
    before = shown.names()
    box.fill("2x")
    box.press("Enter")
    shown.page.get_by_text("At character 2").wait_for()
    shown.settled()
    assert shown.names() == before and "shape=p%7E10.0" in shown.page.url.replace("~", "%7E")


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
