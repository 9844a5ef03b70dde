"""Learn in a real Chromium: every chapter from its question to what it teaches, by keyboard alone and by mouse on a phone."""

from importlib.resources import files

import pytest
from playwright.sync_api import TimeoutError

from tests.browser.stage import Stage
from views.learn.chapters import CHAPTERS
from views.learn.lesson import Guess

pytestmark = pytest.mark.browser
EXPERIMENT = "[data-testid=experiment]"
READY = f"document.querySelector('{EXPERIMENT}')?.dataset.ready === 'true'"
STEPS = [(key, number, step) for key, chapter in CHAPTERS.items() for number, step in enumerate(chapter.steps, 1)]
MOST_WORDS = 120
# Nothing plays by itself: a race is over at once.
DESKTOP = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light", "reduced_motion": "reduce"}
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "reduced_motion": "reduce"}
AXE = files("axe_playwright_python").joinpath("axe.min.js")
# There are no frames, and no rule that asks for style sheets: without looking for them it takes half of the time.
CHECK = """async () => (await axe.run(document, {resultTypes: ['violations'], iframes: false, preload: false})).violations.flatMap(
  ({ id, help, nodes }) => nodes.map(({ html, any }) => `${id}: ${help}: ${html.slice(0, 200)} ${any[0]?.message ?? ''}`))"""


class Learner(Stage):
    """The Learn page of one visitor."""

    def settled(self) -> None:
        self.wait("!!document.querySelector('.learn-title, .learn-where')")
        self.page.evaluate(AXE.read_text())

    def on(self, step) -> None:
        """Wait until a step is open, not yet answered."""
        self.page.locator("h1", has_text=step.title).wait_for()
        self.page.get_by_text("Your prediction", exact=True).wait_for()

    def begins(self, seconds: float) -> bool:
        """Whether the prediction was taken: the experiment has its place."""
        try:
            self.page.locator(EXPERIMENT).wait_for(state="attached", timeout=1000 * seconds)
        except TimeoutError:
            return False
        return True

    def sees_the_picture(self) -> None:
        self.wait(READY, 240)

    def is_told(self, step) -> None:
        """What came out is there; all that the step says is short."""
        told = self.page.locator(".st-key-outcome")
        told.locator("[data-testid=stAlert]").wait_for()
        said, takeaway = told.locator("[data-testid=stMarkdownContainer]").all_inner_texts()
        outcome = said.removeprefix(told.locator("strong").first.inner_text())  # which says the prediction once more
        choices = [] if isinstance(step.prediction, Guess) else [choice.text for choice in step.prediction]
        assert len(" ".join([step.question, *choices, step.task, outcome, takeaway]).split()) < MOST_WORDS, step.key
        assert takeaway == step.takeaway

    def fits(self) -> None:
        """Nothing is wider than the window."""
        wide = "boxes => Math.max(0, ...boxes.map((box) => box.scrollWidth - box.clientWidth))"
        for box, most in ((":root", 0), ("[data-testid=stMain]", 0), (".katex-display", 4)):  # braces reach a little farther
            assert self.page.locator(box).evaluate_all(wide) <= most, f"{box} at {self.page.url}"

    def is_accessible(self) -> None:
        for _ in range(3):  # while a page is computed anew Streamlit fades what is on it; what is wrong stays wrong
            self.wait("!document.querySelector('[data-stale=true]') && !document.getAnimations().some((each) => each.transitionProperty)")
            if not (violations := self.page.evaluate(CHECK)):
                return
        raise AssertionError("\n".join([self.page.url, *violations]))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, selector: str) -> None:
        for _ in range(40):
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            self.press("Tab")
        raise AssertionError(f"no {selector} is reached with Tab at {self.page.url}")

    def button(self, name: str):
        return self.page.get_by_role("button", name=name)

    def drag(self, element, start, by) -> None:
        """From a share of an element's box, by pixels."""
        element.scroll_into_view_if_needed()
        box = element.bounding_box()
        x, y = box["x"] + box["width"] * start[0], box["y"] + box["height"] * start[1]
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for part in (0.5, 1.0):
            self.page.mouse.move(x + by[0] * part, y + by[1] * part)
        self.page.mouse.up()


@pytest.fixture
def visit(browser_without_gpu, open_page, server):
    return lambda options, query="learn": Learner(open_page(browser_without_gpu, **options), server, query)


def keeps_its_answer(learner: Learner) -> None:
    """Before the experiment is begun no mark that carries its result is seen, and nothing is told."""
    assert learner.page.locator(f"{EXPERIMENT} .result:visible").count() == 0
    assert learner.page.locator("[data-testid=stAlert]").count() == 0


def answer_with_keys(learner: Learner, step) -> None:
    if isinstance(step.prediction, Guess):
        learner.tab_to("[data-testid=stTextInput] input")
        learner.press("Control+a")
        learner.page.keyboard.type(f"{step.prediction.value:g}")
        learner.press("Enter")
        return
    for _ in range(20):  # a key that is pressed while the page is being drawn may be lost, as a person's would
        learner.press(str(len(step.prediction)))
        if learner.begins(3):
            return


def run_with_keys(learner: Learner, step) -> None:
    """The picture has put the focus where its experiment begins."""
    learner.wait(f"document.activeElement.closest('{EXPERIMENT}')")
    match step.picture:
        case "neuron":
            learner.press(*["Enter"] * 4)
        case "guesses":
            learner.press("Enter", "Tab", "Enter")
        case "changes" | "race" | "keep" | "two_losses" | "polar":
            learner.press("Enter")
        case "valley":
            learner.press("ArrowLeft")
            learner.tab_to("button.primary")
            learner.press("Enter")
        case "local":
            learner.tab_to("[type=radio]")
            learner.press("ArrowRight", "ArrowRight")
        case "small":
            learner.press("ArrowLeft")
        case "three_ways":
            learner.tab_to("[type=range]")
            learner.press("Home")
        case "stretched" | "million" | "tries" | "gradient_price" | "duel" | "heat":  # what was asked about is at the end
            learner.press("End")
        case "units":
            learner.press("Space")
        case "nudge":
            learner.tab_to(".typed input")
            learner.press("Control+a")
            learner.page.keyboard.type("0.1")
            learner.press("Enter", "Shift+Tab")  # in a text the page's own keys are letters
        case _:
            learner.press("ArrowRight")


def answer_with_the_mouse(learner: Learner, step) -> None:
    if isinstance(step.prediction, Guess):
        learner.button("That is my prediction").click()
    else:
        learner.button(step.prediction[0].text).first.click()


def run_with_the_mouse(learner: Learner, step) -> None:
    picture = learner.page.locator(EXPERIMENT)
    primary = picture.locator("button.primary")
    match step.picture:
        case "neuron":
            for _ in range(4):
                primary.click()
        case "guesses":
            primary.click()
            picture.get_by_role("button", name="Make all").click()
        case "changes" | "race" | "keep" | "two_losses" | "polar":
            primary.click()
        case "valley":
            learner.drag(picture.locator(".point").first, (0.5, 0.5), (30, -30))
            for button in primary.all():
                button.click()
        case "local":
            picture.get_by_role("radio", name="Quadratic bowl").check()
        case "units":
            picture.get_by_role("radio", name="as measured").check()
        case "small" | "three_ways":
            learner.drag(picture.locator("input[type=range]").first, (0.5, 0.5), (-400, 0))
        case _:
            learner.drag(picture.locator("input[type=range]").first, (0.3, 0.5), (400, 0))


def test_every_chapter_is_walked_through_by_keyboard_alone(visit):
    learner = visit(DESKTOP)
    learner.is_accessible()
    learner.tab_to(".st-key-chapter_deepest_valley button")
    learner.press("Enter")
    seen = set()
    for _, number, step in STEPS:
        learner.on(step)
        if (kind := type(step.prediction)) not in seen:
            learner.is_accessible()
        answer_with_keys(learner, step)
        learner.sees_the_picture()
        keeps_its_answer(learner)
        run_with_keys(learner, step)
        learner.is_told(step)
        if step.picture == "nudge":  # the browser's own reckoning agrees with the server's
            assert learner.page.locator("b.true").inner_text() in learner.page.locator(".st-key-outcome").inner_text()
        if step.picture not in seen:
            learner.is_accessible()
        seen |= {kind, step.picture}
        learner.press("n")
    learner.page.get_by_text("What calculus buys").wait_for()
    learner.is_accessible()


def test_every_chapter_is_walked_through_by_mouse_on_a_dark_phone(visit):
    learner = visit(PHONE)
    learner.is_accessible()
    learner.fits()
    learner.button("Begin: The deepest valley").click()
    seen = set()
    for key, number, step in STEPS:
        learner.on(step)
        if (kind := type(step.prediction)) not in seen:
            learner.is_accessible()
        answer_with_the_mouse(learner, step)
        learner.sees_the_picture()
        run_with_the_mouse(learner, step)
        learner.is_told(step)
        learner.fits()
        if step.picture not in seen:
            learner.is_accessible()
        seen |= {kind, step.picture}
        last = number == len(CHAPTERS[key].steps)
        learner.button("To the end" if (key, number) == STEPS[-1][:2] else "Next chapter" if last else "Next step").click()
    learner.page.get_by_text("What calculus buys").wait_for()
    learner.fits()
    learner.is_accessible()


def test_numbers_out_of_range_are_refused_and_handles_stay_in_their_picture(visit):
    learner = visit(DESKTOP, "learn?chapter=deepest_valley&step=2&deepest_valley=-~one")
    learner.sees_the_picture()
    typed = learner.page.get_by_label("Intercept b, typed")
    for wrong in ("99", "soon", "1e400"):
        typed.fill(wrong)
        learner.press("Enter")
        learner.page.get_by_text("Expected a number from −0.5 to 3.5.").wait_for()
        assert typed.input_value() == "3"
    learner.drag(learner.page.locator(".point"), (0.5, 0.5), (-3000, 3000))
    assert typed.input_value() == "−0.5"
    assert learner.page.get_by_label("Slope w, typed").input_value() == "−1.5"
