"""What the benchmarks conclude, and how their pages ask: the times themselves are no matter of tests."""

import asyncio

import httpx2
import pytest

from tests.benchmarks.questions import Page
from tests.benchmarks.soak import Record, faults, growth


EMPTY = b"\x14" + bytes(7) + b'{"__metadata__": {}}'  # a message that holds nothing


def asked(*statuses: int, patience: float = 10.0):
    """The reply to a page whose question is answered with these statuses, one after the other, and the questions."""
    answers, questions = iter(statuses), []

    def answer(request: httpx2.Request) -> httpx2.Response:
        questions.append(request.content)
        return httpx2.Response(next(answers), headers={"Retry-After": "0"}, content=EMPTY)

    async def ask():
        async with Page("http://server") as page:
            page._client = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
            return await page.ask("/scene", {"query": ""}, patience)

    return asyncio.run(ask()), questions


def test_a_page_that_is_refused_asks_the_same_again():
    reply, questions = asked(429, 429, 409)
    assert (reply.status, reply.refusals) == (409, 2)
    assert len(questions) == 3 and len(set(questions)) == 1


def test_a_page_does_not_ask_for_ever():
    reply, _ = asked(*[429] * 100, patience=0.5)
    assert reply.status == 0 and 1 <= reply.refusals <= 3


def test_every_page_has_a_name_of_its_own():
    assert Page("http://server").name != Page("http://server").name


def steady() -> Record:
    record = Record(memory=[500.0] * 100)
    for _ in range(100):
        record.add("click", 200, 0.1)
    return record


def test_a_server_that_held_has_no_faults():
    assert faults(steady(), "Thalweg: http://localhost:1") == []


def test_each_fault_is_said():
    record = steady()
    record.add("map", 500, 1.0)
    record.memory[60:] = [600.0] * 40
    for _ in range(10):
        record.add("click", 200, 2.0)
    said = " ".join(faults(record, "A page failed\nTraceback (most recent call last)\n  KeyError"))
    for word in ("map: 500", "1 tracebacks", "longer than", "grew by 20%", "KeyError"):
        assert word in said


@pytest.mark.parametrize(("later", "share"), [(500.0, 0.0), (550.0, 0.1), (400.0, -0.2)])
def test_growth_is_that_of_the_second_half(later, share):
    assert growth([100.0] * 50 + [500.0] * 20 + [later] * 30) == pytest.approx(share)
