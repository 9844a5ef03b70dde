"""Questions by address in their turn: replaced, refused, told their place, ended with whoever asked; and the server's health."""

import asyncio
import gc
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.views.reader import unpack
from views import health, turns
from views.scheduler import Scheduler
from views.tasks import Lane

SECONDS = 20
HALF = 300  # clients


class Work:
    """What the address computes: it begins, and ends when it is let go."""

    def __init__(self):
        self.begun, self.go_on, self.closed, self.calls = threading.Event(), threading.Event(), threading.Event(), []

    def __call__(self, asked: dict):
        self.calls.append(asked)
        try:
            self.begun.set()
            yield 0.25
            while not self.go_on.wait(0.01):
                yield 0.25
            return b"answer"
        finally:
            self.closed.set()


@pytest.fixture
def one(monkeypatch):
    """A scheduler for one core in the place of everybody's."""
    made = Scheduler(1)
    for module in (turns, health):
        monkeypatch.setattr(module, "SCHEDULER", made)
    yield made
    made.close()


@pytest.fixture
def work(one):
    made = Work()
    yield made
    made.go_on.set()


@pytest.fixture
def app(work):
    async def answer(request):
        return await turns.answer(request, work, panel="map", about="card")

    return Starlette(routes=[Route("/map", answer, methods=["POST"]), Route("/health", health.answer)])


@pytest.fixture
def ask(app, work):
    """Asks in a thread of its own: a future of the response."""
    with ExitStack() as ended, ThreadPoolExecutor(100) as pool:
        client = ended.enter_context(TestClient(app))  # all in one event loop, as they are served

        def ask(**asked):
            return pool.submit(client.post, "/map", json=asked)

        yield ask
        work.go_on.set()  # whoever still waits is answered before the pool ends


def wait_for(condition) -> None:
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def waiting(one: Scheduler) -> int:
    with one._lock:
        return sum(len(task.questions) for task in one._tasks.values())


def test_a_newer_question_of_the_page_replaces_the_older_one_of_its_card(ask, work, one):
    older = ask(visitor="a", card="adam", step=1)
    assert work.begun.wait(SECONDS)
    others = [ask(visitor="a", card="sgd", step=1), ask(visitor="b", card="adam", step=3)]
    wait_for(lambda: waiting(one) == 3)
    newer = ask(visitor="a", card="adam", step=2)
    replaced = older.result(SECONDS)
    assert (replaced.status_code, replaced.headers["Cache-Control"]) == (409, "no-store") and replaced.text.endswith(".\n")
    work.go_on.set()
    for each in (*others, newer):
        answer = each.result(SECONDS)
        assert (answer.status_code, answer.content) == (200, b"answer")


def test_who_has_no_name_replaces_nothing(ask, work, one):
    asked = [ask(card="adam", step=step) for step in range(3)]
    wait_for(lambda: waiting(one) == 3)
    work.go_on.set()
    assert [each.result(SECONDS).status_code for each in asked] == [200] * 3


def test_of_a_page_eight_wait_and_one_more_is_told_when_to_ask_again(ask, work, one):
    asked = [ask(visitor="a", card=str(card)) for card in range(8)]
    wait_for(lambda: waiting(one) == 8)
    refused = ask(visitor="a", card="8").result(SECONDS)
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0 and "waiting already" in refused.text
    other = ask(visitor="b", card="8")
    work.go_on.set()
    assert [each.result(SECONDS).status_code for each in (*asked, other)] == [200] * 9
    assert ask(visitor="a", card="8").result(SECONDS).status_code == 200


def test_whoever_names_no_page_counts_with_the_address(ask, work, one, monkeypatch):
    monkeypatch.setattr(turns, "MOST_OF_AN_ADDRESS", 10)
    asked = [ask(card=str(card)) for card in range(10)]
    wait_for(lambda: waiting(one) == 10)
    assert ask(card="10").result(SECONDS).status_code == 429
    work.go_on.set()
    assert [each.result(SECONDS).status_code for each in asked] == [200] * 10


def test_sixty_questions_for_the_same_map_compute_it_once(ask, work, one):
    asked = [ask(visitor=f"page {number}" if number % 2 else None, card="adam") for number in range(60)]
    wait_for(lambda: waiting(one) == 60)
    work.go_on.set()
    assert [each.result(SECONDS).content for each in asked] == [b"answer"] * 60
    assert work.calls == [{"card": "adam"}]  # who asks is nothing that an answer depends on


def test_who_is_patient_hears_the_place_then_the_progress_then_the_answer(ask, work, one):
    held = threading.Event()
    under_way = one.ask("under way", lambda: held.wait(SECONDS), lane=Lane.PIECES)
    wait_for(lambda: one._running)
    first = ask(visitor="a", card="first")
    wait_for(lambda: one.before(under_way) == 0 and waiting(one) == 2)
    turn = lambda: unpack(ask(visitor="b", card="second", patience=0).result(SECONDS).content)[1]["turn"]
    assert turn() == {"before": 2, "share": 0.0}  # what is under way, and what was there before
    assert turn()["before"] == 2 and not work.calls  # the same question keeps its place
    held.set()
    wait_for(lambda: turn() == {"before": 0, "share": 0.25})
    work.go_on.set()
    answer = ask(visitor="b", card="second", patience=turns.LONGEST_PATIENCE).result(SECONDS)
    assert answer.content == b"answer" and first.result(SECONDS).content == b"answer"
    assert len(work.calls) == 2
    wait_for(lambda: waiting(one) == 0)  # fetched once, it is forgotten


@pytest.mark.parametrize("patience", [-1, 1e9, "1", True, [], {}, float("nan"), float("inf")], ids=str)
def test_no_patience_is_a_sentence(app, patience, one):
    with TestClient(app) as client:
        answer = client.post("/map", content=json.dumps({"patience": patience}))
    assert (answer.status_code, answer.text) == (400, "expected a patience from 0 to 5 seconds\n")
    assert waiting(one) == 0


def test_a_question_so_deep_that_it_can_just_be_read_is_answered_or_refused(app, work):
    work.go_on.set()
    with TestClient(app) as client:
        for depth in range(100, 1100, 9):
            answer = client.post("/map", content='{"card": ' + "[" * depth + "]" * depth + "}")
            assert answer.status_code in (200, 400), depth


async def spoken(app, messages: list[dict], after=None) -> list[dict]:
    """What the app sends to a client that sends these messages, then nothing more until `after` is set, and leaves."""
    sent, left = [], iter(messages)

    async def receive() -> dict:
        for message in left:
            return message
        while after is None or not after.is_set():
            await asyncio.sleep(0.005)
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/map", "raw_path": b"/map", "query_string": b"", "headers": [], "root_path": "",
             "scheme": "http", "server": ("test", 80), "client": ("test", 1), "http_version": "1.1"}  # fmt: skip
    await asyncio.wait_for(app(scope, receive, send), SECONDS)
    return sent


def test_who_leaves_ends_what_is_computed_for_nobody_else(app, work, one):
    question = {"type": "http.request", "body": b'{"visitor": "a", "card": "adam"}', "more_body": False}
    asyncio.run(spoken(app, [question], after=work.begun))
    assert work.closed.wait(SECONDS) and not work.go_on.is_set()
    wait_for(lambda: waiting(one) == 0 and not one._subjects)


def test_who_leaves_ends_nothing_that_another_waits_for(app, work, ask):
    stays = ask(visitor="b", card="adam")
    question = {"type": "http.request", "body": b'{"visitor": "a", "card": "adam"}', "more_body": False}
    asyncio.run(spoken(app, [question], after=work.begun))
    work.go_on.set()
    assert stays.result(SECONDS).content == b"answer" and len(work.calls) == 1


def test_half_a_question_is_waited_for_only_so_long(app, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST_BODY", 0.05)
    sent = asyncio.run(spoken(app, [{"type": "http.request", "body": b'{"vis', "more_body": True}]))
    assert sent[0]["status"] == 400 and sent[1]["body"].startswith(b"expected a whole question")


def test_who_leaves_in_the_middle_of_a_question_is_no_error(app):
    left = threading.Event()
    left.set()
    sent = asyncio.run(spoken(app, [{"type": "http.request", "body": b'{"vis', "more_body": True}], after=left))
    assert sent[0]["status"] == 400


def test_errors_that_nobody_reads_any_more_are_not_logged(one, caplog):
    """A page waits for a while, is told its turn, and its question is replaced or fails later."""
    held = threading.Event()

    def fail(asked: dict):
        held.wait(SECONDS)
        raise ValueError("no")

    async def answer(request):
        return await turns.answer(request, fail, panel="map")

    app = Starlette(routes=[Route("/map", answer, methods=["POST"])])
    with TestClient(app) as client:
        assert "turn" in unpack(client.post("/map", json={"visitor": "a", "patience": 0}).content)[1]
        held.set()
        answer = client.post("/map", json={"visitor": "a", "patience": 5})
        assert (answer.status_code, answer.text) == (400, "no\n")
    gc.collect()  # asyncio logs what it frees
    assert "never retrieved" not in caplog.text


def slow(shares: list[float], clock: list[float], seconds: float):
    """Pieces that take so many seconds each, by a clock of the test's own."""
    for share in shares:
        clock[0] += seconds
        yield share
    return b"answer"


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(turns, "thread_time", lambda: now[0])
    return now


def test_what_takes_longer_than_a_visitor_is_asked_to_wait_begins_when_pressed_again(one, clock):
    ended = []

    def pieces():
        try:
            return (yield from slow([0.01, 0.02, 0.03, 1.0], clock, 1.0))
        finally:
            ended.append(clock[0])

    async def answer(request):
        return await turns.answer(request, lambda asked: turns.limited(pieces(), asked.get("long") is True, "Choose fewer steps."), panel="map")

    with TestClient(Starlette(routes=[Route("/map", answer, methods=["POST"])])) as client:
        told = unpack(client.post("/map", json={}).content)[1]
        assert told == {"long": "This would take about 100 s of computing. Choose fewer steps. Or press again, and it begins."}
        assert ended == [2.0]  # with the first piece that says how long it takes
        assert client.post("/map", json={"long": True}).content == b"answer"


def test_what_is_compiled_at_first_makes_nothing_too_long(clock):
    def pieces():
        clock[0] += 15
        return (yield from slow([0.0, *(number / 10 for number in range(1, 11))], clock, 0.9))

    limited = turns.limited(pieces(), False, "")
    assert len(list(limited)) == 11


def test_pieces_that_are_left_are_closed(clock):
    closed = []

    def pieces():
        try:
            yield 0.5
        finally:
            closed.append(1)

    limited = turns.limited(pieces(), False, "")
    next(limited)
    limited.close()
    assert closed


def test_health_is_a_sum_that_comes_in_time(app):
    with TestClient(app) as client:
        answer = client.get("/health")
    assert (answer.status_code, answer.text, answer.headers["Cache-Control"]) == (200, "ok\n", "no-store")


def test_a_server_that_computes_nothing_says_how_old_the_oldest_work_is(app, one, monkeypatch):
    monkeypatch.setattr(health, "DEADLINE", 0.05)
    held = threading.Event()
    blocked = []
    for lane in (Lane.PIECES, Lane.SHORT):  # those of pieces would help out
        blocked.append(one.ask(object(), lambda: held.wait(SECONDS), lane=lane))
        wait_for(lambda: len(one._running) == len(blocked))
    with TestClient(app) as client:
        sick = client.get("/health")
        assert sick.status_code == 503 and sick.headers["Cache-Control"] == "no-store"
        assert sick.text == "Nothing was computed within 0.05 s; the oldest piece of work is 0 s old.\n"
        held.set()
        for question in blocked:
            question.future.result(SECONDS)
        assert client.get("/health").status_code == 200
    wait_for(lambda: waiting(one) == 0)


def test_what_takes_long_elsewhere_makes_nobody_sick(app, one):
    held = threading.Event()
    for lane in (Lane.PIECES, Lane.UNCUT):
        one.ask(object(), lambda: held.wait(SECONDS), lane=lane)
    with TestClient(app) as client:
        assert client.get("/health").status_code == 200
    held.set()


SCENE = json.dumps({"query": "landscape=booth&optimizer=gradient_descent&steps=3", "event": None, "visitor": "half"}).encode()


def test_three_hundred_half_requests_keep_nobody_from_a_scene(server):
    where = urlsplit(server.url)
    before = server.log.stat().st_size
    head = f"POST /scene HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: {len(SCENE)}\r\n\r\n".encode()
    with ExitStack() as ended:
        for number in range(HALF):
            half = ended.enter_context(socket.create_connection((where.hostname, where.port), SECONDS))
            half.sendall((head + SCENE)[: len(head) - 9 if number % 3 == 0 else len(head) + 9])  # a part of the head, or of the body
        with closing(HTTPConnection(where.netloc, timeout=60)) as connection:
            connection.request("POST", "/scene", SCENE)
            answer = connection.getresponse()
            assert answer.status == 200 and unpack(answer.read())[1]["query"]
        with closing(HTTPConnection(where.netloc, timeout=60)) as connection:
            connection.request("GET", "/health")
            assert connection.getresponse().status == 200
    time.sleep(0.2)  # they have left
    assert "Traceback" not in server.log.read_text()[before:]

