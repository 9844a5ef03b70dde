"""What noise does to the loss: the plateau of every optimizer, as a table and a sentence with measured levels."""

import math
from html import escape

import streamlit as st

from optimizers import Plateau, plateau
from views import html_table
from views.runs import Scene
from views.settings import Noise

APART = 2  # standard errors of a difference, above which one level is called higher than another


def plateaus(scene: Scene) -> None:
    if scene.runs and scene.settings.drawn != Noise():
        found = measured(scene)
        st.html(table_html(scene, found))
        st.markdown(sentence(found))


def measured(scene: Scene) -> dict[str, Plateau]:
    """The plateau of every optimizer, by title, above the lowest known loss."""
    loss, floor = scene.landscape.loss, scene.relief.floor
    return {run.title: plateau(loss, run.seeds, floor) for run in scene.runs if run.seeds is not None}


def table_html(scene: Scene, found: dict[str, Plateau]) -> str:
    rates = {run.title: f"{run.rails[0].knob.label} {run.rails[0].value:g}" for run in scene.runs}
    caption = (
        f"Under {escape(_noise(scene))}: the last quarter of the steps, averaged over {scene.runs[0].seeds.losses.shape[0]} draws of the noise, "
        "with standard errors."
    )
    heads = ("Optimizer", "Rate", "Loss above the lowest known", "The same at the mean position")
    rows = (_row(title, rates[title], each) for title, each in found.items())
    return html_table.table("Plateaus under noise", caption, heads, rows, testid="plateaus")


def _noise(scene: Scene) -> str:
    noise = scene.settings.drawn
    parts = [f"gradient noise of {noise.size:g}" * bool(noise.size), f"batches of {noise.batch}" * bool(noise.batch)]
    return " and ".join(filter(None, parts))


def _row(title: str, rate: str, each: Plateau) -> tuple[str, ...]:
    levels = ((each.level, each.level_error), (each.averaged, each.averaged_error))
    cells = [f"{level:.3g} ± {error:.2g}" for level, error in levels] if not each.diverged else [f"diverges in {each.diverged} of {each.runs}", "–"]
    return escape(title), escape(rate), *map(escape, cells)


def sentence(found: dict[str, Plateau]) -> str:
    """Who stays how high, and what averaging the positions buys; nothing that the errors do not support."""
    level = {title: each for title, each in found.items() if not each.diverged}
    if not level:
        return "Under this noise every optimizer diverges."
    low, high = (choose(level, key=lambda title: level[title].level) for choose in (min, max))
    words = [_levels(low, level[low], high, level[high])]
    helped = {title: each for title, each in level.items() if _apart(each.level, each.level_error, each.averaged, each.averaged_error)}
    if helped:
        most = max(helped, key=lambda title: helped[title].level / max(helped[title].averaged, 1e-300))
        each = helped[most]
        words.append(f"The mean of the last positions lies lower than they do: {most} comes from {each.level:.2g} down to {each.averaged:.2g}.")
    else:
        words.append("Taking the mean of the last positions does not measurably lower any of them.")
    return " ".join(words)


def _levels(low: str, lower: Plateau, high: str, higher: Plateau) -> str:
    if low == high:
        return f"{low} stays {lower.level:.2g} above the lowest known loss."
    if not _apart(higher.level, higher.level_error, lower.level, lower.level_error):
        return f"The plateaus lie around {lower.level:.2g} above the lowest known loss, and no two of them are told apart."
    times = f", {_number(higher.level / lower.level)} times as high as" if lower.level > 0 else ", higher than"
    return f"{high} stays {higher.level:.2g} above the lowest known loss{times} {low} with {lower.level:.2g}."


def _number(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _apart(high: float, high_error: float, low: float, low_error: float) -> bool:
    return high - low > APART * math.hypot(high_error, low_error)
