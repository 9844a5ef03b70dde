"""Show me the code: a short script that trains the same networks and draws the same slice with the public names."""

import streamlit as st

from optimizers import NETWORK_OPTIMIZERS, Budget
from optimizers.schedules import Constant
from views.code import NEEDS
from views.knobs import knobs
from views.networks.pieces import OF_A_VISITOR
from views.networks.planes import names, positions_of_each
from views.networks.recipes import Recipes, RunRecipe, recipes
from views.networks.settings import NetworkSettings

SCRIPT = '''"""{title}: {count} of {steps} steps on a slice of the loss."""
{needs}

from landscapes import Plane, evaluate, project_many{window_for}
from landscapes.networks import make_network
from optimizers import {names}

network, test = make_network({network})
start, loss = network.start, network.{loss}{batches}
runs = {{
{runs}
}}
{plane}
surface = evaluate({surfaced}.loss, plane, resolution={resolution}){less}
paths = {{name: project_many(plane, run.positions) for name, run in runs.items()}}
for name, run in runs.items():
    if run.diverged_at >= 0:
        print(name, "diverged at step", run.diverged_at)
    else:
        print(name, "training loss", float(network.loss(run.last)), "test loss", float(test.loss(run.last)))
'''

GOOD = "good = {name: run for name, run in runs.items() if run.diverged_at < 0}\n"
BEST = "best = min(good.values(), key=lambda run: run.losses[-1])\n"
AROUND = "plane = plane.over(window_for(plane, [project_many(plane, run.positions) for run in good.values()]))"
WIDER = "\nplane = plane.over(tuple((a - {more} * (b - a), b + {more} * (b - a)) for a, b in plane.window))  # {reach:g} times as wide"

LESS = "\nless = evaluate(network.loss, plane, resolution={resolution})  # the picture is surface.loss - less.loss"


def code(settings: NetworkSettings) -> None:
    """The script, folded away, with Streamlit's button that copies it."""
    if not settings.optimizers:
        return
    with st.expander("Show me the code"):
        st.markdown(
            "This computes the numbers of this picture: `surface.loss`, for each run its `losses` and the parameters that it went through, "
            "and `paths`, where these lie on the slice. The update rules are optax's: see `optimizer.transform()`."
        )
        st.code(script(settings), language="python")


def script(settings: NetworkSettings) -> str:
    """A Python script that trains what the page trains and evaluates its slice; equal to it up to rounding."""
    wanted = recipes(settings)
    train, _ = settings.networks()
    plain = all(isinstance(recipe.pace, Constant) for recipe in wanted.runs.values())
    more = [name for name, used in (("Batches", settings.batch), ("Budget", _budget(wanted)), ("SCHEDULES", not plain)) if used]
    plane = _plane(settings, wanted) + (WIDER.format(more=(settings.reach - 1) / 2, reach=settings.reach) if settings.reach != 1 else "")
    return SCRIPT.format(
        needs=NEEDS,
        title=settings.preset.title, steps=settings.steps, count=f"{len(wanted.training)} run{'s' * (len(wanted.training) != 1)}",
        window_for=", window_for" * ("window_for" in plane), names=", ".join([*sorted(more), "NETWORK_OPTIMIZERS", "train"]),
        network=_network(settings), loss="objective" if settings.batch is None else "batch_loss",
        batches="" if settings.batch is None else f"\nbatches = Batches({len(train.inputs)}, {settings.batch}, seed={settings.seed})",
        runs="\n".join(f"    {name!r}: {_run(wanted, recipe)}," for recipe, name in names(wanted.runs.values()).items()),
        plane=plane, resolution=settings.resolution, surfaced="network" if settings.surface == "train" else "test",
        less=LESS.format(resolution=settings.resolution) * (settings.surface == "gap"),
    )  # fmt: skip


def _network(settings: NetworkSettings) -> str:
    """The preset, and every choice that is not as it comes."""
    preset = NetworkSettings.of(settings.network)
    names = ("seed", *settings.data_options, "weight_decay", "batchnorm")
    moved = [f"{name}={getattr(settings, name)!r}" for name in names if getattr(settings, name) != getattr(preset, name)]
    return ", ".join([repr(settings.network), *moved])


def _run(wanted: Recipes, recipe: RunRecipe) -> str:
    kind = NETWORK_OPTIMIZERS[recipe.optimizer]
    known = knobs(kind)
    told = {name: value for name, value in recipe.knobs if name == kind.rail or value != known[name].default}
    rule = f'NETWORK_OPTIMIZERS["{recipe.optimizer}"]({", ".join(f"{name}={float(value)!r}" for name, value in told.items())})'
    batches = "" if recipe.batch is None else ", batches=batches"
    schedule = "" if isinstance(recipe.pace, Constant) else f', schedule=SCHEDULES["{recipe.schedule}"]()'
    keep = f", keep=Budget({_budget(wanted)})" if _budget(wanted) else ""
    return f"train(loss, {rule}, start, {recipe.steps}{batches}{schedule}{keep})"


def _budget(wanted: Recipes) -> int | None:
    """The bytes that each run has for its positions, where not all of them fit."""
    train, _ = wanted.task.networks()
    share = Budget(OF_A_VISITOR).share(len(wanted.training))
    return share.bytes if share.holds(train.start) <= wanted.first.steps else None


def _plane(settings: NetworkSettings, wanted: Recipes) -> str:
    if settings.plane == "pca":
        train, _ = settings.networks()
        most = positions_of_each(train, len(wanted.training))
        thinned = "{name: run.snapshots(%d)[1] if run.diverged_at < 0 else run for name, run in runs.items()}" % most
        return f"{GOOD}plane = Plane.pca({thinned if most <= settings.steps else 'runs'})\n{AROUND}"
    if settings.plane == "random":
        return f"{GOOD}{BEST}plane = Plane.random(best.last, {settings.directions}, {settings.normalize!r})"
    if settings.plane == "hessian":
        return f"{GOOD}{BEST}plane = Plane.hessian(network.loss, best.last)"
    return f"{GOOD}plane = Plane.through(*(run.last for run in list(good.values())[:3]))\n{AROUND}"
