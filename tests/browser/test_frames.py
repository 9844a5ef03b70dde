"""The app in a page of another site."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def elsewhere(tmp_path, server):
    """The address of a page that shows the app in a frame; to a browser 127.0.0.1 is another site than localhost."""
    (tmp_path / "index.html").write_text(f'<link rel="icon" href="data:,"><iframe src="{server.url}/?view=contour" width="1200" height="850"></iframe>')
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=tmp_path)) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{host.server_port}/"
        host.shutdown()


def test_an_embedded_app_draws_and_the_page_around_it_cannot_ask(page_without_gpu, server, elsewhere, problems):
    page = page_without_gpu
    page.set_default_timeout(60_000)
    answers = []
    page.on("response", lambda response: response.url.endswith("/scene") and answers.append(response.status))
    page.goto(elsewhere)
    page.frame_locator("iframe").locator("[data-testid=stage] .js-plotly-plot").first.wait_for()
    assert set(answers) == {200}
    with page.expect_response(f"{server.url}/scene") as refused:
        page.evaluate("url => fetch(url, {method: 'POST', mode: 'no-cors', body: '{\"query\": \"\"}'}).catch(() => null)", f"{server.url}/scene")
    assert refused.value.status == 403
    problems[:] = [problem for problem in problems if "403" not in problem]
