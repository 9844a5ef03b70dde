"""Figures of slices for notebooks, talks and papers: Plotly figures that write themselves as HTML, or as pictures."""

from collections.abc import Mapping
from textwrap import wrap

import numpy as np
import plotly.graph_objects as go

from landscapes import Plane, Scene, Surface
from landscapes.honesty import Honesty
from views.looks import COLOURS, DASHES
from views.own_paths import plain
from views.provenance import recipe

# Of what is known: checkpoints without a table have no losses, without a surface no slice.
HOVER = ("step %{customdata[0]}", "true loss %{customdata[1]:.4g}", "slice shows %{customdata[2]:.4g}", "off the plane %{customdata[3]:.0%}")
LONGEST_CAPTION = 400  # letters


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
        colour = COLOURS[number % len(COLOURS)]
        figure.add_traces([_line(plain(name), path, colour, DASHES[number % len(DASHES)]), _ends(plain(name), path, colour)])
    axes = axis_titles(scene.plane)
    caption = "<br>".join(wrap(plain(recipe(scene.made), LONGEST_CAPTION), 100))
    figure.update_layout(
        title={"text": title, "subtitle": {"text": caption}}, template="plotly_white", xaxis_title=axes[0], yaxis_title=axes[1],
        legend={"orientation": "h", "y": -0.15, "yanchor": "top"}, showlegend=bool(scene.paths),
    )  # fmt: skip
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
    known = [words for words, numbers in zip(HOVER, told.T, strict=True) if np.isfinite(numbers).any()]
    return go.Scatter(
        x=path.coordinates[:, 0], y=path.coordinates[:, 1], mode="lines", name=name, legendgroup=name, customdata=told,
        hovertemplate=f"%{{fullData.name}}, {'<br>'.join(known)}<extra></extra>", line={"color": colour, "dash": dash, "width": 2.5},
    )  # fmt: skip


def _ends(name: str, path: Honesty, colour: str) -> go.Scatter:
    """A ring where the path starts, a disc at the last of its finite positions."""
    first, last = path.coordinates[:1], path.coordinates[np.isfinite(path.coordinates).all(axis=1)][-1:]
    x, y = np.concatenate([first, last]).T
    return go.Scatter(
        x=x, y=y, mode="markers", name=name, legendgroup=name, showlegend=False, hoverinfo="skip",
        marker={"color": colour, "size": 10, "symbol": ["circle-open", "circle"], "line": {"color": colour, "width": 2}},
    )  # fmt: skip


def axis_titles(plane: Plane) -> tuple[str, str]:
    """What the axes of a plane are called."""
    explained = plane.explained
    if explained is None:
        return "direction 1", "direction 2"
    return tuple(f"direction {number} ({share:.0%} of the movement)" for number, share in enumerate(explained, 1))
