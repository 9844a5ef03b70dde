"""The strip of landscapes to choose from."""

from collections.abc import Callable
from functools import lru_cache

import streamlit as st

from landscapes import LANDSCAPES
from views.assets import ASSETS, asset_url

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


def mount(current: str, *, on_choose: Callable[[], None]) -> None:
    """Show the strip; the chosen key arrives in `st.session_state.gallery.landscape` while `on_choose` runs."""
    _component(key="gallery", data={"current": current, "families": _families()}, on_landscape_change=on_choose)


@lru_cache(maxsize=1)
def _families() -> list[dict]:
    """Landscapes by family, both in the registry's order."""
    families: dict[str, list[dict]] = {}
    for key, member in LANDSCAPES.items():
        item = {"key": key, "title": member.title, "picture": _picture(key)}
        families.setdefault(member.family, []).append(item)
    return [{"title": title, "members": members} for title, members in families.items()]


def _picture(key: str) -> str | None:
    name = f"landscapes/{key}.png"
    return asset_url(name) if (ASSETS / name).is_file() else None
