"""The scheduler: each thing once, short work first, pages in turn; what nobody waits for ends, and no work ends a worker."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from time import monotonic

import pytest

from landscapes.compiling import NotCompiled, compiling_is_forbidden
from views import scheduler, tasks
from views.scheduler import Scheduler, Uncut
from views.tasks import Ended, Lane, Pause, Replaced, TooMany

SECONDS = 20  # for what takes none


class Hold:
    """Work that is under way until it is let go."""

    def __init__(self):
        self.begun, self._let_go = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        assert self._let_go.wait(SECONDS)
        return "held"

    def let_go(self) -> None:
        self._let_go.set()


@pytest.fixture
def make():
    """Schedulers for a test, ended with it."""
    with ExitStack() as ended:

        def make(cores: int = 1) -> Scheduler:
            made = Scheduler(cores)
            ended.callback(made.close)
            return made

        yield make


@pytest.fixture
def one(make) -> Scheduler:
    return make(1)


@pytest.fixture
def hold():
    """Holds up the worker of each of some lanes: what is asked meanwhile waits."""
    holds = {}

    def hold(of: Scheduler, *lanes: Lane) -> list[Hold]:
        # That of pieces is held in any case, or it would help out with the short work that is to hold up the other.
        for lane in (Lane.PIECES, Lane.SHORT, Lane.UNCUT):
            holds[lane] = Hold()
            of.ask(object(), holds[lane], lane=lane)
            assert holds[lane].begun.wait(SECONDS)
        for lane in set(Lane) - set(lanes):
            holds[lane].let_go()
        return [holds[lane] for lane in lanes]

    yield hold
    for each in holds.values():
        each.let_go()


def result(question):
    return question.future.result(SECONDS)


def wait_for(condition) -> None:
    until = monotonic() + SECONDS
    while not condition():
        assert monotonic() < until
        threading.Event().wait(0.005)


def is_empty(of: Scheduler) -> bool:
    with of._lock:
        return not (of._tasks or of._subjects or of._running or any(of._waiting.values()))


def test_what_sixty_ask_for_is_computed_once(one, hold):
    held, counted = hold(one, Lane.PIECES, Lane.SHORT), []
    with ThreadPoolExecutor(60) as pool:
        asked = list(pool.map(lambda number: one.ask("map", lambda: counted.append(1) or len(counted), page=f"page {number}"), range(60)))
    for each in held:
        each.let_go()
    assert [result(question) for question in asked] == [1] * 60
    assert result(one.ask("map", lambda: "anew")) == "anew"  # a result is the caches' to keep
    wait_for(partial(is_empty, one))


def test_short_work_overtakes_pieces_and_what_is_uncut(one, hold):
    hold(one, Lane.PIECES, Lane.UNCUT)
    assert result(one.ask("short", lambda: threading.current_thread().name)) == "short-0"
    waits = one.ask("pieces", lambda: None, lane=Lane.PIECES)
    assert result(one.ask("short again", lambda: 1)) == 1 and not waits.future.done()


def test_workers_of_pieces_help_out_and_take_short_work_first(one, hold):
    (short,) = hold(one, Lane.SHORT)
    begun, order = threading.Event(), []

    def pieces():
        begun.set()
        while not asked:
            yield 0.0
        for _ in range(3):
            order.append("piece")
            yield 0.5

    asked = []
    long = one.ask("long", pieces, lane=Lane.PIECES)
    assert begun.wait(SECONDS)
    asked.append(one.ask("short", lambda: order.append("short")))
    result(asked[0]), result(long)
    assert order.index("short") <= 1 and order.count("piece") == 3 and not short._let_go.is_set()


def test_pages_take_turns_whoever_asks_for_more(one, hold):
    held, order = hold(one, Lane.PIECES, Lane.SHORT), []
    work = lambda name: lambda: order.append(name)
    asked = [one.ask(f"a{number}", work(f"a{number}"), page="a", lane=Lane.PIECES) for number in range(8)]
    asked += [one.ask(name, work(name), page=name[0], lane=Lane.PIECES) for name in ("b0", "b1", "c0")]
    held[0].let_go()  # of the pieces
    for question in asked:
        result(question)
    assert order == ["a0", "b0", "c0", "a1", "b1", *(f"a{number}" for number in range(2, 8))]


def test_what_another_page_asks_for_first_goes_before_what_one_asks_for_last(one, hold):
    held, order = hold(one, Lane.PIECES, Lane.SHORT), []
    work = lambda name: lambda: order.append(name)
    for number in range(4):
        one.ask(number, work(number), page="a", lane=Lane.PIECES)
    asked = one.ask(3, work(3), page="b", lane=Lane.PIECES)
    last = one.ask("last", work("last"), page="a", lane=Lane.PIECES)
    held[0].let_go()
    result(asked), result(last)
    assert order == [0, 3, 1, 2, "last"]


def test_what_has_been_computed_for_long_lets_others_go_first(one, monkeypatch):
    monkeypatch.setattr(tasks, "QUANTUM", 1e-9)
    begun, order, go_on = threading.Event(), [], threading.Event()

    def long():
        begun.set()
        assert go_on.wait(SECONDS)
        parts = [partial(order.append, f"part {number}") for number in range(2)]
        yield parts
        order.append("long")

    first = one.ask("long", long, page="a", lane=Lane.PIECES)
    assert begun.wait(SECONDS)
    second = one.ask("new", lambda: order.append("new"), page="b", lane=Lane.PIECES)
    go_on.set()
    result(first), result(second)
    assert order == ["new", "part 0", "part 1", "long"]  # its parts are no new work


def test_results_of_parts_come_back_in_their_order(make):
    def pieces():
        both = threading.Barrier(2, timeout=SECONDS)
        meet = lambda name: both.wait() and name or name
        met = yield [partial(meet, "a"), partial(meet, "b")]  # at once, on two cores
        none = yield []

        def within():
            yield 0.5
            inner = yield [lambda: 1, lambda: 2]
            return sum(inner)

        (deep,) = yield [within]
        return met, none, deep

    assert result(make(2).ask("parts", pieces, lane=Lane.PIECES)) == (["a", "b"], [], 3)


def test_an_error_in_a_part_reaches_the_generator_and_ends_the_others(one):
    computed = []

    def fail():
        raise ValueError("no")

    def pieces(catch: bool):
        try:
            yield [fail, lambda: computed.append(1)]
        except ValueError as error:
            if not catch:
                raise
            return f"caught {error}"

    assert result(one.ask("caught", partial(pieces, True), lane=Lane.PIECES)) == "caught no"
    with pytest.raises(ValueError, match="no"):
        result(one.ask("raised", partial(pieces, False), lane=Lane.PIECES))
    assert not computed
    wait_for(partial(is_empty, one))


def test_who_pauses_lets_others_get_in_and_goes_on(one):
    order, paused = [], threading.Event()

    def pausing():
        yield 0.25
        paused.set()
        yield Pause(0.05)
        order.append("paused")
        return "done"

    first = one.ask("pausing", pausing, lane=Lane.PIECES)
    assert paused.wait(SECONDS)
    result(one.ask("other", lambda: order.append("other"), lane=Lane.PIECES))
    assert first.task.progress == 0.25  # a pause is no progress
    assert result(first) == "done" and order == ["other", "paused"]


def compiles(name: str) -> str:
    """Something that must be compiled first, each time; the thread that did it."""
    if compiling_is_forbidden():
        raise NotCompiled(name)
    return threading.current_thread().name


def test_what_must_be_compiled_is_begun_anew_among_the_uncut(one):
    assert result(one.ask("short", lambda: compiles("a"))) == "uncut-0"
    assert result(one.ask("pieces", lambda: compiles("b"), lane=Lane.PIECES)) == "uncut-0"


@pytest.mark.parametrize("lane", Lane)
def test_pieces_of_which_each_must_compile_come_to_an_end(one, lane):
    begun = []

    def pieces():
        begun.append(1)
        where = [compiles("first")]
        yield 0.5
        where.append(compiles("second"))
        yield [lambda: None]
        return [*where, compiles("third")]

    where = result(one.ask("pieces", pieces, lane=lane))
    assert len(begun) <= 2 and not any(name.startswith("short") for name in where)


def test_work_that_nobody_waits_for_ends(one, monkeypatch):
    monkeypatch.setattr(tasks, "QUANTUM", 0.01)
    begun, ended = threading.Event(), threading.Event()

    def endless():
        try:
            while True:
                begun.set()
                yield 0.0
        finally:
            assert not one._lock._is_owned()  # what work does at its end holds up nobody
            ended.set()

    one_of_two = one.ask("endless", endless, page="a", lane=Lane.PIECES)
    other = one.ask("endless", endless, page="b", lane=Lane.PIECES)
    assert begun.wait(SECONDS)
    one.leave(one_of_two)
    assert result(one.ask("meanwhile", lambda: 1, lane=Lane.PIECES)) == 1 and not ended.is_set()
    one.leave(other)
    assert ended.wait(SECONDS)
    wait_for(partial(is_empty, one))


def test_work_with_parts_that_nobody_waits_for_ends(one):
    begun, ended = threading.Event(), threading.Event()

    def part():
        while True:
            begun.set()
            yield 0.0

    def whole():
        try:
            yield [part, part]
        finally:
            ended.set()

    asked = one.ask("whole", whole, lane=Lane.PIECES)
    assert begun.wait(SECONDS)
    one.leave(asked)
    assert ended.wait(SECONDS)
    wait_for(partial(is_empty, one))


def test_who_asks_for_what_is_being_ended_has_it_begun_anew(make, hold):
    """One part has been ended, another is still under way."""
    two, held = make(2), Hold()
    calls = []

    def part():
        calls.append(1)
        if len(calls) == 1:
            held()
        yield 0.5
        return "part"

    def waits():
        while len(calls) == 1:
            yield 0.0
        return "waited"

    def whole():
        return "whole", (yield [part, waits])

    left = two.ask("whole", whole, lane=Lane.PIECES)
    assert held.begun.wait(SECONDS)
    two.leave(left)
    wait_for(lambda: left.task.error is not None)  # as the second part has its turn
    anew = two.ask("whole", whole, lane=Lane.PIECES)
    held.let_go()
    assert result(anew) == ("whole", ["part", "waited"])


def test_work_that_will_not_end_ends_no_worker(one, caplog):
    begun = threading.Event()

    def stubborn():
        while True:
            try:
                begun.set()
                yield 0.0
            except GeneratorExit:
                raise ArithmeticError from None

    asked = one.ask("stubborn", stubborn, lane=Lane.PIECES)
    assert begun.wait(SECONDS)
    one.leave(asked)
    wait_for(partial(is_empty, one))
    assert result(one.ask("next", lambda: 1, lane=Lane.PIECES)) == 1
    assert "did not end as it should" in caplog.text


class Odd(BaseException):
    """Like those with which Streamlit ends a script."""


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, Odd, StopIteration])
def test_no_exception_ends_a_worker_or_leaves_a_question_unanswered(one, kind):
    def fail():
        raise kind("what for")

    def later():
        yield 0.5
        fail()

    for lane in Lane:
        for work in (fail, later, lambda: (yield [fail])):
            with pytest.raises(RuntimeError):
                result(one.ask(object(), work, lane=lane))
        assert result(one.ask(object(), lambda: 1, lane=lane)) == 1
    assert all(worker.is_alive() for worker in one._workers)


@pytest.mark.parametrize("share", ["half", b"half", (1, 2)])
def test_what_is_no_share_is_an_error(one, share):
    def pieces():
        yield share

    with pytest.raises((TypeError, ValueError)):
        result(one.ask("pieces", pieces, lane=Lane.PIECES))
    assert result(one.ask("next", lambda: 1, lane=Lane.PIECES)) == 1


def test_an_error_is_handed_to_everybody_and_not_kept(one, hold):
    held = hold(one, Lane.SHORT, Lane.PIECES)

    def fail():
        raise ValueError("no")

    asked = [one.ask("bad", fail, page=page, leased=page == "c") for page in "abc"]
    for each in held:
        each.let_go()
    for question in asked:
        with pytest.raises(ValueError, match="no"):
            result(question)
    assert result(one.ask("bad", lambda: "good", page="d")) == "good"  # though one has not fetched the error yet


def test_a_newer_question_takes_the_place_of_the_older_of_its_subject(one, hold):
    held, computed = hold(one, Lane.SHORT, Lane.PIECES), []
    ask = lambda number, subject, page="a", **more: one.ask(number, lambda: computed.append(number), page=page, subject=subject, **more)
    first, card, other = ask(1, "map"), ask(2, "card"), ask(3, "map", page="b")
    leased, newer = ask(4, "leased", leased=True), ask(5, "leased", leased=True)
    second = ask(6, "map")
    for replaced in (first, leased):
        with pytest.raises(Replaced):
            result(replaced)
    for each in held:
        each.let_go()
    for question in (card, other, newer, second):
        result(question)
    assert sorted(computed) == [2, 3, 5, 6]
    one.leave(newer)
    wait_for(partial(is_empty, one))


def test_the_same_question_takes_no_place(one, hold):
    held = hold(one, Lane.SHORT, Lane.PIECES)
    same = [one.ask("map", lambda: "map", page="a", subject="map") for _ in range(2)]
    leased = [one.ask("card", lambda: "card", page="a", subject="card", leased=True) for _ in range(2)]
    assert leased[0] is leased[1]
    for each in held:
        each.let_go()
    assert [result(question) for question in (*same, *leased)] == ["map", "map", "card", "card"]


def test_of_a_page_only_so_many_wait(one, hold):
    held = hold(one, Lane.SHORT, Lane.PIECES)
    ask = lambda number, page: one.ask((page, number), lambda: number, page=page, subject=number, most=8)
    asked = [ask(number, "a") for number in range(8)]
    with pytest.raises(TooMany, match="^8 questions"):
        ask(8, "a")
    asked += [ask(8, "b"), one.ask("other", lambda: 0, page="a", subject=3, most=8)]  # in place of an older one
    for each in held:
        each.let_go()
    assert [result(question) for number, question in enumerate(asked) if number != 3] == [0, 1, 2, 4, 5, 6, 7, 8, 0]
    assert result(ask(8, "a")) == 8


def test_a_lease_runs_out_and_the_work_ends(one, monkeypatch):
    monkeypatch.setattr(tasks, "LEASE", 0.05)
    monkeypatch.setattr(scheduler, "LOOK_EVERY", 0.02)
    ended = threading.Event()

    def endless():
        try:
            while True:
                yield 0.0
        finally:
            ended.set()

    ask = lambda: one.ask("endless", endless, page="a", subject="map", lane=Lane.PIECES, leased=True)
    asked = ask()
    assert ended.wait(SECONDS)
    with pytest.raises(Ended):
        result(asked)
    wait_for(partial(is_empty, one))
    assert ask().task is not asked.task  # whoever comes back has it begun anew


def test_who_comes_back_keeps_the_lease_and_fetches_the_result_once(one, monkeypatch):
    monkeypatch.setattr(scheduler, "LOOK_EVERY", 0.01)
    go_on = threading.Event()

    def pieces():
        while not go_on.is_set():
            yield 0.25
        return "result"

    ask = lambda: one.ask("map", pieces, page="a", subject="map", lane=Lane.PIECES, leased=True)
    asked = ask()
    asked.asked -= tasks.LEASE - 1
    assert ask() is asked and monotonic() - asked.asked < 1
    go_on.set()
    assert result(ask()) == "result"
    assert ask() is asked  # it is kept until it is fetched
    one.leave(asked)
    assert is_empty(one) and not asked.future.cancelled()


def test_who_comes_back_at_the_moment_of_the_end_has_it_begun_anew(one, monkeypatch, hold):
    monkeypatch.setattr(scheduler, "LOOK_EVERY", 60)
    held = hold(one, Lane.SHORT, Lane.PIECES)
    ask = lambda: one.ask("map", lambda: "map", page="a", subject="map", leased=True)
    asked = ask()
    asked.asked -= tasks.LEASE
    for each in held:
        each.let_go()
    with pytest.raises(Ended):
        result(asked)
    assert result(ask()) == "map"


def test_an_error_that_nobody_fetches_is_forgotten(one, monkeypatch):
    monkeypatch.setattr(scheduler, "LOOK_EVERY", 0.01)

    def fail():
        raise ValueError

    first = one.ask("map", fail, page="a", subject="map", leased=True)
    wait_for(first.future.done)
    second = one.ask("map", lambda: 1, page="b", subject="map", leased=True)  # which begins it anew
    wait_for(second.future.done)
    for question in (first, second):
        question.asked -= tasks.LEASE
    wait_for(partial(is_empty, one))


def test_a_question_tells_its_place_and_its_progress(one, hold):
    (held, *_) = hold(one, Lane.PIECES, Lane.SHORT)
    waits, let_on = threading.Event(), threading.Event()

    def pieces():
        yield 0.5
        waits.set()
        assert let_on.wait(SECONDS)
        yield [lambda: None]
        return 1

    ask = lambda number, work: one.ask(number, work, page=f"page {number}", lane=Lane.PIECES)
    asked = [ask(0, pieces), *(ask(number, lambda: None) for number in range(1, 4))]
    assert [one.before(question) for question in asked] == [1, 2, 3, 4]  # with the one under way
    held.let_go()
    assert waits.wait(SECONDS)
    assert one.before(asked[0]) == 0 and asked[0].task.progress == 0.5
    let_on.set()
    for question in asked:
        result(question)
    assert [one.before(question) for question in asked] == [0] * 4


def test_the_progress_of_parts_is_that_of_all(make):
    reached, let_on = threading.Event(), threading.Event()

    def part():
        yield 0.5
        reached.set()
        assert let_on.wait(SECONDS)

    def whole():
        yield [part, lambda: None]

    asked = make(2).ask("whole", whole, lane=Lane.PIECES)
    assert reached.wait(SECONDS)
    wait_for(lambda: asked.task.progress == 0.75)
    let_on.set()
    result(asked)


def test_cancelling_and_answering_at_once_end_no_worker(make):
    two = make(2)
    for _ in range(300):
        question = two.ask(object(), lambda: 1)
        question.future.cancel()  # as asyncio does, in a thread of its own
        two.ask("same", lambda: 1, page="a", subject="s")
        two.ask("other", lambda: 1, page="a", subject="s")
    assert result(two.ask("last", lambda: 1)) == 1
    assert all(worker.is_alive() for worker in two._workers)
    wait_for(partial(is_empty, two))


def test_an_answer_that_comes_too_late_is_dropped(one):
    question = one.ask("map", lambda: 1)
    result(question)
    question.settle(2)
    question.settle(error=Replaced())
    assert result(question) == 1


def test_the_oldest_piece_has_an_age_and_is_logged_once_when_it_takes_long(one, monkeypatch, caplog, hold):
    monkeypatch.setattr(scheduler, "LONG", 0.05)
    monkeypatch.setattr(scheduler, "LOOK_EVERY", 0.02)
    assert one.oldest() == 0
    held = hold(one, Lane.SHORT)
    wait_for(lambda: one.oldest() > 0.05)
    wait_for(lambda: caplog.records)
    threading.Event().wait(0.2)  # ten looks
    (record,) = caplog.records
    assert "short-0:" in record.message and "in __call__" in record.message
    held[0].let_go()
    wait_for(lambda: one.oldest() == 0)


def test_closing_answers_everybody_and_takes_nothing_more(one, hold):
    held = hold(one, Lane.SHORT, Lane.PIECES)
    waiting, ends = one.ask("waiting", lambda: 1), threading.Event()

    def pieces():
        ends.set()
        assert let_on.wait(SECONDS)
        yield [lambda: 1]

    let_on = threading.Event()
    running = one.ask("running", pieces, lane=Lane.UNCUT)
    assert ends.wait(SECONDS)
    closing = threading.Thread(target=one.close)
    closing.start()
    for question in (waiting, running, one.ask("too late", lambda: 1)):
        with pytest.raises(Ended):
            result(question)
    let_on.set()
    for each in held:
        each.let_go()
    closing.join(SECONDS)
    assert not any(worker.is_alive() for worker in one._workers)


def test_one_that_was_never_asked_closes_at_once(make):
    make().close()


def test_the_executor_computes_among_the_uncut(monkeypatch, one):
    monkeypatch.setattr(scheduler, "SCHEDULER", one)
    assert Uncut().submit(lambda *args, **kwargs: (args, kwargs, threading.current_thread().name), 1, b=2).result(SECONDS) == ((1,), {"b": 2}, "uncut-0")


def test_nothing_here_reads_a_clock_that_jumps(home):
    for module in ("scheduler", "turns", "gate", "health", "budget", "cache", "store"):
        text = (home / "views" / f"{module}.py").read_text()
        assert "time.time" not in text and "datetime" not in text and "import time\n" not in text, module
