"""A scene as a file of any format that Thalweg writes."""

import tempfile
from pathlib import Path
from types import SimpleNamespace

from landscapes import Scene, save_scene
from landscapes.files import paths_csv, save_npz, surface_csv, surface_vtk
from views.own_paths import MOST_PATHS, is_flat


def write(scene: Scene, out: Path, to: str) -> list[Path]:
    """Write a scene and return the files. `to` is one of `views.commands.FORMATS`.

    A table holds one kind of thing: of a scene with a surface and paths .csv makes two files. Raises ValueError where a
    format cannot hold the scene.
    """
    files = [out]
    if to == "zarr.zip":
        save_scene(out, scene.surface, scene.paths, plane=scene.plane, made=scene.made)
    elif to == "html":
        out.write_text(html(scene, out.name.rsplit(".", 1)[0]), encoding="utf-8")
    elif to == "npz":
        save_npz(out, scene)
    elif to == "csv":
        files = _tables(scene, out)
    elif to == "vtk":
        if scene.surface is None:
            raise ValueError("VTK holds a surface; this scene has none.")
        out.write_text(surface_vtk(scene.surface))
    else:
        from views import pictures

        out.write_bytes(pictures.png(scene) if to == "png" else pictures.svg(scene).encode())
    return files


def content(scene: Scene, to: str) -> bytes:
    """The bytes of the one file of a format."""
    with tempfile.TemporaryDirectory() as folder:
        (file,) = write(scene, Path(folder) / f"scene.{to}", to)
        return file.read_bytes()


def html(scene: Scene, title: str = "") -> str:
    """The live stage in one page; of paths without a surface, or more than the stage holds, a figure."""
    if scene.surface is None or len(scene.paths) > MOST_PATHS:
        from views.figures import scene_figure

        return scene_figure(scene, title=title).to_html(include_plotlyjs=True)
    from views.standalone import standalone_html

    return standalone_html(scene.surface, stage_paths(scene), title=title)


def stage_paths(scene: Scene) -> dict:
    """The paths as the stage takes them: where the plane is all of parameter space nothing is hidden."""
    if not is_flat(scene.surface):
        return dict(scene.paths)
    positions = lambda path: _positions(scene.plane, path.coordinates)
    return {name: SimpleNamespace(positions=positions(path), losses=path.losses) for name, path in scene.paths.items()}


def _positions(plane, coordinates):
    import jax

    u, v = (coordinates[:, axis] for axis in (0, 1))
    along = lambda numbers, leaf: numbers.reshape(-1, *(1 for _ in leaf.shape))
    return jax.tree.map(lambda o, a, b: o + along(u, o) * a + along(v, o) * b, plane.origin, *plane.directions)


def _tables(scene: Scene, out: Path) -> list[Path]:
    tables = {}
    if scene.surface is not None:
        tables[out] = surface_csv(scene.surface)
    if scene.paths:
        beside = out.with_name(f"{out.name.removesuffix('.csv')}.paths.csv")
        tables[beside if scene.surface is not None else out] = paths_csv(scene.paths)
    for file, text in tables.items():
        file.write_text(text, encoding="utf-8")
    return list(tables)
