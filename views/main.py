"""The script that Streamlit runs for every visitor: the frame and its pages."""

import streamlit as st

from views import explore


def networks() -> None:
    # Imported when first visited: nobody should wait for it on the way to Explore.
    from views.networks import page

    page.page()


def learn() -> None:
    from views.learn import page

    page.page()


st.set_page_config(page_title="Thalweg", layout="wide", initial_sidebar_state="collapsed")
pages = [st.Page(explore.page, title="Explore", default=True), st.Page(networks, title="Networks", url_path="networks"), st.Page(learn, title="Learn", url_path="learn")]
st.navigation(pages, position="top").run()
