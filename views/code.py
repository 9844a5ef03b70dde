"""Show me the code: a short script that computes the picture's numbers with the public names."""

import streamlit as st

from views import runs
from views.kept import title
from views.runs import Scene
from views.sentences import counted
from views.settings import Noise, OwnFormula, Settings

NEEDS = "# Needs Thalweg's package: in Thalweg's folder, `.venv/bin/python this.py` runs it."

HEAD = '''"""{title}: {count} from ({x:g}, {y:g}), {steps}."""
{needs}

{imports}

landscape = {landscape}
surface = evaluate(landscape.loss, Plane.axes(landscape.window), resolution=128)
{loop}
    end = "diverged at step" if path.diverged_at >= 0 else "final loss"
    print(name, end, path.diverged_at if path.diverged_at >= 0 else path.losses[-1])
'''

PLAIN = """optimizers = {{
{optimizers}
}}
for name, optimizer in optimizers.items():
    # The update rule is optax's, where it has one: see optimizer.transform().
    path = descend(landscape.loss, optimizer, {start}, steps={steps})"""

# With a schedule or kept runs, each run has its own of everything.
EACH = """optimizers = {{
{optimizers}
}}
for name, (optimizer, start, steps, schedule) in optimizers.items():
    # The update rule is optax's, where it has one: see optimizer.transform().
    path = descend(landscape.loss, optimizer, start, steps=steps, schedule=SCHEDULES[schedule]())"""


def code(scene: Scene) -> None:
    """The script, folded away, with Streamlit's button that copies it."""
    with st.expander("Show me the code"):
        st.markdown("This computes the numbers of this picture: `surface.loss`, and for each path its `positions` and `losses`.")
        st.code(script(scene), language="python")


def script(scene: Scene) -> str:
    """A Python script of the scene: the same surface, and paths equal to those shown up to rounding."""
    settings = scene.settings
    start = tuple(float(number) for number in scene.start)
    plain = settings.schedule == "constant" and not scene.kept
    names = [f'    "{name}": {text},' for name, text in _runs(scene, plain)]
    parsed = isinstance(settings.landscape, OwnFormula)
    copied = not parsed and bool(settings.shape)
    noise = any("noisy(" in name for name in names)
    imports = [
        *(["from dataclasses import replace", ""] if copied else []),
        f"from landscapes import {'' if parsed else 'LANDSCAPES, '}Plane, evaluate{', parse_formula' if parsed else ''}",
        f"from optimizers import OPTIMIZERS, {'' if plain else 'SCHEDULES, '}descend{', noisy' * noise}",
    ]
    return HEAD.format(
        needs=NEEDS,
        title=scene.landscape.title, count=f"{len(names)} optimizer{'s' * (len(names) != 1)}", x=start[0], y=start[1],
        steps=counted(settings.steps), imports="\n".join(imports), landscape=_landscape(settings),
        loop=(PLAIN if plain else EACH).format(optimizers="\n".join(names), start=start, steps=settings.steps),
    )  # fmt: skip


def _runs(scene: Scene, plain: bool) -> list[tuple[str, str]]:
    settings = scene.settings
    now = [(run.title, settings, run) for run in scene.runs]
    kept = [(title(scene, each, run), settings.of(each), run) for each, run in zip(settings.kept, scene.kept)]
    each = lambda under, run: f"{under.start or scene.landscape.start}, {under.steps}, {runs.schedule_of(under, run.card)!r}"
    written = lambda under, run: _optimizer(under, run) if plain else f"({_optimizer(under, run)}, {each(under, run)})"
    return [(name, written(under, run)) for name, under, run in (*now, *kept)]


def _landscape(settings: Settings) -> str:
    if isinstance(settings.landscape, OwnFormula):
        return f"parse_formula({settings.landscape.text!r}, {settings.landscape.window!r}, {dict(settings.shape)!r})"
    member = f'LANDSCAPES["{settings.landscape}"]'
    return f"replace({member}, {_written(dict(settings.shape))})" if settings.shape else member


def _optimizer(settings: Settings, run: runs.Run) -> str:
    values = runs.values(settings, run.card)
    defaults = {name: knob.default for name, knob in runs.knobs(run.card.kind).items()}
    told = {name: value for name, value in values.items() if name == run.card.kind.rail or value != defaults[name]}
    rule, noise = f'OPTIMIZERS["{run.card.key}"]({_written(told)})', settings.drawn
    if noise == Noise():
        return rule
    batch = f", of=landscape, batch={noise.batch}" if noise.batch else ""
    return f"noisy({rule}, {noise.size!r}, seed={noise.seed}{batch})"


def _written(values: dict[str, float]) -> str:
    return ", ".join(f"{name}={float(value)!r}" for name, value in values.items())
