"""The script that Streamlit runs for every visitor: the frame and its pages."""

import streamlit as st

from views import explore

st.set_page_config(page_title="Thalweg", layout="wide", initial_sidebar_state="collapsed")
st.navigation([st.Page(explore.page, title="Explore", default=True)], position="top").run()
