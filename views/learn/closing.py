"""The closing page: what to take away from each chapter, where it appears in Explore and Networks, and the sources."""

from collections.abc import Iterable, Mapping

import streamlit as st

from views.assets import base_path
from views.learn import session
from views.learn.lesson import Chapter, Link
from views.learn.progress import Place

TITLE = '<h1 class="learn-title">What calculus buys</h1>'
SUM = (
    "A guess tells one number about one place. The slope tells, for the price of a few guesses, which way every parameter "
    "should move. In many dimensions nothing else is affordable: that is why derivatives train networks."
)


def page(place: Place, chapters: Mapping[str, Chapter]) -> None:
    with st.container(horizontal=True, key="where"):
        st.button("All chapters", on_click=session.go, args=(None, 1), type="tertiary", icon=":material/arrow_back:")
    st.html(TITLE)
    st.markdown(SUM)
    for number, chapter in enumerate(chapters.values(), 1):
        with st.container(key=f"closing_{chapter.key}", border=True):
            done = place.done(chapter.key)
            st.markdown(f"## {number}. {chapter.title}\n\n{said(chapter)}")
            if chapter.links:
                st.markdown(f"**See it elsewhere**\n\n{links(chapter.links)}")
            if done < len(chapter.steps):
                st.button(f"Go on with chapter {number}", on_click=session.go, args=(chapter.key, first_open(place, chapter)))
    st.markdown("## Sources")
    st.markdown("\n".join(f"- {source}" for source in sources(chapters.values())))


def said(chapter: Chapter) -> str:
    """The sentences to take away, as a list."""
    return "\n".join(f"- {step.takeaway}" for step in chapter.steps)


def links(chapter_links: Iterable[Link]) -> str:
    return "\n".join(f"- [{link.text}]({address(link)})" for link in chapter_links)


def address(link: Link) -> str:
    """From the server's root: this page has an address of its own."""
    return f"{base_path()}/{link.address}"


def sources(chapters: Iterable[Chapter]) -> list[str]:
    """Each source once, in alphabetical order."""
    return sorted({source for chapter in chapters for source in chapter.sources}, key=_surname)


def first_open(place: Place, chapter: Chapter) -> int:
    """The first step whose experiment was not run."""
    return next((step for step in range(1, len(chapter.steps) + 1) if not place.of(chapter.key, step).ran), 1)


def _surname(source: str) -> str:
    """What the first author is sorted by: "B. T. Polyak, ..." under Polyak, "Planck Collaboration, ..." under Planck."""
    return " ".join(word for word in source.split(",")[0].split(" and ")[0].split() if not word.endswith("."))
