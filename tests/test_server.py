"""The server as HTTP sees it: addresses, caching, headers; and the store behind data/."""

import gc
import gzip
import threading
from hashlib import sha256
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit import config

from views import server
from views.assets import ASSETS, alive_url, asset_url, asset_version, data_url
from views.budget import ENTRY, Budget
from views.store import STORE, Store

BLOB = b"thalweg " * 1000


@pytest.fixture(scope="module")
def client():
    with TestClient(Starlette(routes=server.routes(), middleware=server.middleware())) as client:
        yield client


@pytest.fixture(scope="module")
def address():
    return f"/data/{STORE.put(BLOB)}"


@pytest.fixture
def asset():
    return next(path for path in ASSETS.rglob("*.js")).relative_to(ASSETS).as_posix()


def test_a_blob_comes_back_byte_for_byte(client, address):
    assert client.get(address, headers={"Accept-Encoding": "identity"}).content == BLOB
    assert client.get(address, headers={"Accept-Encoding": "gzip"}).content == BLOB


def test_a_blob_travels_compressed_where_the_browser_can(client, address):
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(BLOB) / 10
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert int(plain.headers["Content-Length"]) == len(BLOB)


def test_a_blob_may_be_kept_for_ever(client, address):
    answer = client.get(address)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Vary"] == "Accept-Encoding"
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "address",
    [
        "/data",
        "/data/",
        "/data/xyz",
        f"/data/{'0' * 64}",
        f"/data/{sha256(BLOB).hexdigest().upper()}",
        f"/data/{sha256(BLOB).hexdigest()}0",
        f"/data/{sha256(BLOB).hexdigest()}/",
        f"/data/{'٣' * 64}",
        "/data/../data/x",
        "/data/%00",
        f"/data/{'a' * 50_000}",
    ],
)
def test_an_unknown_or_malformed_address_is_404_and_not_remembered(client, address):
    STORE.put(BLOB)
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "max-age" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_data_and_assets_can_only_be_read(client, address, asset, method):
    assert client.request(method, address).status_code == 405
    assert client.request(method, asset_url(asset)).status_code == 405


def test_head_answers_without_a_body(client, address, asset):
    for path in (address, asset_url(asset), asset_url("plotly.min.js")):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["Content-Length"]) > 0


def test_an_asset_under_its_version_may_be_kept_for_ever(client, asset):
    answer = client.get(asset_url(asset))
    assert answer.content == (ASSETS / asset).read_bytes()
    assert answer.headers["Cache-Control"].endswith("immutable")
    assert "javascript" in answer.headers["Content-Type"]


def test_an_asset_under_another_version_is_asked_for_again(client, asset):
    assert client.get(f"/assets/0/{asset}").headers["Cache-Control"] == "no-cache"
    assert client.get("/assets/0/plotly.min.js").headers["Cache-Control"] == "no-cache"


def test_the_version_changes_with_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("views.assets.ASSETS", tmp_path)
    seconds = count()  # the files are looked at once a second
    monkeypatch.setattr("views.assets.monotonic", lambda: next(seconds))
    (tmp_path / "stage.js").write_text("export const paints = 1\n")
    first = asset_version()
    (tmp_path / "rails.js").write_text("export const paints = 2\n")
    assert asset_version() != first


def test_a_page_names_the_stages_modules_ahead(client):
    page = TestClient(Starlette(routes=[Route("/", lambda _: HTMLResponse("<p>hello"))], middleware=server.middleware())).get("/")
    assert f"<{asset_url('stage/host.js')}>; rel=modulepreload" in page.headers["Link"]
    assert "Link" not in client.get(asset_url("stage/host.js")).headers


def test_whoever_asks_is_heard(client, monkeypatch):
    heard = []
    monkeypatch.setattr(server.QUIET, "heard", lambda: heard.append(True))
    client.get("/data/nothing")
    assert heard


def test_a_sign_of_life_comes_at_once_and_is_no_visit(client, monkeypatch):
    heard = []
    monkeypatch.setattr(server.QUIET, "heard", lambda: heard.append(True))
    answer = client.get(alive_url())
    assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (204, b"", "no-store")
    client.get("/_stcore/health")
    assert not heard


def test_plotly_comes_from_the_plotly_package_compressed_once(client):
    answer = client.get(asset_url("plotly.min.js"), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"].endswith("immutable")
    assert answer.content.startswith(b"/**\n* plotly.js v")
    assert int(answer.headers["Content-Length"]) < 1_600_000


@pytest.mark.parametrize(
    "path", ["../app.py", "%2e%2e/app.py", "..%2fapp.py", "/etc/passwd", "stage/../../app.py", "stage", "", "%00"]
)
def test_nothing_outside_assets_can_be_read(client, path):
    answer = client.get(f"/assets/{asset_version()}/{path}")
    assert answer.status_code in (400, 404)


def test_every_answer_says_what_it_may_load(client, address):
    for path in (address, "/data/unknown", asset_url("plotly.min.js"), "/nowhere"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'; script-src 'self' 'unsafe-inline'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_addresses_respect_the_base_path(monkeypatch, asset):
    before = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", "/lab/")
    try:
        client = TestClient(Starlette(routes=server.routes()))
        assert data_url() == "/lab/data/"
        assert client.get(data_url() + STORE.put(BLOB)).content == BLOB
        assert asset_url(asset).startswith("/lab/assets/")
        assert client.get(asset_url(asset)).status_code == 200
        assert client.get(f"/data/{STORE.put(BLOB)}").status_code == 404
    finally:
        config.set_option("server.baseUrlPath", before)


def test_a_link_that_is_too_long_is_shortened_to_whole_fields(client):
    query = "landscape=booth&" + "&".join(f"optimizer=adam{n}" for n in range(2_000))
    answer = client.get(f"/?{query}", follow_redirects=False)
    assert answer.status_code == 307
    fields = answer.headers["Location"].partition("?")[2].split("&")
    assert fields[0] == "landscape=booth"
    assert fields[-1] == f"cut={len(query)}"
    assert set(fields[1:-1]) <= set(query.split("&"))
    assert len(answer.headers["Location"]) < server.LONGEST_LINK


def test_one_endless_value_leaves_nothing_but_the_remark(client):
    answer = client.get("/?start=" + "9" * 60_000, follow_redirects=False)
    assert answer.headers["Location"] == "/?cut=60006"


def test_what_the_visitor_reads_after_an_error_is_calm(monkeypatch, caplog):
    said = []
    monkeypatch.setattr("views.server.st.error", said.append)
    try:
        raise RuntimeError("the secret inside")
    except RuntimeError as error:
        assert server.on_script_error(error) is True
    assert "Something went wrong" in said[0] and "secret" not in said[0]
    assert "the secret inside" in caplog.text and "Traceback" in caplog.text


def test_a_failing_warm_up_is_logged_and_the_server_goes_on(monkeypatch, caplog):
    def fail():
        raise RuntimeError("no warmth")

    monkeypatch.setattr("views.warm.warm", fail)
    server._warm_up()
    gc.unfreeze()
    assert "no warmth" in caplog.text


@given(st.lists(st.binary(max_size=400), max_size=30))
def test_the_store_never_holds_more_than_its_memory(blobs):
    budget = Budget(4000)
    store = Store(budget)
    for blob in blobs:
        assert store.get(store.put(blob)).raw == blob
        assert budget.held <= 4000


def test_the_store_drops_the_least_recently_used():
    store = Store(Budget(2 * (ENTRY + 1000)))
    first, second = store.put(b"a" * 600), store.put(b"b" * 600)
    assert store.get(first)
    third = store.put(b"c" * 700)
    assert store.get(second) is None
    assert store.get(first) and store.get(third)


def test_the_same_bytes_are_kept_once():
    store = Store(Budget(10**6))
    assert store.put(BLOB) == store.put(bytes(BLOB)) == sha256(BLOB).hexdigest()
    assert store.held == len(BLOB) + ENTRY


def test_a_blob_too_large_for_the_store_is_refused():
    with pytest.raises(ValueError, match="at most 10 bytes, got 11"):
        Store(Budget(40)).put(b"x" * 11)


def test_what_is_offered_is_made_once_and_only_when_asked_for():
    store, made = Store(Budget(8000)), []
    address = store.offer("fan", lambda: made.append(1) or b"a" * 1000, 1000)
    assert store.held == ENTRY and not made
    assert store.get(address).raw == store.get(address).raw == gzip.decompress(store.get(address).gzipped())
    assert len(made) == 1
    assert store.held == ENTRY + 1000 + len(store.get(address).gzipped())
    with pytest.raises(ValueError, match="at most 2000 bytes, got 2001"):
        store.offer("larger", bytes, 2001)


def test_the_store_can_be_shared_by_threads():
    budget = Budget(20_000)
    store, failures = Store(budget), []

    def work(seed: int) -> None:
        for step in range(300):
            blob = bytes([seed, step % 256]) * (1 + step % 50)
            address = store.put(blob)
            found = store.get(address)
            if found and gzip.decompress(found.gzipped()) != blob:
                failures.append(address)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert 0 < budget.held <= 20_000
