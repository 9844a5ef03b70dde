"""The teaching scenes: each link opens exactly its picture, and the picture tells its story in numbers."""

from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest

from optimizers import OPTIMIZERS, stability
from views import query, runs
from views.teaching import SCENES, told


@pytest.fixture(scope="module")
def shown():
    return {scene.title: runs.scene(scene.settings) for scene in SCENES}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.title)
def test_the_link_is_the_picture_and_stands_in_the_readme(scene, home):
    settings, ignored = query.read(parse_qs(scene.query))
    assert ignored == [] and settings == scene.settings
    assert parse_qs(urlencode(query.write(settings), doseq=True)) == parse_qs(scene.query)
    assert f"/?{scene.query})" in (home / "README.md").read_text()


def test_the_page_tells_the_story_until_a_run_is_changed():
    for scene in SCENES:
        looked_at = replace(scene.settings, view="3d", step=3, optimizers=tuple(replace(card, opened=True) for card in scene.settings.optimizers))
        assert told(scene.settings) == told(looked_at) == scene
        for change in ({"steps": 7}, {"optimizers": ()}, {"start": (0.0, 0.0)}, {"schedule": "cosine"}):
            assert told(replace(scene.settings, **change)) is None


def test_momentum_is_there_sooner_and_runs_past_it(shown):
    slow, momentum = (run.record for run in shown["Momentum overshoots"].runs)
    assert np.all(np.diff(slow.losses) < 0) and slow.reversals == 0
    beyond = momentum.positions @ (momentum.positions[0] / np.linalg.norm(momentum.positions[0]))
    assert beyond.min() < -1 and momentum.reversals >= 3  # far on the other side of the minimum at the origin
    assert momentum.losses[-1] < slow.losses[-1] / 10


def test_adam_follows_the_floor_where_gradient_descent_bounces(shown):
    bouncing, adam = (run.record for run in shown["Adam in the ravine"].runs)
    assert bouncing.reversals > 10 * adam.reversals and bouncing.path_length > 2 * adam.path_length
    assert adam.losses[-1] < bouncing.losses[-1] / 10


def test_the_large_rate_stays_where_the_curvature_is_two_over_it_and_the_small_one_arrives(shown):
    scene = shown["The edge of stability"]
    wild, calm = scene.runs[0].record, scene.kept[0].record
    rate = scene.runs[0].rails[0].value
    found = stability(scene.landscape.loss, OPTIMIZERS["gradient_descent"](rate), scene.start, scene.settings.steps)
    edge = found.limit / rate  # 1 at the edge
    assert edge[0] > 1.2 and edge.min() < 0.95, "it comes from where it is stable, and is once beyond the edge"
    np.testing.assert_allclose(edge[-20:], 1, atol=0.03)
    (star,) = scene.relief.minima
    x, y = wild.positions[-20:].T
    assert (y[1:] * y[:-1] < -1).all() and (x < star.position[0] - 0.7).all(), "from wall to wall, and away from the minimum"
    assert calm.reversals == 0 and np.hypot(*(calm.positions[-1] - star.position)) < 0.1 and wild.losses[-1] > 100 * calm.losses[-1]
