"""Two surfaces side by side: the same training on two networks, seen in random directions of equal scale."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from landscapes import Surface
from landscapes.convexity import nonconvex_share
from landscapes.networks import NETWORKS
from views.networks import pieces
from views.networks.findings import Findings
from views.networks.recipes import recipes
from views.networks.settings import NetworkSettings
from views.networks.visitors import VISITORS
from views.settings import Card

FIRST = {"left": "residual", "right": "residual_without_skips"}
EVERY = 1.0
WORDS = (
    "Li and others drew these two in 2018: with skip connections the slice is a smooth bowl, without them it has cliffs and hollows. "
    "Each network is trained by its first optimizer at the rate suggested for it; the directions are random, each filter scaled like the "
    "network's own. Heights are logarithms; the shares that are not convex are those of the loss itself. "
    "Still, each is one slice of thousands of dimensions: a bowl here says nothing about the directions not shown."
)


def comparison(visitor: str) -> None:
    """Trains and draws both as long as it is open."""
    panel = st.expander("Compare two networks: train and draw skip connections against none", key="compare", on_change="rerun")
    with panel:
        st.caption(WORDS)
        with st.container(horizontal=True, key="network_comparison"):
            chosen = {side: _choice(side) for side in FIRST}
        if panel.open:
            _drawn(visitor, {side: settings_for(key) for side, key in chosen.items()})


def settings_for(network: str) -> NetworkSettings:
    """What is compared: the first of the network's optimizers, and a random slice where it ends."""
    settings = NetworkSettings.of(network)
    first = settings.optimizers[0].key
    return replace(settings, optimizers=(Card(first),), plane="random", resolution=25 if _is_large(network) else 51)


def _is_large(network: str) -> bool:
    return NETWORKS[network].architecture.kind in ("convolutional", "residual") or network == "digits_million"


def _choice(side: str) -> str:
    keys = tuple(NETWORKS)
    return st.selectbox(side.capitalize(), keys, keys.index(FIRST[side]), format_func=lambda key: NETWORKS[key].title, key=f"compare.{side}", width=280)


def _drawn(visitor: str, sides: dict[str, NetworkSettings]) -> None:
    over = all(_found(visitor, side, settings).over for side, settings in sides.items())
    st.fragment(_both, run_every=None if over else EVERY)(visitor, sides, over)


def _both(visitor: str, sides: dict[str, NetworkSettings], was_over: bool) -> None:
    found = {side: _found(visitor, side, settings) for side, settings in sides.items()}
    if not was_over and all(each.over for each in found.values()):
        st.rerun()
    for column, (side, settings) in zip(st.columns(2), sides.items()):
        with column:
            _side(side, settings, found[side])


def _found(visitor: str, side: str, settings: NetworkSettings) -> Findings:
    """Asking keeps the computation going; each side is a visitor of its own."""
    wanted = recipes(settings, brief=True)
    return pieces.FOUND.peek(wanted.key) or VISITORS.show(f"{visitor} {side}", wanted).findings


def _side(side: str, settings: NetworkSettings, found: Findings) -> None:
    st.markdown(f"**{settings.preset.title}**")
    if found.activity:
        st.progress(min(1.0, found.activity.share), found.activity.text)
    if found.problem:
        st.warning(found.problem)
    if found.ground is None:
        return
    st.plotly_chart(figure(found.ground.surface), key=f"compare.figure.{side}", config={"displaylogo": False})
    if found.ground.whole:
        st.markdown(told(settings, found))


def told(settings: NetworkSettings, found: Findings) -> str:
    """The figure in one sentence."""
    surface = found.ground.surface
    share, (ny, nx) = nonconvex_share(surface), surface.loss.shape
    finite = surface.loss[np.isfinite(surface.loss)]
    ended = "".join(f" {settings.optimizers[0].kind.title}: {track.sentence}." for track in found.tracks.values())
    return (
        f"**{share:.1%}** of the {nx - 2} x {ny - 2} inner points are not convex: the surface bends down there in some direction. "
        f"Losses from {finite.min():.3g} to {finite.max():.3g}.{ended}"
    )


def figure(surface: Surface) -> go.Figure:
    """The surface in three dimensions, height as the logarithm of the loss."""
    with np.errstate(divide="ignore", invalid="ignore"):
        height = np.where(surface.loss > 0, np.log10(surface.loss), np.nan)
    drawn = go.Surface(x=surface.x, y=surface.y, z=height, colorscale="Blues_r", showscale=False, hovertemplate="log10 loss %{z:.2f}<extra></extra>")
    drawn.contours.z.update(show=True, size=(np.nanmax(height) - np.nanmin(height)) / 15 or 1, start=np.nanmin(height), end=np.nanmax(height), color="rgba(40,60,80,0.5)")
    axes = {"xaxis_title": "direction 1", "yaxis_title": "direction 2", "zaxis_title": "log10 loss"}
    return go.Figure(drawn, layout={"height": 420, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "scene": {**axes, "aspectmode": "cube"}})
