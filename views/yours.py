"""Your own file: a scene or a grid, opened on the stage. It is read as a stranger's, and kept in memory alone."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import BinaryIO

import jax
import streamlit as st

from landscapes import Scene
from landscapes.files import Bounds, load
from views import outage, stage, taken_home
from views.assets import asset_url, data_url
from views.budget import BUDGET
from views.gate import waited_for
from views.own_paths import MOST_PATHS
from views.saved import saved
from views.tasks import Lane
from views.store import STORE

LARGE = 2**16  # points of a surface that begins as a contour
LONGEST_RECIPE = 20_000  # letters of how a file was made that are shown
# Any file within these is read and drawn in 2 seconds of processor time and 300 MiB (tests/benchmarks/files.py).
BOUNDS = Bounds(
    size=64 * 2**20, points=2**20, paths=MOST_PATHS, steps=2**17, seconds=1, memory=192 * 2**20,
    advice="On a machine of your own `thalweg show FILE` opens it.",
)  # fmt: skip
FULL = "The memory of this server is taken by other open files: close other tabs that show one, or try again in a few minutes."
FORMATS = {"Live page (.html)": "html", "Picture (.png)": "png", "Picture (.svg)": "svg", "Scene (.zarr.zip)": "zarr.zip", "Arrays (.npz)": "npz"}

BOX = "A scene or a grid of losses: .zarr.zip, .npz, .csv or .h5"
WORDS = """
Made with `save_scene(...)` or `thalweg surface` (`.zarr.zip`), by NumPy (`.npz` with arrays `x`, `y` and `loss[j, i]`), or by anything
else (`.csv` with the columns `x,y,loss`). What Explore and Networks save as `.npz` opens too, and so do the `.h5` surfaces of
tomgoldstein/loss-landscape. The file is read by the server, shown to you, and never stored on a disk.
"""
_component = st.components.v2.component("thalweg_saved", js=stage.LOADER % asset_url("stage/saved.js"), isolate_styles=False)


def page() -> None:
    st.html('<h1 class="thalweg-title">Your file <small>A surface and paths of your own, on the stage.</small></h1>')
    # Another key is another box: the old one would go on showing the name of a lost file. The loader says what is wrong with one.
    uploaded = st.file_uploader(BOX, key=f"own_file_{outage.lost_files()}")
    if uploaded is None:
        st.session_state.pop("own_scene", None)
        if outage.lost_files():
            st.info("The server was restarted. Your file was only in its memory: choose it again.")
        st.markdown(WORDS)
        return
    try:
        scene, shown = _opened(uploaded)
    except ValueError as error:
        st.error(_plain(f"{uploaded.name} cannot be shown. {error}"))
        return
    if shown is None:
        from views.figures import scene_figure

        st.plotly_chart(scene_figure(scene), key="own_figure")
    else:
        _component(key="own_stage", data={"scene": shown, "data": data_url()})
    _downloads(scene, uploaded.name)
    if scene.made:
        with st.expander("How it was made"):
            st.code(_recipe(scene.made), language=None, wrap_lines=True)


def opened(file: BinaryIO, name: str = "") -> tuple[Scene, str | None]:
    """The scene in a file and the address of what the stage shows of it, None for one without a surface.

    Raises ValueError, in one sentence, for what cannot be shown.
    """
    scene = taken_home.titled(load(file, limit=BOUNDS))
    if scene.surface is None:
        return scene, None
    # In 3D a large surface takes a second where a browser draws in software: it is there when asked for.
    drawn = saved(scene.surface, taken_home.stage_paths(scene), title=name, view="contour" if scene.surface.loss.size > LARGE else "both")
    for content in drawn.blobs.values():
        STORE.put(content)
    return scene, STORE.put(drawn.message)


def _opened(uploaded) -> tuple[Scene, str | None]:
    kept = st.session_state.get("own_scene")
    # A rerun is no reason to read again, unless the store has let it go meanwhile.
    if kept is None or kept[0] != uploaded.file_id or (kept[2] and STORE.get(kept[2]) is None):
        st.session_state.pop("own_scene", None)
        kept = None  # frees what is read again
        scene, address = waited_for(object(), partial(opened, uploaded, uploaded.name), lane=Lane.UNCUT)
        BUDGET.reserve(scene, uploaded.size + _bytes_of(scene), FULL)
        kept = st.session_state.own_scene = (uploaded.file_id, scene, address)
    return kept[1:]


def _bytes_of(scene: Scene) -> int:
    """Of all its arrays."""
    records = [each for each in (scene.surface, *scene.paths.values()) if each is not None]
    leaves = jax.tree.leaves([scene.plane, *map(vars, records)])
    return sum(getattr(leaf, "nbytes", 0) for leaf in leaves)


def _downloads(scene: Scene, name: str) -> None:
    stem = name.removesuffix(".zip").removesuffix(".zarr").rsplit(".", 1)[0] or "scene"
    with st.container(horizontal=True):
        for label, kind in FORMATS.items():
            if scene.surface is not None or kind != "npz":
                st.download_button(label, _made(scene, kind), f"{stem}.{kind}", on_click="ignore", key=f"own_{kind}")


def _recipe(made: Mapping) -> str:
    text = json.dumps(made, indent=1)
    more = len(text) - LONGEST_RECIPE
    return text if more <= 0 else f"{text[:LONGEST_RECIPE]}\n… and {more:,} more letters, which stand in the file."


def _made(scene: Scene, kind: str) -> Callable[[], bytes]:
    """Made only when it is asked for."""
    return lambda: taken_home.contents(scene, kind)[kind]


def _plain(text: str) -> str:
    """Text for a message, which reads Markdown: every sign of it is taken as it stands."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]()#+!|<>~$:&" else letter for letter in text)

