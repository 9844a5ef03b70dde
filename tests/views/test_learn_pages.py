"""The Learn pages, run by Streamlit without a browser: every step, by any link, with any answer."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from views.learn import page as learn
from views.assets import ASSETS
from views.budget import Budget
from views.cache import Cache
from views.learn import progress, words, work
from views.learn.chapters import CHAPTERS
from views.learn.lesson import Chapter, Choice, Experiment, Guess, Step, Table
from views.learn.progress import CLOSING, SHOW, Place, Said

STEPS = [(key, number) for key, chapter in CHAPTERS.items() for number in range(1, len(chapter.steps) + 1)]


def stand_in(step: Step):
    """Answers as the experiment would, at once: these tests are about the page."""
    answer = 10.0 if isinstance(step.prediction, Guess) else step.prediction[0].key
    table = Table("Numbers.", ("one", "other"), (("1", "2"),))
    return lambda report: Experiment(answer, "It came out.", {"x": np.arange(3.0)}, {"title": step.title}, table)


@pytest.fixture(autouse=True)
def bench(monkeypatch):
    """A bench of its own, whose experiments are stand-ins."""
    bench = work.Bench()
    quick = lambda chapter, step, ahead=False: work.Bench.task(
        bench, chapter, replace(step, experiment=stand_in(step)), ahead=ahead
    )
    monkeypatch.setattr(learn, "BENCH", type("Quick", (), {"task": staticmethod(quick)}))
    monkeypatch.setattr(work, "PATIENCE", 20.0)
    monkeypatch.setattr(work.Task.result, "__defaults__", (20.0,))
    return bench


def learner() -> AppTest:
    def script():
        from views.learn import page

        page.page()

    return AppTest.from_function(script, default_timeout=60)


@pytest.fixture
def page():
    return learner()


def opened(page: AppTest, **query: str) -> AppTest:
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def ran(page: AppTest) -> AppTest:
    """The page once the picture has said that its experiment was run."""
    place = page.session_state.learn_place
    page.session_state.learn_place = place.saying(replace(place.here(), ran=True))
    page.session_state.learn_edited = True
    page.run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.info, *page.success])


def pictures(page: AppTest) -> list[str]:
    return [e.proto.component_name for e in page.get("bidi_component") if e.proto.component_name == "thalweg_experiment"]


def answer_of(step: Step) -> str:
    return "20" if isinstance(step.prediction, Guess) else step.prediction[-1].key


def test_every_step_has_its_picture():
    for chapter in CHAPTERS.values():
        assert all((ASSETS / "learn" / f"{step.picture}.js").is_file() for step in chapter.steps)


@pytest.mark.parametrize("key, number", STEPS)
def test_a_step_opens_by_link_alone_and_goes_to_its_end(page, key, number):
    step = CHAPTERS[key].steps[number - 1]
    opened(page, chapter=key, step=str(number))
    assert step.title in texts(page) and words.unbroken(step.question) in texts(page)
    assert not pictures(page) and step.takeaway not in texts(page)
    press(page, "Show me without a prediction")
    assert pictures(page) and step.takeaway not in texts(page) and not page.latex
    ran(page)
    assert step.takeaway in texts(page) and "It came out." in texts(page) and len(page.latex) == bool(step.formula)
    assert page.query_params[key].endswith(f"{SHOW}*")


@pytest.mark.parametrize("key", CHAPTERS)
def test_a_chapter_is_walked_forwards_and_backwards(page, key):
    chapter = CHAPTERS[key]
    opened(page, chapter=key)
    for number, step in enumerate(chapter.steps, 1):
        assert page.query_params["step"] == str(number)
        assert step.title in texts(page)
        if number < len(chapter.steps):
            press(page, "Next step")
    for step in reversed(chapter.steps[:-1]):
        press(page, "Back")
        assert step.title in texts(page)


def test_a_link_with_all_answers_shows_what_came_out(page):
    key, chapter = next(iter(CHAPTERS.items()))
    link = "~".join(answer_of(step) + "*" for step in chapter.steps)
    for number in reversed(range(1, len(chapter.steps) + 1)):
        opened(page, chapter=key, step=str(number), **{key: link})
        assert chapter.steps[number - 1].takeaway in texts(page)


def test_a_right_prediction_is_told_apart_from_a_wrong_one(page):
    choice = next((key, n) for key, n in STEPS if not isinstance(CHAPTERS[key].steps[n - 1].prediction, Guess))
    step = CHAPTERS[choice[0]].steps[choice[1] - 1]
    opened(page, chapter=choice[0], step=str(choice[1]))
    press(page, step.prediction[0].text)
    assert "Right, as you predicted" in texts(ran(page))
    press(page, "Predict again")
    press(page, step.prediction[1].text)
    assert f"Not so. You predicted: {step.prediction[1].text}" in texts(ran(page))


@pytest.mark.parametrize("typed, said", [
    *((typed, "Your prediction: **1,000**") for typed in ("1000", "1,000", " 1000.0 ")),
    *((typed, "expected a number from 1 to 1,000, got") for typed in ("0", "-5", "1e9", "nan", "inf", "soon", "1,00,0")),
    ("", "got nothing"),
])
def test_a_number_outside_its_range_is_refused_with_the_range(page, typed, said):
    key, number = next((key, n) for key, n in STEPS if isinstance(CHAPTERS[key].steps[n - 1].prediction, Guess))
    opened(page, chapter=key, step=str(number))
    page.text_input(key="guess").set_value(typed)
    press(page, "That is my prediction")
    assert said in texts(page)


@pytest.mark.parametrize(
    "query, said",
    [
        ({"chapter": "atlantis"}, "expected one of"),
        ({"chapter": "deepest_valley", "step": "99"}, "from 1 to 4"),
        ({"chapter": "deepest_valley", "step": "1.5"}, "whole number"),
        ({"deepest_valley": "perhaps*"}, "expected one of"),
        ({"deepest_valley": "four~one~5000"}, "from 1 to 1,000"),
        ({"deepest_valley": "~".join(["four"] * 9)}, "at most 4"),
        ({"deepest_valley": "x" * 5000}, "at most 200 characters"),
        ({"colour": "<script>"}, "not known here"),
    ],
)
def test_what_a_link_got_wrong_is_said_and_can_be_dismissed(page, query, said):
    opened(page, **query)
    assert said in page.info[0].value
    press(page, "Dismiss")
    assert not page.info


def test_the_overview_counts_what_is_done_and_goes_on_where_one_stopped(page):
    opened(page, deepest_valley="four*~one*")
    assert "2 of 4 steps done" in texts(page)
    press(page, "Go on: The deepest valley")
    assert (page.query_params["chapter"], page.query_params["step"]) == ("deepest_valley", "3")


def test_two_learners_never_see_each_others_place(page):
    opened(page, chapter="deepest_valley", step="2")
    assert "chapter" not in opened(learner()).query_params


def test_a_place_survives_its_link():
    said = {key: tuple(Said(progress.predicted(step, answer_of(step)), True) for step in chapter.steps) for key, chapter in CHAPTERS.items()}
    for place in (Place(), Place(CLOSING), *(Place(key, number, said) for key, number in STEPS)):
        query = {name: [text] for name, text in progress.write(place).items()}
        assert progress.read(query) == (place, [])


def test_news_of_a_run_that_arrives_late_counts_for_its_own_step():
    before = Place("curse", 1, {"curse": (Said(20.0),), "targeted_updates": (Said("none"),)})
    after = before.having_run("targeted_updates", 1)
    assert (after.chapter, after.step, after.here()) == ("curse", 1, Said(20.0))
    assert after.of("targeted_updates", 1) == Said("none", True)
    assert after.having_run("curse", 2) == after and after.having_run("curse", 1).here() == Said(20.0, True)


def test_a_failed_experiment_is_tried_again():
    tries = []

    def experiment(report):
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("once")
        return Experiment("yes", "Fine.")

    step = Step("s", "S", "?", (Choice("yes", "Yes"),), "Do.", "squares", experiment, "So.")
    chapter, bench = Chapter("c", "C", "?", (step,)), work.Bench()
    with pytest.raises(RuntimeError):
        bench.task(chapter, step).result(20)
    assert bench.task(chapter, step).result(20)[0].outcome == "Fine."
    assert bench.task(chapter, step) is bench.task(chapter, step, ahead=True) and len(tries) == 2


def test_an_open_step_never_waits_for_one_that_is_computed_ahead():
    over = threading.Event()
    slow = lambda report: over.wait(20) and Experiment("yes", "Slow.")
    steps = [Step(str(n), "S", "?", (Choice("yes", "Yes"),), "Do.", "squares", slow, "So.") for n in range(4)]
    quick = replace(steps[0], key="quick", experiment=lambda report: Experiment("yes", "Quick."))
    chapter, bench = Chapter("c", "C", "?", (*steps, quick)), work.Bench()
    waiting = [bench.task(chapter, step, ahead=True) for step in steps]
    assert bench.task(chapter, quick).result(10)[0].outcome == "Quick."
    assert not any(task.failed or task.result(0) for task in waiting)
    over.set()
    assert all(task.result(10)[0].outcome == "Slow." for task in waiting)


def test_what_nobody_asks_for_pauses_where_it_reports_while_somebody_waits(monkeypatch):
    monkeypatch.setattr(work, "LEFT", 0.0)
    inside, wanted, parts = threading.Event(), threading.Event(), []

    def slow(report):
        inside.set()
        wanted.wait(20)
        for part in range(3):
            parts.append(part)
            report(part / 3)
        return Experiment("yes", "Slow.")

    def quick(report):
        wanted.set()
        time.sleep(0.3)
        return Experiment("yes", f"{len(parts)} part")

    step = Step("slow", "S", "?", (Choice("yes", "Yes"),), "Do.", "squares", slow, "So.")
    asked = replace(step, key="asked", experiment=quick)
    chapter, bench = Chapter("c", "C", "?", (step, asked)), work.Bench()
    ahead = bench.task(chapter, step, ahead=True)
    inside.wait(20)
    assert bench.task(chapter, asked).result(20)[0].outcome == "1 part"
    assert ahead.result(20)[0].outcome == "Slow." and len(parts) == 3


def test_what_nobody_asks_for_pauses_while_a_page_is_served(monkeypatch):
    monkeypatch.setattr(work, "QUIET", 0.5)
    inside, served, went_on = threading.Event(), threading.Event(), threading.Event()

    def slow(report):
        inside.set()
        served.wait(20)
        report(0.5)
        went_on.set()
        return Experiment("yes", "Slow.")

    step = Step("slow", "S", "?", (Choice("yes", "Yes"),), "Do.", "squares", slow, "So.")
    quick = replace(step, key="quick", experiment=lambda report: Experiment("yes", "Quick."))
    chapter, bench = Chapter("c", "C", "?", (step, quick)), work.Bench()
    bench.task(chapter, step, ahead=True)
    inside.wait(20)
    bench.task(chapter, quick).result(20)
    page = time.monotonic()
    bench.task(chapter, quick)
    served.set()
    assert went_on.wait(20) and time.monotonic() - page >= 0.5


def test_what_pauses_goes_on_when_the_one_that_is_asked_for_needs_a_part_of_it(monkeypatch):
    monkeypatch.setattr(work, "LEFT", 0.0)
    shared, begun = Cache("test", lambda _: 1, Budget(10**6)), threading.Event()

    def part(report):
        begun.set()
        report(0.5, "Half of the part.")
        return "The part."

    experiment = lambda report: Experiment("yes", shared.get("part", lambda: part(report)))
    step = Step("first", "S", "?", (Choice("yes", "Yes"),), "Do.", "squares", experiment, "So.")
    asked = replace(step, key="asked", experiment=lambda report: begun.wait(20) and experiment(report))
    chapter, bench = Chapter("c", "C", "?", (step, asked)), work.Bench()
    bench.task(chapter, step, ahead=True)
    begun.wait(20)
    assert bench.task(chapter, asked).result(20)[0].outcome == "The part."
