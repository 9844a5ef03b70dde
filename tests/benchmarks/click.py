"""From a person's hand to new paths on the screen, warm: clicks, fans, landscapes, and the bytes they cost."""

import random
from collections.abc import Iterator

from playwright.sync_api import Page

from landscapes import LANDSCAPES
from tests.benchmarks.app import running
from tests.benchmarks.browser import chromium, visit
from tests.benchmarks.report import Row
from tests.benchmarks.traffic import Traffic
from tests.browser.stage import Stage

CLICKS, CLICKS_BEFORE_FANS, RELEASES, ROUNDS = 24, 8, 5, 2
TITLES = ("Gradient descent", "Momentum", "RMSProp", "Adam")
VISITED = ("himmelblau", "beale", "ackley", "branin", "rosenbrock")
SMALL = 40_000  # bytes


def measure() -> Iterator[Row]:
    with running() as app, chromium() as (browser, _), visit(browser) as page:
        stage, traffic = Stage(page, app, "?view=contour"), Traffic(page)
        surfaces = set(page.evaluate("Object.keys(probe.unpacked)"))
        yield from _clicks(stage, traffic, random.Random(1))
        yield from _releases(stage, traffic)
        again = [address for address in traffic.history if "/data/" in address and address.split("/")[-1] in surfaces]
        yield Row("Surfaces sent again after clicks and releases", "", len(again), 1, limit=0)
        for key in VISITED:  # compiles
            choose(stage, key)
        yield _landscapes(stage, "contour view", ROUNDS)
        stage.page.get_by_role("radio", name="3D").check(force=True)
        stage.settled()
        yield _landscapes(stage, "3D view", 1)


def choose(stage: Stage, key: str) -> dict:
    """Press a landscape of the gallery; when its surface and its paths were painted, in milliseconds after."""
    return _watched(stage, lambda: stage.page.get_by_role("button", name=LANDSCAPES[key].title, exact=True).click())


def _watched(stage: Stage, act) -> dict:
    stage.page.evaluate("probe.watch()")
    act()
    seen = stage.page.evaluate("probe.changed")
    stage.settled()
    return {what: at - seen["pressed"] for what, at in seen.items() if what != "pressed" and at is not None}


def _clicks(stage: Stage, traffic: Traffic, places: random.Random) -> Iterator[Row]:
    latencies, fans, received, fetched = [], [], [], []
    for number in range(CLICKS):
        traffic.reset()
        place = places.uniform(0.05, 0.95), places.uniform(0.05, 0.95)
        latencies.append(_watched(stage, lambda: stage.click_contour(*place))["paths"])
        received.append(sum(traffic.received))
        fetched.append(sum(traffic.fetched))
        if number % CLICKS_BEFORE_FANS == 0:  # paths from here are new, and so are their fans
            fans += [_enter(stage.page, title) for title in TITLES]
    yield Row.of("Pointer enters a rail: its fan fetched and unpacked", "ms", fans, limit=150)
    yield Row.of("Click on the contour to all new paths painted", "ms", latencies, tail=True, limit=120, p95_limit=250)
    yield from _bytes("a click", received, fetched)


def _enter(page: Page, title: str) -> float:
    """Milliseconds from entering a rail to its fan being there."""
    rail = page.get_by_role("slider", name=f"{title} learning rate", exact=True)
    rail.scroll_into_view_if_needed()
    known = page.evaluate("Object.keys(probe.unpacked).length")
    box = rail.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    while page.evaluate("Object.keys(probe.unpacked).length") == known:
        page.wait_for_timeout(20)
    return page.evaluate("Object.values(probe.unpacked).at(-1) - probe.entered")


def _releases(stage: Stage, traffic: Traffic) -> Iterator[Row]:
    received, fetched = [], []
    box = stage.rail("Adam").bounding_box()
    stage.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for number in range(RELEASES):
        stage.settled()
        traffic.reset()
        stage.page.mouse.move(box["x"] + box["width"] * (0.3 + 0.1 * number), box["y"] + box["height"] / 2)
        stage.page.mouse.down()
        stage.page.mouse.up()
        stage.settled()
        received.append(sum(traffic.received))
        fetched.append(sum(traffic.fetched))
    yield from _bytes("a release", received, fetched)


def _bytes(what: str, received: list[int], fetched: list[float]) -> Iterator[Row]:
    yield Row.of(f"To the browser after {what}, websocket", "bytes", received, limit=SMALL)
    yield Row.of(f"To the browser after {what}, HTTP", "bytes", fetched)


def _landscapes(stage: Stage, view: str, rounds: int) -> Row:
    taken = [choose(stage, key)["paths"] for _ in range(rounds) for key in VISITED]
    return Row.of(f"Another landscape chosen to painted, {view}", "ms", taken, limit=250)
