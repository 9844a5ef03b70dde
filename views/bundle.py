"""The stage in one script, for pages that no server sends modules to.

Every module becomes a function that is called once and returns what the module exports; they stand in the order in
which they need each other. No build tool is involved, and any form of import or export but the two below is refused.
"""

import functools
import re

from views.assets import ASSETS

IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?function|const|class) (\w+)", re.MULTILINE)
OTHER = re.compile(r"^(?:import|export)\b|\bimport\.meta\b|(?:await|return|=) import\(", re.MULTILINE)


@functools.cache
def script(entry: str) -> str:
    """A script that ends in an expression: the exports of a module of the stage, by name."""
    order: dict[str, str] = {}
    _add(entry, order, ())
    modules = "\n".join(f"const {_variable(name)} = (() => {{\n{text}}})();" for name, text in order.items())
    return f'(() => {{\n"use strict";\n{modules}\nreturn {_variable(entry)};\n}})()'


@functools.cache
def css() -> str:
    return (ASSETS / "stage" / "stage.css").read_text()


def _add(name: str, order: dict[str, str], path: tuple[str, ...]) -> None:
    if name in path:
        raise ValueError(f"These modules need each other in a circle: {' -> '.join((*path, name))}.")
    if name in order:
        return
    text = (ASSETS / "stage" / f"{name}.js").read_text()
    for _, other in IMPORT.findall(text):
        _add(other, order, (*path, name))
    order[name] = _as_function(name, text)


def _as_function(name: str, text: str) -> str:
    body = IMPORT.sub(lambda found: f"const {{{found[1].replace(' as ', ': ')}}} = {_variable(found[2])};\n", text)
    exports = [found[1] for found in EXPORT.findall(body)]
    body = EXPORT.sub(r"\1 \2", body)
    if OTHER.search(body) or "</script" in text.lower() or "<!--" in text:
        raise ValueError(f"{name}.js has an import, an export or a mark that cannot stand in one script.")
    return f"{body}\nreturn {{ {', '.join(exports)} }};\n"


def _variable(name: str) -> str:
    return f"module_{name.replace('-', '_')}"
