"""Noise on the page: every number follows it, the plateaus are measured, and no noise changes nothing."""

from dataclasses import replace

import numpy as np

from landscapes import LANDSCAPES
from optimizers import GradientDescent, Momentum, Plateau, descend, noisy, plateau
from tests.views.reader import unpack
from views import anatomy, basins, runs, stability, stage
from views.plateaus import measured, sentence, table_html
from views.settings import Card, Kept, Noise, Settings

CARDS = (Card("gradient_descent", (("learning_rate", 0.01),)), Card("momentum", (("learning_rate", 0.01),)))
QUIET = Settings(landscape="himmelblau", start=(2.5, 1.5), steps=40, optimizers=CARDS)
NOISY = replace(QUIET, noise=5.0, seed=7)


def test_paths_bands_and_plateaus_are_those_of_the_library():
    scene = runs.scene(NOISY)
    tensors, _ = unpack(stage.pack(scene))
    himmelblau = LANDSCAPES["himmelblau"]
    for index, rule in enumerate((GradientDescent(0.01), Momentum(0.01))):
        single = descend(himmelblau.loss, noisy(rule, 5.0, 7), NOISY.start, 40)
        np.testing.assert_allclose(tensors[f"path.{index}"], single.positions, rtol=1e-5, atol=1e-6)
        draws = scene.runs[index].seeds
        for seed in (7, 20, 38):
            alone = descend(himmelblau.loss, noisy(rule, 5.0, seed), NOISY.start, 40)
            np.testing.assert_allclose(draws.positions[seed - 7], alone.positions)
        np.testing.assert_allclose(tensors[f"spread.{index}"][1], draws.losses.mean(axis=0), rtol=1e-5)
        assert measured(scene)[rule.title] == plateau(himmelblau.loss, draws, scene.relief.floor)
    words = table_html(scene, measured(scene))
    assert "gradient noise of 5" in words and "32 draws" in words and words.count("<tr>") == 3


def test_without_noise_nothing_is_added_and_the_seed_changes_no_path():
    tensors, _ = unpack(stage.pack(runs.scene(QUIET)))
    assert not any(name.startswith("spread") for name in tensors)
    one, other = (runs.scene(replace(QUIET, seed=seed)).runs[0].record for seed in (0, 9))
    assert one.positions is other.positions
    alone = descend(LANDSCAPES["himmelblau"].loss, GradientDescent(0.01), QUIET.start, 40)
    np.testing.assert_allclose(one.positions, alone.positions, rtol=1e-12)


def test_batches_are_for_losses_on_data_alone_and_a_kept_run_keeps_its_noise():
    assert replace(NOISY, batch=8).drawn == Noise(5.0, 0, 7) and replace(QUIET, batch=8).drawn == Noise()
    assert replace(NOISY, batch=8).at("beale").drawn == Noise(), "a noise is large or small beside the gradients of its landscape"
    kept = Kept(CARDS[0], (2.5, 1.5), 40, "constant", Noise(5.0, 0, 7))
    quiet = runs.scene(replace(QUIET, kept=(kept,)))
    np.testing.assert_array_equal(quiet.kept[0].record.positions, runs.scene(NOISY).runs[0].record.positions)
    assert not np.array_equal(quiet.kept[0].record.positions, quiet.runs[0].record.positions)


def test_a_rail_of_few_stops_has_as_many_draws():
    run = runs.scene(replace(NOISY, steps=4, optimizers=(Card("lbfgs", (("learning_rate", 1.0),)),))).runs[0]
    assert len(run.seeds.losses) == runs.DRAWS
    np.testing.assert_allclose(run.seeds.positions[0], run.record.positions, rtol=1e-9)
    assert not np.allclose(run.seeds.positions[20], run.record.positions)


def test_the_sentence_says_what_the_errors_support():
    low, near, high = Plateau(1.0, 0.1, 0.9, 0.1, 32, 0), Plateau(1.1, 0.1, 1.0, 0.1, 32, 0), Plateau(8.0, 0.5, 0.5, 0.1, 32, 0)
    lost = Plateau(*[np.nan] * 4, 32, 3)
    assert "no two of them are told apart" in sentence({"A": low, "B": near}) and "does not measurably" in sentence({"A": low, "B": near})
    told = sentence({"A": low, "C": high, "L": lost})
    assert told.startswith("C stays 8 above the lowest known loss, 8 times as high as A with 1.") and "C comes from 8 down to 0.5" in told
    wide = Plateau(5.0, 3.0, 5.0, 3.0, 32, 0)  # its error hides that it is the highest, not that C is above A
    told = sentence({"W": wide, "A": low, "C": replace(high, level=3.0)})
    assert told.startswith("C stays 3 above the lowest known loss, 3 times as high as A with 1. W varies too much")
    assert sentence({"A": low, "W": wide}).startswith("The plateaus lie between 1 and 5 above")
    assert "diverges" in sentence({"L": lost}) and sentence({"A": low}).startswith("A stays 1 above")


def test_what_explains_a_path_follows_the_noise():
    anatomy_told, _ = unpack(anatomy.pack(NOISY, CARDS[1]))
    path = runs.scene(NOISY).runs[1].record.positions
    np.testing.assert_allclose(anatomy_told["positions"], path, rtol=1e-5, atol=1e-6)
    recipe = stability.recipe(NOISY, CARDS[1])
    seen = stability.found(recipe).path.states.seen[1:]
    np.testing.assert_allclose(anatomy_told["term.0"], seen, rtol=1e-5, atol=1e-5)
    noisy_map = basins._recipe(NOISY, CARDS[1], 64)
    assert noisy_map.noise == Noise(5.0, 0, 7) and noisy_map != basins._recipe(QUIET, CARDS[1], 64)
