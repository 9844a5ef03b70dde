"""The Learn page: an overview, and each step of a chapter at its own address."""

import re
from functools import partial

import streamlit as st

from views.gate import GATE
from views.learn import closing, picture, session, style, words
from views.learn.chapters import CHAPTERS
from views.learn.lesson import Chapter, Experiment, Guess, Step
from views.learn.progress import CLOSING, SHOW, Place
from views.learn.work import BENCH, Task
from views.wire import Blob

POLL = 0.2  # seconds between two looks at an experiment under way


def page() -> None:
    place = session.begin()
    st.html(style.PAGE)
    with st.container(key="learn"):
        if not _asks_number(place):
            _messages()
        if place.chapter is None:
            picture.mount_top("overview")
            _overview(place)
        elif place.chapter == CLOSING:
            picture.mount_top(CLOSING)
            closing.page(place, CHAPTERS)
        else:
            _chapter(place, CHAPTERS[place.chapter])
    session.publish()


def _asks_number(place: Place) -> bool:
    """Whether a number is to be typed: what is wrong with one is then said below it."""
    chapter = CHAPTERS.get(place.chapter)
    return chapter is not None and isinstance(chapter.steps[place.step - 1].prediction, Guess) and place.here().prediction is None


def _messages() -> None:
    with st.container(key="learn_messages"):
        if messages := st.session_state.learn_messages:
            st.info(messages[0] if len(messages) == 1 else "\n".join(f"- {message}" for message in messages))
            st.button("Dismiss", on_click=session.dismiss, type="tertiary")


def _overview(place: Place) -> None:
    st.html(style.TITLE)
    for chapter in CHAPTERS.values():
        BENCH.task(chapter, chapter.steps[0], ahead=True)
    for number, chapter in enumerate(CHAPTERS.values(), 1):
        with st.container(key=f"chapter_{chapter.key}", border=True):
            st.markdown(f"## {number}. {chapter.title}\n\n{chapter.question}")
            done, steps = place.done(chapter.key), len(chapter.steps)
            label = "Read again" if done == steps else "Go on" if done else "Begin"
            with st.container(horizontal=True, vertical_alignment="center"):
                name = f"{label}: {chapter.title}"
                st.button(name, on_click=session.go, args=(chapter.key, closing.first_open(place, chapter)), type="primary" if label == "Go on" else "secondary")
                st.markdown(f"{done} of {steps} steps done")
    st.button("What to take away, where to see it, and the sources", on_click=session.go, args=(CLOSING, 1), type="tertiary")


def _chapter(place: Place, chapter: Chapter) -> None:
    step = chapter.steps[place.step - 1]
    task = BENCH.task(chapter, step)
    for other in chapter.steps:
        BENCH.task(chapter, other, ahead=True)
    for following in list(CHAPTERS.values())[list(CHAPTERS).index(chapter.key) + 1 :][:1]:
        BENCH.task(following, following.steps[0], ahead=True)
    picture.mount_top(f"{chapter.key}.{step.key}")
    _where(place, chapter)
    st.markdown(words.unbroken(f"# {step.title}\n\n{step.question}"))
    with st.container(key="prediction"):
        _prediction(place, step)
    with st.container(key="experiment"):
        if place.here().prediction is not None:
            with GATE.outside():
                result = task.result()
            if result is None:
                _progress(task)
            else:
                _experiment(place, chapter, step, *result)
    _onward(place, chapter)


def _where(place: Place, chapter: Chapter) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="where"):
        st.button("All chapters", on_click=session.go, args=(None, 1), type="tertiary", icon=":material/arrow_back:")
        st.html(words.where(list(CHAPTERS).index(chapter.key) + 1, chapter, place))


def _prediction(place: Place, step: Step) -> None:
    said = place.here()
    if said.prediction is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(words.unbroken(words.said(step, said.prediction)))
            st.button("Predict again", on_click=session.unsay, type="tertiary", key="change")
        return
    st.markdown("**Your prediction**")
    if isinstance(step.prediction, Guess):
        _number(step.prediction)
        _messages()
    else:
        for number, choice in enumerate(step.prediction, 1):
            st.button(choice.text, key=f"choice.{choice.key}", on_click=session.predict, args=(choice.key,), shortcut=str(number))
    st.button("Show me without a prediction", key="show", on_click=session.predict, args=(SHOW,), type="tertiary", shortcut="s")


def _number(guess: Guess) -> None:
    with st.form("guess", border=False):
        label = f"{guess.label}: from {guess.low:g} to {guess.high:,.10g}{guess.unit}"
        st.text_input(label, key="guess", value=f"{guess.value:g}", max_chars=20, width=360)
        st.form_submit_button("That is my prediction", on_click=_guessed, type="primary")


def _guessed() -> None:
    text = st.session_state.guess.strip().removesuffix("%").strip()
    thousands = re.fullmatch(r"\d{1,3}(,\d{3})+", text)  # as the range itself is written
    session.predict(text.replace(",", "" if thousands else "."))


@st.fragment(run_every=POLL)
def _progress(task: Task) -> None:
    """Looks again until the experiment is there."""
    if task.result(0) is not None:
        st.rerun()
    st.progress(task.share, text="Computing this on real data, just now …")
    if task.said:
        st.markdown(f"**So far.** {task.said}")


def _experiment(place: Place, chapter: Chapter, step: Step, experiment: Experiment, blob: Blob) -> None:
    st.markdown(f"**Your turn.** {step.task}")
    left, right = st.columns([3, 2], gap="large")
    with left:
        on_ran = partial(session.ran, chapter.key, place.step)
        picture.mount(f"{chapter.key}.{step.key}", step.picture, blob, ran=place.here().ran, on_ran=on_ran)
    with right:
        with st.container(key="outcome"):
            if place.here().ran:
                st.markdown(words.unbroken(words.compared(step, place.here().prediction, experiment)))
                st.success(step.takeaway)
        if step.formula and place.here().ran:  # it would tell the answer before
            st.latex(step.formula)
    if step.terms:
        with st.expander("Words used here"):
            st.markdown(words.terms(step))
    if experiment.table and place.here().ran:
        with st.expander("The numbers of this picture"):
            st.table(words.table(experiment.table))
            st.caption(experiment.table.caption)


def _onward(place: Place, chapter: Chapter) -> None:
    if place.step == len(chapter.steps) and place.here().ran:
        st.markdown(words.asked(chapter))
        with st.expander("Compare your answer with what the steps said"):
            st.markdown(closing.said(chapter))
    keys = list(CHAPTERS)
    following = keys[keys.index(chapter.key) + 1 :]
    with st.container(horizontal=True, key="onward"):
        if place.step > 1:
            st.button("Back", on_click=session.go, args=(chapter.key, place.step - 1), shortcut="p")
        kind = "primary" if place.here().ran else "secondary"
        if place.step < len(chapter.steps):
            st.button("Next step", on_click=session.go, args=(chapter.key, place.step + 1), type=kind, shortcut="n")
        elif following:
            st.button("Next chapter", on_click=session.go, args=(following[0], 1), type=kind, shortcut="n")
        else:
            st.button("To the end", on_click=session.go, args=(CLOSING, 1), type=kind, shortcut="n")
