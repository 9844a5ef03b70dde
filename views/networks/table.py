"""The table under the stage: what every run reached, and how much of it the picture shows."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import numpy as np

from views import html_table
from views.kept import kept_looks
from views.knobs import rail
from views.looks import looks
from views.networks.findings import Findings, Scores, Sharpness
from views.networks.query import kept_text
from views.networks.recipes import knob_values
from views.networks.settings import NetworkSettings
from views.networks.tracks import Track
from views.settings import Card

NOTHING = "–"  # not known, or not to be said
WORDS = (
    "Off the plane: the share of the way from the picture's centre that points out of it. Sharpness: the largest curvature at the "
    "end. Sharpness / limit: above 1 its steps along the sharpest direction grow, so it swings there, moves on to where the "
    "landscape is flatter, or diverges; for gradient descent the limit is 2 / learning rate."
)


@dataclass(frozen=True)
class Row:
    """One run in numbers; None where there is nothing to say, or nothing yet."""

    title: str
    colour: str
    rate: str
    origin: str
    train_loss: float | None = None
    test_loss: float | None = None
    train_accuracy: float | None = None
    test_accuracy: float | None = None
    decay: float | None = None
    off_plane: float | None = None
    sharpness: float | None = None
    of_limit: float | None = None
    diverged: int | None = None


def rows(settings: NetworkSettings, found: Findings) -> list[Row]:
    worn = looks(card.key for card in settings.optimizers)
    kept = zip(settings.kept, kept_looks(settings))
    return [
        *(_row(settings, found, card, card.key, worn[card.key].colour) for card in settings.optimizers),
        *(_row(settings, found, run.card, kept_text(run), look.colour, " (kept)") for run, look in kept),
    ]


def table_html(settings: NetworkSettings, found: Findings) -> str:
    columns = _columns(settings)
    cells = (_row_html(row, columns) for row in rows(settings, found))
    return html_table.table("Results", _when(settings, found), ("Optimizer", "Rate", *columns), cells)


def _when(settings: NetworkSettings, found: Findings) -> str:
    grows = any(track.diverged_at < 0 and len(track.losses) <= settings.steps for track in found.tracks.values())
    steps = f"{settings.steps} step{'s' if settings.steps != 1 else ''}"
    return f"Still training, {steps} in all." if grows else f"After {steps}."


def _row(settings: NetworkSettings, found: Findings, card: Card, key: str, colour: str, suffix: str = "") -> Row:
    values, leading = knob_values(settings, card), rail(card.kind)
    value = values[leading.name]
    origin = "suggested here" if card.tuned else "default" if value == leading.default else "yours"
    return Row(
        card.kind.title + suffix, colour, f"{leading.label} {value:g}", origin,
        **_of_scores(found.scores.get(key)), **_of_track(found.tracks.get(key)), **_of_sharpness(found.sharpness.get(key)),
    )  # fmt: skip


def _of_scores(scores: Scores | None) -> dict:
    names = ("train_loss", "test_loss", "train_accuracy", "test_accuracy", "decay")
    return {} if scores is None else {name: _finite(getattr(scores, name)[-1]) for name in names}


def _of_track(track: Track | None) -> dict:
    if track is None or not len(track.losses):
        return {}
    last = track.honesty.last
    diverged = {"diverged": track.diverged_at} if track.diverged_at >= 0 else {}
    return {"off_plane": float(track.off_plane[last]) if last >= 0 else None, **diverged}


def _of_sharpness(sharpness: Sharpness | None) -> dict:
    if sharpness is None:
        return {}
    last = _finite(sharpness.last)
    return {"sharpness": None if sharpness.preconditioned else last, "of_limit": last / sharpness.limit if last and sharpness.limit else None}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _columns(settings: NetworkSettings) -> dict[str, Callable[[Row], str]]:
    """What stands under each head. Accuracies are of classes; weight decay has a column where there is any."""
    train, _ = settings.networks()
    reached = {"Training loss": lambda row: _number(row.train_loss), "Test loss": lambda row: _number(row.test_loss)}
    if train.class_names:
        reached |= {"Training accuracy": lambda row: _share(row.train_accuracy, 1), "Test accuracy": lambda row: _share(row.test_accuracy, 1)}
    if settings.weight_decay:
        reached["Weight decay adds"] = lambda row: _number(row.decay)
    return {
        **{name: lambda row, text=text: NOTHING if row.diverged is not None else text(row) for name, text in reached.items()},
        "Off the plane": lambda row: _share(row.off_plane, 0),
        "Sharpness": lambda row: _number(row.sharpness),
        "Sharpness / limit": lambda row: _number(row.of_limit),
        "Diverged": lambda row: "no" if row.diverged is None else f"at step {row.diverged}",
    }


def _row_html(row: Row, columns: dict[str, Callable[[Row], str]]) -> tuple[str, ...]:
    rate = f"{escape(row.rate)} <small>({row.origin})</small>"
    return html_table.named(row.title, row.colour), rate, *(escape(text(row)) for text in columns.values())


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.3g}"


def _share(value: float | None, digits: int) -> str:
    return NOTHING if value is None else f"{value:.{digits}%}"
