"""A rail is dragged: what a paint costs, how many there are, what is sent meanwhile; against `Plotly.restyle`."""

import statistics
from collections.abc import Iterator

from playwright.sync_api import Browser, Page

from tests.benchmarks.app import App, running
from tests.benchmarks.browser import COMPOSITORS, chromium, visit
from tests.benchmarks.mouse import move_for
from tests.benchmarks.report import Row
from tests.benchmarks.traffic import Traffic
from tests.browser.stage import GRAPH, Stage

ROUNDS, SECONDS = 5, 1.0
SWEEPS = 0.8  # widths of the rail a second: about two stops a frame
VIEWS = {"contour": "contour", "3d": "3D"}
SCRIPTING = {"contour": 2, "3d": 4}  # milliseconds
PAINTS = {("contour", "--disable-gpu"): 50, ("contour", "SwiftShader"): 25}

# Only the call itself is timed, as in the stage's own measure: what Plotly does in a later frame comes on top.
RESTYLE = """async (times) => {
  const graph = %s;
  const indices = graph.data.flatMap((trace, i) => (trace.mode === "lines" ? [i] : [])).slice(-4);
  const columns = (k) => Object.fromEntries(["x", "y", "z"].filter((axis) => graph.data[indices[0]][axis]).map(
    (axis) => [axis, indices.map((i) => graph.data[i][axis].map((value) => value + 1e-4 * k))]));
  const taken = [];
  for (let k = 1; k <= times; k += 1) {
    const update = columns(k);
    await new Promise(requestAnimationFrame);
    const before = performance.now();
    const done = Plotly.restyle(graph, update, indices);
    taken.push(performance.now() - before);
    await done;
  }
  return taken;
}""" % GRAPH


def measure() -> Iterator[Row]:
    with running() as app:
        for compositor in COMPOSITORS:
            with chromium(compositor) as (browser, port):
                for view in SCRIPTING:
                    yield from _drag(app, browser, port, view, compositor)


def _drag(app: App, browser: Browser, port: int, view: str, compositor: str) -> Iterator[Row]:
    with visit(browser) as page:
        stage, traffic = Stage(page, app, f"?view={view}"), Traffic(page)
        box = _grab(stage)
        traffic.reset()
        rates, scripting = zip(*(_round(page, port, box) for _ in range(ROUNDS)))
        messages = len(traffic.sent) + len(traffic.addresses)
        page.mouse.up()
        stage.settled()
        rivals = (("Plotly.restyle", statistics.median(page.evaluate(RESTYLE, 7))),)
        name = f"Drag, {VIEWS[view]}, {compositor}"
        paints = [paint for each in scripting for paint in each]
        yield Row.of(f"{name}: scripting a paint", "ms", paints, limit=SCRIPTING[view], rivals=rivals)
        yield Row.of(f"{name}: paints a second", "", rates, limit=PAINTS.get((view, compositor)), at_least=True)
        yield Row(f"{name}: websocket messages and requests sent", "", messages, 1, limit=0)


def _grab(stage: Stage) -> dict:
    """Press the pointer on Adam's rail, its fan fetched and once painted; the rail's box."""
    rail = stage.rail("Adam")
    rail.scroll_into_view_if_needed()
    box = rail.bounding_box()
    stage.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    stage.wait("Object.keys(probe.unpacked).length > 1")
    stage.page.mouse.down()
    stage.page.wait_for_timeout(500)
    return box


def _round(page: Page, port: int, box: dict) -> tuple[float, list[float]]:
    """Paints a second, and the scripting of each in milliseconds."""
    before = page.evaluate("probe.paints.length")

    def to_and_fro(seconds: float) -> tuple[float, float]:
        share = abs((SWEEPS * seconds / 0.8) % 2 - 1)
        return box["x"] + box["width"] * (0.1 + 0.8 * share), box["y"] + box["height"] / 2

    took = move_for(SECONDS, port, to_and_fro)
    paints = page.evaluate("first => probe.paints.slice(first).map(([, duration]) => duration)", before)
    return len(paints) / took, paints
