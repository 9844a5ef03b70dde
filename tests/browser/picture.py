"""Takes the README's picture from the running app: `python -m tests.browser.picture`."""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, SOFTWARE_WEBGL
from tests.browser.stage import Stage
from tests.serving import Server

HOME = Path(__file__).resolve().parents[2]
PICTURE = HOME / "assets" / "images" / "explore.png"


def take() -> None:
    PICTURE.parent.mkdir(exist_ok=True)
    log = PICTURE.with_suffix(".log")
    server = Server(HOME, log)
    server.start()
    try:
        with sync_playwright() as playwright:
            executable = next(filter(None, map(shutil.which, CHROMIUM)))
            browser = playwright.chromium.launch(executable_path=executable, args=[*FLAGS, *SOFTWARE_WEBGL])
            page = browser.new_page(viewport={"width": 1320, "height": 860}, reduced_motion="reduce")
            Stage(page, server)
            page.wait_for_timeout(2000)
            page.screenshot(path=PICTURE)
            browser.close()
    finally:
        server.stop()
        log.unlink()


if __name__ == "__main__":
    take()
