"""The stage as a widget: mounted in a real page, with a model as a notebook gives it and the real kernel's side."""

import base64

import numpy as np
import pytest

from landscapes import LANDSCAPES, Plane, evaluate
from optimizers import OPTIMIZERS, descend, sweep
from tests.browser.stage import Stage
from views import show

pytestmark = pytest.mark.browser
BOOTH = LANDSCAPES["booth"]
RATES = np.array([0.001, 0.01, 0.05, 0.1])

# What anywidget does: it imports the module's text and calls `render` with a model and an element.
MOUNT = """async ({ esm, css, scene, live }) => {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const heard = new Set();
  const model = {
    get: (name) => ({ scene: new DataView(bytes(scene).buffer), live })[name],
    on: (_, listener) => heard.add(listener),
    off: (_, listener) => heard.delete(listener),
    send: async (message) => {
      const [content, buffers] = await window.kernel(message);
      heard.forEach((listener) => listener(content, buffers.map((text) => new DataView(bytes(text).buffer))));
    },
  };
  const style = document.createElement('style');
  style.textContent = css;
  document.head.append(style);
  const module = await import(URL.createObjectURL(new Blob([esm], { type: 'text/javascript' })));
  const cell = document.createElement('div');
  document.body.append(cell);
  window.unmount = await module.default.render({ model, el: cell });
}"""


class Cell(Stage):
    """The stage in the output of a cell."""

    def __init__(self, page, widget):
        self.page, self.asked = page, []
        sent = []
        widget.send = lambda content, buffers=None: sent.append([content, [base64.b64encode(part).decode() for part in buffers or []]])

        def kernel(message):
            self.asked.append(message["type"])
            widget._handle_custom_msg(message, [])
            return sent.pop()

        page.set_default_timeout(60_000)
        page.set_content("<!doctype html><html><body></body></html>")
        page.expose_function("kernel", kernel)
        traits = {"scene": base64.b64encode(widget.scene).decode(), "live": widget.live}
        page.evaluate(MOUNT, {"esm": widget._esm, "css": widget._css, **traits})
        self.settled()


@pytest.fixture
def cell(browser_without_gpu, open_page):
    return lambda widget: Cell(open_page(browser_without_gpu, reduced_motion="reduce"), widget)


def test_a_surface_and_paths_of_ones_own_are_shown_with_a_live_rail(cell):
    surface = evaluate(BOOTH.loss, Plane.axes(BOOTH.window), resolution=32)
    fan = sweep(BOOTH.loss, OPTIMIZERS["gradient_descent"](), BOOTH.start, over="learning_rate", values=RATES, steps=40)
    run = descend(BOOTH.loss, OPTIMIZERS["adam"](learning_rate=0.5), BOOTH.start, steps=60)
    shown = cell(show(surface, {"swept": (RATES, fan), "<b>one</b>": run}, title="Mine", view="contour"))
    np.testing.assert_allclose(np.transpose(shown.path("‹b›one‹/b›")), run.positions, rtol=1e-4, atol=1e-4)
    rail = shown.rail("swept", "value")
    rail.focus()
    shown.page.keyboard.press("Home")
    shown.settled()
    np.testing.assert_allclose(np.transpose(shown.path("swept")), fan.positions[0], rtol=1e-4, atol=1e-4)
    assert shown.page.get_by_role("row", name="swept").inner_text().count("0.001")
    assert "scene" not in shown.asked, "a rail asks the kernel for its fan alone"
    shown.page.evaluate("window.unmount()")
    assert shown.page.locator(".js-plotly-plot").count() == 0


def test_behind_a_link_the_notebooks_python_answers(cell):
    shown = cell(show("?landscape=booth&optimizer=adam&optimizer=momentum&view=contour&steps=50"))
    shown.click_contour(0.25, 0.75)
    shown.settled()
    start = np.transpose(shown.path("Adam"))[0]
    rate = shown.value("Adam")
    expected = descend(BOOTH.loss, OPTIMIZERS["adam"](learning_rate=rate), tuple(start.tolist()), steps=50)
    assert np.abs(start - BOOTH.start).max() > 1
    np.testing.assert_allclose(np.transpose(shown.path("Adam")), expected.positions, rtol=1e-3, atol=1e-3)
    shown.page.get_by_role("button", name="Remove Momentum").click()
    shown.settled()
    assert "Momentum" not in shown.names()
    assert shown.asked.count("plotly") == 1
    for name in ("Copy link", "Adam: formula and source"):
        assert not shown.page.get_by_role("button", name=name).is_visible(), "it belongs to the app's page"
