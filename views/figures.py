"""Figures of slices for notebooks, talks and papers: Plotly figures that write themselves as HTML, or as pictures."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from landscapes import Plane, Scene, Surface
from landscapes.honesty import Honesty
from views.looks import COLOURS, DASHES
from views.own_paths import plain

HOVER = (
    "%{fullData.name}, step %{customdata[0]}<br>true loss %{customdata[1]:.4g}<br>"
    "slice shows %{customdata[2]:.4g}<br>off the plane %{customdata[3]:.0%}<extra></extra>"
)


def slice_figure(surface: Surface, paths: Mapping[str, Honesty] = {}, *, log: bool = False, title: str = "") -> go.Figure:
    """The contour of a slice with the paths of runs on it, by name; hovering tells what the slice hides.

    `paths` are what `landscapes.honest` returns. `log` colours by log10 of the loss, which must then be positive;
    the colour bar says so. A hover names the step; where a path has no `steps` it counts its positions from 0.
    """
    return scene_figure(Scene(surface.plane, surface, paths), log=log, title=title)


def scene_figure(scene: Scene, *, log: bool = False, title: str = "") -> go.Figure:
    """The same of a scene, which may have no surface: then its paths alone, on their plane."""
    figure = go.Figure([] if scene.surface is None else _contour(scene.surface, log))
    for number, (name, path) in enumerate(scene.paths.items()):
        figure.add_trace(_line(plain(name), path, COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]))
    axes = axis_titles(scene.plane)
    figure.update_layout(
        title=title, template="plotly_white", xaxis_title=axes[0], yaxis_title=axes[1], legend={"orientation": "h", "y": 1.08}, showlegend=bool(scene.paths)
    )
    return figure


def _contour(surface: Surface, log: bool) -> go.Contour:
    if log and np.nanmin(surface.loss) <= 0:
        raise ValueError(f"A logarithm needs losses above 0; the lowest here is {np.nanmin(surface.loss):.4g}: take log=False.")
    with np.errstate(over="ignore"):
        colours = np.log10(surface.loss) if log else surface.loss
    # Holes stay holes: what is not finite is not drawn.
    colours = np.where(np.isfinite(colours), colours, np.nan)
    return go.Contour(
        x=surface.x, y=surface.y, z=colours, customdata=surface.loss, colorscale="Blues", ncontours=24, name="loss",
        colorbar={"title": "log₁₀ loss" if log else "loss"}, hovertemplate="loss %{customdata:.4g}<extra></extra>",
    )  # fmt: skip


def _line(name: str, path: Honesty, colour: str, dash: str) -> go.Scatter:
    steps = np.arange(len(path.losses)) if path.steps is None else path.steps
    told = np.stack([steps, path.losses, path.slice_losses, path.off_plane], axis=1)
    return go.Scatter(
        x=path.coordinates[:, 0], y=path.coordinates[:, 1], mode="lines", name=name, customdata=told, hovertemplate=HOVER,
        line={"color": colour, "dash": dash, "width": 2.5},
    )  # fmt: skip


def axis_titles(plane: Plane) -> tuple[str, str]:
    """What the axes of a plane are called."""
    explained = plane.explained
    if explained is None:
        return "direction 1", "direction 2"
    return tuple(f"direction {number} ({share:.0%} of the movement)" for number, share in enumerate(explained, 1))
