"""What a person and a test can hold on to: the stage's accessible names, and the figure it draws."""

import json
import time

READY = "document.querySelector('[data-testid=stage]:not(.busy) .js-plotly-plot')?.data?.length > 2"
GRAPH = "document.querySelector('[data-testid=stage] .js-plotly-plot')"
FOUR = ["Gradient descent", "Momentum", "RMSProp", "Adam"]  # of a first visit
CALM = {"reduced_motion": "reduce"}  # nothing plays by itself


class Stage:
    """The stage of one open page."""

    def __init__(self, page, server, query: str = ""):
        self.page = page
        self.frames, self.requests = [], []
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: self.frames.append(frame)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.set_default_timeout(60_000)
        page.goto(f"{server.url}/{query}")
        self.settled()

    def wait(self, expression: str, seconds: float = 60) -> None:
        """Wait until an expression holds; from outside, since the page's own policy forbids eval."""
        deadline = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, f"waited {seconds} s for {expression}"
            self.page.wait_for_timeout(50)

    def settled(self) -> None:
        """Wait until paths are drawn and every event has been answered."""
        self.wait(READY)
        self.wait("!document.querySelector('[data-testid=stage]').dataset.pending")
        self.page.wait_for_timeout(400)  # the pause after which the figure's own data is brought up to date

    def open(self, panel: str):
        """Open a panel by keyboard; where the page was rebuilt between focus and key, once more."""
        found = self.page.get_by_test_id(panel)
        for _ in range(5):
            found.locator("summary").press("Enter")
            if found.evaluate("panel => panel.open"):
                return found
        raise AssertionError(f"{panel} does not open")

    def names(self) -> list[str]:
        return self.page.evaluate(f"{GRAPH}.data.map(trace => trace.name)")

    def path(self, title: str) -> tuple[list[float], list[float]]:
        """The coordinates that the current view's figure holds for an optimizer."""
        columns = self.page.evaluate(
            f"title => {GRAPH}.data.filter(t => t.name === title).map(t => [Array.from(t.x), Array.from(t.y)])", title
        )
        assert len(columns) == 1, f"{len(columns)} traces are named {title}"
        return columns[0]

    def rail(self, title: str, label: str = "learning rate"):
        return self.page.get_by_role("slider", name=f"{title} {label}", exact=True)

    def value(self, title: str) -> float:
        return float(self.rail(title).get_attribute("aria-valuetext"))

    def grab(self, title: str) -> dict:
        """Put the pointer on a rail and wait for its fan; the box of the rail."""
        rail = self.rail(title)
        rail.scroll_into_view_if_needed()
        box = rail.bounding_box()
        with self.page.expect_response(lambda response: "/data/" in response.url):
            self.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
        self.page.wait_for_timeout(300)
        self.page.mouse.down()
        return box

    def drag(self, box: dict, shares) -> None:
        for share in shares:
            self.page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
            self.page.wait_for_timeout(16)

    def paints(self) -> list[float]:
        """Scripting time of every paint since the page was opened, in milliseconds."""
        return self.page.evaluate("performance.getEntriesByName('stage:paint').map(entry => entry.duration)")

    def camera(self) -> dict | None:
        return self.page.evaluate(
            "(() => { const holder = document.querySelector('.space')?._fullLayout?.scene?._scene;"
            " return holder ? holder.getCamera() : null })()"
        )

    def ranges(self) -> list:
        text = self.page.evaluate(
            "JSON.stringify(Object.entries(document.querySelector('.flat')._fullLayout)"
            ".filter(([key]) => /^[xy]axis/.test(key)).map(([key, axis]) => [key, axis.range]))"
        )
        return json.loads(text)

    def click_contour(self, share_x: float, share_y: float) -> None:
        """Click at a share of the contour's width and height, from its lower left corner."""
        box = self.page.locator(".flat .nsewdrag").first.bounding_box()
        self.page.mouse.click(box["x"] + box["width"] * share_x, box["y"] + box["height"] * (1 - share_y))
