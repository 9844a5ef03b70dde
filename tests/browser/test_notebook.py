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


class Notebook:
    """A page with one cell at a time, and the kernel behind it."""

    def __init__(self, page):
        self.page, self.asked, self.widget = page, [], None
        page.set_default_timeout(60_000)
        page.set_content("<!doctype html><html><body></body></html>")
        page.expose_function("kernel", self._kernel)

    def _kernel(self, message):
        self.asked.append(message["type"])
        sent = []
        self.widget.send = lambda content, buffers=None: sent.append([content, [base64.b64encode(part).decode() for part in buffers or []]])
        self.widget._handle_custom_msg(message, [])
        return sent.pop()

    def run(self, widget) -> "Cell":
        self.widget = widget
        traits = {"scene": base64.b64encode(widget.scene).decode(), "live": widget.live}
        self.page.evaluate(MOUNT, {"esm": widget._esm, "css": widget._css, **traits})
        return Cell(self.page)

    def close(self) -> None:
        self.page.evaluate("window.unmount()")


class Cell(Stage):
    """The stage in the output of a cell."""

    def __init__(self, page):
        self.page = page
        self.settled()


def test_cells_show_surfaces_of_ones_own_and_links_behind_which_python_answers(browser_without_gpu, open_page):
    notebook = Notebook(open_page(browser_without_gpu, reduced_motion="reduce"))
    a_surface_and_paths_of_ones_own(notebook)
    notebook.close()
    assert notebook.page.locator(".js-plotly-plot").count() == 0
    a_link(notebook)
    assert notebook.asked.count("plotly") == 1, "all cells of a page share it"


def a_surface_and_paths_of_ones_own(notebook):
    surface = evaluate(BOOTH.loss, Plane.axes(BOOTH.window), resolution=32)
    fan = sweep(BOOTH.loss, OPTIMIZERS["gradient_descent"](), BOOTH.start, over="learning_rate", values=RATES, steps=40)
    run = descend(BOOTH.loss, OPTIMIZERS["adam"](learning_rate=0.5), BOOTH.start, steps=60)
    shown = notebook.run(show(surface, {"swept": ("learning rate", RATES, fan), "<b>one</b>": run}, title="Mine", view="contour"))
    np.testing.assert_allclose(np.transpose(shown.path("‹b›one‹/b›")), run.positions, rtol=1e-4, atol=1e-4)
    rail = shown.rail("swept")
    rail.focus()
    assert rail.get_attribute("data-lm-suppress-shortcuts") == "true", "JupyterLab leaves the arrows to the rail"
    shown.page.keyboard.press("Home")
    shown.settled()
    np.testing.assert_allclose(np.transpose(shown.path("swept")), fan.positions[0], rtol=1e-4, atol=1e-4)
    assert "0.001" in shown.page.get_by_role("row", name="swept").inner_text()
    assert "scene" not in notebook.asked, "a rail asks the kernel for its fan alone"


def a_link(notebook):
    shown = notebook.run(show("?landscape=booth&optimizer=adam&optimizer=momentum&view=contour&steps=50"))
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
    for name in ("Copy link", "Adam: formula and source"):
        assert not shown.page.get_by_role("button", name=name).is_visible(), "it belongs to the app's page"
