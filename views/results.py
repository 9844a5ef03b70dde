"""The table of results as real HTML, and the downloads."""

from functools import partial
from html import escape

import streamlit as st

from views import downloads, html_table
from views.runs import Scene
from views.sentences import counted
from views.table import Row, rows, target_level


def results(scene: Scene) -> None:
    if scene.runs:
        st.html(table_html(scene))
    _downloads(scene)


def table_html(scene: Scene) -> str:
    heads = [
        "Optimizer", "Rate", "Final loss", "To nearest minimum", f"Steps to {_number(target_level(scene))}", "Path length", "Cost", "Diverged",
    ]  # fmt: skip
    caption = (
        f"After {counted(scene.settings.steps)}. Cost is counted in loss evaluations: "
        f"a gradient counts 3, a Hessian 6{', of a batch here' if scene.settings.drawn.batch else ''}."
    )
    return html_table.table("Results", caption, heads, map(_row, rows(scene)))


def _row(row: Row) -> tuple[str, ...]:
    return (
        html_table.named(row.title, row.colour),
        f"{escape(row.rail)} <small>({row.origin})</small>",
        _number(row.final) if row.diverged is None else "–",
        "–" if row.diverged is not None else _number(row.distance),
        "not reached" if row.steps_to is None else str(row.steps_to),
        _number(row.length),
        f"{row.cost:g} <small>({_counts(row.counts)})</small>",
        "no" if row.diverged is None else f"at step {row.diverged}",
    )


def _counts(counts: tuple[int, int, int]) -> str:
    """Raw counts in words, those that are zero left out."""
    words = (("loss", "losses"), ("gradient", "gradients"), ("Hessian", "Hessians"))
    said = [f"{count} {one if count == 1 else many}" for count, (one, many) in zip(counts, words) if count]
    return ", ".join(said) or "nothing"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _downloads(scene: Scene) -> None:
    """Made only when somebody presses: the settings are enough to make them."""
    name = f"thalweg-{scene.settings.key}"
    with st.container(horizontal=True, key="downloads"):
        st.download_button(
            "Paths (CSV)", partial(downloads.csv, scene.settings), f"{name}.csv", "text/csv", on_click="ignore",
            help="One row for each optimizer and step: position, loss, evaluations.",
        )  # fmt: skip
        st.download_button(
            "Everything (.npz)", partial(downloads.npz, scene.settings), f"{name}.npz", "application/zip",
            on_click="ignore", help="NumPy arrays of the surface and all paths, with the settings as JSON.",
        )  # fmt: skip
        st.download_button(
            "Live page (.html)", partial(downloads.live_page, scene.settings), f"{name}.html", "text/html", on_click="ignore",
            help="One file, about 4 MB, that opens without a server: timeline, views, and a leading rail for each optimizer stay live.",
        )  # fmt: skip
