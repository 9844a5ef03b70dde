"""Chapters one, three and four of Learn: every number in their texts, recomputed in another way."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from landscapes.features import EvenDigits
from optimizers import OPTIMIZERS
from optimizers.race import race, step_cost
from views.assets import ASSETS
from views.learn import deepest_valley, keeping, random_change, targeted_updates
from views.learn.digits import trained

silent = lambda share, said="": None


def numbers(text: str) -> list[float]:
    found = re.findall(r"[−-]?\d[\d,]*(?:\.\d+)?", text)
    return [float(number.replace(",", "").replace("−", "-")) for number in found]


@pytest.fixture(scope="module")
def line():
    """Inputs, targets and the least-squares line of the patients, by NumPy alone."""
    from sklearn.datasets import load_diabetes

    table = load_diabetes(scaled=False)
    x, y = (table.data[:, table.feature_names.index("bmi")] - deepest_valley.REFERENCE) / 5, table.target / 100
    slope, intercept = np.polyfit(x, y, 1)
    return x, y, intercept, slope, float(np.mean((intercept + slope * x - y) ** 2))


def test_squares_grow_with_the_square_and_the_best_lines_have_these_losses(line):
    x, y, *_, lowest = line
    made = deepest_valley.squares(silent)
    assert made.answer == "four" and 2**2 == 4 * 1**2
    assert numbers(made.outcome) == [2, 4, 1, 1, len(x), round(float(y.var()), 2), round(lowest, 2)]
    axes = (ASSETS / "learn" / "regression.js").read_text()
    assert "0 is 25, 1 is 30, 2 is 35" in axes and "in 100" in axes  # as the fixture's units
    assert f"{len(x)} patients" in (ASSETS / "learn" / "squares.js").read_text()


def test_the_valley_is_one_and_its_bottom_is_the_least_squares_line(line):
    _, _, intercept, slope, lowest = line
    made = deepest_valley.valley(silent)
    assert made.answer == "one"
    assert numbers(made.outcome) == [round(intercept, 2), round(slope, 2), round(lowest, 3)]


def test_the_seven_numbers_are_the_whole_loss(line):
    x, y, *_ = line
    value, gx, gy, hxx, hxy, hyx, hyy = deepest_valley.quadratic()
    b, w = 1.7, -0.9
    bowl = value + gx * b + gy * w + (hxx * b * b + (hxy + hyx) * b * w + hyy * w * w) / 2
    assert bowl == pytest.approx(np.mean((b + w * x - y) ** 2), rel=1e-12)


def test_gradient_descent_needs_that_many_steps(line):
    x, y, *_, lowest = line
    point, steps, losses = np.array(deepest_valley.START), 0, []
    for _ in range(61):
        error = point[0] + point[1] * x - y
        losses.append(np.mean(error**2))
        point = point - deepest_valley.RATE * 2 * np.array([error.mean(), (error * x).mean()])
    steps = next(step for step, loss in enumerate(losses) if loss <= 1.01 * lowest)
    made = deepest_valley.by_descent(silent)
    assert made.answer == steps
    assert numbers(made.outcome) == [steps, 1, 60, round(losses[60], 4), round(lowest, 4)]


def test_the_neurons_loop_is_the_chain_rule():
    made = deepest_valley.neuron(silent)
    x, y = made.tensors["inputs"], made.tensors["targets"]
    point, first, weight = np.array(deepest_valley.NEURON_START), None, None
    for step in range(deepest_valley.ROUNDS + 1):
        out = np.tanh(point[0] + point[1] * x)
        loss, back = np.mean((out - y) ** 2), 2 * (out - y) * (1 - out**2)
        first = loss if step == 0 else first
        slope = np.array([back.mean(), (back * x).mean()])
        weight = slope[1] if step == 0 else weight
        np.testing.assert_allclose(made.tensors["path"][step], point, atol=1e-9)
        before, point = point, point - deepest_valley.NEURON_RATE * slope
    assert made.answer == "up" and weight < 0
    expected = [round(weight, 2), deepest_valley.ROUNDS, round(first, 2), round(loss, 3), -0.6, round(before[1], 2)]
    assert numbers(made.outcome) == expected
    assert "150" in (ASSETS / "learn" / "neuron.js").read_text() and len(x) == 150


def kurtosis(values) -> float:
    """0 for a bell curve."""
    return float(np.mean((values - values.mean()) ** 4) / values.var() ** 2 - 3)


@pytest.fixture(scope="module")
def fewer():
    """A tenth of the changes: enough to judge shares within two in a hundred."""
    assert random_change.COUNT == 10_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(random_change, "COUNT", 1000)
        yield


def test_the_network_is_the_one_that_the_text_tells_of():
    digits = trained()
    assert digits.network.dimension == 2410 == random_change.DIMENSIONS[-1]
    assert digits.network.accuracy(digits.parameters) > 0.95 and digits.test.accuracy(digits.parameters) > 0.9
    assert digits.losses[-1] < 0.1 * digits.losses[0]


def test_of_a_hundred_small_changes_fewer_than_half_help():
    made = random_change.few(silent)
    change, loss = made.tensors["change"], made.state["loss"]
    ten, first, hundred, lower, before, best = numbers(made.outcome)
    assert (ten, hundred) == (10, 100) == (10, len(change))
    assert (first, lower) == ((change[:10] < 0).sum(), (change < 0).sum())
    assert (before, best) == (round(loss, 4), round(float(loss + change.min()), 4))
    assert made.answer == "less" and 25 < lower < 50
    assert best > 0.99 * before  # it wins almost nothing


def test_farther_changes_help_less_often_as_theory_says(fewer):
    made = random_change.histogram(silent)
    found = random_change.measured(2410)
    share = found.changes.share
    assert (np.diff(share) < 0).all() and made.answer == round(100 * share[3], 1)
    theory = [found.theory(size) for size in range(5)]
    np.testing.assert_allclose(share, theory, atol=0.05)
    said = numbers(made.outcome)
    assert said[:6] == [1, round(100 * share[2], 1), 3, round(100 * share[3], 1), 10, round(100 * share[4], 1)]
    assert said[6:] == [round(100 * theory[at], 1) for at in (2, 3, 4)]


def test_fewer_weights_hardly_change_the_share(fewer):
    made = random_change.spread(silent)
    assert made.answer == "same"
    assert all(f"{n:,} weights" in step.question for n, step in ((2410, random_change.CHAPTER.steps[0]), (2410, random_change.CHAPTER.steps[2])))
    share = [random_change.measured(n).changes.share[2] for n in random_change.DIMENSIONS]
    assert max(share) - min(share) < 0.12 and max(share) < 0.5  # "fewer than half of the changes helped"
    assert numbers(made.outcome) == [1, *(part for n, at in ((2, 0), (100, 2)) for part in (round(100 * share[at], 1), n)), round(100 * share[4], 1), 2, 10]
    flat = [kurtosis(random_change.measured(n).changes.change[0]) for n in (2, 10, 1000, 2410)]
    assert flat[0] < -1 and flat[1] < -0.3 and max(map(abs, flat[2:])) < 0.3  # -6 / (n + 2) of one coordinate of the sphere
    assert len(made.table.rows) == 2 * len(random_change.DIMENSIONS)


def test_no_random_change_beats_the_slope_and_luck_fades_with_dimension(fewer):
    made = random_change.downhill(silent)
    assert made.outcome.startswith("No random change beat the slope when all weights moved. ")
    assert made.answer == "none"
    everything, digits = random_change.measured(2410).changes, trained()
    gradient = jax.grad(digits.network.loss)(digits.parameters)
    size = float(np.sqrt(sum(np.sum(np.asarray(leaf) ** 2) for leaf in jax.tree.leaves(gradient))))
    step = jax.tree.map(lambda leaf, g: leaf - 0.01 * digits.length / size * g, digits.parameters, gradient)
    drop, best = digits.losses[-1] - float(digits.network.loss(step)), -everything.change[2].min()
    told = [round(float(drop), 4), 1000, round(float(best), 4), round(drop / best), 2, 100, round(100 * random_change.best_shares([random_change.measured(2410)])[0])]
    assert numbers(made.outcome) == pytest.approx(told, abs=2e-4)
    found = [random_change.measured(n) for n in random_change.DIMENSIONS]
    ratios, luck = random_change.best_shares(found), made.state["law"]["shares"]
    assert ratios[0] > 0.99 and ratios[-1] < 0.12 and (np.diff(ratios) < 0.02).all()
    assert luck[0] > 0.99 and luck[-1] == pytest.approx(np.sqrt(2 * np.log(1000) / 2410), rel=0.25)
    law = [random_change.best_cosine(n, 1000) for n in random_change.DIMENSIONS]
    np.testing.assert_allclose(ratios, law, rtol=0.35)


def test_the_changes_are_those_of_the_networks_own_loss(fewer):
    digits = trained()
    found = random_change.measured(2410).changes
    assert found.loss == pytest.approx(float(digits.losses[-1]), rel=1e-4)
    assert float(digits.network.loss(digits.parameters)) == pytest.approx(found.loss, rel=1e-5)


def test_luck_that_is_kept_teaches_at_dozens_of_times_the_price():
    made = keeping.keeping(silent)
    luck, slope = made.tensors["luck"], made.tensors["slope"]
    network = trained().network
    assert luck[0] == slope[0] == pytest.approx(float(trained().losses[0]), rel=1e-6)
    assert (np.diff(luck) <= 0).all()  # what does not help is taken back
    start = jax.tree.map(lambda leaf: np.asarray(leaf), network.start)
    down = jax.tree.map(lambda leaf, g: leaf - keeping.RATE * g, start, jax.grad(network.loss)(start))
    assert slope[1] == pytest.approx(float(network.loss(down)), rel=1e-4)
    kept = luck[1:] < luck[:-1]
    reached = next(step for step, loss in enumerate(slope) if loss <= luck[-1])
    told = [kept.sum(), round(luck[0], 2), round(luck[-1], 2), reached, 3 * reached, 1000, round(slope[-1], 4), 100, kept[:100].sum(), kept[-100:].sum()]
    assert numbers(made.outcome) == pytest.approx(told)
    assert made.answer == "dearer" and 1000 > 24 * 3 * reached  # dozens
    assert "1,000 random changes" in keeping.STEP.question and len(luck) == 1001
    assert kept[-100:].sum() < kept[:100].sum()  # ever more slowly


@pytest.mark.full
def test_both_have_the_best_of_the_sizes_that_are_named():
    reach = lambda rate: next((step for step, loss in enumerate(keeping.by_slope(rate)) if loss <= keeping.by_luck()[-1]), np.inf)
    assert min(keeping.GUESSES, key=lambda guess: keeping.by_luck(guess)[-1]) == keeping.GUESS
    assert min(keeping.RATES, key=reach) == keeping.RATE


@pytest.fixture(scope="module")
def neuron():
    """Loss and gradient of the tanh neuron at points (k, 2), by NumPy alone."""
    x, y = deepest_valley.TanhNeuron().data

    def both(points):
        out = np.tanh(points[:, :1] + points[:, 1:] * x)
        back = 2 * (out - y) * (1 - out**2)
        return np.mean((out - y) ** 2, axis=1), np.stack([back.mean(axis=1), (back * x).mean(axis=1)], axis=1)

    return both


def test_across_the_slope_hardly_anything_changes(neuron):
    made = targeted_updates.polar(silent)
    here = np.array([made.state["start"]])
    loss, gradient = (part[0] for part in neuron(here))
    down = -gradient / np.linalg.norm(gradient)
    # To the right of uphill, as the text's direction is at 90 degrees counted against the clock from it.
    sides = [here + 0.01 * np.array([down]), here + 0.01 * np.array([[down[1], -down[0]]]), here + 0.01 * np.array([[-down[1], down[0]]])]
    along, *across = (abs(neuron(side)[0][0] - loss) for side in sides)
    size, said_along, said_across, times = numbers(made.outcome)
    assert size == 0.01 and said_along == pytest.approx(along, abs=5e-5)
    assert min(abs(said_across - one) for one in across) < 2e-5
    assert made.answer == "none" and times > 20 and along / max(across) > 20


def test_the_bowl_opens_upwards_at_few_places_and_the_slope_goes_down_everywhere(neuron):
    made = targeted_updates.local(silent)
    places, convex, lower, slope = numbers(made.outcome)
    points = targeted_updates.grid(41)[1]
    loss, gradient = neuron(points)
    after = neuron(points - targeted_updates.RATE * gradient)[0]
    assert places == len(points) == 1681 and slope == round(100 * (after < loss).mean())
    step = 1e-5
    columns = [(neuron(points + step * side)[1] - neuron(points - step * side)[1]) / (2 * step) for side in np.eye(2)]
    hessian = np.stack(columns, axis=1)
    opens = (np.linalg.det(hessian) > 0) & (hessian[:, 0, 0] > 0)
    assert abs(convex - 100 * opens.mean()) < 1
    bottom = neuron(points[opens] - np.linalg.solve(hessian[opens], gradient[opens][..., None])[..., 0])[0]
    assert abs(lower - 100 * (bottom < loss[opens]).mean()) <= 2
    assert made.answer == "not"


def test_in_two_dimensions_newton_is_home_first_for_nine():
    found = targeted_updates.raced(2)
    homes = {key: found.home(key) for key in found.laps}
    assert min(homes, key=homes.get) == "newton" and homes["newton"] == 9 == 3 + 3 * 2
    assert all(np.isfinite(home) for home in homes.values())  # with few parameters everything works
    said = targeted_updates.racing((2,), targeted_updates.why_small, silent)
    assert said.outcome.startswith("In 2 dimensions **Newton** was first, for 9.")
    # Why a guess beats gradient descent: the steep sides allow only short steps, and along the valley it hardly curves.
    question = EvenDigits(2)
    p = np.linalg.lstsq(np.eye(2), np.array([-1.70460185, -1.79968207]))[0]
    odds = 1 / (1 + np.exp(question.signs * (question.features @ p)))
    assert np.linalg.norm(1e-3 * p - question.features.T @ (question.signs * odds) / len(odds)) < 1e-8
    flat, steep = np.linalg.eigvalsh((question.features * (odds * (1 - odds))[:, None]).T @ question.features / len(odds) + 1e-3 * np.eye(2))
    rate, creeping = found.laps["gradient_descent"].value, homes["gradient_descent"] / 3
    assert 1 / steep < 3 * rate < 3 * 2 / steep  # the next rate tried, about three times longer, diverges
    assert creeping == pytest.approx(np.log(1000) / (rate * flat), rel=0.6) and homes["random_search"] < homes["gradient_descent"]
    assert numbers(said.outcome)[2:] == [round(steep / flat), creeping, 3, 1, homes["random_search"]]
    assert targeted_updates.FINISH == 0.001 and "0.1 %" in targeted_updates.CHAPTER.steps[2].question


def test_a_step_in_a_thousand_dimensions_costs_what_the_text_says():
    cost = {key: step_cost(OPTIMIZERS[key](), 1000) for key in ("newton", "coordinate_probing", "adam", "random_search")}
    assert cost == {"newton": 3 + 3000, "coordinate_probing": 2000, "adam": 3, "random_search": 1}


def test_in_a_hundred_dimensions_the_gradient_is_home_before_newtons_second_step():
    question = EvenDigits(100)
    level = question.lowest() + 0.001 * (np.log(2) - question.lowest())
    laps = race(question.loss, question.start, 1000, racers=["momentum", "newton"])
    assert laps["momentum"].cost_to(level) < 600 <= laps["newton"].cost_to(level)


def cost_by_numpy(question: EvenDigits, level: float, step, each: int) -> int:
    """What is spent until the loss is at the level; `step` gets the shares of wrong answers and the gradient."""
    features, signs, decay = np.asarray(question.features), np.asarray(question.signs), 1e-3
    p, spent = np.zeros(features.shape[1]), 0
    while np.mean(np.logaddexp(0, -signs * (features @ p))) + decay / 2 * p @ p > level:
        wrong = 1 / (1 + np.exp(signs * (features @ p)))
        p, spent = p - step(wrong, decay * p - features.T @ (signs * wrong) / len(signs)), spent + each
    return spent


@pytest.fixture(scope="module")
def thousand():
    """The race's question in 1,000 dimensions, and the loss at which one is home."""
    question = EvenDigits(1000)
    return question, question.lowest() + 0.001 * (np.log(2) - question.lowest())


def test_in_a_thousand_dimensions_the_gradient_is_home_before_newtons_first_step(thousand):
    lap = race(thousand[0].loss, thousand[0].start, 7000, racers=["gradient_descent"])["gradient_descent"]
    spent = cost_by_numpy(*thousand, lambda _, gradient: lap.value * gradient, 3)
    assert lap.cost_to(thousand[1]) == spent < 200 < step_cost(OPTIMIZERS["newton"](), 1000)


@pytest.mark.full
def test_in_a_thousand_dimensions_newton_takes_the_two_steps_that_numpy_takes(thousand):
    features = np.asarray(thousand[0].features)
    hessian = lambda wrong: features.T @ ((wrong * (1 - wrong))[:, None] * features) / len(features) + 1e-3 * np.eye(1000)
    spent = cost_by_numpy(*thousand, lambda wrong, gradient: np.linalg.solve(hessian(wrong), gradient), 3 + 3 * 1000)
    lap = race(thousand[0].loss, thousand[0].start, 7000, racers=["newton"])["newton"]
    assert lap.cost_to(thousand[1]) == spent == 2 * 3003


def test_the_races_question_has_its_lowest_loss_where_the_gradient_is_zero():
    question = EvenDigits(2)
    grid = np.stack(np.meshgrid(*[np.linspace(-20, 20, 41)] * 2), -1).reshape(-1, 2)
    losses = jnp.mean(jnp.logaddexp(0, -(grid @ question.features.T) * question.signs), 1) + 5e-4 * (grid**2).sum(1)
    assert question.lowest() <= float(losses.min()) + 1e-6
