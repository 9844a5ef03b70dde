"""The Networks page: optimizers train one network, and their paths lie on a slice of its loss."""

import secrets
from functools import lru_cache

import streamlit as st

from landscapes.networks import DATA, NETWORKS
from optimizers import NETWORK_OPTIMIZERS
from views import frame, gallery, session, stage, style
from views.assets import scene_url
from views.networks import anatomy, events, models, query, scenes, stability, words
from views.networks.code import code
from views.networks.comparison import comparison
from views.networks.controls import controls
from views.networks.results import found_for, results
from views.networks.settings import NetworkSettings
from views.networks.surroundings import surroundings

PAGE = session.Page("networks", query.read, query.write, events.apply, undoes=True)
STAGE, LOOKS, GALLERY = "network_stage", "network_looks", "network_gallery"
STYLE = f"<style>.st-key-{LOOKS} {{display: none}} .st-key-{STAGE} {{min-height: 38rem}}</style>"


def page() -> None:
    settings = session.begin(PAGE)
    st.html(STYLE + style.TITLE)
    frame.messages()
    gallery.mount(settings.network, on_choose=_choose, families=_families(), key=GALLERY)
    st.markdown(f"**{settings.preset.title}.** {settings.preset.sentence} {_size(settings)}")
    stage.mount(scenes.text(settings), seen=st.session_state.seen, on_event=_handle, key=STAGE, scene=_address(), history=session.kept(scenes.text))
    _looks()
    controls(settings)
    results(visitor(), settings)
    if settings.optimizers:
        found = found_for(visitor(), settings)
        anatomy.mount(settings, found.over)
        stability.mount(settings, found.over)
        models.mount(settings, found.laid, found.over)
    surroundings(settings)
    comparison(visitor())
    code(settings)
    words.explanations()
    words.formula_dialog(NETWORK_OPTIMIZERS)


@st.fragment
def _looks() -> None:
    """Who only looks about reruns this and nothing else."""
    stage.mount_looks(seen=st.session_state.seen, on_look=_handle_look, key=LOOKS)
    session.publish()


def visitor() -> str:
    """The name under which this session and its stage look at the same show; nobody can guess it."""
    return st.session_state.setdefault("visitor", secrets.token_urlsafe(16))


def _address() -> str:
    return f"{scene_url()}/networks?visitor={visitor()}"


def _size(settings: NetworkSettings) -> str:
    train, _ = settings.networks()
    return f"{train.dimension:,} parameters, {len(train.inputs):,} samples to learn from."


@lru_cache(maxsize=1)
def _families() -> tuple[dict, ...]:
    """Networks by what they see, in the registry's order."""
    families: dict[str, list[tuple[str, str]]] = {}
    for key, preset in NETWORKS.items():
        families.setdefault(_family(preset), []).append((key, preset.title))
    return tuple(gallery.family(title, members) for title, members in families.items())


def _family(preset) -> str:
    if preset.architecture.kind in ("residual", "convolutional"):
        return "Deep networks"
    return "Points of a plane" if DATA[preset.data].features == 2 else "Digits" if preset.data == "digits" else "Tables"


def _handle() -> None:
    frame.take(STAGE, "event", session.handle)


def _handle_look() -> None:
    frame.take(LOOKS, "look", session.handle)


def _choose() -> None:
    frame.take(GALLERY, "landscape", lambda key: session.handle({"type": "landscape", "key": key}))
