"""What stands below the stage: table, downloads and the report on how far the slice can be believed."""

from functools import partial
from html import escape

import streamlit as st

from landscapes import NOISE_SHARES, TrustReport
from views import style
from views.networks import downloads, pieces
from views.networks.findings import Findings
from views.networks.recipes import recipes
from views.networks.settings import NetworkSettings
from views.networks.table import WORDS, table_html
from views.networks.visitors import VISITORS

UNDER = "display: block; font-weight: normal; white-space: normal"  # what a number means, below its name: a phone has no room beside
EVERY = 1.5  # seconds between two looks at a picture that is still being found


def found_for(visitor: str, settings: NetworkSettings) -> Findings:
    """What there is for these settings, in this visitor's show or from another's."""
    wanted = recipes(settings)
    whole = pieces.FOUND.peek(wanted.key)
    show = VISITORS.peek(visitor, wanted)
    return whole or (show.findings if show else Findings())


def results(visitor: str, settings: NetworkSettings) -> None:
    """Follows what is found until all of it is there."""
    over = found_for(visitor, settings).over
    st.fragment(_results, run_every=None if over else EVERY)(visitor, settings, over)


def _results(visitor: str, settings: NetworkSettings, was_over: bool) -> None:
    found = found_for(visitor, settings)
    if found.over and not was_over:
        st.rerun()  # which stops looking
    if found.problem:
        st.warning(found.problem)
    if found.laid is not None and found.laid.note:
        st.caption(found.laid.note)
    if settings.optimizers:
        st.html(table_html(settings, found))
        st.caption(WORDS)
    _downloads(settings, found)
    _trust(found)


def _downloads(settings: NetworkSettings, found: Findings) -> None:
    name = f"thalweg-{settings.network}"
    with st.container(horizontal=True, key="network_downloads"):
        st.download_button(
            "Paths (CSV)", partial(downloads.csv, settings, found), f"{name}.csv", "text/csv", on_click="ignore",
            help="One row for each optimizer and step: place on the plane, true loss, loss of the slice, share off the plane.",
        )  # fmt: skip
        st.download_button(
            "Everything (.npz)", partial(downloads.npz, settings, found), f"{name}.npz", "application/zip", on_click="ignore",
            help="NumPy arrays of surface, plane, paths and curves, with the settings as JSON; parameters where they are not too many.",
        )  # fmt: skip
        st.download_button(
            "Live page (.html)", partial(downloads.live_page, settings, found), f"{name}.html", "text/html", on_click="ignore",
            help="One file that opens without a server: timeline, views and what the network does stay live.",
        )  # fmt: skip


def _trust(found: Findings) -> None:
    report = found.trust
    with st.expander("How far can this slice be believed?"):
        if report is None:
            st.caption("This is worked out after the picture.")
            return
        grows = found.activity is not None and report.rounding is None  # which is known last
        if grows:
            st.progress(min(1.0, found.activity.share), f"More of it is on its way. {found.activity.text}.")
        cells = "".join(
            f'<tr><th scope="row">{escape(name)}<small style="{UNDER}">{escape(says)}</small></th><td>{escape(value)}</td></tr>'
            for name, value, says in trust_rows(report)
        )
        st.html(f'{style.TABLE}<div class="thalweg-table" role="region" aria-label="Trust report" tabindex="0"><table><tbody>{cells}</tbody></table></div>')
        if grows:
            return
        st.caption("In sentences, for a paper:")
        st.code(report.caption(), language=None, wrap_lines=True)
        st.download_button("Caption (.txt)", report.caption(), "thalweg-caption.txt", "text/plain", on_click="ignore")


def trust_rows(report: TrustReport) -> list[tuple[str, str, str]]:
    """Name, value and what it means, for what the report knows."""
    return [row for row in (_size(report), _explained(report), _off(report), _spread(report), _curvature(report), _rounding(report)) if row]


def _size(report: TrustReport):
    return "Dimensions", f"{report.dimension:,}", "The picture shows two of them. All others are hidden."


def _explained(report: TrustReport):
    if report.explained is None:
        return None
    noise = sum(NOISE_SHARES)
    return "Movement on the plane", f"{sum(report.explained):.0%}", f"A walk without any aim would give {noise:.0%}: only what is above that says something."


def _off(report: TrustReport):
    if not report.off_plane:
        return None
    worst = max(report.off_plane, key=report.off_plane.get)
    return "Off the plane", f"up to {report.off_plane[worst]:.0%}", f"So much of the way of {worst} points out of the picture; it does not stand where it seems to."


def _spread(report: TrustReport):
    if len(report.rises) < 2:
        return None
    return "Spread of random planes", f"{report.spread:.0%}", f"{len(report.rises)} random planes through the centre rise by so different heights. One plane alone says that little."


def _curvature(report: TrustReport):
    if report.slice_curvature is None or report.mean_curvature is None:
        return None
    mean, error = report.mean_curvature
    return "Curvature", f"{report.slice_curvature:.3g}", f"Over all directions the mean is {mean:.3g} (give or take {error:.1g}). Further apart, the picture looks more curved, or flatter, than the loss is."


def _rounding(report: TrustReport):
    return None if report.rounding is None else ("Rounding", f"{report.rounding:.0e}", "The largest relative error of computing with 32 bits.")
