"""Recorder: any loop's path, in bounded memory, and what is kept is said."""

import tracemalloc

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from landscapes import Plane, load_scene, save_scene
from optimizers import Recorder, train


def walk(recorder: Recorder, steps: int, size: int = 4) -> None:
    for step in range(steps + 1):
        recorder.record({"w": np.full(size, float(step)), "b": jnp.full((), -1.0 * step)}, loss=10.0 * step)


def test_every_step_is_kept_while_there_is_room():
    recorder = Recorder()
    walk(recorder, 20)
    path = recorder.path
    np.testing.assert_array_equal(path.positions["w"], np.repeat(np.arange(21.0)[:, None], 4, axis=1))
    np.testing.assert_array_equal(path.positions["b"], -np.arange(21))
    np.testing.assert_array_equal(path.losses, 10 * np.arange(21))
    assert path.steps == 20 and path.diverged_at == -1
    assert "every step" in path.sentence


@pytest.mark.parametrize("steps", [99, 100, 1000, 1023])
def test_a_long_run_is_thinned_evenly_with_its_start_and_end(steps):
    recorder = Recorder(bytes=40 * 36 * 5 // 2)  # room for 40 positions
    walk(recorder, steps)
    path = recorder.path
    gaps = np.diff(path.kept)
    assert path.kept[0] == 0 and path.kept[-1] == steps
    assert len(set(gaps[:-1])) == 1 and gaps[-1] <= gaps[0]
    assert 20 <= len(path.kept) <= 40
    np.testing.assert_array_equal(path.positions["w"][:, 0], path.kept)
    np.testing.assert_array_equal(path.losses, 10 * path.kept)
    assert len(path.all_losses) == steps + 1
    assert f"one step in {gaps[0]}" in path.sentence


def test_looking_at_the_path_changes_nothing_and_what_was_seen_stays():
    watched, alone = Recorder(bytes=3000), Recorder(bytes=3000)
    seen = []
    for step in range(150):
        for recorder in (watched, alone):
            recorder.record(np.full(4, float(step)), step)
        seen.append((watched.path, watched.path.positions.copy()))
    np.testing.assert_array_equal(watched.path.kept, alone.path.kept)
    assert all(np.array_equal(path.positions, copy) for path, copy in seen)


def test_memory_stays_within_its_bytes():
    limit = 8 * 2**20
    recorder, point = Recorder(bytes=limit), np.zeros(2**15)
    tracemalloc.start()
    try:
        for step in range(400):
            recorder.record(point, 0.0)
        assert tracemalloc.get_traced_memory()[1] < 1.15 * limit
    finally:
        tracemalloc.stop()
    with pytest.raises(ValueError, match="snapshot"):
        Recorder(bytes=2**15).record(point)


def test_parameters_changed_in_place_are_kept_as_they_were():
    recorder, weights = Recorder(), np.zeros(3)
    for step in range(5):
        weights += 1
        recorder.record(weights, step)
    np.testing.assert_array_equal(recorder.path.positions[:, 0], np.arange(1, 6))


def test_a_run_that_diverges_ends_before_and_says_so():
    recorder = Recorder()
    for step, loss in enumerate([3.0, 2.0, np.inf, 1.0]):
        recorder.record(np.full(2, float(step)), loss)
    path = recorder.path
    assert path.diverged_at == 2 and path.kept.tolist() == [0, 1]
    assert path.sentence.startswith("The run left the finite numbers at step 2")


def test_losses_may_be_missing_and_counters_are_left_out():
    recorder = Recorder()
    for step in range(3):
        recorder.record({"w": np.full(2, float(step)), "num_batches_tracked": np.array(step)})
    assert recorder.path.positions["num_batches_tracked"] is None
    assert np.isnan(recorder.path.losses).all() and recorder.path.diverged_at == -1


def test_a_loop_of_ones_own_records_what_train_records():
    loss = lambda point: jnp.sum((point - 1) ** 2)
    rule, recorder, point = optax.sgd(0.1), Recorder(), np.zeros(3)
    for _ in range(11):
        recorder.record(point, np.sum((point - 1) ** 2))
        point = point - 0.1 * 2 * (point - 1)
    run = train(loss, rule, np.zeros(3), steps=10)
    np.testing.assert_allclose(recorder.path.positions, run.positions, rtol=1e-12)
    np.testing.assert_allclose(recorder.path.losses, run.losses, rtol=1e-12)


def test_what_cannot_be_recorded_is_a_sentence():
    with pytest.raises(ValueError, match="Nothing finite"):
        Recorder().path
    for nothing in ({}, np.arange(3), {"name": "text"}):
        with pytest.raises(ValueError, match="nothing to record"):
            Recorder().record(nothing)
    recorder = Recorder()
    recorder.record(np.zeros(2), 1)
    with pytest.raises(ValueError, match="one structure"):
        recorder.record(np.zeros(3), 1)
    with pytest.raises(ValueError, match="one number"):
        recorder.record(np.zeros(2), np.zeros(2))


def test_what_was_recorded_goes_into_planes_and_files_with_its_steps(tmp_path):
    recorder = Recorder(bytes=20 * 24 * 5 // 2)
    for step in range(101):
        recorder.record(np.array([step, step**2 / 100, 1.0]), loss=100.0 - step)
    plane = Plane.pca({"mine": recorder.path})
    save_scene(tmp_path / "path.zarr.zip", plane=plane, paths={"mine": recorder.path})
    path = load_scene(tmp_path / "path.zarr.zip").paths["mine"]
    np.testing.assert_array_equal(path.steps, recorder.path.kept)
    np.testing.assert_array_equal(path.losses, 100.0 - path.steps)
    np.testing.assert_allclose(path.off_plane, 0, atol=1e-6)


def test_tensors_of_torch_are_recorded_and_their_gradients_left_alone():
    torch = pytest.importorskip("torch", reason="torch is not installed: pip install torch runs this test")
    model, recorder = torch.nn.Linear(3, 2), Recorder()
    rule = torch.optim.SGD(model.parameters(), 0.1)
    expected = []
    for _ in range(4):
        loss = (model(torch.ones(5, 3)) ** 2).mean()
        expected.append((loss.item(), model.weight.detach().numpy().copy()))
        recorder.record(dict(model.named_parameters()), loss)
        rule.zero_grad()
        loss.backward()
        rule.step()
    np.testing.assert_allclose(recorder.path.losses, [loss for loss, _ in expected])
    np.testing.assert_array_equal(recorder.path.positions["weight"], [weight for _, weight in expected])
