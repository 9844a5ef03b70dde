"""A scene as a file of any format that Thalweg writes."""

import io
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from landscapes import Scene, save_scene
from landscapes.files import paths_csv, save_npz, surface_csv, surface_vtk
from landscapes.files.target import write as write_whole
from views.own_paths import MOST_PATHS, is_flat, plain
from views.provenance import recipe
from views.settings import KINDS

LONGEST_RECIPE = 1000  # letters


def write(scene: Scene, out: Path, to: str, force: bool = True) -> list[Path]:
    """Write a scene and return the files. `to` is one of `views.commands.FORMATS`.

    A table holds one kind of thing: of a scene with a surface and paths .csv makes two files. Raises ValueError where a
    format cannot hold the scene, and without `force` where a file is there already; NotWritten where the disk refuses.
    """
    written, named = [], {}
    for ending, made in contents(scene, to, out.name.rsplit(".", 1)[0]).items():
        named[out if ending == to else out.with_name(f"{out.name.removesuffix(f'.{to}')}.{ending}")] = made
    if not force and (there := [file for file in named if file.exists()]):
        raise ValueError(f"{there[0]} is there already; add --force to write over it.")
    for file, made in named.items():
        write_whole(file, made)
        written.append(file)
    return written


def contents(scene: Scene, to: str, title: str = "") -> dict[str, bytes]:
    """The bytes of each file of a format, by the ending of its name."""
    if to == "csv":
        return _tables(scene)
    if to == "html":
        return {to: html(scene, title).encode()}
    if to == "vtk":
        if scene.surface is None:
            raise ValueError("VTK holds a surface; this scene has none.")
        return {to: surface_vtk(scene.surface).encode()}
    if to in ("png", "svg"):
        from views import pictures

        return {to: pictures.png(titled(scene)) if to == "png" else pictures.svg(titled(scene)).encode()}
    file = io.BytesIO()
    if to == "npz":
        save_npz(file, scene)
    else:
        save_scene(file, scene.surface, scene.paths, plane=scene.plane, made=scene.made)
    return {to: file.getvalue()}


def html(scene: Scene, title: str = "") -> str:
    """The live stage in one page; of paths without a surface, or more than the stage holds, a figure."""
    scene = titled(scene)
    if scene.surface is None or len(scene.paths) > MOST_PATHS:
        from views.figures import scene_figure

        return scene_figure(scene, title=title).to_html(include_plotlyjs=True)
    from views.standalone import standalone_html

    how = plain(recipe(scene.made), LONGEST_RECIPE)
    return standalone_html(scene.surface, stage_paths(scene), title=title, how=how and f"{how}.")


def titled(scene: Scene) -> Scene:
    """With the titles of optimizers where an .npz of ours has their keys."""
    title = lambda name: KINDS[name].title if name in KINDS else re.sub(r"^kept_(\d{1,3})$", lambda found: f"Kept run {int(found[1]) + 1}", name)
    titles = {name: title(name) for name in scene.paths}
    return replace(scene, paths={titles[name]: path for name, path in scene.paths.items()}) if len(set(titles.values())) == len(titles) else scene


def stage_paths(scene: Scene) -> dict:
    """The paths as the stage takes them: where the plane is all of parameter space nothing is hidden."""
    hidden = any((path.off_plane > 0).any() for path in scene.paths.values())
    if hidden or not is_flat(scene.surface):
        return dict(scene.paths)
    positions = lambda path: _positions(scene.plane, path.coordinates)
    return {name: SimpleNamespace(positions=positions(path), losses=path.losses) for name, path in scene.paths.items()}


def _positions(plane, coordinates):
    import jax

    u, v = (coordinates[:, axis] for axis in (0, 1))
    along = lambda numbers, leaf: numbers.reshape(-1, *(1 for _ in leaf.shape))
    return jax.tree.map(lambda o, a, b: o + along(u, o) * a + along(v, o) * b, plane.origin, *plane.directions)


def _tables(scene: Scene) -> dict[str, bytes]:
    tables = {} if scene.surface is None else {"csv": surface_csv(scene.surface)}
    if scene.paths:
        tables["paths.csv" if tables else "csv"] = paths_csv(scene.paths)
    return {ending: text.encode() for ending, text in tables.items()}
