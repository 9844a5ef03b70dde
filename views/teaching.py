"""Scenes that tell a story without words: each is a link, and the same link in the README."""

from functools import cache
from typing import NamedTuple
from urllib.parse import parse_qs

import streamlit as st

from views import query, session
from views.settings import Settings

STYLE = "<style>.st-key-teaching {gap: 0 0.9rem} .st-key-teaching button {min-height: 1.8rem; padding: 0.1rem 0}</style>"


class Scene(NamedTuple):
    """One picture: what it is about, where to look, and its address."""

    title: str
    look: str
    query: str
    panel: str = ""  # what is open below it

    @property
    def settings(self) -> Settings:
        return _read(self.query)


@cache  # of three links, which every rerun of the page looks at
def _read(link: str) -> Settings:
    return query.read(parse_qs(link))[0]


SCENES = (
    Scene(
        "Momentum overshoots",
        "Both runs have the same learning rate. Gradient descent crawls; momentum is there sooner, but runs past the minimum and swings back.",
        "landscape=quadratic_bowl&start=-2.6~2.2&steps=120&view=contour"
        "&optimizer=gradient_descent~learning_rate~0.01&optimizer=momentum~learning_rate~0.01",
    ),
    Scene(
        "Adam in the ravine",
        "Gradient descent bounces between the walls; Adam divides each coordinate by its own slopes and follows the floor to the star.",
        "landscape=ravine&steps=200&view=contour&optimizer=gradient_descent~learning_rate~0.14&optimizer=adam~learning_rate~0.3",
    ),
    Scene(
        "The edge of stability",
        "The valley narrows towards the star. The small rate, dashed, follows its floor all the way. The large one gets as far as the "
        "walls let it, where their curvature is 2 / rate: there it swings from wall to wall and stays. The mark on its rail, which "
        "moves with the step, is the largest rate that is stable.",
        "formula=%283-x%29%5E2%2B%288%2Bx%29*y%5E2&window=-0.5~3.5~-2.0~2.0&start=0.0~1.5&steps=80&view=contour"
        "&optimizer=gradient_descent~learning_rate~0.1&kept=gradient_descent~80~0.0~1.5~constant~learning_rate~0.03",
        panel="stability",
    ),
)


def told(settings: Settings) -> Scene | None:
    """The scene whose runs these are, whatever the view; None once anything in them was changed."""
    return next((scene for scene in SCENES if _runs(scene.settings) == _runs(settings)), None)


def _runs(settings: Settings) -> tuple:
    cards = [(card.key, card.knobs) for card in settings.optimizers]
    return cards, settings.landscape, settings.shape, settings.start, settings.steps, settings.schedule, settings.kept, settings.drawn


def row() -> None:
    """The scenes as buttons; what was there before comes back with Undo."""
    with st.container(horizontal=True, key="teaching", width="content", vertical_alignment="center", gap="small"):
        st.html(f"{STYLE}<span>Scenes:</span>", width="content")
        for scene in SCENES:
            st.button(
                scene.title, on_click=session.edit, args=(lambda _, there=scene: there.settings,), help=scene.look,
                key=f"teaching.{scene.title}", type="tertiary",
            )  # fmt: skip
