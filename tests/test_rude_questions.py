"""Questions that no page of ours asks: whatever is in them, the server answers, or says in a sentence what it expected."""

import itertools
import json
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import config

from tests.views.reader import unpack
from views import checks, events, guard, query, scenes, server, turns
from views.assets import asset_url
from views.networks import events as network_events
from views.networks import query as network_query

# Small ones: what is asked for is computed, whenever it can be.
EXPLORE = "landscape=rosenbrock&steps=3&optimizer=gradient_descent~learning_rate~0.001"
NETWORKS = "network=moons&samples=20&steps=2&resolution=25&optimizer=gradient_descent~learning_rate~0.1"

KINDS = sorted({*events.EXPLORE, *network_events.NETWORKS, "undo", "missing"})

# As JSON, since Python's own writer knows neither 1e999 nor half a surrogate pair.
ODD = ["null", "true", "[]", "{}", '""', "-1", "64.5", "1e308", "1e999", "-Infinity", "NaN", "9" * 400, '["adam", null]', "[[1, 2], [1e999, NaN]]",
       '"' + "a" * 5000 + '"', r'"\ud800\u0000"', "[" * 400 + "]" * 400]  # fmt: skip

# Every field that an event of either page has, as one that can be used.
EVENT = {"id": '"1"', "card": '"gradient_descent"', "name": '"learning_rate"', "value": "0.001", "key": '"adam"', "open": "true", "point": "[0.5, 0.5]",
         "text": '"x^2 + y^2"', "view": '"3d"', "camera": "[1, 1, 1, 0, 0, 0, 0, 0, 1]", "zoom": "[[0, 1], [0, 1]]", "step": "1", "speed": "1",
         "height": '"log"', "colour": '"log"'}  # fmt: skip

# Every field that a question of some address has.
QUESTION = {"event": "null", "card": '"gradient_descent"', "cards": '["gradient_descent"]', "over": "null", "share": "0.1", "point": "[0.5, 0.5]",
            "step": "1", "weight": "0", "resolution": "64", "whole": "false", "visitor": '""'}  # fmt: skip

NO_QUESTIONS = [b"", b"{", b"[]", b"null", b"1", b"{}", b'{"query": 1}', b"\xff\xfe", b'{"query": ""}\x00', b" " * (turns.MOST_BYTES + 1), b"[" * 30_000,
                b'{"query": "' + b"a=1&" * 300 + b'"}']  # fmt: skip


def query_of(address: str) -> str:
    return NETWORKS if "networks" in address else EXPLORE


def written(fields: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"


def question(address: str, **fields: str) -> bytes:
    return written({"query": f'"{query_of(address)}"', **QUESTION, **fields}).encode()


def event(kind: str, **fields: str) -> str:
    return written({"type": json.dumps(kind), **EVENT, **fields})


def sent(headers: dict[str, str]) -> dict[str, str]:
    """Headers by the names that Python lets arguments have."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.fixture(scope="module")
def ask(server):
    """Asks the served app: the status and the body of its answer. At the end, its log has no exception in it."""
    before = server.log.stat().st_size

    def ask(address: str, content: bytes | None = None, method: str = "POST", **headers: str) -> tuple[int, bytes]:
        with closing(HTTPConnection(urlsplit(server.url).netloc, timeout=120)) as connection:
            connection.request(method, f"/{address}", content, sent(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()

    yield ask
    assert "Traceback" not in server.log.read_text()[before:]


def assert_answered(ask, address: str, odd: Iterable[dict[str, str]]) -> None:
    """Ask four questions at a time, each with its odd fields; those whose answer is neither 200 nor 400 fail the test.

    Each thread is a page of its own: a newer question of the same page would take the place of the older.
    """
    page = lambda: f'"rude {threading.get_ident()}"'
    status = lambda fields: ask(address, question(address, **{"visitor": page(), **fields}))[0]
    with ThreadPoolExecutor(4) as pool:
        asked = [(fields, pool.submit(status, fields)) for fields in odd]
    assert not [(fields, future.result()) for fields, future in asked if future.result() not in (200, 400)]


@pytest.mark.parametrize("address", server.QUESTIONS)
def test_what_is_no_question_is_refused_in_a_sentence(ask, address):
    for content in NO_QUESTIONS:
        status, said = ask(address, content)
        assert (status, said[:8]) == (400, b"expected"), content[:20]


@pytest.mark.parametrize("address", server.QUESTIONS)
def test_odd_fields_of_a_question_are_answered_or_refused(ask, address):
    assert_answered(ask, address, ({name: value} for name, value in itertools.product(QUESTION, ODD)))


@pytest.mark.parametrize("address", server.QUESTIONS)
def test_odd_queries_are_read_as_far_as_they_can_be_or_refused(ask, address):
    texts = [value for value in ODD if value.startswith('"')]
    for value in set(ODD) - set(texts):
        assert ask(address, question(address, query=value)) == (400, f"{turns.EXPECTED}\n".encode()), value[:40]
    # Behind what is small: whoever asks for nothing gets the first picture.
    assert_answered(ask, address, ({"query": f'"{query_of(address)}&{name}{text[1:]}'} for name in ("", "seed=") for text in texts))


@pytest.mark.parametrize("address", server.QUESTIONS)
def test_events_of_every_kind_with_any_field_odd_are_answered_or_refused(ask, address):
    # A third of all pairs at each address, the next third at the next one: the test below has every value of all.
    pairs = itertools.islice(itertools.product(KINDS, EVENT), list(server.QUESTIONS).index(address) % 3, None, 3)
    odd = (event(kind, **{name: value}) for (kind, name), value in zip(pairs, itertools.cycle(ODD)))
    none = (written({"type": value}) for value in ODD)
    assert_answered(ask, address, ({"event": each} for each in (*odd, *none)))


@pytest.mark.parametrize("page", [(query, events), (network_query, network_events)], ids=["explore", "networks"])
def test_events_of_every_kind_with_any_field_odd_in_any_way_are_read(page):
    """The same for every value, which would take minutes by address: what is left can be written as an address."""
    read, apply = page[0].read, page[1].apply
    text = EXPLORE if page[0] is query else NETWORKS
    for kind, name, value in itertools.product(KINDS, (*EVENT, "type"), ODD):
        asked = {"query": text, "event": json.loads(written({"type": json.dumps(kind), **EVENT, name: value}))}
        assert scenes.text(scenes.read_question(asked, read, apply).settings, page[0].write), (kind, name, value[:40])


def test_lists_within_lists_are_quoted_however_deep_they_go():
    nested = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(ValueError, match="expected a finite number"):
        checks.number(nested)


def test_panels_of_networks_answer_for_the_picture_after_the_event(ask):
    chosen = '{"type": "landscape", "key": "xor"}'
    after = lambda event: unpack(ask("stability/networks", question("stability/networks", event=event))[1])[1]
    shown = network_query.read({"network": ["xor"]})[0]
    assert [card["key"] for card in after(chosen)["optimizers"]] == [card.key for card in shown.optimizers]
    before = after("null")
    assert before != after(chosen)
    for kind in sorted(events.EXPLORE.keys() - network_events.NETWORKS.keys()):
        assert after(event(kind)) == before, kind


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_questions_are_posted(ask, method):
    for address in server.QUESTIONS:
        assert ask(address, question(address), method)[0] == 405, address


@pytest.mark.parametrize("kind", ["data", "assets"])
def test_odd_addresses_of_data_and_assets_are_not_there(ask, kind):
    for odd in ("null", "%00", "%ff", "..", "%2e%2e/app.py", "0" * 64, "a" * 5000, "NaN?x=" + "9" * 5000):
        assert ask(f"{kind}/{odd}", method="GET")[0] in (400, 404), odd[:40]
        assert ask(f"{kind}/{odd}", b"null")[0] in (400, 404, 405), odd[:40]


# What a browser or a proxy sends, and whether the question is one of our own pages.
ASKED_BY = [
    ({}, True),  # a program
    ({"Sec_Fetch_Site": "same-origin"}, True),
    ({"Sec_Fetch_Site": "same-origin", "Origin": "http://elsewhere.example"}, True),  # it decides alone
    ({"Sec_Fetch_Site": "same-origin", "Origin": "null"}, True),
    ({"Sec_Fetch_Site": "cross-site"}, False),
    ({"Sec_Fetch_Site": "same-site"}, False),
    ({"Sec_Fetch_Site": "none"}, False),
    ({"Sec_Fetch_Site": ""}, False),
    ({"Sec_Fetch_Site": "cross-site", "Origin": "http://lab.example", "Host": "lab.example"}, False),
    ({"Origin": "http://lab.example", "Host": "lab.example"}, True),
    ({"Origin": "http://LAB.example", "Host": "lab.example:8501"}, True),
    ({"Origin": "http://lab.example:8080", "Host": "lab.example"}, True),  # nginx's $host has no port
    ({"Origin": "http://127.0.0.1:8660", "Host": "127.0.0.1:8650"}, True),  # a proxy that strips a prefix, on this machine
    ({"Origin": "http://[::1]:8660", "Host": "[::1]:8650"}, True),
    ({"Origin": "https://lab.example", "Host": "app:8501", "X_Forwarded_Host": "lab.example"}, True),
    ({"Origin": "https://lab.example", "Host": "app:8501", "X_Forwarded_Host": "lab.example:443, inner"}, True),
    ({"Origin": "https://lab.example", "Host": "app:8501"}, False),
    ({"Origin": "https://partner.example", "Host": "app:8501"}, True),  # see below
    ({"Origin": "https://elsewhere.example", "Host": "app:8501", "X_Forwarded_Host": "lab.example"}, False),
    ({"Origin": "https://lab.example.elsewhere.example", "Host": "lab.example"}, False),
    ({"Origin": "null", "Host": "null"}, False),
    ({"Origin": "", "Host": "lab.example"}, False),
    ({"Origin": "http://[", "Host": "["}, False),
]  # fmt: skip


@pytest.fixture(params=["", "lab"], ids=["at the root", "under a base path"])
def client(request):
    """The routes, not served, under a base path or none, with a trusted site."""
    options = {"server.baseUrlPath": request.param, "server.corsAllowedOrigins": ["https://partner.example"]}
    before = {name: config.get_option(name) for name in options}
    for name, value in options.items():
        config.set_option(name, value)
    base = f"http://testserver/{request.param}/" if request.param else "http://testserver/"
    yield TestClient(Starlette(routes=server.routes()), base_url=base)
    for name, value in before.items():
        config.set_option(name, value)


@pytest.mark.parametrize(("headers", "ours"), ASKED_BY, ids=str)
def test_questions_of_other_sites_are_refused(client, headers, ours):
    for address in server.QUESTIONS:
        answer = client.post(address, content=b"no question", headers=sent(headers))
        assert answer.status_code == (400 if ours else 403), address
        assert ours or answer.text == f"{guard.REFUSAL}\n"


def test_other_sites_may_open_pages_and_fetch_their_parts(ask):
    foreign = {"Sec_Fetch_Site": "cross-site", "Origin": "https://elsewhere.example"}
    assert ask("scene", question("scene"), **foreign) == (403, f"{guard.REFUSAL}\n".encode())
    for address in ("", "networks", "?embed=true", asset_url("stage/host.js").lstrip("/"), asset_url("plotly.min.js").lstrip("/")):
        assert ask(address, method="GET", **foreign)[0] == 200, address
    assert ask(f"data/{'0' * 64}", method="GET", **foreign)[0] == 404
