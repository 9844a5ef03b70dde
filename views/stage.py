"""The Python side of the stage: packs a scene into the wire and mounts the component."""

import functools
from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st

from optimizers import OPTIMIZERS, SCHEDULES, Optimizer
from optimizers.noise import bands
from optimizers.schedules import factors
from views import kept, wire
from views.assets import asset_url, data_url, loader, scene_url
from views.knobs import Knob, knobs
from views.provenance import made
from views.runs import DRAWS, Rail, Run, Scene, moved_knobs
from views.settings import Noise, Settings, named, shape_knobs
from views.table import target_level

SAMPLES = ("inputs", "targets")

# Inline JavaScript is part of every message, so this only finds the stage. A newer call may start while an
# older import is pending: the number of the latest call decides which one mounts and which one may unmount.
LOADER = """
const latest = new WeakMap();
export default function (component) {
  const root = component.parentElement;
  const call = (latest.get(root) ?? 0) + 1;
  latest.set(root, call);
  let mounted;
  import(new URL(%r, location.origin).href).then(
    (host) => { if (latest.get(root) === call) mounted = host.mount(component); },
    () => { root.textContent = "The stage could not be loaded. Reload the page."; },
  );
  return async () => {
    if (latest.get(root) !== call) return;
    latest.set(root, call + 1);
    (await mounted)?.destroy();
  };
}
"""
_component = st.components.v2.component("thalweg_stage", js=LOADER % asset_url("stage/host.js"), isolate_styles=False)
_looks = st.components.v2.component("thalweg_looks", js=loader("stage/host.js", "mountLooks(component)"), isolate_styles=False)


def mount(query: str, *, seen: str, on_event: Callable[[], None], key: str = "stage", scene: str | None = None,
          history: dict | None = None) -> None:  # fmt: skip
    """Show the stage of a query, whose scene the browser fetches; events arrive in `st.session_state[key].event`.

    `seen` names the last event handled, for which the stage waits; `scene` is the address of the page's scenes. With a
    `history`, as `session.kept` has it, there are buttons for it, and the browser keeps it.
    """
    _component(key=key, data=_news(query, seen, scene, history), on_event_change=on_event)


def mount_looks(*, seen: str, on_look: Callable[[], None], key: str = "looks", query: str | None = None, history: dict | None = None) -> None:
    """A road of their own for the stage's events that change only the address; it draws nothing.

    With a `query` it also tells the stage what `mount` does, where the part of the page around it reruns and the stage's does not.
    """
    _looks(key=key, data={"seen": seen} if query is None else _news(query, seen, None, history), on_look_change=on_look)


def _news(query: str, seen: str, scene: str | None, history: dict | None) -> dict:
    return {"query": query, "seen": seen, "scene": scene or scene_url(), **(history or {})}


def pack(scene: Scene, *, query: str = "", busy: bool = False) -> bytes:
    """One scene as the stage reads it: tensors, and a state as JSON.

    Tensors, float32: `path.i` (steps+1, 2), `loss.i` (steps+1,) and `sweep.i` (stops,), the final loss of every stop
    of the rail, for the i-th optimizer; under noise `spread.i` (3, steps+1), see `optimizers.noise.bands`; `kept.i`,
    `kept_loss.i` of the i-th kept run; `schedule` (steps,), what the rates are multiplied by, unless that is 1; `inputs`
    and `targets` of a loss on data. Beside the state stands the `query` that it answers. The state holds what changes:
    `busy` (paths are still being computed), the landscape, the look, and for each optimizer its values, sentence and the
    addresses of its fans. Surfaces, fans and the catalogue of everything
    that never changes are blobs, fetched from `data` + sha256: a surface is `x` (nx,), `y` (ny,), `loss` (ny, nx);
    a fan is `positions` (stops, steps+1, 2), `losses` (stops, steps+1), `diverged` (stops,) and its `sentences`.
    """
    tensors, state = parts(scene)
    return wire.pack(tensors, query=query, state={"busy": busy, **state})


def parts(scene: Scene) -> tuple[dict[str, np.ndarray], dict]:
    """The tensors and the state of a scene, before they are packed."""
    tensors = {}
    for index, run in enumerate(scene.runs):
        tensors[f"path.{index}"] = run.record.positions
        tensors[f"loss.{index}"] = run.record.losses
        tensors[f"sweep.{index}"] = run.rails[0].fan.finals
        if run.seeds is not None:
            tensors[f"spread.{index}"] = bands(run.seeds)
    for index, run in enumerate(scene.kept):
        tensors[f"kept.{index}"], tensors[f"kept_loss.{index}"] = run.record.positions, run.record.losses
    tensors |= pacing(scene.settings)
    tensors |= dict(zip(SAMPLES, scene.relief.samples or ()))
    return tensors, _state(scene)


def pacing(settings) -> dict[str, np.ndarray]:
    """What the rates are multiplied by at each step, under its name; nothing where that is 1."""
    if settings.schedule == "constant":
        return {}
    return {"schedule": factors(SCHEDULES[settings.schedule](), settings.steps, 0, settings.steps)}


def _state(scene: Scene) -> dict:
    settings, relief = scene.settings, scene.relief
    return {
        "data": data_url(),
        "landscape": _landscape(scene),
        "height": relief.scale if settings.height == "auto" else settings.height,
        "colour": relief.scale if settings.colour == "auto" else settings.colour,
        "steps": settings.steps,
        "lossTitle": f"loss; thin: mean of {DRAWS} draws of the noise, band: their quartiles" if settings.drawn != Noise() else None,
        "target": target_level(scene),
        "look": {name: getattr(settings, name) for name in ("view", "camera", "zoom", "step", "speed")},
        "optimizers": [_optimizer(scene, run) for run in scene.runs],
        "kept": kept.described(scene),
        "schedule": SCHEDULES[settings.schedule].title,
        "made": made(settings.seed, *_noise(settings)),
        "catalogue": _catalogue().address(),
    }


def _noise(settings: Settings) -> list[str]:
    """What makes gradients inexact, in words."""
    size, batch, _ = settings.drawn
    return [f"gradients with noise of size {size:g}"] * bool(size) + [f"gradients of batches of {batch}"] * bool(batch)


@functools.cache
def _catalogue() -> wire.Blob:
    return catalogue(OPTIMIZERS)


def catalogue(registry: Mapping[str, type[Optimizer]]) -> wire.Blob:
    """What never changes about the optimizers and their knobs; the browser fetches it once."""
    return wire.Blob.publish(wire.pack({}, catalogue=entries(registry)))


def entries(registry: Mapping[str, type[Optimizer]]) -> list[dict]:
    """The optimizers of a registry, one after the other, as the catalogue has them."""
    return [
        {
            "key": key,
            "title": kind.title,
            "family": kind.family,
            "knobs": [_knob(knob) for knob in knobs(kind).values()],
        }
        for key, kind in registry.items()
    ]


def _landscape(scene: Scene) -> dict:
    landscape, relief = scene.landscape, scene.relief
    moved = dict(scene.settings.shape)
    return {
        "key": scene.settings.key,
        "title": named(scene.settings.landscape, landscape),
        "axes": landscape.axes,
        "window": landscape.window,
        "start": scene.start,
        "minima": [minimum._asdict() for minimum in relief.minima],
        "searched": landscape.searched,
        "surface": relief.blob.address(),
        "floor": relief.floor,
        "offset": relief.offset,
        "knobs": [{**_knob(knob), "value": moved.get(name, knob.default)} for name, knob in shape_knobs(scene.settings.landscape).items()],
        "neighbour": _neighbour(scene),
    }


def _neighbour(scene: Scene) -> dict | None:
    """The words and tensors from which the stage draws data and predictions beside a model's loss."""
    if scene.relief.samples is None:
        return None
    model = scene.landscape
    return {"curve": model.curve, "link": model.link, "labels": model.labels, **{name: name for name in SAMPLES}}


def _optimizer(scene: Scene, run: Run) -> dict:
    """What changes about an optimizer; the rest is in the catalogue. `also` tells its other knobs that were moved."""
    moved = moved_knobs(scene.settings, run.card)
    return {
        "key": run.card.key,
        **scene.looks[run.card.key]._asdict(),
        "also": ", ".join(f"{name} {value:g}" for name, value in moved.items()),
        "sentence": run.sentence,
        "diverged": run.record.diverged_at,
        "tuned": run.card.tuned,
        "opened": run.card.opened,
        "knobs": [rail(each) for each in run.rails],
    }


def rail(shown: Rail) -> dict:
    """A rail of a card: the value now, and where its fan lies."""
    return {"name": shown.knob.name, "value": shown.value, "fan": shown.fan.address() if shown.fan else None}


def _knob(knob: Knob) -> dict:
    return {
        "name": knob.name,
        "label": knob.label,
        "help": knob.help,
        "scale": knob.scale,
        "default": knob.default,
        "stops": np.asarray(knob.stops).tolist(),
    }
