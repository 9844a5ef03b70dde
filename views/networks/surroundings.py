"""The panel about what lies around the ends of the runs, computed when somebody asks for it."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from landscapes.curvature import Spectrum
from optimizers import NETWORK_OPTIMIZERS, Run
from views.networks import pieces
from views.networks.around import AT_ONCE, PLANES, PROBES, Rings, Walk, rings, spectrum, spectrum_sentence, walk
from views.networks.recipes import recipes
from views.networks.settings import NetworkSettings

WORDS = (
    "A slice shows one plane. Here is more of what surrounds the end of a run: the straight way to another end, several random planes, "
    "and how much the loss bends in all directions together."
)
DENSITY_FLOOR = 1e-3  # of the largest density: below it the picture shows the width of the bells and nothing else


def surroundings(settings: NetworkSettings) -> None:
    with st.expander("What lies around the ends of the runs?"):
        st.fragment(_panel)(settings)


def ended(settings: NetworkSettings) -> dict[str, Run]:
    """The runs that came to an end somewhere, as far as they are kept, by the optimizer's key."""
    known = {key: pieces.RUNS.peek(recipe) for key, recipe in recipes(settings).runs.items()}
    return {key: run for key, run in known.items() if run is not None and run.diverged_at < 0 and run.last is not None}


def _panel(settings: NetworkSettings) -> None:
    st.caption(WORDS)
    keys = tuple(card.key for card in settings.optimizers)
    if not keys:
        return
    with st.container(horizontal=True, key="network_around"):
        first = _end("Around the end of", keys, "around.first")
        other = _end("Walk to the end of", tuple(key for key in keys if key != first), "around.other") if len(keys) > 1 else None
        wanted = st.toggle("Compute it", key="around")
    if wanted:
        _shown(settings, ended(settings), first, other)


def _end(label: str, keys: tuple[str, ...], key: str) -> str:
    if st.session_state.get(key) not in keys:
        st.session_state.pop(key, None)
    return st.selectbox(label, keys, format_func=lambda each: NETWORK_OPTIMIZERS[each].title, key=key, width=240)


def _shown(settings: NetworkSettings, runs: Mapping[str, Run], first: str, other: str | None) -> None:
    missing = [NETWORK_OPTIMIZERS[key].title for key in (first, other) if key is not None and key not in runs]
    if missing:
        st.caption(f"No end is known of {' and '.join(missing)}: it is still training, or diverged. Switch this off and on to look again.")
        return
    train, test = settings.networks()
    end, recipe = runs[first].last, recipes(settings).runs
    if other is not None:
        compute = lambda: iter([walk(train, test, end, runs[other].last)])
        way = _kept(("walk", recipe[first], recipe[other]), compute, 1, "Walking from end to end")
        _chart(walk_figure(way, first, other), way.sentence, "around.walk")
    around = _kept(("rings", recipe[first]), lambda: rings(train, end), PLANES, "Drawing random planes")
    _chart(rings_figure(around, first), around.sentence, "around.rings")
    found = _kept(("spectrum", recipe[first]), lambda: spectrum(train, end), PROBES // AT_ONCE, "Asking for the spectrum")
    _chart(spectrum_figure(found), spectrum_sentence(found), "around.spectrum")


def _kept(recipe: tuple, compute: Callable[[], Iterator], parts: int, text: str):
    """What is known, or computed now; whoever changes a widget meanwhile cancels it."""
    known = pieces.SMALL.peek(recipe)
    if known is not None:
        return known
    bar = st.progress(0.0, f"{text}…")
    for number, known in enumerate(compute(), start=1):
        bar.progress(min(1.0, number / parts), f"{text}…")
    bar.empty()
    pieces.SMALL.put(recipe, known)
    return known


def _chart(figure: go.Figure, sentence: str, key: str) -> None:
    st.plotly_chart(figure, key=key, config={"displaylogo": False})
    st.markdown(sentence)


def walk_figure(way: Walk, first: str, other: str) -> go.Figure:
    titles = [NETWORK_OPTIMIZERS[key].title for key in (first, other)]
    lines = [
        go.Scatter(x=each.t, y=each.loss, mode="lines", name=name, line={"dash": dash})
        for each, name, dash in ((way.train, "training loss", "solid"), (way.test, "test loss", "dot"))
    ]
    return _figure(lines, "Straight from one end to another", f"share of the way from {titles[0]} to {titles[1]}", "loss")


def rings_figure(around: Rings, first: str) -> go.Figure:
    lines = [
        go.Scatter(x=around.radii, y=losses, mode="lines", name=f"random plane {number}") for number, losses in enumerate(around.losses, 1)
    ]
    where = f"distance from the end of {NETWORK_OPTIMIZERS[first].title}, in lengths of its filters"
    return _figure(lines, "Several random planes", where, "median loss at this distance")


def spectrum_figure(found: Spectrum) -> go.Figure:
    values, density = found.density()
    drawn = go.Scatter(x=values, y=np.maximum(density, DENSITY_FLOOR * density.max()), mode="lines", fill="tozeroy", name="density")
    figure = _figure([drawn], "Spectrum of the Hessian", "eigenvalue", "density")
    figure.update_yaxes(type="log", range=np.log10(density.max()) + np.array([np.log10(DENSITY_FLOOR), 0.2]))
    return figure


def _figure(traces: list, title: str, x: str, y: str) -> go.Figure:
    figure = go.Figure(traces, layout={"height": 320, "margin": {"l": 10, "r": 10, "t": 40, "b": 10}, "legend": {"orientation": "h", "y": -0.3}})
    return figure.update_layout(title=title, xaxis_title=x, yaxis_title=y, showlegend=len(traces) > 1)
