"""A folder of checkpoints: runs in their order, on one plane, with the losses of a table or of the user."""

import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import save, save_file

from landscapes import NumpyLoss, Plane
from landscapes.files import read_checkpoints, scene_of

LOSSES = "run,step,loss\nslow,5,2.5\nslow,20,1.5\nfast,100,0.5\n"


def tensors(at: float) -> dict[str, np.ndarray]:
    return {
        "layer.weight": np.array([[at, 2 - at], [at**2, 1.0]], np.float32),
        "layer.bias": np.full(2, -at, np.float32),
        "norm.running_mean": np.full(3, 1e6 * at, np.float32),
        "norm.num_batches_tracked": np.array(int(10 * at)),
    }


@pytest.fixture
def folder(tmp_path):
    for run, steps in (("slow", (5, 20, 100)), ("fast", (5, 20, 100))):
        (tmp_path / run).mkdir()
        for step in steps:
            save_file(tensors(step / (400 if run == "slow" else 100)), tmp_path / run / f"epoch3_step_{step}.safetensors")
    (tmp_path / "losses.csv").write_text(LOSSES)
    return tmp_path


def loss(parameters):
    return (parameters["layer.weight"] ** 2).sum() + (parameters["layer.bias"] - 1).sum()


def test_runs_are_folders_and_steps_are_the_last_numbers_in_their_order(folder):
    runs = read_checkpoints(folder, folder / "losses.csv")
    assert list(runs) == ["fast", "slow"]
    assert runs["slow"].kept.tolist() == [5, 20, 100]
    np.testing.assert_array_equal(runs["slow"].losses, [2.5, 1.5, np.nan])
    assert sorted(runs["slow"].positions) == ["layer.bias", "layer.weight"], "counters and statistics are no parameters"
    np.testing.assert_array_equal(runs["fast"].positions["layer.bias"][:, 0], np.float32([-0.05, -0.2, -1]))


def test_the_scene_is_the_joint_plane_with_the_paths_of_all(folder):
    runs = read_checkpoints(folder)
    scene = scene_of(runs)
    expected = Plane.pca(runs)
    np.testing.assert_allclose(scene.plane.directions[0]["layer.bias"], expected.directions[0]["layer.bias"])
    assert scene.surface is None and scene.paths["slow"].steps.tolist() == [5, 20, 100]
    centre = np.concatenate([np.stack([run.positions["layer.bias"] for run in runs.values()]).reshape(-1, 2)]).mean(axis=0)
    np.testing.assert_allclose(scene.plane.origin["layer.bias"], centre, rtol=1e-6)


@pytest.mark.parametrize("named", [loss, NumpyLoss(loss)])
def test_with_a_loss_the_surface_and_what_is_not_in_the_table_are_computed(folder, named):
    runs = read_checkpoints(folder, folder / "losses.csv")
    scene = scene_of(runs, named, resolution=9)
    expected = [loss({name: rows[k] for name, rows in runs["slow"].positions.items()}) for k in range(3)]
    np.testing.assert_allclose(scene.paths["slow"].losses, [2.5, 1.5, expected[2]], rtol=1e-5)
    assert scene.surface.loss.shape == (9, 9) and np.isfinite(scene.paths["fast"].slice_losses).all()


def test_names_without_numbers_are_taken_in_their_order_and_half_precision_is_read(tmp_path):
    for number, name in enumerate(("first", "last", "middle")):
        head = b'{"w":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}}'
        numbers = np.array([number, number**2, 1], ml_dtypes.bfloat16)
        (tmp_path / f"{name}.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + numbers.tobytes())
    (run,) = read_checkpoints(tmp_path).values()
    assert run.kept.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(run.positions["w"], [[0, 0, 1], [1, 1, 1], [2, 4, 1]])


def test_more_than_memory_holds_are_thinned_evenly_with_both_ends(tmp_path):
    for step in range(40):
        save_file({"w": np.full(25, float(step))}, tmp_path / f"{step}.safetensors")
    (run,) = read_checkpoints(tmp_path, memory=5 * 200).values()
    assert run.kept.tolist() == [0, 10, 20, 29, 39] and run.left_out == 35
    with pytest.raises(ValueError, match="do not fit"):
        read_checkpoints(tmp_path, memory=300)


def test_a_run_that_diverged_ends_before(folder):
    save_file({**tensors(1), "layer.bias": np.full(2, np.nan, np.float32)}, folder / "slow" / "epoch3_step_100.safetensors")
    assert read_checkpoints(folder)["slow"].kept.tolist() == [5, 20]


def test_what_is_no_folder_of_checkpoints_is_a_sentence(folder, tmp_path):
    def refused(match, *arguments):
        with pytest.raises(ValueError, match=match) as error:
            read_checkpoints(*arguments)
        assert "\n" not in str(error.value)

    refused("no folder", folder / "nothing")
    (folder / "empty").mkdir()
    refused("no .safetensors file", folder / "empty")
    (folder / "bad.csv").write_text("step,loss\none,2\n")
    refused("Line 2", folder, folder / "bad.csv")
    (folder / "bad.csv").write_text("epoch,error\n1,2\n")
    refused("columns step and loss", folder, folder / "bad.csv")
    (folder / "bad.csv").write_text("step,loss\n7,2\n")
    refused("name none", folder, folder / "bad.csv")
    save_file({"other": np.ones(3)}, folder / "fast" / "step_200.safetensors")
    refused("other tensors", folder)
    (folder / "fast" / "step_200.safetensors").write_bytes((2**60).to_bytes(8, "little") + b"{}")
    refused("no safetensors file", folder)
    (folder / "fast" / "step_200.safetensors").write_bytes(save({"count": np.arange(3)}))
    refused("no parameters", folder)
