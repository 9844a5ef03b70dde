"""Words folded under a page. They are the same for everybody, so a rerun sends their address and not the text."""

from collections.abc import Mapping

import streamlit as st

from views.assets import data_url, loader
from views.wire import Blob

_component = st.components.v2.component("thalweg_words", js=loader("words/words.js", "mount(component)"), isolate_styles=False)


def folded(words: Mapping[str, str]) -> Blob:
    """HTML of our own by title, each to be opened by a press."""
    opened = (f"<details><summary>{title}</summary>{text}</details>" for title, text in words.items())
    return Blob.publish("".join(opened).encode())


def show(words: Blob) -> None:
    _component(key="words", data={"address": data_url() + words.address()})
