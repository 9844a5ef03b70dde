"""Network scenes as the stage asks for them: they grow, agree with the library, and are found once for all visitors."""

import time
from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import jax
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree
from starlette.applications import Starlette
from starlette.testclient import TestClient

from landscapes import Plane, evaluate, losses_at, project_many
from landscapes.networks import make_network
from optimizers import NETWORK_OPTIMIZERS, Run, train
from tests.views.reader import unpack
from views.networks import anatomy, events, pieces
from views.networks.code import script
from views.networks.fanning import has_fans
from views.networks.findings import Findings
from views.networks.pack import parts
from views.networks.planes import lay
from views.networks.query import read, write
from views.networks.recipes import recipes
from views.networks.settings import NetworkSettings
from views.networks.sharpening import swing
from views.networks.visitors import VISITORS
from views.server import routes
from views.store import STORE

client = TestClient(Starlette(routes=routes()))
SMALL = "network=xor&samples=60&steps=12&resolution=25"
RATES = {"gradient_descent": 0.5, "adam": 0.02}
RUNS = "&optimizer=gradient_descent~learning_rate~0.5&optimizer=adam~learning_rate~0.02"


@pytest.fixture(scope="module", autouse=True)
def ended():
    with pytest.MonkeyPatch.context() as patch:
        # Hundreds of trainings: one test has them, of an optimizer with few stops.
        patch.setattr("views.networks.finder.has_fans", lambda *_: False)
        yield
    VISITORS.close()


def asked(visitor: str = "tester", **question) -> tuple[dict, dict]:
    answer = client.post(f"/scene/networks?visitor={visitor}", json=question)
    assert answer.status_code == 200
    tensors, metadata = unpack(answer.content)
    return tensors, metadata.get("state")


def whole(query: str, visitor: str = "tester") -> tuple[dict, dict]:
    """The scene once everything is there."""
    deadline = time.monotonic() + 300
    tensors, state = asked(visitor, query=query)
    while state["busy"]:
        assert time.monotonic() < deadline
        tensors, state = asked(visitor, query=query, whole=True)
    return tensors, state


@pytest.fixture(scope="module")
def scene():
    return whole(SMALL + RUNS)


@pytest.fixture(scope="module")
def network():
    return make_network("xor", samples=60)


@pytest.fixture(scope="module")
def trained(network):
    known, _ = network
    return {key: train(known.objective, NETWORK_OPTIMIZERS[key](rate), known.start, 12) for key, rate in RATES.items()}


def test_the_picture_is_what_the_library_computes(scene, network, trained):
    tensors, state = scene
    plane = Plane.pca({key: trained[key] for key in sorted(trained)})
    surface, _ = unpack(STORE.get(state["landscape"]["surface"]).raw)
    for place, key in enumerate(RATES):
        path = project_many(plane, trained[key].positions)
        np.testing.assert_allclose(np.abs(tensors[f"path.{place}"]), np.abs(path), rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(tensors[f"loss.{place}"], trained[key].losses, rtol=1e-5)
        np.testing.assert_allclose(tensors[f"slice.{place}"], losses_at(network[0].loss, plane, path), rtol=1e-3)
    assert surface["loss"].shape == (25, 25)
    drawn = evaluate(network[0].loss, plane.over(tuple(map(tuple, state["landscape"]["window"]))), 25).loss
    np.testing.assert_allclose(np.sort(surface["loss"].ravel()), np.sort(drawn.ravel()), rtol=1e-3)


def test_what_a_slice_hides_is_told_for_every_step_and_in_a_sentence(scene):
    tensors, state = scene
    for place, optimizer in enumerate(state["optimizers"]):
        off = tensors[f"off.{place}"]
        assert off.shape == (13,) and (0 <= off).all() and (off <= 1).all()
        assert optimizer["honesty"].startswith("At the end, ") and "of its way" in optimizer["honesty"]
    assert "% of the movement" in state["landscape"]["axes"][0]


def test_curves_name_tensors_of_equal_length(scene, network, trained):
    tensors, state = scene
    assert [curve["title"] for curve in state["curves"]][:3] == ["Training and test loss", "Accuracy", "Sharpness"]
    for line in (line for curve in state["curves"] for line in curve["lines"]):
        assert tensors[line["x"]].shape == tensors[line["y"]].shape
    np.testing.assert_allclose(tensors["test_loss.1"][-1], network[1].loss(trained["adam"].last), rtol=1e-5)
    plain, preconditioned = (curve["limits"] for curve in state["curves"][2:])
    assert plain == [{"optimizer": 0, "value": 4.0, "name": "2 / learning rate"}]
    assert [limit["value"] for limit in preconditioned] == [pytest.approx(1900)]


def test_stable_rates_are_those_of_dense_hessians_and_adams_own_state(scene, network, trained):
    tensors, about = unpack(client.post("/stability/networks", json={"query": SMALL + RUNS}).content)
    assert [each["formula"] for each in about["optimizers"]] == ["2 / λ", "(2 + 2β₁) / ((1 − β₁) λₚ)"]
    flat, shaped = ravel_pytree(network[0].start)
    hessian = jax.jit(jax.hessian(lambda numbers: network[0].objective(shaped(numbers))))
    at = lambda key, step: ravel_pytree(jax.tree.map(lambda leaf: leaf[step], trained[key].positions))[0]
    gradient = jax.grad(lambda numbers: network[0].objective(shaped(numbers)))
    squares = np.zeros(len(flat))
    for step in range(6):
        squares = 0.999 * squares + 0.001 * np.asarray(gradient(at("adam", step)), np.float64) ** 2
    divided = (1 - 0.9**6) * (np.sqrt(squares / (1 - 0.999**6)) + 1e-8)
    for place, (key, times, scale) in enumerate((("gradient_descent", 2, np.ones(len(flat))), ("adam", 38, divided))):
        row = tensors[f"steps.{place}"].tolist().index(5)
        sharpest = np.linalg.eigvals(np.asarray(hessian(at(key, 5)), np.float64) / scale[:, None]).real.max()
        assert tensors[f"sharpness.{place}"][row] == pytest.approx(sharpest, rel=1e-3)
        assert tensors[f"limit.{place}"][row] == pytest.approx(times / sharpest, rel=1e-3)
        assert tensors[f"rate.{place}"][row] == pytest.approx(RATES[key])
    unknown, about = unpack(client.post("/stability/networks", json={"query": "network=xor&seed=77&batch=10"}).content)
    assert not unknown and {each["missing"] for each in about["optimizers"]} == {"is still to be measured"} and "batches" in about["note"]
    assert client.post("/stability/networks", json={"query": 7}).status_code == 400


def test_a_step_is_taken_apart_on_the_plane_and_for_one_weight(scene, trained):
    taken = lambda **more: client.post("/anatomy/networks", json={"query": SMALL + RUNS, "card": "adam", **more})
    tensors, about = unpack(taken(weight=7).content)
    told = about["anatomy"]
    assert told["place"] == "layer 1 weight[3, 1]" and [term["symbol"] for term in told["terms"]] == ["g", "m", "s"]
    np.testing.assert_allclose(tensors["positions"], scene[0]["path.1"], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(tensors["positions"][:-1] + tensors["update"], tensors["positions"][1:], rtol=1e-3, atol=1e-4)
    moved = np.diff(np.stack([ravel_pytree(jax.tree.map(lambda leaf: leaf[row], trained["adam"].positions))[0] for row in range(13)]), axis=0)
    np.testing.assert_allclose(tensors["told.update"][:, 2], moved[:, 7], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(tensors["told.update"][:, 0], np.linalg.norm(moved, axis=1), rtol=1e-4)
    np.testing.assert_allclose(-tensors["rate"] * tensors["direction"] / tensors["divisor"][:, 2], moved[:, 7], rtol=1e-3, atol=1e-6)
    _, about = unpack(taken().content)
    assert about["anatomy"]["weight"] == np.abs(moved.sum(axis=0)).argmax()
    for refused in ({"weight": 10**6}, {"weight": -1}, {"weight": "x"}, {"card": "lion"}, {"query": "network=xor&seed=78"}):
        assert taken(**refused).status_code == 400
    assert "training is over" in taken(query="network=xor&seed=78").text


def test_local_models_are_those_of_the_slice_below_the_run(scene, network):
    asked_for = lambda **more: client.post("/models/networks", json={"query": SMALL + RUNS, "share": 0.1, **more})
    tensors, about = unpack(asked_for(card="adam", step=5).content)
    laid, told = pieces.LAID.peek(recipes(read(parse_qs(SMALL + RUNS))[0]).plane), about["models"]
    assert told["step"] == 5 and told["radius"] == pytest.approx(0.1 * np.ptp(laid.plane.window, axis=1).min())
    place = tensors["points"][0]
    np.testing.assert_allclose(place, scene[0]["path.1"][5], rtol=1e-4, atol=1e-5)
    slice_loss = lambda at: network[0].loss(laid.plane.embed(at))
    loss, gradient, hessian = jax.jit(lambda at: (slice_loss(at), jax.grad(slice_loss)(at), jax.hessian(slice_loss)(at)))(place)
    assert tensors["loss"][0] == pytest.approx(float(loss), rel=1e-5)
    np.testing.assert_allclose(tensors["gradient"][0], gradient, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(tensors["hessian"][0], hessian, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(tensors["true"][:, 0], losses_at(network[0].loss, laid.plane, place + tensors["steps"][:, 0]), rtol=1e-4)
    _, about = unpack(asked_for(card="adam", step=None).content)
    assert about["models"]["step"] == 12
    own, about = unpack(asked_for(point=[0, 0]).content)
    assert about["models"]["step"] is None and not own["points"].any()
    for refused in ({"card": "lion"}, {"card": "adam", "step": 0.5}, {"point": [1]}, {"point": [1e9, 0]}, {"card": "adam", "share": 0}):
        assert asked_for(**refused).status_code == 400
    assert "training is not over" in asked_for(query="network=xor&seed=78", card="adam").text


def test_what_the_rates_are_multiplied_by_is_told():
    paced = read(parse_qs(SMALL + "&schedule=cosine"))[0]
    tensors, state = parts(paced, Findings())
    np.testing.assert_allclose(tensors["schedule"], (1 + np.cos(np.pi * np.arange(12) / 12)) / 2, atol=1e-6)
    assert state["schedule"] == "Cosine" and "schedule" not in parts(replace(paced, schedule="constant"), Findings())[0]


def test_a_run_is_kept_while_its_card_moves_and_dropped_again(scene):
    card = {"type": "knob", "card": "adam", "name": "learning_rate", "value": 0.1}
    asked(query=SMALL + RUNS)
    tensors, metadata = unpack(client.post("/scene/networks?visitor=tester", json={"query": SMALL + RUNS, "event": {"type": "keep", "card": "adam"}}).content)
    np.testing.assert_array_equal(tensors["kept.0"], scene[0]["path.1"])  # at once: nothing is trained, the plane is the same
    query = metadata["query"]
    assert "kept=adam~constant~learning_rate~0.02" in query
    moved = events.apply(read(parse_qs(query))[0], card)[0]
    tensors, state = whole(urlencode(write(moved), doseq=True))
    assert [run["title"] for run in state["kept"]] == ["Adam, learning rate 0.02 (kept)"]
    np.testing.assert_array_equal(tensors["kept_loss.0"], scene[0]["loss.1"])
    assert not np.allclose(tensors["loss.1"], tensors["kept_loss.0"]) and np.isfinite(tensors["kept_slice.0"]).all()
    assert {line["optimizer"] for curve in state["curves"] for line in curve["lines"]} == {0, 1, 2}
    assert state["kept"][0]["dash"] != state["optimizers"][1]["dash"] and "'Adam (2)'" in script(moved)
    left, _ = events.apply(moved, {"type": "drop", "name": state["kept"][0]["key"]})
    assert left.kept == () and "not kept" in events.apply(left, {"type": "drop", "name": "adam"})[1]


def test_what_cannot_be_taken_apart_is_told_with_its_reason(trained, network):
    thinned = replace(trained["adam"], kept=trained["adam"].kept[::2])
    with pytest.raises(ValueError, match="holds 7 of 13"):
        anatomy._check(NetworkSettings(), thinned, network[0])
    with pytest.MonkeyPatch.context() as patch, pytest.raises(ValueError, match="computed once more"):
        patch.setattr(anatomy, "LONGEST", 0.0)
        anatomy._check(NetworkSettings(), trained["adam"], network[0])


@pytest.mark.parametrize("more", ["", "&plane=random&surface=gap&reach=2.0", pytest.param("&plane=hessian&schedule=cosine&batch=10&weight_decay=0.1", marks=pytest.mark.full)])
def test_the_code_shown_computes_the_picture(more):
    query = SMALL + RUNS + more
    tensors, state = whole(query)
    names = {}
    # The script is ours, from settings that were checked: this runs it as a person would.
    exec(compile(script(read(parse_qs(query))[0]), "shown.py", "exec"), names)
    surface, _ = unpack(STORE.get(state["landscape"]["surface"]).raw)
    shown = names["surface"].loss - (names["less"].loss if "gap" in more else 0)
    np.testing.assert_allclose(shown, surface["loss"], rtol=1e-3, atol=1e-5)
    for place, (name, run) in enumerate(names["runs"].items()):
        assert name == NETWORK_OPTIMIZERS[state["optimizers"][place]["key"]].title
        np.testing.assert_allclose(names["paths"][name], tensors[f"path.{place}"], rtol=1e-3, atol=1e-4)
        if not more:
            np.testing.assert_allclose(run.losses, tensors[f"loss.{place}"], rtol=1e-5)


@pytest.mark.parametrize("rate, turns, growth", [(0.21, 9, 1.1), (0.15, 9, 0.5), (0.05, 0, 0.5)])
def test_a_swing_is_how_often_a_run_turns_round_and_how_it_grows(rate, turns, growth):
    path = (1 - 10 * rate) ** np.arange(15.0)  # gradient descent on a parabola of curvature 10
    run = Run("", 14, *[np.zeros(15)] * 3, np.arange(15), {"x": np.float32(path[:, None] * [0.6, 0.8])}, None, None, (), -1)
    for step in (0, 14):
        assert swing(run, step, np.array([0.6, 0.8])) == (turns, pytest.approx(growth, rel=1e-2))
    assert np.isnan(swing(replace(run, kept=np.arange(0, 30, 2)), 0, np.array([0.6, 0.8]))).all()


def test_probes_follow_the_steps(scene):
    _, state = scene
    probes, _ = unpack(STORE.get(state["network"]["blob"]).raw)
    assert state["network"]["kind"] == "boundary" and probes["steps"][-1] == 12
    assert probes["boundary.1"].shape == (13, 48, 48) and probes["boundary.1"].dtype == np.uint8


@pytest.mark.full
def test_a_small_network_has_a_training_for_every_stop(scene, monkeypatch):
    monkeypatch.setattr("views.networks.finder.has_fans", has_fans)
    tensors, state = whole(f"{SMALL}&optimizer=lbfgs~learning_rate~1.0")
    (optimizer,) = state["optimizers"]
    fan, about = unpack(STORE.get(optimizer["knobs"][0]["fan"]).raw)
    stops = NETWORK_OPTIMIZERS["lbfgs"].knobs()["learning_rate"].stops
    lane = int(np.argmin(np.abs(stops - 1.0)))
    np.testing.assert_allclose(fan["positions"][lane], tensors["path.0"], rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(fan["losses"][lane], tensors["loss.0"])
    assert about["sentences"][lane] == optimizer["sentence"]
    assert tensors["sweep.0"].shape == stops.shape


def test_the_same_link_of_another_visitor_is_there_at_once(scene):
    _, state = asked("another", query=SMALL + RUNS)
    assert not state["busy"] and state["landscape"]["surface"] == scene[1]["landscape"]["surface"]


def test_another_plane_trains_nothing_again(scene, monkeypatch):
    monkeypatch.setattr("views.networks.training.TrainingJob", None)
    tensors, state = whole(f"{SMALL}{RUNS}&plane=random&surface=gap")
    assert state["landscape"]["axes"][0] == "random direction 1"
    np.testing.assert_array_equal(tensors["loss.0"], scene[0]["loss.0"])


def test_a_run_that_diverges_is_cut_and_named_and_the_others_stay():
    query = SMALL.replace("steps=12", "steps=40") + "&weight_decay=1.0&optimizer=gradient_descent~learning_rate~10.0&optimizer=adam~learning_rate~0.02"
    tensors, state = whole(query)
    lost, kept = state["optimizers"]
    assert lost["diverged"] > 0 and lost["sentence"] == f"diverged at step {lost['diverged']}"
    assert not np.isfinite(tensors["path.0"][-1]).any()
    assert kept["diverged"] == -1 and np.isfinite(tensors["path.1"]).all()
    assert np.isfinite(state["landscape"]["window"]).all()


def test_without_optimizers_there_is_a_surface():
    _, state = whole(f"{SMALL}&optimizer=none")
    assert state["optimizers"] == [] and state["landscape"]["surface"] and state["progress"] is None


def test_a_plane_that_cannot_be_laid_says_what_to_do(network, trained):
    recipe = recipes(read(parse_qs(SMALL + RUNS))[0]).plane
    still = replace(trained["adam"], positions=jax.tree.map(np.zeros_like, trained["adam"].positions))
    assert "more steps or a higher rate" in lay(recipe, dict.fromkeys(recipe.runs, still), network[0]).note
    assert "add an optimizer" in lay(recipe, {}, network[0]).note


def test_who_only_looks_gets_no_scene():
    assert asked(query=SMALL + RUNS, event={"type": "look", "step": 3})[1] is None


@pytest.mark.parametrize("body", [b"", b"[]", b'{"query": 7}', b"x" * 70_000])
def test_what_is_no_question_is_told_what_one_is(body):
    assert client.post("/scene/networks", content=body).status_code == 400


def test_recipes_hold_what_a_result_depends_on_and_no_more():
    known = recipes(NetworkSettings())
    assert recipes(NetworkSettings(view="contour", height="log", step=3)) == known
    assert recipes(NetworkSettings(directions=5, normalize="layer")) == known  # not of a random plane
    assert recipes(NetworkSettings(plane="random", directions=5)).training == known.training
    assert recipes(NetworkSettings(seed=5)).training.isdisjoint(known.training)
