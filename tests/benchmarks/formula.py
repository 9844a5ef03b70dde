"""From the Enter key under a formula to the paths of four optimizers on the screen: a new one, and new numbers in it."""

from collections.abc import Iterator

from tests.benchmarks.app import running
from tests.benchmarks.browser import chromium, visit
from tests.benchmarks.report import Row
from tests.browser.stage import Stage

NEW = ("(1-x)^2 + 100*(y-x^2)^2", "a*x^2 + b*y^2", "sin(3*x)*cos(y)", "x^2/4 + y^2 - cos(3*x)", "x*exp(-x^2 - y^2)", "sqrt(1 + x^2) + abs(y)^3")
NUMBERS = tuple(f"(x^2 + y - {11 - change / 8})^2 + (x + y^2 - 7)^2" for change in range(9))  # the first one compiles

# Resolves with the milliseconds from Enter to the end of the paint after which every path ends somewhere else.
WATCH = """() => {
  const lines = () => document.querySelector("[data-testid=stage] .js-plotly-plot").data.filter(({ mode }) => mode === "lines");
  const ends = () => lines().map(({ x, y }) => `${x.at(-1)}, ${y.at(-1)}, ${x.at(1)}`);
  const before = ends();
  let entered = 0;
  addEventListener("keydown", (event) => { entered = event.timeStamp; }, { capture: true, once: true });
  window.typed = new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => {
      const paint = list.getEntriesByName("stage:paint").at(-1);
      const now = ends();
      if (!paint || !entered || now.length < before.length || now.some((end) => before.includes(end))) return;
      observer.disconnect();
      resolve(paint.startTime + paint.duration - entered);
    });
    observer.observe({ type: "measure" });
  });
}"""


def measure() -> Iterator[Row]:
    with running() as app, chromium() as (browser, _), visit(browser) as page:
        stage = Stage(page, app, "?view=contour&landscape=formula")
        yield Row.of("A formula typed, to painted paths of four optimizers", "ms", [_type(stage, text) for text in NEW], limit=1200)
        _type(stage, NUMBERS[0])
        changed = [_type(stage, text) for text in NUMBERS[1:]]
        yield Row.of("The same formula with another number in it", "ms", changed, limit=200)


def _type(stage: Stage, text: str) -> float:
    box = stage.page.get_by_role("textbox", name="Your own formula")
    box.fill(text)
    stage.page.evaluate(WATCH)
    box.press("Enter")
    took = stage.page.evaluate("window.typed")
    stage.settled()
    return took
