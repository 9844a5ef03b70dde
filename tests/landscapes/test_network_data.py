"""Data of networks: seeds, standardisation, splits, and what is refused."""

import numpy as np
import pytest

from landscapes.networks import DATA, Dataset, load

ORDER = "moons circles spirals xor digits breast_cancer wine iris diabetes".split()


@pytest.fixture(params=DATA)
def key(request):
    return request.param


@pytest.fixture
def split(key):
    return load(key)


def test_the_menu_keeps_its_order_and_says_what_each_is():
    assert list(DATA) == ORDER
    for source in DATA.values():
        assert source.sentence[0].isupper() and source.sentence.endswith(".") and ". " not in source.sentence
        assert "http" not in source.reference


def test_a_source_keeps_its_promises(key, split):
    source, train, test = DATA[key], *split
    assert len(train) + len(test) == source.samples
    assert train.inputs.shape == (len(train), source.features) and len(train.feature_names) == source.features
    assert len(train.class_names) == source.classes
    assert train.targets.shape == ((len(train),) if source.classes else (len(train), 1))
    assert train.outputs == (source.classes or 1)
    assert train.inputs.dtype == np.float32
    assert train.targets.dtype == (np.int32 if source.classes else np.float32)


def test_every_class_can_be_learnt_and_tested(split):
    train, test = split
    if train.class_names:
        everything = set(range(train.outputs))
        assert set(train.targets.tolist()) == set(test.targets.tolist()) == everything


def test_inputs_are_standardised_by_the_training_samples_only(split):
    train, test = split
    columns = train.inputs.reshape(-1, 1) if train.image_shape else train.inputs
    np.testing.assert_allclose(columns.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(columns.std(0), 1, rtol=1e-5)
    assert np.abs(test.inputs.mean(0)).max() > 1e-3


@pytest.mark.parametrize("key", [key for key, source in DATA.items() if not source.generated])
def test_a_split_holds_every_published_sample_once(key):
    published = _published(key).data
    train, test = load(key)
    columns = np.concatenate([train.inputs, test.inputs])
    # Both parts together, sorted, are an affine map of what was published: one map for both, and no row twice.
    for column in range(0, columns.shape[1], 7):
        if np.ptp(published[:, column]) > 0:
            ours, theirs = np.sort(columns[:, column]), np.sort(published[:, column])
            assert np.corrcoef(ours, theirs)[0, 1] > 1 - 1e-9


def test_train_and_test_of_generated_data_share_no_point():
    for key in ("moons", "circles", "spirals", "xor"):
        train, test = load(key)
        assert not {tuple(point) for point in train.inputs.tolist()} & {tuple(point) for point in test.inputs.tolist()}


def test_the_targets_belong_to_their_inputs():
    train, test = load("diabetes")
    published = _published("diabetes")
    index = {tuple(row): target for row, target in zip(np.round(_z(published.data), 3).tolist(), published.target)}
    together = np.concatenate([train.inputs, test.inputs]).astype(np.float64)
    targets = np.concatenate([train.targets, test.targets])[:, 0]
    found = [index[tuple(row)] for row in np.round(_z(together), 3).tolist() if tuple(row) in index]
    assert len(found) > 400
    known = [tuple(row) in index for row in np.round(_z(together), 3).tolist()]
    assert np.corrcoef(targets[known], found)[0, 1] > 1 - 1e-6


def test_a_seed_decides_samples_and_split(key):
    once, again, other = load(key, seed=3), load(key, seed=np.int64(3)), load(key, seed=4)
    assert once is again
    np.testing.assert_array_equal(once.train.inputs, again.train.inputs)
    assert not np.array_equal(once.train.inputs, other.train.inputs)


def test_samples_and_shares_are_as_asked():
    train, test = load("moons", samples=40, test_share=0.1)
    assert (len(train), len(test)) == (36, 4)
    train, test = load("digits", samples=1024, test_share=0.5)
    assert (len(train), len(test)) == (512, 512)
    assert len(load("digits", test_share=0.0).train) == 1797


def test_moons_without_noise_are_half_circles():
    train, _ = load("moons", noise=0.0, test_share=0.0)
    upper, lower = (train.inputs[train.targets == label].astype(np.float64) for label in (0, 1))
    for points in (upper, lower):
        # Standardised, a circle is an ellipse x'Ax + b'x = 1 with five unknowns: all points fulfil it.
        x, y = points.T
        design = np.stack([x * x, x * y, y * y, x, y], axis=1)
        ellipse, *_ = np.linalg.lstsq(design, np.ones(len(x)), rcond=None)
        np.testing.assert_allclose(design @ ellipse, 1, atol=1e-4)


def test_noise_scatters_the_points():
    still, noisy = (load("circles", noise=noise, test_share=0.0).train for noise in (0.0, 0.3))
    outer = lambda data: np.linalg.norm(data.inputs[data.targets == 0], axis=1)
    assert outer(still).std() / outer(still).mean() < 0.1 < outer(noisy).std() / outer(noisy).mean()


def test_arrays_cannot_be_written(split):
    for array in (split.train.inputs, split.train.targets):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize(
    "key, arguments, words",
    [
        ("mnist", {}, "choose one of moons"),
        ("moons", {"samples": 1}, "samples.*2 to"),
        ("moons", {"samples": 10**9}, "samples.*2 to"),
        ("iris", {"samples": 151}, "2 to 150"),
        ("moons", {"samples": 10.5}, "whole number"),
        ("moons", {"noise": -1.0}, "noise"),
        ("moons", {"noise": float("nan")}, "noise"),
        ("iris", {"noise": 0.1}, "measurements"),
        ("moons", {"test_share": 1.0}, "test_share"),
        ("moons", {"test_share": float("nan")}, "test_share"),
        ("moons", {"seed": -1}, "seed"),
        ("moons", {"seed": 0.5}, "seed"),
    ],
)
def test_what_makes_no_data_is_refused(key, arguments, words):
    with pytest.raises(ValueError, match=words):
        load(key, **arguments)


@pytest.mark.parametrize(
    "inputs, targets, classes, words",
    [
        (np.zeros((3, 2)), np.zeros(4), (), "one target each"),
        (np.zeros(3), np.zeros(3), (), "one target each"),
        (np.full((3, 2), np.nan), np.zeros(3), (), "finite"),
        (np.zeros((3, 2)), np.full(3, np.inf), (), "finite"),
        (np.zeros((3, 2)), np.array([0, 1, 2]), ("a", "b"), "from 0 to 1"),
        (np.zeros((3, 2)), np.array([0, -1, 1]), ("a", "b"), "from 0 to 1"),
        (np.zeros((3, 2)), np.array([0, 0.5, 1]), ("a", "b"), "whole numbers"),
        (np.zeros((3, 2)), np.zeros((3, 2)), ("a", "b"), "whole numbers"),
    ],
)
def test_ones_own_data_are_checked(inputs, targets, classes, words):
    with pytest.raises(ValueError, match=words):
        Dataset("mine", inputs, targets, classes)


def test_images_must_have_the_pixels_that_are_promised():
    with pytest.raises(ValueError, match="no images"):
        Dataset("mine", np.zeros((3, 10)), np.zeros(3), image_shape=(3, 3))


def _published(key):
    from sklearn import datasets

    return getattr(datasets, f"load_{key}")(**({"scaled": False} if key == "diabetes" else {}))


def _z(columns):
    return (columns - columns.mean(0)) / columns.std(0)
