"""The Networks page in a real Chromium: a training grows before the eyes, can be held up, and its picture says how true it is."""

import re

import numpy as np
import pytest

from optimizers import OPTIMIZERS
from tests.browser.stage import CALM, GRAPH, Stage

pytestmark = pytest.mark.browser
PAIR = ("gradient_descent", "adam")
TITLES = [OPTIMIZERS[key].title for key in PAIR]
NUMBERS = re.compile(r"Step \d+: true loss (\S+) · slice (\S+) · (.+) off the plane")
STEPS = 120
WHOLE = (
    "document.querySelector('.stage .flat')?.data?.[0].x.length === 25"
    " && [...document.querySelectorAll('.stage .numbers')].every((line) => /slice [0-9]/.test(line.textContent))"
)
TRAINS = "/^[1-9]/.test(document.querySelector('.stage .readout')?.textContent)"
# Everything the timeline's readout has said, and whether the figure was ever another one.
WATCH = """
window.seen = [];
const watch = () => {
  const said = document.querySelector('.stage .readout')?.textContent;
  const canvas = document.querySelector('.stage .flat .overlay');
  if (said && canvas && said !== window.seen.at(-1)?.said) window.seen.push({ said, canvas });
  requestAnimationFrame(watch);
};
requestAnimationFrame(watch);
"""


class NetworkStage(Stage):
    """The stage of the Networks page; its scenes come piece by piece."""

    def __init__(self, page, server, query: str = "", ready: str = WHOLE):
        self.ready = ready
        page.add_init_script(WATCH)
        super().__init__(page, server, f"networks{query}")

    def settled(self) -> None:
        """Wait until the picture is whole; sharpness and the rails' fans may still be computed."""
        self.wait(self.ready, 240)
        self.page.wait_for_timeout(400)

    def numbers(self, title: str) -> tuple[float, float, str]:
        """True loss, slice loss and off-plane share as an optimizer's card says them."""
        card = self.page.get_by_role("listitem", name=title, exact=True)
        found = NUMBERS.search(card.inner_text())
        assert found, card.inner_text()
        return float(found[1]), float(found[2]), found[3]

    def hover(self, place, wanted: str) -> str:
        """What is said under the pointer; Plotly may be drawing when the pointer comes, so it comes again."""
        for _ in range(30):
            self.page.mouse.move(place[0] - 4, place[1])
            self.page.mouse.move(*place)
            self.page.wait_for_timeout(300)
            said = self.page.locator(".flat .hoverlayer").text_content()
            if wanted in said:
                return said
        raise AssertionError(f"{wanted!r} was never said, but {said!r}")

    def steady_step(self) -> int:
        """The step shown once it has stayed the same for a while: what was on its way has arrived."""
        before, now = -1, self.step()
        while now != before:
            self.page.wait_for_timeout(1500)
            before, now = now, self.step()
        return now

    def step(self) -> int:
        return int(re.search(r"step (\d+) of", self.page.get_by_label("Step", exact=True).get_attribute("aria-valuetext"))[1])

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def stage(browser_without_gpu, open_page, server):
    return lambda query="", **options: NetworkStage(open_page(browser_without_gpu, **CALM), server, query, **options)


@pytest.fixture
def moons(stage):
    chosen = "".join(f"&optimizer={key}" for key in PAIR)
    return lambda more="": stage(f"?view=contour&steps={STEPS}&resolution=25{chosen}{more}")


def test_optimizers_train_before_the_eyes_and_their_paths_lie_on_one_plane(moons):
    shown = moons()
    assert [name for name in shown.names() if name in TITLES] == TITLES
    for title in TITLES:
        x, y = shown.path(title)
        assert len(x) == STEPS + 1 and np.isfinite([x, y]).all()
    assert len({tuple(axis[0] for axis in shown.path(title)) for title in TITLES}) == 1, "one start"
    steps = [int(said.split(" ")[0]) for said in shown.page.evaluate("seen.map(({ said }) => said)")]
    assert steps == sorted(steps) and steps[-1] == STEPS, "the timeline follows the newest step"
    assert shown.page.evaluate("new Set(seen.map(({ canvas }) => canvas)).size") == 1, "nothing flickers"
    assert "step=" not in shown.page.url


def test_the_three_numbers_follow_the_timeline_and_the_pointer(moons):
    shown = moons()
    truth, seen, off = shown.numbers("Adam")
    assert 0 < truth < seen and off.endswith("%")
    timeline = shown.page.get_by_label("Step", exact=True)
    timeline.focus()
    timeline.press("Home")
    shown.settled()
    assert len({shown.numbers(title) for title in TITLES}) == 1, "all start at the same place"
    assert shown.numbers("Adam")[0] > truth
    assert "step=0" in shown.page.url
    place = shown.page.evaluate(
        "(() => { const graph = document.querySelector('.flat'), path = graph.data.find((trace) => trace.name === 'Adam');"
        " const { xaxis, yaxis } = graph._fullLayout, box = graph.getBoundingClientRect(), k = path.x.length - 1;"
        " return [box.left + xaxis._offset + xaxis.l2p(path.x[k]), box.top + yaxis._offset + yaxis.l2p(path.y[k])] })()"
    )
    said = shown.hover(place, "Adam, step 120")
    assert float(re.search(r"true loss ([\d.e-]+?)slice", said)[1]) == pytest.approx(truth, rel=0.01)
    assert float(re.search(r"slice loss here ([\d.e-]+?)off", said)[1]) == pytest.approx(seen, rel=0.01)
    assert said.endswith(f"off-plane share {off}")


@pytest.mark.full
def test_a_click_moves_no_start_and_no_handle_offers_it(moons):
    shown = moons()
    shown.click_contour(0.5, 0.5)
    shown.settled()
    assert "start=" not in shown.page.url
    assert shown.page.get_by_role("button", name=re.compile("^Start, ")).count() == 0


@pytest.mark.full
def test_a_kept_run_stays_while_its_rate_moves_and_a_change_is_undone(moons):
    shown = moons()
    page, kept = shown.page, "Adam, learning rate 0.02 (kept)"
    x = lambda name: f"document.querySelector('.flat').data.find((trace) => trace.name === '{name}')?.x?.join()"
    numbers = {title: shown.numbers(title) for title in TITLES}
    page.get_by_role("button", name="Keep this run of Adam").click()
    shown.wait("location.search.includes('kept=adam~constant')")
    anatomy = shown.open("anatomy")
    anatomy.get_by_text("Adam", exact=True).click()
    rail = page.get_by_label("Adam learning rate", exact=True)
    rail.focus()
    rail.press("ArrowLeft")
    shown.wait("location.search.includes('adam~learning_rate')")
    shown.wait(f"{x(kept)} && {x('Adam')} !== {x(kept)}", 240)
    shown.settled()
    adam = numbers.pop("Adam")
    assert shown.numbers("Adam")[0] != adam[0]
    assert all(shown.numbers(title)[0] == before[0] for title, before in numbers.items())
    assert len(shown.path(kept)[0]) == STEPS + 1
    page.keyboard.press("Control+z")
    shown.wait("!location.search.includes('adam~learning_rate')")
    shown.wait(f"{x('Adam')} === {x(kept)}", 240)
    shown.settled()
    assert shown.numbers("Adam")[0] == adam[0] and shown.path(kept) == shown.path("Adam")

    panels = anatomy, shown.open("stability")
    for panel, said in zip(panels, ("average of the gradients", "λₚ = ")):
        panel.get_by_text(said).first.wait_for(timeout=240_000)
    assert anatomy.get_by_label("Adam", exact=True).is_checked(), "a panel stays open, as it was, while the page changes around it"
    assert page.locator(".stage .tick:visible").count() == 2
    before = [panel.locator("tbody").inner_text() for panel in panels]
    timeline = page.get_by_label("Step", exact=True)
    timeline.focus()
    timeline.press("Home")
    page.get_by_text("At step 0.").wait_for()
    assert all(panel.locator("tbody").inner_text() != then for panel, then in zip(panels, before))
    models = shown.open("models")
    models.get_by_text("below step 0 of the run").wait_for()
    models.get_by_text("A point of mine").click()
    models.get_by_label("Point of mine, first coordinate").fill("0")
    models.get_by_label("Point of mine, second coordinate").fill("0")
    models.get_by_text("at (0, 0): loss").wait_for()


@pytest.mark.full
def test_another_plane_shows_the_same_losses_elsewhere(moons):
    before, after = moons(), moons("&plane=random")
    assert before.numbers("Adam")[0] == after.numbers("Adam")[0]
    assert before.path("Adam")[0] != after.path("Adam")[0]


def test_mini_batches_are_chosen_by_keyboard_and_the_code_says_them(moons):
    shown = moons()
    page, before = shown.page, shown.path("Adam")
    page.get_by_role("button", name="Training", exact=True).press("Enter")
    size = page.get_by_role("combobox", name="Samples in a step")
    size.press_sequentially("64")
    size.press("Enter")
    page.wait_for_url(re.compile("batch=64"))
    page.keyboard.press("Escape")
    shown.wait(f"(({GRAPH}.data.find(({{ name }}) => name === 'Adam')?.x ?? []).length === {STEPS + 1})"
               f" && {GRAPH}.data.find(({{ name }}) => name === 'Adam').x.at(-1) !== {before[0][-1]}", 240)  # fmt: skip
    shown.settled()
    code = page.locator("details", has_text="Show me the code")
    code.locator("summary").press("Enter")
    code.get_by_text("Batches").first.wait_for()
    assert ", 64, seed=" in code.inner_text()


def test_a_training_is_paused_resumed_and_cancelled_and_keeps_what_there_is(stage):
    shown = stage("?network=digits&optimizer=adam&steps=2000&view=contour&resolution=25", ready=TRAINS)
    shown.press("Pause the training")
    shown.wait("document.querySelector('[aria-label=\"Resume the training\"]:not([hidden])')")
    held = shown.steady_step()
    assert held < 2000
    shown.press("Resume the training")
    shown.wait(f"parseInt(document.querySelector('.readout').textContent) > {held}")
    shown.press("Cancel the training")
    shown.wait("document.querySelector('[data-testid=stage]:not(.growing)')")
    shown.page.wait_for_timeout(400)
    assert re.match(r"Cancelled (at step \d+ of|before every run had made its) 2000", shown.page.get_by_role("progressbar").get_attribute("aria-valuetext"))
    assert len(shown.path("Adam")[0]) > 0
    assert shown.page.get_by_role("button", name="Train again").is_visible()
