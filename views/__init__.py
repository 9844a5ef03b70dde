"""What a person sees: the pages, the stage's Python side, the server around them.

For notebooks and scripts: `from views import save_html, show`.
"""

__version__ = "0.1.0"

_PLACES = {"save_html": "views.standalone", "show": "views.notebook"}


def __getattr__(name: str):
    """The public names are fetched when asked for: the app's start imports this package before anything slow."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_PLACES[name]), name)
