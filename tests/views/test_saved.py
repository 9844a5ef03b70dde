"""Saved scenes: everything that the stage can ask for is inside, and what cannot be shown is refused in a sentence."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes import LANDSCAPES, Plane, evaluate, honest
from optimizers import OPTIMIZERS, Recorder, Trajectory, best, descend, sweep, train
from tests.views.reader import unpack
from views import bundle
from views.own_paths import plain
from views.saved import saved, settings_of
from views.settings import Settings
from views.standalone import standalone_html

RATES = [0.1, 0.001, 0.01]
BOOTH = LANDSCAPES["booth"]


@pytest.fixture(scope="module")
def surface():
    return evaluate(BOOTH.loss, Plane.axes(BOOTH.window), resolution=(9, 7))


@pytest.fixture(scope="module")
def network():
    """A loss of five parameters, a run on it, and a slice through its end."""
    loss = lambda p: jnp.sum((p["w"] - 1) ** 2) + p["b"] ** 2
    run = train(loss, OPTIMIZERS["gradient_descent"](learning_rate=0.1), {"w": jnp.zeros(4), "b": jnp.ones(())}, steps=20)
    plane = Plane.random({"w": np.ones(4, np.float32), "b": np.zeros((), np.float32)}, 0, window=((-1, 1), (-1, 1)), vectors=True)
    return loss, run, evaluate(loss, plane, resolution=5)


def test_a_link_brings_its_surface_its_paths_and_a_fan_for_each_optimizer():
    scene = saved("http://localhost:8501/?landscape=booth&optimizer=adam~open~learning_rate~0.0123&optimizer=momentum&steps=20")
    tensors, metadata = unpack(scene.message)
    state = metadata["state"]
    assert state["saved"] and state["catalogue"] is None and scene.title == "Booth"
    assert [card["title"] for card in state["optimizers"]] == ["Adam", "Momentum"]
    for card in state["optimizers"]:
        (rail,) = card["knobs"]
        fan, about = unpack(scene.blobs[rail["fan"]])
        assert len(rail["stops"]) == len(fan["losses"]) == len(about["sentences"])
        assert rail["tuned"] in rail["stops"] and rail["default"] in rail["stops"]
    assert state["optimizers"][0]["knobs"][0]["value"] == 0.0123
    assert unpack(scene.blobs[state["landscape"]["surface"]])[0]["loss"].shape == (128, 128)
    assert tensors["path.0"].shape == (21, 2)


def test_links_are_read_from_their_question_mark_on():
    wanted = Settings(landscape="booth")
    assert all(settings_of(link) == wanted for link in ("?landscape=booth", "/?landscape=booth", "landscape=booth", "https://a.example/?landscape=booth#x"))
    assert settings_of("/") == Settings()


@pytest.mark.parametrize("link, says", [("?landscape=nowhere", "nowhere"), ("/networks?network=tiny", "Explore"), ("?colour=loud", "Colour"), ("Booth", "Booth")])
def test_a_link_that_cannot_be_used_is_one_sentence(link, says):
    with pytest.raises(ValueError, match=says):
        saved(link)


def test_a_path_of_ones_own_lies_where_it_was(surface):
    run = descend(BOOTH.loss, OPTIMIZERS["adam"](learning_rate=0.3), BOOTH.start, steps=30)
    scene = saved(surface, {"mine": run})
    tensors, metadata = unpack(scene.message)
    state = metadata["state"]
    assert not state["landscape"]["fixed"] and state["steps"] == 30
    np.testing.assert_allclose(tensors["path.0"], run.positions, rtol=1e-6)
    np.testing.assert_array_equal(unpack(scene.blobs[state["landscape"]["surface"]])[0]["loss"], surface.loss.astype(np.float32))
    assert state["optimizers"][0]["sentence"] and state["optimizers"][0]["knobs"] == []


def test_a_sweep_of_ones_own_is_a_live_rail_in_the_order_of_its_values(surface):
    fan = sweep(BOOTH.loss, OPTIMIZERS["gradient_descent"](), BOOTH.start, over="learning_rate", values=RATES, steps=30)
    scene = saved(surface, {"mine": (RATES, fan)})
    tensors, metadata = unpack(scene.message)
    (rail,) = metadata["state"]["optimizers"][0]["knobs"]
    lanes = unpack(scene.blobs[rail["fan"]])[0]
    assert rail["stops"] == sorted(RATES)
    assert rail["value"] == RATES[best(fan, RATES, BOOTH.window)]
    np.testing.assert_allclose(lanes["losses"][rail["stops"].index(0.1)], fan.losses[0].astype(np.float32))
    np.testing.assert_array_equal(lanes["positions"][rail["stops"].index(rail["value"])], tensors["path.0"])


def test_a_run_on_a_slice_shows_what_the_slice_hides(network):
    loss, run, surface = network
    told = honest(loss, surface.plane, run.positions, run.losses)
    for path, options in ((told, {}), (run, {"loss": loss})):
        tensors, metadata = unpack(saved(surface, {"mine": path}, **options).message)
        assert metadata["state"]["landscape"]["fixed"]
        np.testing.assert_allclose(tensors["slice.0"], told.slice_losses, rtol=1e-6)
        np.testing.assert_allclose(tensors["off.0"], told.off_plane, atol=1e-6)
    assert np.isnan(unpack(saved(surface, {"mine": run}).message)[0]["slice.0"]).all(), "not computed is not known"


def test_runs_that_were_kept_at_other_steps_share_one_timeline(network):
    loss, run, surface = network
    at = lambda steps: honest(loss, surface.plane, jax.tree.map(lambda leaf: leaf[steps], run.positions), run.losses[steps], np.array(steps))
    tensors, metadata = unpack(saved(surface, {"one": at([0, 4, 8]), "other": at([0, 3, 6, 9])}).message)
    assert tensors["numbers"].tolist() == [0, 3, 4, 6, 8, 9] and metadata["state"]["steps"] == 5
    assert tensors["places.0"].tolist() == [0, 0, 1, 1, 2, 2], "where it was kept last"
    assert tensors["places.1"].tolist() == [0, 1, 1, 2, 2, 3]
    assert tensors["steps.0"].tolist() == [0, 4, 8]


def test_a_recording_brings_the_numbers_of_its_steps(surface):
    recorder = Recorder(bytes=128)
    for step in range(41):
        recorder.record(np.array([step / 10, 0.0]), step)
    kept = recorder.path.kept
    assert len(kept) < 41
    tensors, metadata = unpack(saved(surface, {"mine": recorder.path}).message)
    np.testing.assert_array_equal(tensors["numbers"], kept)
    assert "in 40 steps" in metadata["state"]["optimizers"][0]["sentence"]


def test_what_is_no_path_is_refused(surface, network):
    fan = sweep(BOOTH.loss, OPTIMIZERS["gradient_descent"](), BOOTH.start, over="learning_rate", values=RATES, steps=5)
    one = Trajectory(np.zeros((2, 2)), np.zeros(2), np.zeros((2, 3), int))
    for path, says in ((np.zeros((3, 2)), "a path is"), (fan, "values"), ((RATES[:2], fan), "one lane"), (network[1], "structure")):
        with pytest.raises(ValueError, match=f"(?i){says}"):
            saved(surface, {"mine": path})
    with pytest.raises(ValueError, match="at most 8"):
        saved(surface, {str(k): one for k in range(9)})
    with pytest.raises(ValueError, match="3d, contour"):
        saved(surface, {}, view="4d")
    with pytest.raises(ValueError, match="its own paths"):
        saved("?landscape=booth", {"mine": one})
    with pytest.raises(ValueError, match="link"):
        saved(3)


def test_names_of_ones_own_are_text_wherever_they_stand(surface):
    name = '<img src=x onerror=alert(1)></script>%{x}&lt;b&gt;'
    assert not re.search("[<>&]|%{", plain(name))
    one = Trajectory(np.zeros((2, 2)), np.zeros(2), np.zeros((2, 3), int))
    page = standalone_html(saved(surface, {name: one}, title=name))
    assert "<img" not in page and page.count("</script>") == page.count("<script")
    assert "play the timeline" in page and "play the timeline" not in standalone_html(saved(surface)), "there is none without paths"


@pytest.mark.parametrize("entry", ["alone", "widget"])
def test_a_script_holds_every_module_before_who_needs_it(entry):
    text = bundle.script(entry)
    defined = re.findall(r"^const (module_\w+) = \(", text, re.MULTILINE)
    assert len(defined) == len(set(defined)) > 20
    for name in defined:
        assert text.index(f"const {name} = (") < text.index(f"= {name};") if f"= {name};" in text else name == f"module_{entry}"


@pytest.mark.parametrize("text", ['import x from "./dom.js";\n', "export default 3;\n", "const a = import.meta.url;\n", "const a = '</script>';\n"])
def test_what_cannot_stand_in_one_script_is_refused(text):
    with pytest.raises(ValueError, match="cannot stand in one script"):
        bundle._as_function("odd", text)


def test_a_page_of_four_optimizers_is_smaller_than_6_megabytes_and_fetches_nothing():
    page = standalone_html("?landscape=rosenbrock")
    assert len(page.encode()) < 6e6
    assert "default-src 'none'" in page
    outside = page[: page.index('<script type="text/plain"')] + page[page.rindex("<script>") :]
    assert not re.search(r"(?:src|href)=|https?:", outside)
