"""The wire: what Python packs is what the browser reads, whatever the memory order."""

import numpy as np
import pytest

from landscapes import LANDSCAPES, Plane, evaluate
from optimizers import OPTIMIZERS
from tests.views.reader import unpack
from views import runs, stage, wire
from views.knobs import rail
from views.settings import Card, Settings
from views.budget import BUDGET
from views.store import STORE


def test_a_transposed_asymmetric_surface_arrives_as_it_was():
    surface = evaluate(lambda p: p[0] + 100 * p[1], Plane.axes(((0.0, 1.0), (0.0, 1.0))), (3, 5))
    tensors, _ = unpack(wire.pack({"loss": np.asfortranarray(surface.loss), "turned": surface.loss.T, "strided": surface.loss[::2]}))
    np.testing.assert_array_equal(tensors["loss"], surface.loss.astype(np.float32))
    np.testing.assert_array_equal(tensors["turned"], surface.loss.T.astype(np.float32))
    np.testing.assert_array_equal(tensors["strided"], surface.loss[::2].astype(np.float32))
    assert tensors["loss"][4, 0] == 100


def test_numbers_travel_in_32_bits():
    tensors, _ = unpack(wire.pack({"real": np.array([1e300, np.nan, 1.5]), "whole": np.array([-1, 2], dtype=np.int64)}))
    np.testing.assert_array_equal(tensors["real"], np.array([np.inf, np.nan, 1.5], np.float32))
    assert tensors["whole"].dtype == np.int32


def test_metadata_must_be_json_that_a_browser_reads():
    with pytest.raises(ValueError, match="JSON"):
        wire.pack({}, state={"floor": float("nan")})


@pytest.fixture(scope="module")
def scene():
    return runs.scene(Settings(start=(0.5, 0.25), steps=70, optimizers=(Card("gradient_descent"), Card("adam", (("learning_rate", 0.123),)))))


def catalogue(state):
    return unpack(STORE.get(state["catalogue"]).raw)[1]["catalogue"]


def test_the_state_says_what_the_contract_says(scene):
    tensors, metadata = unpack(stage.pack(scene, query="steps=70"))
    state = metadata["state"]
    assert (metadata["query"], state["busy"], state["steps"], state["data"]) == ("steps=70", False, 70, "/data/")
    assert state["landscape"]["start"] == [0.5, 0.25]
    assert [optimizer["key"] for optimizer in state["optimizers"]] == ["gradient_descent", "adam"]
    assert [optimizer["tuned"] for optimizer in state["optimizers"]] == [True, False]
    assert [entry["key"] for entry in catalogue(state)] == list(OPTIMIZERS)
    assert tensors["path.0"].shape == (71, 2)
    assert tensors["loss.1"].shape == (71,)
    assert tensors["sweep.0"].shape == rail(OPTIMIZERS["gradient_descent"]).stops.shape


def test_blobs_are_in_the_store_under_their_address(scene):
    state = unpack(stage.pack(scene))[1]["state"]
    surface, _ = unpack(STORE.get(state["landscape"]["surface"]).raw)
    np.testing.assert_array_equal(surface["loss"], scene.relief.surface.loss.astype(np.float32))
    fan, metadata = unpack(STORE.get(state["optimizers"][0]["knobs"][0]["fan"]).raw)
    stops = catalogue(state)[0]["knobs"][0]["stops"]
    assert fan["positions"].shape == (len(stops), 71, 2)
    assert fan["diverged"].dtype == np.int32
    assert len(metadata["sentences"]) == len(stops)


def test_a_tuned_path_is_its_lane_of_the_fan(scene):
    tensors, metadata = unpack(stage.pack(scene))
    knob = metadata["state"]["optimizers"][0]["knobs"][0]
    fan, about = unpack(STORE.get(knob["fan"]).raw)
    lane = catalogue(metadata["state"])[0]["knobs"][0]["stops"].index(knob["value"])
    np.testing.assert_array_equal(fan["positions"][lane], tensors["path.0"])
    assert about["sentences"][lane] == metadata["state"]["optimizers"][0]["sentence"]


def test_a_blob_that_the_store_lost_is_published_again(scene):
    sha = scene.relief.blob.sha
    BUDGET.put("something larger", 0, None, BUDGET.limit)  # and nothing else has room
    BUDGET.put("something larger", 0, None, 0)
    assert STORE.get(sha) is None
    stage.pack(scene)
    assert STORE.get(sha) is not None


def test_only_an_open_card_shows_its_other_knobs():
    closed, opened = (
        unpack(stage.pack(runs.scene(Settings(steps=10, optimizers=(Card("adam", opened=is_open),)))))[1]["state"]["optimizers"][0]["knobs"]
        for is_open in (False, True)
    )
    assert [knob["name"] for knob in closed] == ["learning_rate"]
    assert [knob["name"] for knob in opened] == list(OPTIMIZERS["adam"].knobs())
    assert all(knob["fan"] for knob in opened)


def test_data_losses_bring_their_data():
    key = next(key for key, member in LANDSCAPES.items() if hasattr(member, "data"))
    tensors, metadata = unpack(stage.pack(runs.ready(Settings(landscape=key, optimizers=()))))
    neighbour = metadata["state"]["landscape"]["neighbour"]
    assert neighbour["curve"] in ("affine", "product")
    assert tensors[neighbour["inputs"]].shape == tensors[neighbour["targets"]].shape


def test_a_release_sends_less_than_40_kilobytes():
    assert len(stage.pack(runs.scene(Settings()))) < 40_000


@pytest.mark.parametrize("key", LANDSCAPES)
def test_every_landscape_packs(key):
    _, metadata = unpack(stage.pack(runs.ready(Settings(landscape=key, optimizers=()))))
    about = metadata["state"]["landscape"]
    assert about["floor"] + about["offset"] > 0
    assert metadata["state"]["height"] in ("linear", "log")
