"""What noise does to the loss: the plateau of every optimizer, as a table and a sentence with measured levels."""

import math
from html import escape
from itertools import permutations

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
    words = [_levels(level)]
    helped = {title: each for title, each in level.items() if _apart(each.level, each.level_error, each.averaged, each.averaged_error)}
    if helped:
        most = max(helped, key=lambda title: helped[title].level / max(helped[title].averaged, 1e-300))
        each = helped[most]
        words.append(f"The mean of the last positions lies lower than they do: {most} comes from {_number(each.level)} down to {_number(each.averaged)}.")
    else:
        words.append("Taking the mean of the last positions does not measurably lower any of them.")
    return " ".join(words)


def _levels(level: dict[str, Plateau]) -> str:
    """Of all pairs that the errors tell apart the one whose levels differ most, and who is told from neither."""
    if len(level) == 1:
        ((title, each),) = level.items()
        return f"{title} stays {_number(each.level)} above the lowest known loss."
    apart = lambda high, low: _apart(level[high].level, level[high].level_error, level[low].level, level[low].level_error)
    pairs = [(high, low) for high, low in permutations(level, 2) if apart(high, low)]
    if not pairs:
        ends = dict.fromkeys(_number(choose(each.level for each in level.values())) for choose in (min, max))
        where = "around " + "".join(ends) if len(ends) == 1 else "between " + " and ".join(ends)
        return f"The plateaus lie {where} above the lowest known loss, and no two of them are told apart."
    high, low = max(pairs, key=lambda pair: level[pair[0]].level / max(level[pair[1]].level, 1e-300))
    more, less = level[high].level, level[low].level
    times = f", {_number(more / less)} times as high as" if less > 0 else ", higher than"
    unclear = [title for title in level if title not in (high, low) and not any(apart(*pair) or apart(*pair[::-1]) for pair in ((title, high), (title, low)))]
    told = f" {_and(unclear)} {'vary' if len(unclear) > 1 else 'varies'} too much from draw to draw to be told from either." if unclear else ""
    return f"{high} stays {_number(more)} above the lowest known loss{times} {low} with {_number(less)}.{told}"


def _and(titles: list[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"


def _number(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _apart(high: float, high_error: float, low: float, low_error: float) -> bool:
    return high - low > APART * math.hypot(high_error, low_error)
