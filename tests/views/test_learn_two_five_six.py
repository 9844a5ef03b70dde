"""Chapters two, five and six of Learn: every number in their texts, recomputed; the closing page's links."""

import re
from dataclasses import replace
from itertools import cycle
from urllib.parse import parse_qs

import jax
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from landscapes import LANDSCAPES
from landscapes.costs import AGE_OF_UNIVERSE, YEAR
from landscapes.networks import Architecture, make_network
from landscapes.sensitivity import Nudges
from optimizers import OPTIMIZERS, descend
from views import query as explore
from views.learn import closing, curse, landscape_shape, million, sensitivity
from views.learn.chapters import CHAPTERS
from views.learn.digits import trained
from views.learn.lesson import Experiment, Guess, Table
from views.learn.numerals import scientific
from views.learn.work import Task
from views.networks import query as networks



def numbers(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def ran(experiment):
    """An experiment's outcome, with its progress in order."""
    shares = []
    found = experiment(lambda share, said="": shares.append(share))
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    return found


@pytest.fixture(scope="module")
def losses():
    return ran(landscape_shape.two_losses)


def test_cross_entropy_is_steep_where_squared_error_is_flat(losses):
    start = np.array(landscape_shape.START)
    runs = {}
    for key in landscape_shape.LOSSES.values():
        landscape = LANDSCAPES[key]
        optimizer = OPTIMIZERS["gradient_descent"](learning_rate=landscape_shape.RATE)
        path = descend(landscape.loss, optimizer, start, landscape_shape.STEPS).positions
        inputs, targets = landscape.data
        right = [float(np.mean((p[0] + p[1] * inputs > 0) == (targets == 1))) for p in path[[0, -1]]]
        with jax.enable_x64(True):
            runs[key] = float(np.linalg.norm(jax.grad(landscape.loss)(start))), *right
    (flat, before, squared), (steep, _, entropy) = runs.values()
    times, steps, right_entropy, right_squared = numbers(losses.outcome)
    assert losses.answer == "entropy" and entropy > squared
    assert times == round(steep / flat) and steps == landscape_shape.STEPS
    assert (right_entropy, right_squared) == (round(100 * entropy), round(100 * squared))
    assert "569 tumours" in landscape_shape.CHAPTER.steps[0].question
    assert len(inputs) == 569 and round((1 - before) * 569) == 218
    assert "wrong about 218" in landscape_shape.CHAPTER.steps[0].question


def test_runs_from_every_start_are_those_of_descend(losses):
    lane, start = 7 * landscape_shape.STARTS + 3, (losses.tensors["x"][3], losses.tensors["y"][7])
    optimizer = OPTIMIZERS["gradient_descent"](learning_rate=landscape_shape.RATE)
    path = descend(LANDSCAPES["logistic_regression"].loss, optimizer, start, landscape_shape.STEPS)
    np.testing.assert_allclose(losses.tensors["entropy_path"][lane], path.positions[:: landscape_shape.EVERY], atol=1e-9)


def test_ten_times_the_condition_number_takes_ten_times_the_steps():
    made = ran(landscape_shape.stretched)
    few, many = landscape_shape.taken_at(10)[0], landscape_shape.taken_at(100)[0]
    assert numbers(made.outcome) == [10, 100, few, many, round(many / few, 1), *(landscape_shape.taken_at(k)[1] for k in (10, 100))]
    assert made.answer == "ten" and 9.5 < many / few < 10.5
    balls = [landscape_shape.taken_at(k)[1] for k in (100, 1000)]
    assert 10**0.5 * 0.9 < balls[1] / balls[0] < 10**0.5 * 1.3
    table = landscape_shape.steps_by_kappa()
    np.testing.assert_array_equal(table["taken"][:, 0], np.ceil(table["theory"][:, 0]))
    # A start that is not the worst one arrives a little sooner.
    large = table["kappa"] >= 10
    assert (abs(table["taken"] / table["theory"] - 1)[large, 1] < 0.1).all()


def test_raw_units_take_over_ten_thousand_times_the_steps():
    made = ran(landscape_shape.units)
    shown = made.state["scalings"]
    inputs, targets = landscape_shape.diabetes_table()
    mass = inputs[:, 2]
    assert (mass.min(), mass.max()) == pytest.approx((18, 42), abs=0.5)
    design = np.column_stack([np.ones_like(mass), mass])
    singular = np.linalg.svd(design, compute_uv=False)
    assert shown["raw"]["kappa"] == pytest.approx((singular[0] / singular[1]) ** 2, rel=1e-6)
    assert shown["standardised"]["steps"] == 1 and made.answer == "more"
    assert shown["raw"]["steps"] / shown["standardised"]["steps"] > 10_000
    # Theory: the loss above the lowest shrinks with the square of the distance, from the worst start exactly.
    kappa = shown["raw"]["kappa"]
    assert shown["raw"]["steps"] == pytest.approx(np.log(1e-3) / (2 * np.log((kappa - 1) / (kappa + 1))), rel=0.01)
    every = np.column_stack([np.ones(442), (inputs - inputs.mean(0)) / inputs.std(0)])
    said = numbers(made.outcome)
    middle = np.linalg.cond(np.column_stack([np.ones_like(mass), mass - mass.mean()])) ** 2
    told = [shown["raw"]["steps"], round(kappa), shown["centred"]["steps"], round(middle, 1), 1, 1]
    assert said[:6] == told and "one step" in landscape_shape.CHAPTER.steps[2].task
    assert said[-1] == round(np.linalg.cond(every) ** 2)
    assert said[-2] == pytest.approx(np.linalg.cond(np.column_stack([np.ones(442), inputs])) ** 2, rel=1e-4)


def test_the_network_of_a_million_parameters_has_the_number_that_the_text_says():
    dimension = 64 * 1024 + 1024 + 1024 * 1024 + 1024 + 1024 * 10 + 10
    assert f"{dimension:,} parameters" in million.STEP.question
    assert million.network().dimension == dimension
    assert np.sqrt(2 / dimension) < 0.01 / 3  # what a random plane holds of any direction: the answer "less than 1 %"


def test_a_random_slice_shows_little_of_a_way_and_the_nearest_one_nearly_all(monkeypatch):
    # The same on a smaller network: in n dimensions a random plane holds about the root of 2 / n of any direction.
    small = make_network(Architecture(widths=(256, 256)), data="digits", samples=128)[0]
    monkeypatch.setattr(million, "network", lambda: small)
    monkeypatch.setattr(million, "STEPS", 8)
    monkeypatch.setattr(million, "BATCH", 32)
    monkeypatch.setattr(million, "RESOLUTION", 2)
    made = ran(million.million)
    hidden, shown = (float(row[1].removesuffix(" %")) for row in made.table.rows)
    assert made.answer == "none" and hidden < 1 and shown > 90
    chance = 100 * np.sqrt(2 / small.dimension)
    assert chance / 3 < hidden < 3 * chance
    np.testing.assert_allclose(made.tensors["random_shown"][-1], made.tensors["losses"][-1], rtol=1e-3)
    assert abs(made.tensors["random_shown"][0] - made.tensors["losses"][0]) > 0.2 * made.tensors["losses"][0]


@pytest.fixture(scope="module")
def tries():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curse, "TIMES", 1)
        yield ran(curse.grid)


def test_a_grid_outlasts_the_universe_from_the_number_that_is_told(tries):
    seconds = tries.state["times"]["line"]["seconds"]
    assert 10**tries.answer * seconds > AGE_OF_UNIVERSE > 10 ** (tries.answer - 1) * seconds
    assert AGE_OF_UNIVERSE == pytest.approx(13.8e9 * YEAR, rel=1e-3)
    said = numbers(tries.outcome)
    assert said[:2] == [curse.TRIED, 10**curse.TRIED]
    assert tries.answer in said and trained().network.dimension in said


def test_what_is_said_of_each_grid_is_k_to_the_d(tries):
    for row, per_axis in enumerate(curse.PER_AXES):
        for dimension in (1, 5, 40):
            exact = per_axis**dimension * tries.state["times"]["line"]["seconds"]
            assert tries.state["said"]["line"][row][dimension - 1] == curse.spoken(exact)


def test_gradient_descent_beats_the_grid_for_the_price_of_a_few_tries(tries, monkeypatch):
    monkeypatch.setattr(curse, "SPACINGS", (4, curse.PER_AXIS))
    made = ran(curse.duel)
    best, steps = curse.tried()[-1], made.state["steps"]
    model = curse.regression(curse.TRIED)
    path = descend(model.loss, OPTIMIZERS["gradient_descent"](learning_rate=model.best_rate), np.zeros(curse.TRIED), steps)
    assert path.losses[-1] < best.loss < path.losses[-2]
    assert made.answer == "few" and steps <= 10
    last = descend(model.loss, OPTIMIZERS["gradient_descent"](learning_rate=model.best_rate), np.zeros(curse.TRIED), 12).losses[-1]
    *told, above, twelve, digit, ten = numbers(made.outcome)[:8]
    assert told == [steps, 3, 3 * steps, 100_000] and twelve == 12
    assert above == round(best.loss - curse.lowest(curse.TRIED), 3)
    assert ten == 10 and scientific(last - curse.lowest(curse.TRIED)) in made.outcome
    assert best.loss - curse.lowest(curse.TRIED) == pytest.approx(made.tensors["grid"][-1])


def test_prices_are_told_for_every_size(monkeypatch):
    monkeypatch.setattr(curse, "WIDTHS", (4, 16))
    times = cycle([1e-4, 3e-4])  # of a loss and of its gradient: a busy machine's own say nothing
    monkeypatch.setattr("landscapes.costs._seconds", lambda call, count: (call(), next(times))[1])
    made = ran(curse.gradient_price)
    assert [int(d) for d in made.tensors["dimension"]] == [330, 1482]
    np.testing.assert_allclose(made.tensors["ratio"], 3)
    assert made.answer == "few" and numbers(made.outcome)[:4] == [330, 1482, 3, 3]
    curse.prices().clear()


def test_the_widest_perceptron_has_over_a_million_parameters():
    width = curse.WIDTHS[-1]
    assert 64 * width + width + width**2 + width + 10 * width + 10 > 1_000_000


@pytest.fixture(scope="module")
def small():
    return ran(sensitivity.small)


def test_the_error_of_a_slope_falls_with_slope_two_to_the_floor_that_is_told(small):
    double, single = (sensitivity.of_one_weight(precision)[0] for precision in ("double", "single"))
    assert isinstance(double, Nudges)
    assert sensitivity.slope_of_error(double) == pytest.approx(2, abs=0.05)
    assert f"{sensitivity.slope_of_error(double):.2f}" in small.outcome
    assert [round(bits * np.log10(2)) for bits in (24, 53)] == [7, 16]  # of the fraction: "7 digits" and "16 digits"
    assert "float32 (7 digits)" in small.outcome and "float64 (16 digits)" in small.outcome
    # A unit in the last place of the loss is where rounding begins.
    for made, kind in ((single, np.float32), (double, np.float64)):
        unit = np.finfo(kind).eps * made.loss
        assert unit / 30 < sensitivity.floor(made) < 30 * unit
    assert 1e-4 < sensitivity.place_of_floor(single) < 1e-2
    assert 1e-9 < sensitivity.place_of_floor(double) < 1e-6


def test_of_three_ways_differentiation_is_the_most_exact():
    made = ran(sensitivity.three_ways)
    single, double = (sensitivity.of_one_weight(precision)[1] for precision in ("single", "double"))
    number, at = int(sensitivity.in_first_layer().ravel()[sensitivity.steepest()]), [16, 23, 26]
    truth = (loss_when(number, 1e-5) - loss_when(number, -1e-5)) / 2e-5
    assert made.state["truth"] == pytest.approx(truth, rel=1e-7)
    forward = [(loss_when(number, size) - loss_when(number, 0.0)) / size for size in sensitivity.SMALL[at]]
    np.testing.assert_allclose(double.forward[at], forward, rtol=1e-7)
    told = [np.abs(way - truth).min() for way in (single.forward, single.central)] + [abs(single.automatic - truth)]
    for error in told:
        assert f"{scientific(error)}" in made.outcome
    assert "takes 2,411 losses" in made.outcome
    assert single.automatic_error < single.central_error.min() <= single.forward_error.min()
    assert made.answer == "between"
    assert "10⁻⁶ or less" in sensitivity.CHAPTER.steps[2].task  # there the error has been seen to rise again
    assert 1e-5 < sensitivity.SMALL[int(single.forward_error.argmin())] < 0.1
    assert "2,410 slopes" in made.outcome and trained().network.dimension == 2410


def test_the_weights_are_counted_as_the_pictures_show_them():
    flat, _ = jax.flatten_util.ravel_pytree(trained().parameters)
    np.testing.assert_array_equal(np.asarray(flat)[sensitivity.in_first_layer()], sensitivity.pictures())
    assert sensitivity.in_first_layer().shape == (32, 8, 8) and sensitivity.which_many() == "2,048"


def test_a_nudge_rises_or_falls_as_its_slope_says(monkeypatch):
    few = sensitivity.in_first_layer()
    chosen = few.ravel()[sensitivity.steepest()]
    monkeypatch.setattr(sensitivity, "in_first_layer", lambda: few.ravel()[sensitivity_slice(few, chosen)])
    monkeypatch.setattr(sensitivity, "steepest", lambda: 0)
    made = ran(sensitivity.nudge)
    numbered = sensitivity.in_first_layer()
    before = loss_when(numbered[0], 0.0)
    change = np.array([loss_when(number, 0.1) - before for number in numbered])
    slope = np.array([loss_when(number, 1e-5) - loss_when(number, -1e-5) for number in numbered]) / 2e-5
    np.testing.assert_allclose([change_in_the_browser(made.tensors, number, 0.1) for number in numbered], change, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(made.tensors["slopes"], slope, rtol=1e-4, atol=1e-8)
    assert made.answer == ("rise" if change[0] > 0 else "fall")
    said = numbers(made.outcome)
    share = 100 * np.mean(np.sign(slope) == np.sign(change))
    assert said == pytest.approx([abs(slope[0]), 0.1, abs(slope[0]) * 0.1, abs(change[0]), 16, share], rel=0.02)


def change_in_the_browser(tensors, number: int, nudge: float) -> float:
    """What assets/learn/nudged.js computes, from the arrays that it is sent."""
    neuron, pixel = divmod(int(number), 64)
    said = tensors["inside"][:, neuron]
    rise = np.tanh(said + nudge * tensors["inputs"][:, pixel].astype(float)) - np.tanh(said)
    loss = lambda out: np.mean(np.log(np.exp(out).sum(1)) - out[np.arange(len(out)), tensors["targets"]])
    return loss(tensors["outputs"] + rise[:, None] * tensors["outgoing"][:, neuron]) - loss(tensors["outputs"])


def loss_when(number: int, nudge: float) -> float:
    """The loss of the digits network with one first-layer weight raised, by NumPy alone."""
    digits = trained()
    first, second = ([np.asarray(leaf, np.float64) for leaf in (layer.weight, layer.bias)] for layer in digits.parameters.layers)
    weight = first[0].ravel().copy()
    weight[number] += nudge  # they come first of all parameters
    hidden = np.tanh(np.asarray(digits.network.inputs, np.float64) @ weight.reshape(32, 64).T + first[1])
    logits = hidden @ second[0].T + second[1]
    right = logits[np.arange(len(logits)), digits.network.targets]
    return float(np.mean(np.log(np.exp(logits).sum(1)) - right))


def sensitivity_slice(few, chosen) -> np.ndarray:
    """The chosen weight first, and fifteen others: a nudge of all of them takes seconds."""
    return np.concatenate([np.flatnonzero(few.ravel() == chosen), np.arange(15)])


def test_training_changes_which_weights_matter():
    made = ran(sensitivity.heat)
    sizes = np.abs([slopes_at(step) for step in (0, -1)])
    np.testing.assert_allclose(made.tensors["heat"][[0, -1]], sizes, rtol=1e-4, atol=1e-9)
    tops = [set(np.argsort(size)[-100:].tolist()) for size in sizes]
    kept = len(tops[0] & tops[1])
    assert numbers(made.outcome)[:2] == [kept, 100] and made.answer == "few" and kept < 34
    before, after = (float(f"{size.mean():.1g}") for size in sizes)
    losses = [round(float(trained().losses[step]), 2) for step in (0, -1)]
    assert numbers(made.outcome)[2:] == [30, *losses, before, after]
    assert made.tensors["heat"].shape == (31, 2048)


def slopes_at(step: int) -> np.ndarray:
    """The slope of each first-layer weight at a step of the training, by the chain rule in NumPy."""
    digits = trained()
    inputs, right = np.asarray(digits.network.inputs, np.float64), digits.network.targets
    layers = [[np.asarray(leaf[step], np.float64) for leaf in (layer.weight, layer.bias)] for layer in digits.path.layers]
    (first, shift), (second, bias) = layers
    hidden = np.tanh(inputs @ first.T + shift)
    logits = hidden @ second.T + bias
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    shares[np.arange(len(right)), right] -= 1
    return ((shares @ second * (1 - hidden**2)).T @ inputs / len(inputs)).ravel()


@pytest.mark.parametrize("link", [link for chapter in CHAPTERS.values() for link in chapter.links], ids=lambda link: link.text)
def test_every_link_of_the_closing_page_opens_its_scene_as_it_says(link):
    page, _, text = link.address.partition("?")
    assert page in ("", "networks")
    settings, ignored = {"": explore, "networks": networks}[page].read(parse_qs(text))
    assert not ignored
    assert parse_qs(text) == {"": explore, "networks": networks}[page].write(settings)
    assert closing.address(link).startswith(f"/{page}")


def test_sources_are_sorted_by_their_first_author_and_each_is_there_once():
    found = closing.sources(CHAPTERS.values())
    assert len(found) == len(set(found))
    assert [closing._surname(source) for source in found] == sorted(closing._surname(source) for source in found)


def learn():
    from views.learn import page

    page.page()


class Bench:
    """Experiments that are there at once, so that pages are tested and not the computing."""

    def task(self, chapter, step, ahead=False):
        answer = 7.0 if isinstance(step.prediction, Guess) else step.prediction[0].key
        made = Experiment(answer, f"What {step.key} gave.", {"x": np.arange(3)}, table=Table("Three.", ("a",), (("1",),)))
        task = Task(replace(step, experiment=lambda report: made))
        task.compute()
        return task


@pytest.fixture
def visitor(monkeypatch):
    monkeypatch.setattr("views.learn.page.BENCH", Bench())

    def visit(**query):
        page = AppTest.from_function(learn, default_timeout=60)
        for name, value in query.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception and not page.info
        return page

    return visit


def test_the_closing_page_has_every_takeaway_link_and_source(visitor):
    page = visitor(chapter="closing", sensitivity="show*")
    said = " ".join(each.value for each in page.markdown)
    for chapter in CHAPTERS.values():
        assert all(step.takeaway in said for step in chapter.steps)
        assert all(f"]({closing.address(link)})" in said for link in chapter.links)
        assert all(source in said for source in chapter.sources)
    page.button[-1].click().run()
    place = page.session_state.learn_place
    assert (place.chapter, place.step) == ("sensitivity", 2)
