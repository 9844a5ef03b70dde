"""Learn: how often a dragged handle repaints, and how long a learner waits for an experiment, warm and on a fresh server."""

from collections.abc import Iterator

from playwright.sync_api import Browser, Locator, Page

from tests.benchmarks.app import App, running
from tests.benchmarks.browser import COMPOSITORS, chromium, visit
from tests.benchmarks.mouse import move_for
from tests.benchmarks.report import Row
from tests.browser.stage import Stage
from views.learn.chapters import CHAPTERS

SECONDS, ROUNDS = 1.0, 3
REACH = 60  # pixels to each side
# Of each kind that is dragged one that repaints the most: where it is, and its first of these.
HANDLES = {
    "intercept's rail": ("deepest_valley", 1, "input[type=range]"),
    "point on the landscape": ("deepest_valley", 2, ".point"),
    "start under two losses": ("landscape_shape", 1, ".point"),
    "epsilon's rail": ("sensitivity", 1, "input[type=range]"),
}
# The experiments that take longest on a server that has just been started.
SLOW = (("landscape_shape", 4), ("random_change", 3), ("targeted_updates", 4), ("curse", 2), ("sensitivity", 1), ("sensitivity", 2))
EXPERIMENT = "[data-testid=experiment]"
READY = f"document.querySelector('{EXPERIMENT}')?.dataset.ready === 'true'"
SHOW = "document.querySelector('.st-key-show button')"
TOLD = "document.body.innerText.includes('So far.')"
WAITED = """async () => {
  const pressed = performance.now();
  %s.click();
  while (!(%s)) await new Promise(requestAnimationFrame);
  return performance.now() - pressed;
}"""


class Lesson(Stage):
    """One step of Learn, opened by its link."""

    def __init__(self, page: Page, app: App, chapter: str, step: int, said: str = ""):
        answer = f"&{chapter}={'-~' * (step - 1)}{said}" if said else ""
        super().__init__(page, app, f"learn?chapter={chapter}&step={step}{answer}")

    def settled(self) -> None:
        self.wait(f"{SHOW} || {READY}", 120)

    def waited(self, until: str) -> float:
        """Milliseconds from asking to be shown until then."""
        return self.page.evaluate(WAITED % (SHOW, until))


def measure() -> Iterator[Row]:
    with running() as app:
        with chromium() as (browser, _):
            first = [_first(app, browser, chapter, step) for chapter, step in SLOW]
            warm = [_warm(app, browser, key, step) for key, chapter in CHAPTERS.items() for step in range(1, len(chapter.steps) + 1)]
        yield Row.of("Learn, fresh server: asked to a first result, slow experiments", "ms", first, limit=1000, p95_limit=1000, tail=True)
        yield Row.of("Learn, warm: asked to the picture, every experiment", "ms", warm, limit=300, p95_limit=300, tail=True)
        for compositor in COMPOSITORS:
            yield from _drags(app, compositor)


def _first(app: App, browser: Browser, chapter: str, step: int) -> float:
    with visit(browser) as page:
        return Lesson(page, app, chapter, step).waited(f"{TOLD} || {READY}")


def _warm(app: App, browser: Browser, chapter: str, step: int) -> float:
    with visit(browser) as page:
        lesson = Lesson(page, app, chapter, step, "show")
        lesson.wait(READY, 240)
        page.locator(".st-key-change button").click()
        lesson.wait(f"!!{SHOW}")
        return lesson.waited(READY)


def _drags(app: App, compositor: str) -> Iterator[Row]:
    with chromium(compositor) as (browser, port):
        for name, (chapter, step, selector) in HANDLES.items():
            with visit(browser) as page:
                Lesson(page, app, chapter, step, "show").wait(READY, 240)
                for button in page.locator(f"{EXPERIMENT} button.primary").all():
                    button.click()  # what is dragged then repaints its result as well
                rates = _rates(page, port, page.locator(f"{EXPERIMENT} {selector}").first)
            yield Row.of(f"Learn, {name} dragged, {compositor}: paints a second", "", rates, limit=30, at_least=True)


def _rates(page: Page, port: int, handle: Locator) -> list[float]:
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    return [_rate(page, port, x, y) for _ in range(ROUNDS)]


def _rate(page: Page, port: int, x: float, y: float) -> float:
    before = _paints(page)
    took = move_for(SECONDS, port, lambda seconds: (x + REACH * (abs(4 * (seconds % 1) - 2) - 1), y))
    return (_paints(page) - before) / took


def _paints(page: Page) -> int:
    return page.evaluate("performance.getEntriesByName('learn:paint').length")
