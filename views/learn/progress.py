"""Where a learner is and what they have predicted, to and from the address. Reading never fails: what is bad is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from views import checks
from views.learn.chapters import CHAPTERS
from views.learn.lesson import Chapter, Guess, Step

SEPARATOR, RAN, UNTOUCHED = "~", "*", "-"
CLOSING = "closing"  # the page after the last chapter, in the place of a chapter
SHOW = "show"  # said by who wants to see without predicting
LONGEST = 200  # characters of one value
MOST_NAMES = 20

Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Said:
    """What was predicted in a step, None for nothing yet, and whether its experiment was run."""

    prediction: str | float | None = None
    ran: bool = False


@dataclass(frozen=True)
class Place:
    """A step of a chapter, from 1; without a chapter the overview, or CLOSING. `said` has the steps gone through, by chapter."""

    chapter: str | None = None
    step: int = 1
    said: Mapping[str, tuple[Said, ...]] = field(default_factory=dict)

    def here(self) -> Said:
        """What was said in this step."""
        return self.of(self.chapter, self.step)

    def of(self, chapter: str | None, step: int) -> Said:
        said = self.said.get(chapter, ())
        return said[step - 1] if step <= len(said) else Said()

    def saying(self, said: Said) -> "Place":
        """The same place, where something else was said."""
        steps = len(CHAPTERS[self.chapter].steps)
        all_said = [self.of(self.chapter, step) for step in range(1, steps + 1)]
        all_said[self.step - 1] = said
        return replace(self, said={**self.said, self.chapter: tuple(all_said)})

    def having_run(self, chapter: str, step: int) -> "Place":
        """The same place, where the experiment of a step was run, this one or one left behind; nothing if that is unanswered."""
        there = replace(self, chapter=chapter, step=step)
        if there.here().prediction is None:
            return self
        return replace(self, said=there.saying(replace(there.here(), ran=True)).said)

    def done(self, chapter: str) -> int:
        """How many steps of a chapter were run."""
        return sum(said.ran for said in self.said.get(chapter, ()))


def write(place: Place) -> dict[str, str]:
    """The query of a place; what was not said is left out."""
    query = {} if place.chapter is None else {"chapter": place.chapter}
    if place.chapter in CHAPTERS:
        query["step"] = str(place.step)
    for key in CHAPTERS:
        said = place.said.get(key, ())
        if any(one != Said() for one in said):
            query[key] = SEPARATOR.join(map(_text, said)).rstrip(SEPARATOR + UNTOUCHED)
    return query


def read(query: Query) -> tuple[Place, list[str]]:
    """The place of a query, and one sentence for each thing in it that was ignored."""
    ignored: list[str] = []

    def one(name: str, check, default):
        values = query.get(name)
        if not values:
            return default
        try:
            if len(values[-1]) > LONGEST:
                raise ValueError(f"expected at most {LONGEST} characters, got {len(values[-1])}")
            return check(values[-1])
        except ValueError as error:
            ignored.append(f"{name.replace('_', ' ').capitalize()} in the link was ignored: {error}.")
            return default

    for name in islice(query, MOST_NAMES):
        if name not in ("chapter", "step", *CHAPTERS):
            ignored.append(f"{checks.quoted(name)} in the link is not known here and was ignored.")
    chapter = one("chapter", lambda raw: checks.choice(raw, (*CHAPTERS, CLOSING)), None)
    steps = len(CHAPTERS[chapter].steps) if chapter in CHAPTERS else 1
    step = one("step", lambda raw: checks.whole(raw, 1, steps), 1) if chapter in CHAPTERS else 1
    said = {key: one(key, lambda raw, known=known: _said(known, raw), ()) for key, known in CHAPTERS.items()}
    return Place(chapter, step, {key: value for key, value in said.items() if value}), ignored[:MOST_NAMES]


def predicted(step: Step, raw: object) -> str | float:
    """A prediction that a step offers. Raises ValueError with the choices or the range."""
    if raw == SHOW:
        return SHOW
    if isinstance(step.prediction, Guess):
        try:
            return checks.within(raw, step.prediction.low, step.prediction.high)
        except ValueError:
            got = checks.quoted(raw) if raw else "nothing"
            raise ValueError(f"expected a number from {step.prediction.low:g} to {step.prediction.high:,.10g}, got {got}") from None
    return checks.choice(raw, [choice.key for choice in step.prediction])


def _text(said: Said) -> str:
    prediction = said.prediction
    text = UNTOUCHED if prediction is None else prediction if isinstance(prediction, str) else f"{prediction:g}"
    return text + (RAN if said.ran else "")


def _said(chapter: Chapter, raw: str) -> tuple[Said, ...]:
    texts = raw.split(SEPARATOR)
    if len(texts) > len(chapter.steps):
        raise ValueError(f"expected at most {len(chapter.steps)} predictions, got {len(texts)}")
    return tuple(_one(step, text) for step, text in zip(chapter.steps, texts))


def _one(step: Step, text: str) -> Said:
    ran = text.endswith(RAN)
    text = text.removesuffix(RAN)
    return Said() if text in (UNTOUCHED, "") else Said(predicted(step, text), ran)
