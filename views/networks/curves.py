"""The curves beside the picture: what the stage draws along the steps."""

from collections.abc import Mapping

import numpy as np

from views.networks.findings import Findings, Scores, Sharpness
from views.networks.query import kept_text
from views.networks.settings import NetworkSettings

Tensors = dict[str, np.ndarray]


def curves(settings: NetworkSettings, found: Findings) -> tuple[list[dict], Tensors]:
    """Charts for the wire, and the tensors that their lines name."""
    places = {key: place for place, key in enumerate([*(card.key for card in settings.optimizers), *map(kept_text, settings.kept)])}
    scores = {places[key]: each for key, each in found.scores.items() if key in places}
    sharpness = {places[key]: each for key, each in found.sharpness.items() if key in places}
    plain, preconditioned = ({k: v for k, v in sharpness.items() if v.preconditioned is which} for which in (False, True))
    charts = [
        _scored("Training and test loss", "loss", scores, log=True),
        _scored("Accuracy", "accuracy", scores, log=False),
        _sharp("Sharpness", plain),
        _sharp("Sharpness, for rules that scale each direction", preconditioned),
    ]
    return [chart for chart in charts if chart["lines"]], {**_score_tensors(scores), **_sharp_tensors(sharpness)}


def _scored(title: str, what: str, scores: Mapping[int, Scores], log: bool) -> dict:
    known = [place for place, each in scores.items() if np.isfinite(getattr(each, f"train_{what}")).any()]
    lines = [line for place in known for line in (_line(place, "score_steps", f"train_{what}"), _line(place, "score_steps", f"test_{what}", "test"))]
    return {"title": title, "y": what, "log": log, "lines": lines, "limits": []}


def _sharp(title: str, sharpness: Mapping[int, Sharpness]) -> dict:
    limits = [{"optimizer": place, "value": each.limit, "name": each.name} for place, each in sharpness.items() if each.limit]
    lines = [_line(place, "sharp_steps", "sharpness") for place in sharpness]
    return {"title": title, "y": "largest curvature", "log": True, "lines": lines, "limits": limits}


def _line(place: int, x: str, y: str, dash: str | None = None) -> dict:
    line = {"optimizer": place, "x": f"{x}.{place}", "y": f"{y}.{place}"}
    return {**line, "dash": dash} if dash else line


def _score_tensors(scores: Mapping[int, Scores]) -> Tensors:
    columns = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")
    steps = {f"score_steps.{place}": each.steps for place, each in scores.items()}
    return steps | {f"{name}.{place}": getattr(each, name) for place, each in scores.items() for name in columns}


def _sharp_tensors(sharpness: Mapping[int, Sharpness]) -> Tensors:
    tensors = {}
    for place, each in sharpness.items():
        known = np.isfinite(each.values)
        tensors |= {f"sharp_steps.{place}": each.steps[known], f"sharpness.{place}": each.values[known]}
    return tensors
