"""The inputs beside the stage. Each shows the settings and ends in them."""

from dataclasses import replace

import streamlit as st

from optimizers import SCHEDULES
from views import checks, events, runs, session
from views.runs import Scene
from views.settings import MOST_BATCH, MOST_KEPT, MOST_NOISE, MOST_SEED, MOST_STEPS, SCALES, Card, Settings, has_data
from views.table import target_level

ABSENT = object()
SCALE_TITLES = {"auto": "Automatic", "linear": "Linear", "log": "Logarithm"}


def controls(scene: Scene) -> None:
    settings = scene.settings
    with st.container(horizontal=True, key="controls"):
        _start(scene)
        _number("steps", "Steps", settings.steps, min_value=1, max_value=MOST_STEPS, step=50, width=140)
        _target(scene)
        _number("noise", "Gradient noise", settings.noise, min_value=0.0, max_value=MOST_NOISE, step=0.5, format="%.6g", width=150,
                help="The standard deviation of Gaussian noise on every coordinate of the gradient, the same for all optimizers. "
                     "0: exact gradients.")  # fmt: skip
        if has_data(settings.landscape):
            _number("batch", "Batch", settings.batch, min_value=0, max_value=MOST_BATCH, step=8, width=120,
                    help=f"From how many of the {scene.landscape.samples} samples the gradient of a step is taken, drawn anew each time. "
                         "0: from all.")  # fmt: skip
        _number("seed", "Seed", settings.seed, min_value=0, max_value=MOST_SEED, width=120,
                help="Fixes all that is random: guesses, noise, and the starts of the fair comparison.")  # fmt: skip
        _schedule(settings)
    with st.container(horizontal=True, vertical_alignment="bottom", key="rates"):
        _scale("height", "Height", settings.height)
        _scale("colour", "Colour", settings.colour)
        st.button(
            "Tune all here",
            on_click=_all,
            args=(Card.tune,),
            help="Every optimizer gets the rate that serves it best on this landscape, from this start, within this "
            "number of steps: low in the end and calm on the way.",
        )
        if settings.schedule != "constant":
            st.button(
                "Keep constant runs beside", on_click=_keep_constant,
                help="Every optimizer once more with its rate unchanged to the end, as a kept run: schedule against constant.",
            )  # fmt: skip
        st.button(
            "Textbook defaults",
            on_click=_all,
            args=(Card.reset,),
            help="Every optimizer gets the values that books and libraries suggest. See what happens.",
        )


def shown(settings: Settings) -> tuple:
    """What of the settings the inputs depend on. The automatic target is measured from where the first run begins."""
    first = settings.optimizers[0].key if settings.optimizers else None
    names = ("landscape", "shape", "start", "steps", "target", "noise", "batch", "seed", "schedule", "height", "colour")
    return first, *(getattr(settings, name) for name in names)


def _all(change) -> None:
    session.edit(lambda settings: replace(settings, optimizers=tuple(map(change, settings.optimizers))))


def _start(scene: Scene) -> None:
    for axis, (name, value) in enumerate(zip(scene.landscape.axes, scene.start)):
        key = f"start.{axis}"
        show(key, value)
        st.number_input(
            f"Start, {name}", key=key, step=0.1, format="%.6g", on_change=_move, args=(key, axis, scene.start), width=140
        )


def _move(key: str, axis: int, start: tuple[float, float]) -> None:
    point = list(start)
    point[axis] = st.session_state[key]
    session.edit(lambda settings: replace(settings, start=checks.start(point, settings.landscape, settings.shape)))


def _target(scene: Scene) -> None:
    automatic = target_level(scene)
    _number(
        "target",
        "Target loss",
        scene.settings.target,
        value=None,
        format="%.6g",
        placeholder="automatic" if automatic is None else f"{automatic:g} (automatic)",
        help="The table counts the steps that each optimizer needs to get down to this loss. "
        "Empty: 1 % of the way from the lowest known loss up to the start.",
        width=180,
    )


def _number(name: str, label: str, shown, **options) -> None:
    show(name, shown)
    st.number_input(label, key=name, on_change=_take, args=(name,), **options)


def _schedule(settings: Settings) -> None:
    show("schedule", settings.schedule)
    st.selectbox(
        "Schedule of the rates", tuple(SCHEDULES), format_func=lambda key: SCHEDULES[key].title, key="schedule",
        on_change=_take, args=("schedule",), width=190,
        help=f"{SCHEDULES[settings.schedule].sentence} The rails then hold the highest rate.",
    )  # fmt: skip


def _keep_constant() -> None:
    """Keep the run that every card would make with its rate unchanged to the end, as far as there is room."""
    def change(settings: Settings) -> Settings:
        for run in runs.scene(settings).runs:
            kept = events.kept(replace(settings, schedule="constant"), run.card, run.rails[0].value)
            if run.card.kind.takes_schedule and kept not in settings.kept and len(settings.kept) < MOST_KEPT:
                settings = settings.with_kept(kept)
        return settings

    session.edit(change)


def _scale(name: str, label: str, value: str) -> None:
    show(name, value)
    st.selectbox(
        label, SCALES, format_func=SCALE_TITLES.get, key=name, on_change=_take, args=(name,), width=140,
        help="A logarithm shows a flat floor between high walls." if name == "height" else None,
    )  # fmt: skip


def _take(name: str) -> None:
    value = st.session_state[name]

    def change(settings: Settings) -> Settings:
        step = settings.step
        changed = replace(settings, **{name: value if value is not None else getattr(Settings, name)})
        return replace(changed, step=None) if step is not None and step > changed.steps else changed

    session.edit(change)


def show(key: str, value) -> None:
    """Let a widget show `value`; written only when it differs, or typing would be interrupted."""
    if st.session_state.get(key, ABSENT) != value:
        st.session_state[key] = value
