"""The table under the stage: what every run reached, and how much of it the picture shows."""

from dataclasses import dataclass
from html import escape

import numpy as np

from views.kept import kept_looks
from views.knobs import rail
from views.looks import looks
from views.networks.findings import Findings, Scores, Sharpness
from views.networks.query import kept_text
from views.networks.recipes import knob_values
from views.networks.settings import NetworkSettings
from views.networks.tracks import Track
from views.settings import Card

HEADS = (
    "Optimizer", "Rate", "Training loss", "Test loss", "Training accuracy", "Test accuracy", "Off the plane", "Sharpness",
    "Sharpness / limit", "Diverged",
)  # fmt: skip
WORDS = (
    "Off the plane: the share of the way from the picture's centre that points out of it. Sharpness: the largest curvature at the "
    "end. Sharpness / limit: above 1 a run is thrown out of the valley; for gradient descent the limit is 2 / learning rate."
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
    """A table with a caption and row headers, which a screen reader can walk through."""
    head = "".join(f'<th scope="col"{_left(text == "Rate")}>{escape(text)}</th>' for text in HEADS)
    body = "".join(map(_row_html, rows(settings, found)))
    return (
        '<div class="thalweg-table" role="region" aria-label="Results" tabindex="0"><table>'
        f"<caption>{_when(settings, found)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


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
    names = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")
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


def _row_html(row: Row) -> str:
    gone = row.diverged is not None
    cells = [
        f'<td{_left(True)}>{escape(row.rate)} <small>({row.origin})</small></td>',
        *(_cell("–" if gone else _number(value)) for value in (row.train_loss, row.test_loss)),
        *(_cell("–" if gone or value is None else f"{value:.1%}") for value in (row.train_accuracy, row.test_accuracy)),
        _cell("–" if row.off_plane is None else f"{row.off_plane:.0%}"),
        *(_cell(_number(value)) for value in (row.sharpness, row.of_limit)),
        _cell(f"at step {row.diverged}" if gone else "no"),
    ]
    dot = f'<i style="background:{escape(row.colour)}"></i>'
    return f'<tr><th scope="row">{dot}{escape(row.title)}</th>{"".join(cells)}</tr>'


def _left(holds: bool) -> str:
    return ' class="rate"' if holds else ""


def _cell(text: str) -> str:
    return f"<td>{escape(text)}</td>"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
