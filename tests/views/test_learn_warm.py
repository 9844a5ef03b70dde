"""Set-up runs Learn's experiments no farther than to their first result."""

from dataclasses import replace

from views.learn import warm
from views.learn.chapters import CHAPTERS


def test_every_experiment_is_begun_and_ends_with_its_first_result(monkeypatch):
    heard = []

    def talkative(report):
        report(0.1)
        heard.append("begun")
        report(0.2, "A first result.")
        heard.append("went on")

    chapter = CHAPTERS["curse"]
    steps = (*(replace(step, experiment=talkative) for step in chapter.steps), replace(chapter.steps[0], experiment=lambda report: heard.append("silent")))
    monkeypatch.setattr(warm, "CHAPTERS", {"curse": replace(chapter, steps=steps)})
    warm.warm()
    assert heard == ["begun"] * len(chapter.steps) + ["silent"]
