"""The inputs beside the stage. Each shows the settings and ends in them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from landscapes.directions import NORMALIZATIONS
from landscapes.networks import BATCHNORMS, DATA
from optimizers import SCHEDULES
from views import session
from views.controls import SCALE_TITLES, show
from views.networks.query import fitting
from views.networks.settings import (
    MOST_STEPS,
    NOISES,
    PLANES,
    REACHES,
    RESOLUTIONS,
    SAMPLES,
    SURFACES,
    TEST_SHARES,
    WEIGHT_DECAYS,
    NetworkSettings,
)
from views.settings import MOST_SEED, SCALES, Card

BATCH_SIZES = (8, 16, 32, 64, 128, 256, 512)
TITLES = {
    "plane": {
        "pca": "Nearest to all paths",
        "random": "Two random directions",
        "hessian": "The two sharpest directions",
        "through": "Through three ends",
    },
    "normalize": {"filter": "Each filter", "layer": "Each layer", "none": "None"},
    "surface": {"train": "Training loss", "test": "Test loss", "gap": "Test less training"},
    "batchnorm": {"recomputed": "Recomputed at each point", "frozen": "Frozen at the start", "moved": "Moved with the weights"},
    "schedule": {key: schedule.title for key, schedule in SCHEDULES.items()},
    "resolution": {size: f"{size} x {size}" for size in RESOLUTIONS},
    "height": SCALE_TITLES,
    "colour": SCALE_TITLES,
}


def controls(settings: NetworkSettings) -> None:
    with st.container(horizontal=True, key="network_controls"):
        with st.popover("Training"):
            _training(settings)
        with st.popover("Data"):
            _data(settings)
        with st.popover("Slice"):
            _slice(settings)
        _choice("surface", "Surface of", settings.surface, SURFACES, help="The gap is what the network does worse on data it has not seen.")
        _number("steps", "Steps", settings.steps, min_value=1, max_value=MOST_STEPS, step=50, width=140)
        _number("seed", "Seed", settings.seed, min_value=0, max_value=MOST_SEED, help="Start, data and batches follow from it.", width=110)
    with st.container(horizontal=True, key="network_rates"):
        st.button(
            "Suggested rates", on_click=_all, args=(Card.tune,), help="Rates with which each optimizer was found to train this network well."
        )
        st.button("Textbook defaults", on_click=_all, args=(Card.reset,), help="What books and libraries suggest before anything is known.")
        st.button("Reset this network", on_click=session.edit, args=(_reset,), help="Optimizers, rates, data and slice as they are when the network is chosen.")


def _training(settings: NetworkSettings) -> None:
    sizes = (None, *(size for size in BATCH_SIZES if size <= settings.training_samples))
    if settings.batch not in sizes:
        sizes = (*sizes, settings.batch)
    _choice("batch", "Samples in a step", settings.batch, sizes, title=lambda size: "all of them" if size is None else str(size))
    _choice("schedule", "Schedule of the learning rate", settings.schedule, tuple(SCHEDULES), help=SCHEDULES[settings.schedule].sentence)
    low, high = WEIGHT_DECAYS
    _number(
        "weight_decay", "Weight decay", settings.weight_decay, min_value=low, max_value=high, step=0.001, format="%.5g",
        help="Half of it times the squared weights is added to what the optimizers descend. The surface shows the loss without it.",
    )  # fmt: skip
    if settings.preset.architecture.norm:
        _choice(
            "batchnorm", "Batch normalisation by statistics", settings.batchnorm, BATCHNORMS,
            help="At other points of the slice the data have another mean and variance inside the network. Which ones it normalises by changes the picture. "
                 "Moved with the weights, a variance can fall below 0: there the surface has a hole.",
        )  # fmt: skip


def _data(settings: NetworkSettings) -> None:
    source = DATA[settings.preset.data]
    st.caption(f"{source.title}. {source.sentence}")
    if source.generated:
        _number("samples", "Samples", settings.samples, min_value=SAMPLES[0], max_value=SAMPLES[1], step=100)
        _number("noise", "Noise", settings.noise, min_value=NOISES[0], max_value=NOISES[1], step=0.05)
    low, high = TEST_SHARES
    _number("test_share", "Share kept for testing", settings.test_share, min_value=low, max_value=high, step=0.05)


def _slice(settings: NetworkSettings) -> None:
    _choice("plane", "Plane", settings.plane, PLANES, help="Two directions of many. Each choice hides something else.")
    if settings.plane == "random":
        _choice("normalize", "Scale directions like", settings.normalize, NORMALIZATIONS)
        _number("directions", "Seed of the directions", settings.directions, min_value=0, max_value=MOST_SEED)
    low, high = REACHES
    _number("reach", "Window, times the automatic one", settings.reach, min_value=low, max_value=high, step=0.25)
    _choice("resolution", "Points", settings.resolution, RESOLUTIONS)
    _choice("height", "Height", settings.height, SCALES)
    _choice("colour", "Colour", settings.colour, SCALES)


def _all(change: Callable[[Card], Card]) -> None:
    session.edit(lambda settings: replace(settings, optimizers=tuple(map(change, settings.optimizers))))


def _reset(settings: NetworkSettings) -> NetworkSettings:
    return replace(NetworkSettings.of(settings.network), view=settings.view)


def _number(name: str, label: str, shown, **options) -> None:
    show(_key(name), shown)
    st.number_input(label, key=_key(name), on_change=_take, args=(name,), **options)


def _choice(name: str, label: str, shown, choices: Sequence, *, title: Callable | None = None, help: str | None = None) -> None:
    show(_key(name), shown)
    said = title or partial(_title, name)
    st.selectbox(label, choices, format_func=said, key=_key(name), on_change=_take, args=(name,), help=help, width=220)


def _title(name: str, value) -> str:
    return TITLES[name][value]


def _key(name: str) -> str:
    # Not those of Explore, which has a widget for its own steps.
    return f"network.{name}"


def _take(name: str) -> None:
    value = st.session_state[_key(name)]

    def change(settings: NetworkSettings) -> NetworkSettings:
        changed = fitting(replace(settings, **{name: value}))
        shown = {"zoom": None} if name in _MOVES_THE_PLANE else {}
        late = changed.step is not None and changed.step > changed.steps
        return replace(changed, **shown, **({"step": None} if late else {}))

    session.edit(change)


_MOVES_THE_PLANE = ("plane", "normalize", "directions", "reach", "seed", "samples", "noise", "test_share")
