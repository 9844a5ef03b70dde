"""Table and downloads agree with computing the same thing directly."""

import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from landscapes import LANDSCAPES
from optimizers import OPTIMIZERS, SCHEDULES, descend
from views import downloads, runs
from views.results import table_html
from views.settings import Card, Kept, Settings
from views.table import rows, target_level

SETTINGS = Settings(
    landscape="himmelblau", start=(1.0, 1.0), steps=40, target=0.5,
    optimizers=(Card("adam", (("learning_rate", 0.3),)), Card("newton"), Card("gradient_descent", (("learning_rate", 1.0),))),
)  # fmt: skip


@pytest.fixture(scope="module")
def scene():
    return runs.scene(SETTINGS)


def test_kept_runs_are_in_table_and_file():
    run = Kept(Card("adam", (("learning_rate", 0.3),)), (1.0, 1.0), 20, "cosine")
    there = runs.scene(replace(SETTINGS, optimizers=(Card("newton"),), kept=(run,)))
    newton, kept = rows(there)
    path = descend(LANDSCAPES["himmelblau"].loss, OPTIMIZERS["adam"](0.3), (1.0, 1.0), 20, schedule=SCHEDULES["cosine"]())
    assert (kept.title, kept.origin) == ("Adam, learning rate 0.3, cosine, 20 steps", "kept")
    assert kept.final == pytest.approx(path.losses[-1], rel=1e-9) and kept.colour != newton.colour
    arrays = np.load(io.BytesIO(downloads.npz(there.settings)), allow_pickle=False)
    np.testing.assert_allclose(arrays["kept_0_positions"], path.positions, rtol=1e-9)


def test_a_row_is_what_a_direct_descent_gives(scene):
    adam = rows(scene)[0]
    path = descend(LANDSCAPES["himmelblau"].loss, OPTIMIZERS["adam"](learning_rate=0.3), (1.0, 1.0), steps=40)
    nearest = min(np.hypot(*(path.positions[-1] - minimum.position)) for minimum in LANDSCAPES["himmelblau"].minima)
    assert adam.final == pytest.approx(path.losses[-1], rel=1e-9)
    assert adam.distance == pytest.approx(nearest, rel=1e-6)
    assert adam.length == pytest.approx(np.linalg.norm(np.diff(path.positions, axis=0), axis=1).sum())
    assert adam.steps_to == np.flatnonzero(path.losses <= 0.5)[0]
    assert (adam.counts, adam.cost) == ((0, 40, 0), 120.0)
    assert (adam.rail, adam.origin, adam.diverged) == ("learning rate 0.3", "yours", None)


def test_cost_counts_hessians_and_stops_where_a_run_diverged(scene):
    _, newton, descent = rows(scene)
    assert newton.counts[2] == 40
    assert newton.cost == newton.counts[0] + 3 * newton.counts[1] + 6 * newton.counts[2]
    assert descent.counts[1] == descent.diverged


def test_where_the_rate_comes_from_is_said(scene):
    assert [row.origin for row in rows(scene)] == ["yours", "tuned here", "yours"]
    default = runs.scene(Settings(steps=5, optimizers=(Card("adam").reset(),)))
    assert rows(default)[0].origin == "default"


def test_the_automatic_target_lies_just_above_the_lowest_loss():
    scene = runs.scene(Settings(steps=10))
    level = target_level(scene)
    assert 0 < level < 0.02 * scene.runs[0].record.losses[0]


def test_the_table_is_real_html(scene):
    html = table_html(scene)
    assert html.count('<th scope="row">') == 3
    assert "<caption>" in html
    assert "yours" in html and "tuned here" in html
    assert "at step" in html
    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)<', html)  # which a phone writes before each cell
    assert re.findall(r'data-head="([^"]+)"', html) == 3 * heads[1:]


def test_csv_has_a_row_for_every_optimizer_and_step(scene):
    found = list(csv.DictReader(io.StringIO(downloads.csv(SETTINGS).decode())))
    assert len(found) == 3 * 41
    last = found[40]
    assert (last["optimizer"], last["step"], last["evaluated_gradients"]) == ("adam", "40", "40")
    assert float(last["x"]) == scene.runs[0].record.positions[-1][0]


def test_npz_loads_without_pickle(scene):
    with np.load(io.BytesIO(downloads.npz(SETTINGS)), allow_pickle=False) as file:
        np.testing.assert_array_equal(file["newton_positions"], scene.runs[1].record.positions)
        np.testing.assert_array_equal(file["surface_loss"], scene.relief.surface.loss)
        described = json.loads(str(file["settings"]))
    assert described["start"] == [1.0, 1.0]
    assert described["values"]["adam"] == {"learning_rate": 0.3}
