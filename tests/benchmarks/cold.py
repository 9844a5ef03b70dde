"""A landscape that this server has never computed: four optimizers are compiled for it."""

from collections.abc import Iterator

from tests.benchmarks.app import running
from tests.benchmarks.browser import chromium, visit
from tests.benchmarks.click import choose
from tests.benchmarks.report import Row
from tests.browser.stage import Stage

NEVER_SEEN = ("himmelblau", "beale", "ackley", "branin", "levi")


def measure() -> Iterator[Row]:
    with chromium() as (browser, _):
        for view, title in (("contour", "contour view"), ("3d", "3D view")):
            with running() as app, visit(browser) as page:
                stage = Stage(page, app, f"?view={view}")
                seen = [choose(stage, key) for key in NEVER_SEEN]
            paths, surfaces = ([each[what] for each in seen] for what in ("paths", "surface"))
            yield Row.of(f"A landscape never computed here, {title}: surface on screen", "ms", surfaces)
            yield Row.of(f"A landscape never computed here, {title}: four paths painted", "ms", paths, limit=1500)
