"""Show me the code: a short script that computes the picture's numbers with the public names."""

import streamlit as st

from views import runs
from views.runs import Scene
from views.settings import OwnFormula, Settings

HEAD = '''"""{title}: {count} from ({x:g}, {y:g}), {steps} steps."""

{imports}

landscape = {landscape}
surface = evaluate(landscape.loss, Plane.axes(landscape.window), resolution=128)
optimizers = {{
{optimizers}
}}
for name, optimizer in optimizers.items():
    # The update rule is optax's, where it has one: see optimizer.transform().
    path = descend(landscape.loss, optimizer, {start}, steps={steps})
    end = "diverged at step" if path.diverged_at >= 0 else "final loss"
    print(name, end, path.diverged_at if path.diverged_at >= 0 else path.losses[-1])
'''


def code(scene: Scene) -> None:
    """The script, folded away, with Streamlit's button that copies it."""
    with st.expander("Show me the code"):
        st.markdown("This computes the numbers of this picture: `surface.loss`, and for each path its `positions` and `losses`.")
        st.code(script(scene), language="python")


def script(scene: Scene) -> str:
    """A Python script of the scene: the same surface, and paths equal to those shown up to rounding."""
    settings = scene.settings
    start = tuple(float(number) for number in scene.start)
    names = [f'    "{run.title}": {_optimizer(settings, run)},' for run in scene.runs]
    parsed = isinstance(settings.landscape, OwnFormula)
    copied = not parsed and bool(settings.shape)
    imports = [
        *(["from dataclasses import replace", ""] if copied else []),
        f"from landscapes import {'' if parsed else 'LANDSCAPES, '}Plane, evaluate{', parse_formula' if parsed else ''}",
        "from optimizers import OPTIMIZERS, descend",
    ]
    return HEAD.format(
        title=scene.landscape.title, count=f"{len(names)} optimizer{'s' * (len(names) != 1)}", x=start[0], y=start[1],
        steps=settings.steps, start=start, imports="\n".join(imports), landscape=_landscape(settings), optimizers="\n".join(names),
    )  # fmt: skip


def _landscape(settings: Settings) -> str:
    if isinstance(settings.landscape, OwnFormula):
        return f"parse_formula({settings.landscape.text!r}, {settings.landscape.window!r}, {dict(settings.shape)!r})"
    member = f'LANDSCAPES["{settings.landscape}"]'
    return f"replace({member}, {_written(dict(settings.shape))})" if settings.shape else member


def _optimizer(settings: Settings, run: runs.Run) -> str:
    values = runs.values(settings, run.card)
    defaults = {name: knob.default for name, knob in runs.knobs(run.card.kind).items()}
    told = {name: value for name, value in values.items() if name == run.card.kind.rail or value != defaults[name]}
    return f'OPTIMIZERS["{run.card.key}"]({_written(told)})'


def _written(values: dict[str, float]) -> str:
    return ", ".join(f"{name}={float(value)!r}" for name, value in values.items())
