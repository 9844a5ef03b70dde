"""The stage in a notebook: the same picture, with live rails, in Jupyter, Colab and VS Code."""

import functools
from collections.abc import Mapping

from landscapes import Surface
from views import bundle, runs, scenes, stage
from views.assets import plotly_js
from views.saved import saved, settings_of
from views.settings import Settings
from views.store import STORE

MISSING = "The stage in a notebook needs anywidget: pip install anywidget. Without it, save_html(...) writes a page."


def show(what: str | Settings | Surface, paths: Mapping[str, object] | None = None, **options):
    """The live stage as a widget, the last expression of a cell.

    `what` is a link of the Explore page, such as "?landscape=himmelblau&optimizer=adam", behind which the notebook's
    Python answers as the app does: click for a new start, open a card's knobs, add optimizers. Or it is a `Surface`
    with `paths` by name. Paths and options are those of `views.saved.saved`.

    Raises:
        ImportError: anywidget is not installed.
        ValueError: nothing can be shown of it.
    """
    widget = _kind()
    if isinstance(what, Surface) or paths or options:
        scene = saved(what, paths, **options)
        return widget(scene=scene.message, live=False, blobs=scene.blobs)
    return widget(scene=_packed(settings_of(what)), live=True)


def _packed(settings: Settings) -> bytes:
    return stage.pack(runs.scene(settings), query=scenes.text(settings))


def answer(message: Mapping, blobs: Mapping[str, bytes]) -> bytes | None:
    """What a widget asked for: plotly.js as gzip, a blob by its address, or the scene after an event; else None."""
    match message.get("type"), message.get("sha"), message.get("question"):
        case "plotly", _, _:
            return plotly_js().gzipped()
        case "blob", str(sha), _:
            kept = STORE.get(sha)
            return blobs[sha] if sha in blobs else kept.raw if kept else None
        case "scene", _, dict(question):
            return _packed(scenes.read_question(question).settings)
    return None


@functools.cache
def _kind() -> type:
    """The widget's class: made when first needed, because anywidget is no part of the app."""
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise ImportError(MISSING) from error

    class Stage(anywidget.AnyWidget):
        """One stage; `scene` is what it shows first."""

        _esm = f"const {{ render }} = {bundle.script('widget')};\nexport default {{ render }};\n"
        _css = bundle.css()
        scene = traitlets.Bytes().tag(sync=True)
        live = traitlets.Bool().tag(sync=True)

        def __init__(self, blobs: Mapping[str, bytes] = {}, **traits):
            super().__init__(**traits)
            self.on_msg(lambda _, message, __: self._answer(message, blobs))

        def _answer(self, message: Mapping, blobs: Mapping[str, bytes]) -> None:
            try:
                found = answer(message, blobs)
            except ValueError:
                found = None
            self.send({"id": message.get("id")}, [] if found is None else [found])

    return Stage
