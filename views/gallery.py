"""The strip of landscapes to choose from."""

from collections.abc import Callable, Iterable
from functools import lru_cache

import streamlit as st

from landscapes import LANDSCAPES, Formula
from views.assets import asset_url
from views.settings import OWN

LOADER = """
const latest = new WeakMap();
export default function (component) {
  const root = component.parentElement;
  const call = (latest.get(root) ?? 0) + 1;
  latest.set(root, call);
  import(new URL(%r, location.origin).href).then(
    (gallery) => { if (latest.get(root) === call) gallery.mount(component); },
    () => { root.textContent = "The gallery could not be loaded. Reload the page."; },
  );
}
"""

_component = st.components.v2.component(
    "thalweg_gallery", js=LOADER % asset_url("gallery/gallery.js"), isolate_styles=False
)


def mount(
    current: str, *, on_choose: Callable[[], None], families: tuple[dict, ...] | None = None, key: str = "gallery"
) -> None:
    """Show the strip; the chosen key arrives in `st.session_state[key].landscape` while `on_choose` runs.

    `families` are titles with their members, as `family` makes them; the landscapes unless given.
    """
    _component(key=key, data={"current": current, "families": families or _families()}, on_landscape_change=on_choose)


def family(title: str, members: Iterable[tuple[str, str]], folder: str | None = None) -> dict:
    """One group of the strip: its members by key and title. Their pictures, if any, are assets/`folder`/key.png."""
    return {"title": title, "members": list(members), "folder": folder}


@lru_cache(maxsize=1)
def _families() -> tuple[dict, ...]:
    """Landscapes by family, both in the registry's order."""
    families: dict[str, list[tuple[str, str]]] = {}
    for key, member in LANDSCAPES.items():
        families.setdefault(member.family, []).append((key, member.title))
    shown = (family(title, members, "landscapes") for title, members in families.items())
    return (family(Formula.family, [(OWN, Formula.title)]), *shown)
