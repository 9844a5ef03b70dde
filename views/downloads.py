"""What can be taken home: paths as CSV, everything as one .npz, the live stage as one page. Made from the settings when asked for."""

import io
import json
from dataclasses import asdict

import numpy as np

from views import query, runs
from views.settings import Settings

COLUMNS = "optimizer,step,x,y,loss,evaluated_losses,evaluated_gradients,evaluated_hessians"


def csv(settings: Settings) -> bytes:
    """One row for each optimizer and step; numbers at full precision, `nan` and `inf` where it diverged."""
    lines = [COLUMNS]
    for run in runs.scene(settings).runs:
        record = run.record
        for step in range(record.steps + 1):
            numbers = (*record.positions[step], record.losses[step], *record.evaluations[step])
            lines.append(",".join([run.card.key, str(step), *(repr(number.item()) for number in numbers)]))
    return ("\n".join(lines) + "\n").encode()


def live_page(settings: Settings) -> bytes:
    """The live stage in one HTML file, see `views.standalone`."""
    from views.standalone import standalone_html

    return standalone_html(settings).encode()


def npz(settings: Settings) -> bytes:
    """Arrays `surface_x`, `surface_y`, `surface_loss` and `<optimizer>_positions`, `_losses`, `_evaluations`,
    the same for `kept_0`, `kept_1`, ...

    `settings` and `query` are JSON in arrays of one string, so `np.load(..., allow_pickle=False)` reads it all.
    """
    scene = runs.scene(settings)
    surface = scene.relief.surface
    arrays = {"surface_x": surface.x, "surface_y": surface.y, "surface_loss": surface.loss}
    for run in scene.runs:
        for part in ("positions", "losses", "evaluations"):
            arrays[f"{run.card.key}_{part}"] = getattr(run.record, part)
    for index, run in enumerate(scene.kept):
        for part in ("positions", "losses", "evaluations"):
            arrays[f"kept_{index}_{part}"] = getattr(run.record, part)
    values = {run.card.key: {rail.knob.name: rail.value for rail in run.rails} for run in scene.runs}
    described = {**asdict(settings), "start": scene.start, "values": values}
    arrays["settings"], arrays["query"] = np.array(json.dumps(described)), np.array(json.dumps(query.write(settings)))
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()
