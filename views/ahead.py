"""What a browser starts while the server still imports the mathematics: the stage's code and plotly.js."""

import streamlit as st

from views.assets import loader

_component = st.components.v2.component("thalweg_ahead", js=loader("stage/host.js", "loadPlotly()"), isolate_styles=False)


def mount() -> None:
    """Draws nothing; to be called before anything slow is imported."""
    _component(key="ahead")
