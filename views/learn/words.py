"""Sentences and small pieces of HTML of the Learn pages, made from the lessons alone."""

from views.learn.lesson import Chapter, Experiment, Guess, Step, Table
from views.learn.progress import SHOW, Place


def where(number: int, chapter: Chapter, place: Place) -> str:
    """The chapter, what it asks, and a mark for each of its steps: here, done or to come. A phone has the question on the first step alone."""
    marks = "".join(
        f'<li class="{"here " if step == place.step else ""}{"done" if place.of(chapter.key, step).ran else ""}"></li>'
        for step in range(1, len(chapter.steps) + 1)
    )
    said = f"Chapter {number}: {chapter.title}. Step {place.step} of {len(chapter.steps)}"
    asks = f'<em class="{"" if place.step == 1 else "again"}">{chapter.question}</em>'
    return f'<div class="learn-where"><span>{said}</span><ol aria-hidden="true">{marks}</ol>{asks}</div>'


def asked(chapter: Chapter) -> str:
    """The question that the chapter opened with, at its end."""
    return f"The chapter asked: *{chapter.question}* Answer it now in your own words."


def unbroken(text: str) -> str:
    """A number and its %, ε and its size stay on one line."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%").replace("ε ≈ ", "ε\N{NO-BREAK SPACE}≈\N{NO-BREAK SPACE}")


def said(step: Step, prediction: str | float) -> str:
    if prediction == SHOW:
        return "No prediction this time."
    return f"Your prediction: **{_answer(step, prediction)}**"


def compared(step: Step, prediction: str | float, experiment: Experiment) -> str:
    """What came out, beside what was predicted."""
    if prediction == SHOW:
        return experiment.outcome
    said = f"You predicted: {_answer(step, prediction)}. It is: {_answer(step, experiment.answer)}."
    if not is_right(step, prediction, experiment.answer):
        said = f"Not so. {said}"
    else:
        said = f"Right: close enough. {said}" if isinstance(step.prediction, Guess) else "Right, as you predicted."
    return f"**{said}** {experiment.outcome}"


def is_right(step: Step, prediction: str | float, answer: str | float) -> bool:
    if not isinstance(step.prediction, Guess):
        return prediction == answer
    low, high = sorted((answer / step.prediction.near, answer * step.prediction.near))
    return low <= prediction <= high


def terms(step: Step) -> str:
    """The words of a step that a beginner may not know, as a list."""
    return "\n".join(f"- **{word}:** {meaning}" for word, meaning in step.terms.items())


def table(table: Table) -> dict[str, list[str]]:
    """Columns for st.table."""
    return {head: [row[column] for row in table.rows] for column, head in enumerate(table.head)}


def _answer(step: Step, answer: str | float) -> str:
    if isinstance(step.prediction, Guess):
        return f"{answer:,.10g}{step.prediction.unit}"
    return next(choice.text for choice in step.prediction if choice.key == answer)
