"""What a browser starts while the server still imports the mathematics: the stage's code and plotly.js."""

import streamlit as st

from views.assets import asset_url

LOADER = """
export default function () {
  import(new URL(%r, location.origin).href).then((host) => host.loadPlotly(), () => {});
}
"""

_component = st.components.v2.component("thalweg_ahead", js=LOADER % asset_url("stage/host.js"), isolate_styles=False)


def mount() -> None:
    """Draws nothing; to be called before anything slow is imported."""
    _component(key="ahead")
