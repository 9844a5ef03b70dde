"""Real Chromium browsers: with software WebGL, with the plain compositor, without WebGL."""

import shutil

import pytest

from tests.browser.stage import CALM, Stage

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# A container has no sandbox to offer, and the background services only add requests that nobody made.
FLAGS = ["--no-sandbox", "--disable-background-networking"]
SOFTWARE_WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="session")
def launch(on_ci):
    """Launches Chromium with further flags; without one, fails on CI and skips elsewhere."""
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        (pytest.fail if on_ci else pytest.skip)(f"no Chromium found (looked for {', '.join(CHROMIUM)})")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield lambda *flags: playwright.chromium.launch(executable_path=executable, args=[*FLAGS, *flags])


@pytest.fixture(scope="session")
def browser(launch):
    """Chromium that draws WebGL in software, as a machine without a graphics card does."""
    browser = launch(*SOFTWARE_WEBGL)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def browser_without_gpu(launch):
    """Chromium with the plain compositor: the steadiest clock for 2-D painting. It still draws WebGL in software."""
    browser = launch("--disable-gpu")
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def browser_without_webgl(launch):
    """Chromium that cannot make a WebGL context at all."""
    browser = launch("--disable-3d-apis")
    yield browser
    browser.close()


@pytest.fixture
def problems():
    """What went wrong in the pages of this test; a test that provokes something takes it out again."""
    problems = []
    yield problems
    assert not problems, "\n".join(problems)


def is_ours(said) -> bool:
    """An error, as violations of the Content-Security-Policy are. Streamlit looks for its server below a page's own address first."""
    return said.type == "error" and not ("404 (Not Found)" in said.text and "/_stcore/" in said.location["url"])


@pytest.fixture(scope="session")
def contexts() -> dict:
    """By browser and options: pages of one context share what was downloaded and compiled, as a visitor's tabs do."""
    return {}  # closed with their browsers


@pytest.fixture
def open_page(problems, contexts):
    """Opens a page of its own; console errors, exceptions and CSP violations fail the test."""
    pages = []

    def open_page(browser, **options):
        options = {"viewport": {"width": 1280, "height": 900}, **options}
        key = browser, repr(sorted(options.items()))
        context = contexts[key] = contexts.get(key) or browser.new_context(**options)
        page = context.new_page()
        pages.append(page)
        page.on("console", lambda said: is_ours(said) and problems.append(f"console: {said.text} {said.location['url']}"))
        page.on("pageerror", lambda error: problems.append(f"exception: {error}"))
        return page

    yield open_page
    for page in pages:
        page.close()


@pytest.fixture
def page(browser, open_page):
    """A page in the browser with software WebGL."""
    return open_page(browser)


@pytest.fixture
def page_without_gpu(browser_without_gpu, open_page):
    """A page in the browser with the plain compositor."""
    return open_page(browser_without_gpu)


@pytest.fixture
def page_without_webgl(browser_without_webgl, open_page):
    """A page in the browser that has no WebGL."""
    return open_page(browser_without_webgl)


@pytest.fixture
def stage(browser_without_gpu, open_page, server):
    return lambda query="?view=contour", **options: Stage(open_page(browser_without_gpu, **{**CALM, **options}), server, query)


@pytest.fixture
def solid_stage(browser, open_page, server):
    """A stage whose browser draws WebGL."""
    return lambda query="?view=3d", **options: Stage(open_page(browser, **{**CALM, **options}), server, query)
