"""The script that Streamlit runs for every visitor: the frame and its pages."""

import streamlit as st

from views import ahead, outage, style
from views.gate import GATE
from views.loading import load


# Each page is imported when it is first visited: the first of them brings JAX, 2 s in which a browser can work.
def explore() -> None:
    load("views.explore").page()


def networks() -> None:
    load("views.networks.page").page()


def learn() -> None:
    load("views.learn.page").page()


def yours() -> None:
    load("views.yours").page()


st.set_page_config(page_title="Thalweg", layout="wide", initial_sidebar_state="collapsed")
st.html(style.PAGE)
pages = [st.Page(explore, title="Explore", default=True), st.Page(networks, title="Networks", url_path="networks"), st.Page(learn, title="Learn", url_path="learn"), st.Page(yours, title="Your file", url_path="yours")]
page = st.navigation(pages, position="top")
if page.url_path != "learn":  # which draws without plotly.js
    ahead.mount()
outage.mount(page.url_path)
st.session_state.turned = st.session_state.get("visited", page.title) != page.title
st.session_state.visited = page.title
with GATE.inside():
    page.run()
